"""完成情况: a bureau goes down from the city to the people; every number is the ledger's."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.screens.city import DESKTOP, YEAR, City
from tests.screens.looks import CORNERS
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
# Told straight from the ledger: everybody of a subtree who owes the year, with the hours.
STANDING = f"""
SELECT p.id, p.activated_at IS NOT NULL,
  coalesce(sum(CASE c.subject WHEN 'public_required' THEN c.hours END), 0) AS required,
  coalesce(sum(CASE c.subject WHEN 'public_elective' THEN c.hours END), 0) AS elective,
  coalesce(sum(CASE c.subject WHEN 'professional' THEN c.hours END), 0) AS professional,
  EXISTS (SELECT 1 FROM lesson_progress g JOIN lesson l ON l.id = g.lesson_id
          JOIN course k ON k.id = l.course_id WHERE g.person_id = p.id AND k.year = {YEAR})
FROM person p JOIN organisation o ON o.id = p.organisation_id
LEFT JOIN credit c ON c.person_id = p.id AND c.year = {YEAR}
WHERE o.path LIKE ? || '%' AND p.owes_from <= {YEAR}
GROUP BY p.id
"""


def ledger(city: City, office: str) -> list[int]:
    """Owing, activated, studying, complete and tenths of an hour, by plain SQL."""
    path = city.rows("SELECT path FROM organisation WHERE name = ?", office)[0][0]
    rows = city.rows(STANDING, path)
    done = [
        row for row in rows if row[2] >= 200 and row[3] >= 100 and row[4] >= 600
    ]  # 20 + 10 + 60 is 90 and 30 as well
    return [
        len(rows), sum(row[1] for row in rows), sum(bool(sum(row[2:5]) or row[5]) for row in rows),
        len(done), sum(sum(row[2:5]) for row in rows),
    ]  # fmt: skip


def shown(page: Page) -> list[int]:
    """The four numbers at the head of the page."""
    rows = page.get_by_test_id("stages").locator("tbody tr")
    expect(rows).to_have_count(4)
    return [int(rows.nth(place).locator("td").first.inner_text()) for place in range(4)]


def at(page: Page, office: str) -> None:
    """Wait until the figures shown are those of an office."""
    expect(page.get_by_test_id("crumbs").locator("[aria-current]")).to_have_text(office)


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to look."""
    if folder := os.environ.get("RXAPP_LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@CORNERS
def test_from_the_city_down_to_the_people(
    city: City, visit: Visit, size: tuple[int, int], shade: str
) -> None:
    mark = f"{size[0]}-{shade}"
    page = visit(city, city.documented("city"), size, shade)
    page.goto("/desk")
    page.get_by_test_id("completion-summary").click()
    expect(page.get_by_test_id("below")).to_be_visible()
    bureau = city.rows("SELECT name FROM organisation WHERE parent_id IS NULL")[0][0]
    assert shown(page) == ledger(city, bureau)[:4]
    keep(page, f"city-{mark}")
    is_usable(page)
    # The department, then its hospital.
    page.get_by_role("link", name="运河市卫生健康委员会").click()
    at(page, "运河市卫生健康委员会")
    assert shown(page) == ledger(city, "运河市卫生健康委员会")[:4]
    page.get_by_role("link", name="运河市第一人民医院").click()
    at(page, "运河市第一人民医院")
    hospital = ledger(city, "运河市第一人民医院")
    assert shown(page) == hospital[:4]
    expect(page.get_by_test_id("groups")).to_be_visible()
    keep(page, f"hospital-{mark}")
    is_usable(page)
    page.get_by_test_id("views").get_by_role("link", name="职称级别").click()
    expect(page).to_have_url(re.compile("view=levels"))
    expect(page.get_by_test_id("groups")).to_contain_text("中级")
    counts = page.get_by_test_id("groups").locator("tbody tr td:nth-child(2)")
    assert sum(int(text) for text in counts.all_inner_texts()) == hospital[0]
    page.get_by_test_id("views").get_by_role("link", name="每周").click()
    expect(page.get_by_test_id("weeks")).to_be_visible()
    # The columns have a scale: the highest of them in words, as the table says it.
    weeks = page.get_by_test_id("weeks").locator("tbody tr")
    drawn = [row for row in weeks.all_inner_texts() if not row.startswith("其余")]
    most = max(float(row.split()[-1]) for row in drawn)
    expect(page.locator(".charts")).to_contain_text(f"最高的一周{most:g}学时")
    keep(page, f"weeks-{mark}")
    is_usable(page)
    # Where it leads: those who are behind, by name.
    page.get_by_test_id("to-behind").click()
    expect(page.get_by_test_id("behind-count")).to_have_text(
        f"应学{hospital[0]}人，未完成{hospital[0] - hospital[3]}人"
    )
    # The way back is in the address.
    page.go_back()
    expect(page.get_by_test_id("weeks")).to_be_visible()
    page.get_by_test_id("crumb").first.click()
    at(page, bureau)
    page.get_by_test_id("views").get_by_role("link", name="用人单位").click()
    expect(page).to_have_url(re.compile("view=employers"))
    expect(page.get_by_test_id("below").locator("tbody tr").first).to_be_visible()
    page.get_by_test_id("statistics-year").select_option("2019")
    page.get_by_test_id("statistics-order").select_option("share")
    page.get_by_test_id("statistics-find").click()
    expect(page).to_have_url(re.compile("year=2019&view=employers&order=share"))
    expect(page.get_by_role("heading", name="2016—2019年度")).to_be_visible()
    keep(page, f"employers-{mark}")
    is_usable(page)


def test_what_is_printed_and_taken_out_is_the_ledgers(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("city"), DESKTOP)
    page.goto("/desk/statistics?view=employers&order=name")
    expect(page.get_by_test_id("below")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_test_id("export-submit").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    rows = book.get_sheet_by_name("单位").to_python()
    assert len(rows) > 10
    for row in rows[1:]:
        owing, activated, studying, complete, tenths = ledger(city, row[0])
        assert row[1:6] == [owing, activated, studying, complete, owing - complete], row
        assert float(row[7]) * 10 == tenths
    expect(page.get_by_test_id("print")).to_be_visible()
    # On paper: the tables without the furniture.
    page.emulate_media(media="print")
    for testid in ("stages", "hours", "below"):
        expect(page.get_by_test_id(testid)).to_be_visible()
    for testid in ("desk-menu", "views", "statistics-filters", "export", "print"):
        expect(page.get_by_test_id(testid)).to_be_hidden()
    paper = page.get_by_test_id("below").inner_text()
    assert "运河市第一人民医院" in paper
    keep(page, "print")


def test_an_employer_sees_itself_alone(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("employer"), DESKTOP)
    page.goto("/desk/statistics")
    expect(page.get_by_test_id("stages")).to_be_visible()
    assert shown(page) == ledger(city, "运河市第一人民医院")[:4]
    other = city.rows("SELECT id FROM organisation WHERE name = '运河市实验中学'")[0][0]
    page.goto(f"/desk/statistics?organisation={other}")
    expect(page.get_by_test_id("error-text")).to_contain_text("没有找到该单位")
    expect(page.get_by_test_id("stages")).to_have_count(0)
    page.get_by_test_id("onward").click()
    at(page, "运河市第一人民医院")


def test_hours_that_arrive_are_counted_within_seconds(own_city: City, visit: Visit) -> None:
    clerk = own_city.documented("employer")
    page = visit(own_city, clerk, DESKTOP)
    page.goto("/desk/statistics")
    expect(page.get_by_test_id("stages")).to_be_visible()
    before = shown(page)
    waiting = own_city.rows(
        "SELECT p.id FROM person p WHERE p.activated_at IS NULL AND p.organisation_id ="
        " (SELECT organisation_id FROM person WHERE id = ?)", clerk.id,
    )  # fmt: skip
    own_city.change(
        "UPDATE person SET activated_at = '2020-08-01 00:00:00' WHERE id = ?", waiting[0][0]
    )
    for _ in range(20):
        page.reload()
        if shown(page)[1] == before[1] + 1:
            break
        page.wait_for_timeout(500)
    assert shown(page)[1] == before[1] + 1
    assert shown(page)[0] == before[0]
