"""Who is behind in a year, reminded by the employer; where claims wait, seen by the bureau."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.screens.city import City
from tests.screens.lesson import wait_until
from tests.screens.looks import CORNERS, SIZES
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
REMINDER = "继续教育学时提醒"


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


def told(city: City) -> list[int]:
    return [row[0] for row in city.rows("SELECT person_id FROM message WHERE title = ?", REMINDER)]


@SIZES
def test_an_employer_reminds_some_then_all_and_takes_the_list_out(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    page = visit(own_city, own_city.documented("employer"), size)
    page.goto("/desk/behind")
    rows = page.get_by_test_id("behind").locator("tbody tr")
    expect(rows.first).to_be_visible()
    is_usable(page)
    expect(page.get_by_test_id("remind")).to_be_disabled()
    page.get_by_test_id("tick").nth(0).click()
    page.get_by_test_id("tick").nth(1).click()
    expect(page.get_by_test_id("remind")).to_contain_text("2人")
    page.get_by_test_id("remind").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已提醒2人")
    assert len(told(own_city)) == 2
    page.get_by_test_id("remind-all").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("2人7天内已提醒过")
    count = int("".join(filter(str.isdigit, page.get_by_test_id("behind-count").inner_text()
                               .partition("未完成")[2])))  # fmt: skip
    whom = told(own_city)
    assert len(whom) == len(set(whom)) == count
    page.get_by_test_id("remind-all").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("没有提醒任何人")
    is_usable(page)
    with page.expect_download() as download:
        page.get_by_test_id("export-submit").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    assert len(book.get_sheet_by_index(0).to_python()) == count + 3
    page.get_by_test_id("behind-year").select_option("2019")
    page.get_by_test_id("behind-order").select_option("name")
    page.get_by_test_id("behind-find").click()
    expect(page).to_have_url(re.compile("year=2019&order=name"))
    expect(page.get_by_role("heading", name="2016—2019年度未完成")).to_be_visible()
    expect(page.get_by_test_id("behind-order")).to_have_value("name")


@CORNERS
def test_a_bureau_chooses_an_employer_first(
    city: City, visit: Visit, size: tuple[int, int], shade: str
) -> None:
    page = visit(city, city.documented("city"), size, shade)
    page.goto("/desk/behind")
    expect(page.get_by_test_id("office-choice").first).to_be_visible()
    is_usable(page)
    page.get_by_test_id("office-input").fill("医院")
    page.get_by_test_id("office-submit").click()
    expect(page.get_by_test_id("office-choice")).to_have_count(1)
    page.get_by_test_id("office-choice").click()
    expect(page.get_by_test_id("behind-count")).to_be_visible()
    is_usable(page)
    page.get_by_test_id("other").click()
    expect(page.get_by_test_id("office-choice").first).to_be_visible()


@CORNERS
def test_a_bureau_sees_where_claims_wait(
    own_city: City, visit: Visit, size: tuple[int, int], shade: str
) -> None:
    own_city.change(
        "UPDATE claim SET waiting_since = datetime(waiting_since, '-9 days')"
        " WHERE status = 'submitted'"
    )
    page = visit(own_city, own_city.documented("city"), size, shade)
    # What waits below is summed up some seconds later.
    wait_until(page, lambda: own_city.rows("SELECT count(*) FROM office_mark") == [(0,)])
    page.goto("/desk")
    expect(page.get_by_test_id("claims-waiting")).to_be_visible()
    expect(page.get_by_test_id("claims-summary")).to_contain_text("已等待9天")
    is_usable(page)
    page.get_by_test_id("backlog-summary").click()
    expect(page.get_by_test_id("backlog-row").first).to_be_visible()
    expect(page.get_by_test_id("backlog")).to_contain_text("已等待9天")
    waiting = own_city.rows("SELECT count(*) FROM claim WHERE status = 'submitted'")[0][0]
    expect(page.get_by_test_id("backlog-count")).to_have_text(f"共{waiting}项")
    is_usable(page)
    page.get_by_test_id("level-appeal").click()
    expect(page).to_have_url(re.compile("level=appeal$"))
    expect(page.get_by_test_id("level-appeal")).to_have_attribute("aria-pressed", "true")
