"""The old paper certificate on a phone; claims a clerk enters and the person confirms."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.screens.city import DESKTOP, PHONE, City, Somebody
from tests.screens.looks import CORNERS
from tests.screens.test_behind import is_usable

Visit = Callable[..., Page]


@pytest.fixture
def photograph() -> FilePayload:
    """A page of the certificate, taken with a phone; its name shows on the page."""
    written = io.BytesIO()
    Image.new("RGB", (900, 640), "#cfd8d3").save(written, "JPEG")
    return {"name": "内页", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def fill(line, title: str, day: str, hours: str, days: str = "") -> None:  # type: ignore[no-untyped-def]
    line.get_by_test_id("line-title").fill(title)
    line.get_by_test_id("line-earned_on").fill(day)
    line.get_by_test_id("line-filed").fill(hours)
    if days:
        line.get_by_test_id("line-days").fill(days)


@CORNERS
def test_the_lines_of_the_old_certificate_are_sent_together(
    own_city: City, visit: Visit, size: tuple[int, int], shade: str, photograph: FilePayload
) -> None:
    who = own_city.learner()
    page = visit(own_city, who, size, shade)
    page.goto("/claims")
    page.get_by_test_id("claim-old").click()
    expect(page.get_by_test_id("no-lines")).to_be_visible()
    is_usable(page)
    page.get_by_test_id("add-line").click()
    lines = page.get_by_test_id("line")
    expect(lines).to_have_count(1)
    fill(lines.nth(0), "护理新进展培训", "2018-05-20", "24", "3")
    expect(lines.nth(0).get_by_test_id("line-words")).to_contain_text("2018年度")
    page.get_by_test_id("file-old_pages").set_input_files(photograph)
    expect(page.get_by_test_id("proof-file")).to_have_count(1)
    page.get_by_test_id("add-line").click()
    expect(lines).to_have_count(2)
    lines.nth(1).get_by_test_id("line-kind").select_option("public_training:public_required")
    expect(lines.nth(1).get_by_test_id("line-days")).to_have_count(0)
    fill(lines.nth(1), "公需科目培训", "2017-06-30", "30")
    expect(page.get_by_test_id("sums")).to_contain_text("2017年度：公需必修30学时")
    page.get_by_test_id("add-line").click()
    expect(lines).to_have_count(3)
    fill(lines.nth(2), "没有写学时的一行", "2019-03-01", "")
    is_usable(page)
    # What was typed a moment ago goes along: it is kept before anything is sent.
    lines.nth(0).get_by_test_id("line-title").fill("护理新进展培训班")
    page.get_by_test_id("submit-all").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已提交2行；1行需要修改")
    expect(lines).to_have_count(1)
    expect(lines.nth(0).get_by_test_id("line-said")).to_contain_text("学时")
    expect(lines.nth(0).get_by_test_id("line-title")).to_have_value("没有写学时的一行")
    expect(page.get_by_test_id("sent-line")).to_have_count(2)
    is_usable(page)
    kept = own_city.rows(
        "SELECT title, status, hours FROM claim WHERE batch = ? ORDER BY id", f"old-{who.id}"
    )
    assert kept == [
        ("护理新进展培训班", "submitted", 240), ("公需科目培训", "submitted", 300),
        ("没有写学时的一行", "draft", 0),
    ]  # fmt: skip
    files = own_city.rows(
        "SELECT count(*), count(DISTINCT evidence_id) FROM claim_file"
        " WHERE claim_id IN (SELECT id FROM claim WHERE batch = ?)",
        f"old-{who.id}",
    )
    assert files == [(3, 1)]
    # Until its script is there, the button does nothing.
    page.reload(wait_until="networkidle")
    expect(lines.nth(0).get_by_test_id("line-title")).to_have_value("没有写学时的一行")
    fill(lines.nth(0), "没有写学时的一行", "2019-03-01", "8")
    page.get_by_test_id("submit-all").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已提交1行")
    expect(lines).to_have_count(0)


def colleagues(city: City, clerk: Somebody) -> list[tuple[int, str]]:
    """People of the clerk's own employer who have an account."""
    return city.rows(
        "SELECT id, name FROM person WHERE organisation_id ="
        " (SELECT organisation_id FROM membership WHERE person_id = ?)"
        " AND activated_at IS NOT NULL AND id != ? AND status = 'active' ORDER BY id",
        clerk.id, clerk.id,
    )  # fmt: skip


@CORNERS
def test_a_clerk_enters_for_two_and_one_confirms(
    own_city: City, visit: Visit, size: tuple[int, int], shade: str, photograph: FilePayload
) -> None:
    clerk, who = own_city.documented("employer"), own_city.documented("last_course")
    office = own_city.rows("SELECT organisation_id FROM membership WHERE person_id = ?", clerk.id)
    # The documented learner works at the clerk's own place from today.
    own_city.change("UPDATE person SET organisation_id = ? WHERE id = ?", office[0][0], who.id)
    other = next(row for row in colleagues(own_city, clerk) if row[0] != who.id)
    page = visit(own_city, clerk, size, shade)
    page.goto("/desk/enter")
    is_usable(page)
    page.get_by_test_id("person-input").fill(who.name)
    page.get_by_test_id("person-submit").click()
    page.get_by_test_id("person-choice").first.click()
    expect(page.get_by_test_id("chosen")).to_have_text(who.name)
    is_usable(page)
    page.get_by_test_id("rule-qualification").click()
    expect(page.get_by_test_id("entry-who")).to_contain_text(who.name)
    page.get_by_test_id("claim-title").fill("注册测绘师")
    page.get_by_test_id("claim-earned_on").fill("2020-07-20")
    expect(page.get_by_test_id("words")).to_contain_text("40")
    page.get_by_test_id("file-certificate").set_input_files(photograph)
    expect(page.get_by_test_id("proof-file")).to_have_count(1)
    # Its picture is served to the clerk.
    src = page.get_by_test_id("proof-file").locator("img").get_attribute("src")
    assert page.request.get(f"{own_city.address}{src}").status == 200
    page.get_by_test_id("listed").fill(f"{other[1]}\n没有这个人")
    page.get_by_test_id("add-list").click()
    expect(page.get_by_test_id("result")).to_have_count(2)
    is_usable(page)
    added = page.get_by_test_id("entry-person").count()
    page.get_by_test_id("hand-over").click()
    expect(page.get_by_test_id("done-text")).to_contain_text(f"已交{added}人确认")
    expect(page.get_by_test_id("entered")).to_contain_text("待本人确认")
    is_usable(page)
    id, status = own_city.rows(
        "SELECT id, status FROM claim WHERE person_id = ? AND entered_by = ?", who.id, clerk.id
    )[0]
    assert status == "unconfirmed"
    mine = visit(own_city, who, PHONE if size == DESKTOP else size, shade)
    mine.goto("/messages")
    expect(mine.get_by_text("请确认代为填报的学时申报")).to_be_visible()
    mine.goto(f"/claims/{id}")
    expect(mine.get_by_test_id("to-confirm")).to_be_visible()
    is_usable(mine)
    mine.get_by_test_id("claim-submit").click()
    expect(mine.get_by_test_id("done-text")).to_contain_text("已提交")
    assert own_city.rows("SELECT status FROM claim WHERE id = ?", id) == [("submitted",)]
