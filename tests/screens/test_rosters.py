"""A class from its table to the learner's hours; and the code on the screen, scanned by a phone."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from rxapp.rules.identity import identity_check_character
from tests.screens.city import DESKTOP, PHONE, City, Somebody
from tests.screens.test_collecting import kept, rows
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
REFUSED = ["Failed to load resource"]
WAIT_MS = 30_000
NOBODYS = "37089519900101001" + identity_check_character("37089519900101001")
WAITING, TODAY = "专业技术人员信息化能力培训班", "科研诚信与知识产权专题班"


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert page.evaluate(TOO_WIDE) == []


def look(page: Page, name: str) -> None:
    """Keep a picture where the environment says so, to be looked at."""
    if folder := os.environ.get("LOOKS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]


def project(city: City, title: str) -> int:
    return city.rows("SELECT id FROM project WHERE title = ?", title)[0][0]


def table(*people: tuple[Somebody, str]) -> bytes:
    lines = [f"{one.name},{one.number},{days},," for one, days in people]
    wrong = [f"样无名,{NOBODYS},全部,,", f"{people[0][0].name}错,{people[0][0].number},1,,"]
    return "\n".join(("姓名,身份证号码,出勤日期,学时,考核结果", *wrong, *lines)).encode("gb18030")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_table_becomes_hours_that_the_learner_sees(
    own_city: City, visit: Visit, size: tuple[int, int], tmp_path: Any
) -> None:
    one, two = own_city.learner(), own_city.learner()
    page = visit(own_city, own_city.documented("base"), size, allow=REFUSED)
    page.goto("/desk/rosters")
    mine = own_city.rows(
        "SELECT count(*) FROM project p JOIN organisation o ON o.id = p.organisation_id"
        " WHERE o.name LIKE '%培训中心' AND p.edition > 0"
    )[0][0]
    expect(page.get_by_test_id("roster")).to_have_count(mine)
    is_usable(page)
    look(page, "rosters")
    page.get_by_role("link", name=WAITING).click()
    expect(page.get_by_test_id("class-title")).to_have_text(WAITING)
    expect(page.get_by_test_id("line-count")).to_have_text("共6人")
    is_usable(page)
    look(page, "roster")

    page.get_by_test_id("to-import").click()
    page.get_by_test_id("file").set_input_files(
        {"name": "名册.CSV", "mimeType": "text/csv", "buffer": table((one, "全部"), (two, "2"))}
    )
    page.get_by_test_id("collect-submit").click()
    expect(page.get_by_test_id("figures")).to_be_visible(timeout=WAIT_MS)
    assert page.get_by_test_id("figures").locator("b").all_inner_texts() == ["2", "0", "0", "2"]
    told = page.get_by_test_id("faults").locator("tbody tr").all_inner_texts()
    assert len(told) == 2
    assert all("姓名与身份证号码不一致或未登记" in each for each in told)
    is_usable(page)
    look(page, "roster-import")
    assert own_city.rows("SELECT count(*) FROM roster_line WHERE source = 'import'") == [(0,)]
    name, faults = kept(page, "faults-file")
    assert name == "名册-待更正.xlsx"
    assert len(rows(faults, tmp_path)) == 3
    page.get_by_test_id("take-submit").click()
    expect(page.get_by_test_id("line-count")).to_have_text("共8人", timeout=WAIT_MS)

    # One day of somebody is ticked, one is typed lower, one day comes off again.
    first = page.get_by_test_id("lines").locator("tbody tr").first
    first.get_by_test_id("tick").nth(0).click()
    first.get_by_test_id("tick").nth(2).click()
    expect(first).to_contain_text("16")
    first.get_by_test_id("line-open").click()
    page.get_by_test_id("line-hours").fill("99")
    page.get_by_test_id("line-save").click()
    expect(page.get_by_test_id("hours-error")).to_contain_text("最多可认定16学时")
    expect(page.get_by_test_id("line-hours")).to_have_value("99")
    look(page, "roster-line")
    page.get_by_test_id("line-hours").fill("12.5")
    page.get_by_test_id("line-test").select_option("合格")
    page.get_by_test_id("line-save").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已保存")
    expect(first).to_contain_text("12.5")

    page.get_by_test_id("ask").click()
    expect(page.get_by_test_id("summary")).to_be_visible()
    figures = page.get_by_test_id("summary").locator("b").all_inner_texts()
    assert figures == ["3", "52.5", "5", "0", "0"]
    is_usable(page)
    look(page, "roster-summary")
    page.get_by_test_id("post").click()
    expect(page.get_by_test_id("posted")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_test_id("corrections")).to_have_count(0)
    expect(page.get_by_test_id("refresh")).to_have_count(0, timeout=WAIT_MS)
    expect(page.get_by_test_id("writing")).to_have_count(0)
    expect(page.get_by_test_id("posting")).to_have_count(0)
    is_usable(page)
    look(page, "roster-posted")

    learner = visit(own_city, one, size)
    learner.goto("/messages")
    expect(learner.get_by_text(f"“{WAITING}”已计入")).to_be_visible()
    learner.goto("/years/2020")
    expect(learner.get_by_text("备案的培训项目")).to_be_visible()
    expect(learner.get_by_text(WAITING)).to_be_visible()
    look(learner, "roster-learner")

    # And put right, with a reason.
    page.get_by_test_id("find-line-input").fill(one.name)
    page.get_by_test_id("find-line-submit").click()
    expect(page.get_by_test_id("lines").locator("tbody tr")).to_have_count(1)
    page.get_by_test_id("line-open").click()
    page.get_by_test_id("correct-hours").fill("8")
    page.get_by_test_id("correct-submit").click()
    expect(page.get_by_test_id("reason-error")).to_contain_text("理由")
    page.get_by_test_id("correct-reason").fill("第二天没有参加")
    page.get_by_test_id("correct-submit").click()
    expect(page.get_by_test_id("corrections")).to_contain_text("24学时改为8学时")
    is_usable(page)
    look(page, "roster-corrected")
    tenths = own_city.rows("SELECT sum(hours) FROM credit WHERE person_id = ?"
                           " AND title = ?", one.id, WAITING)  # fmt: skip
    assert tenths == [(80,)]
    page.get_by_test_id("to-list").click()
    expect(page.get_by_test_id("printed").locator("tbody tr")).to_have_count(8)
    is_usable(page)
    look(page, "roster-list")
    name, book = kept(page, "export-submit")
    assert name.startswith("培训名册")
    assert len(rows(book, tmp_path)) == 8 + 3


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_a_phone_scans_the_code_on_the_screen(own_city: City, visit: Visit, shade: str) -> None:
    person, stranger = own_city.learner(), own_city.learner()
    id = project(own_city, TODAY)
    screen = visit(own_city, own_city.documented("base"), DESKTOP, shade, allow=REFUSED)
    screen.goto(f"/desk/rosters/{id}")
    screen.get_by_test_id("to-check-in").click()
    expect(screen.get_by_test_id("check-in-begin")).to_be_visible()
    is_usable(screen)
    screen.get_by_test_id("check-in-begin").click()
    expect(screen.get_by_test_id("check-in-code")).to_be_visible()
    expect(screen.get_by_test_id("check-in-count")).to_have_text("已签到0人")
    is_usable(screen)
    look(screen, f"check-in-{shade}")

    phone = visit(own_city, person, PHONE, shade)
    phone.goto(scanned(screen))
    expect(phone.get_by_test_id("checked-in")).to_be_visible()
    expect(phone.get_by_test_id("receipt")).to_contain_text(TODAY)
    expect(phone.get_by_test_id("not-enrolled")).to_be_visible()
    is_usable(phone)
    look(phone, f"checked-in-{shade}")
    expect(screen.get_by_test_id("check-in-count")).to_have_text(
        "已签到1人，其中1人没有报名", timeout=WAIT_MS
    )
    assert own_city.rows("SELECT person_id, is_enrolled FROM check_in") == [(person.id, 0)]

    # Somebody who is not signed in, and somebody with an old picture.
    other = visit(own_city, None, PHONE, shade)
    other.goto(scanned(screen))
    expect(other.get_by_test_id("to-sign-in")).to_be_visible()
    is_usable(other)
    late = visit(own_city, stranger, PHONE, shade)
    late.goto(f"/check-in/{id}/abcdefghijklmnop")
    expect(late.get_by_test_id("error-text")).to_contain_text("重新扫描")
    is_usable(late)
    look(late, f"check-in-late-{shade}")
    assert len(own_city.rows("SELECT id FROM check_in")) == 1

    # The screen says so when the network is away, and goes on by itself.
    screen.context.set_offline(True)
    expect(screen.get_by_test_id("check-in-told")).to_contain_text("网络中断", timeout=WAIT_MS)
    screen.context.set_offline(False)
    expect(screen.get_by_test_id("check-in-told")).to_be_empty(timeout=WAIT_MS)
    screen.get_by_test_id("check-in-end").click()
    expect(screen.get_by_test_id("check-in-begin")).to_be_visible(timeout=WAIT_MS)
    screen.get_by_test_id("back").click()
    screen.get_by_test_id("take-checked-in").click()
    expect(screen.get_by_test_id("done-text")).to_contain_text("更新1人")


def test_a_class_that_was_not_approved_says_so_at_the_roster(own_city: City, visit: Visit) -> None:
    id = project(own_city, WAITING)
    own_city.change("UPDATE project SET status = 'returned' WHERE id = ?", id)
    page = visit(own_city, own_city.documented("base"))
    page.goto(f"/desk/rosters/{id}")
    expect(page.get_by_test_id("refusal")).to_contain_text("《通知》第五条")
    expect(page.get_by_test_id("writing")).to_have_count(0)
    expect(page.get_by_test_id("posting")).to_have_count(0)
    page.goto(f"/desk/rosters/{id}/import")
    expect(page.get_by_test_id("refusal")).to_contain_text("《通知》第五条")
    expect(page.get_by_test_id("collect")).to_have_count(0)


def scanned(screen: Page) -> str:
    """What a phone reads from the picture on the screen."""
    import zxingcpp

    code = screen.get_by_test_id("check-in-code")
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(code.screenshot())))
    assert found is not None
    return found.text
