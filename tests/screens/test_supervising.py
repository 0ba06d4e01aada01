"""A bureau at its supervising: the audit log read and taken out, the city's periods set."""

from __future__ import annotations

import io
from collections.abc import Callable

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.screens.city import DESKTOP, City
from tests.screens.looks import SIZES
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]


@SIZES
def test_the_log_is_read_narrowed_and_taken_out(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    clerk = own_city.documented("employer")
    one = visit(own_city, clerk, DESKTOP)
    one.goto("/me")
    expect(one.get_by_test_id("devices")).to_be_visible()
    page = visit(own_city, own_city.documented("city"), size)
    page.goto("/desk/audit")
    expect(page.get_by_test_id("events")).to_be_visible()
    everything = page.get_by_test_id("events").locator("tbody tr").count()
    page.get_by_test_id("by-person").fill(clerk.number)
    page.get_by_test_id("by-action").select_option("account:signed_in")
    page.get_by_test_id("audit-find").click()
    rows = page.get_by_test_id("events").locator("tbody tr")
    expect(rows).to_have_count(1)
    assert everything > 1
    expect(rows.first).to_contain_text(clerk.name)
    is_usable(page)
    with page.expect_download() as download:
        page.get_by_test_id("export-submit").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    table = book.get_sheet_by_index(0).to_python()
    assert [row[3] for row in table[3:]] == [clerk.name]
    page.get_by_test_id("by-first").fill("1999-01-01")
    page.get_by_test_id("by-last").fill("1999-01-02")
    page.get_by_test_id("audit-find").click()
    expect(page.get_by_test_id("empty")).to_be_visible()


def test_the_head_of_the_chain_is_printed(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("city"), DESKTOP)
    page.goto("/desk/audit")
    head = page.get_by_test_id("chain-head")
    expect(head).to_be_visible()
    digest = city.rows("SELECT digest FROM audit_seal ORDER BY position DESC LIMIT 1")[0][0]
    shown = head.inner_text().replace(" ", "").replace("\n", "")
    # Something may have been sealed between the two looks.
    known = {row[0] for row in city.rows("SELECT digest FROM audit_seal")}
    assert digest
    assert any(each in shown for each in known)
    page.emulate_media(media="print")
    expect(head).to_be_visible()
    expect(page.get_by_test_id("desk-menu")).to_be_hidden()


@SIZES
def test_a_period_is_set_and_holds_at_once(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    own_city.change(
        "UPDATE application SET waiting_since = datetime(waiting_since, '-5 days')"
        " WHERE status = 'submitted'"
    )
    page = visit(own_city, own_city.documented("city"), size)
    clerk = visit(own_city, own_city.documented("employer"), size)
    clerk.goto("/desk")
    expect(clerk.get_by_test_id("waiting")).to_contain_text("已等待")
    late = clerk.locator(".badge-warn")
    expect(late.first).to_be_visible()
    page.goto("/desk/values")
    days = page.get_by_test_id("desk_warn_days")
    days.fill("0")
    page.get_by_test_id("desk_warn_days-save").click()
    expect(page.get_by_test_id("desk_warn_days-error")).to_contain_text("1至30")
    expect(days).to_have_value("0")
    days.fill("20")
    page.get_by_test_id("desk_warn_days-save").click()
    expect(page.get_by_test_id("done-text")).to_be_visible()
    is_usable(page)
    clerk.reload()
    expect(clerk.get_by_test_id("waiting")).to_contain_text("已等待")
    expect(late).to_have_count(0)


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)
