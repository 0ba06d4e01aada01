"""The bureau edits a rule and keeps the register of contests; a learner proposes one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.screens.city import DESKTOP, City
from tests.screens.looks import SIZES
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
# Where pictures go, for whoever wants to look at them.
PICTURES = os.environ.get("RXAPP_PICTURES", "")


def look(page: Page, name: str) -> None:
    """Fit for use in both lights; pictured when asked for."""
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if PICTURES:
            width = page.viewport_size["width"] if page.viewport_size else 0
            path = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
    assert not findings(page, "color-contrast", "link-in-text-block")
    page.emulate_media(color_scheme="light")


def type_in(page: Page, name: str, text: str) -> None:
    page.get_by_test_id(name).fill(text)
    page.get_by_test_id(name).blur()


@SIZES
def test_a_rule_is_edited_previewed_and_published(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    page = visit(own_city, own_city.documented("city"), size)
    page.goto("/desk/rules")
    expect(page.get_by_test_id("rule-paper")).to_be_visible()
    look(page, "rules")
    page.get_by_test_id("rule-paper").click()
    expect(page.get_by_test_id("holds")).to_contain_text("国家级30学时")
    look(page, "rule")
    type_in(page, "levels", "国家级 30\n省部级 abc")
    expect(page.get_by_test_id("draft-kept")).to_be_visible()
    page.get_by_test_id("rule-preview").click()
    expect(page.get_by_test_id("levels-error")).to_contain_text("第2行“省部级”")
    expect(page.get_by_test_id("preview")).to_have_count(0)
    look(page, "rule-wrong")
    # What was typed, right or wrong, is there again on another machine.
    other = visit(own_city, own_city.documented("city"), size)
    other.goto("/desk/rules/paper")
    expect(other.get_by_test_id("levels")).to_have_value("国家级 30\n省部级 abc")
    type_in(page, "levels", "国家级 30\n省部级 24\n市级 10")
    type_in(page, "cap_year", "50")
    page.get_by_test_id("reference").uncheck()
    page.get_by_test_id("rule-preview").click()
    row = page.get_by_test_id("examples").locator("tr").filter(has_text="省部级，第1位")
    expect(row).to_contain_text("20学时")
    expect(row).to_contain_text("24学时")
    expect(row).to_contain_text("不同")
    expect(page.get_by_test_id("levels-error")).to_be_empty()
    look(page, "rule-preview")
    # The other window is told, and keeps what was typed in it.
    type_in(other, "cap_year", "70")
    expect(other.get_by_test_id("rule-error")).to_contain_text("其他窗口")
    expect(other.get_by_test_id("cap_year")).to_have_value("70")
    page.get_by_test_id("rule-publish").click()
    expect(page.get_by_test_id("note-error")).to_contain_text("请填写说明")
    page.get_by_test_id("rule-note").fill("按会议纪要调整")
    page.get_by_test_id("rule-publish").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("第2版已发布")
    versions = page.get_by_test_id("versions").locator("tbody tr")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("按会议纪要调整")
    assert own_city.rows(
        "SELECT version, json_extract(body, '$.levels[1][2]'), json_extract(body, '$.reference')"
        " FROM conversion_rule WHERE key = 'paper' ORDER BY version"
    ) == [(1, 200, 1), (2, 240, 0)]
    look(page, "rule-published")


def test_a_rule_is_switched_off_and_on_with_a_reason(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("city"), DESKTOP)
    page.goto("/desk/rules/patent")
    page.get_by_test_id("rule-switch").click()
    expect(page.get_by_test_id("switch_note-error")).to_contain_text("请填写说明")
    page.get_by_test_id("switch-note").fill("暂停受理")
    page.get_by_test_id("rule-switch").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已停用")
    expect(page.get_by_test_id("holds")).to_contain_text("已停用")
    page.get_by_test_id("to-rules").click()
    line = page.locator("li").filter(has=page.get_by_test_id("rule-patent")).last
    expect(line).to_contain_text("已停用")


def test_a_new_rule_is_made_and_what_it_does_not_need_is_not_asked(
    own_city: City, visit: Visit
) -> None:
    page = visit(own_city, own_city.documented("city"), DESKTOP)
    page.goto("/desk/rules")
    page.get_by_test_id("rule-new").click()
    expect(page.get_by_test_id("rule-form")).to_be_visible()
    expect(page.get_by_test_id("hours")).to_be_visible()
    type_in(page, "name", "技术标准制定")
    page.get_by_test_id("method").select_option("per_unit")
    expect(page.get_by_test_id("unit_size")).to_be_visible()
    expect(page.get_by_test_id("hours")).to_have_count(0)
    # What was typed stays through it.
    expect(page.get_by_test_id("name")).to_have_value("技术标准制定")
    typed = {
        "category": "科研成果", "basis": "市人社局会议纪要", "unit_label": "标准项数",
        "unit_size": "1", "unit_hours": "20", "evidence": "标准文本",
    }  # fmt: skip
    for name, text in typed.items():
        type_in(page, name, text)
    page.get_by_test_id("rule-preview").click()
    expect(page.get_by_test_id("preview")).to_contain_text("标准项数乘以20")
    page.get_by_test_id("rule-note").fill("新增一类")
    page.get_by_test_id("rule-publish").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("第1版已发布")
    assert own_city.rows(
        "SELECT is_on FROM conversion_rule WHERE json_extract(body, '$.name') = ?", "技术标准制定"
    ) == [(1,)]


@SIZES
def test_a_contest_is_proposed_recognised_and_found(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    learner = visit(own_city, own_city.documented("last_course"), size)
    learner.goto("/claim/contest")
    expect(learner.get_by_test_id("contests")).to_be_visible()
    expect(learner.get_by_test_id("contests")).not_to_contain_text("样例省护理技能竞赛")
    learner.get_by_test_id("contest-name").fill("样例省护理技能竞赛")
    learner.get_by_test_id("contest-propose").click()
    expect(learner.get_by_test_id("level-error")).to_contain_text("请选择")
    expect(learner.get_by_test_id("contest-name")).to_have_value("样例省护理技能竞赛")
    look(learner, "contest-wrong")
    learner.get_by_test_id("contest-level").select_option("provincial")
    learner.get_by_test_id("contest-organiser").fill("样例省卫生健康委员会")
    learner.get_by_test_id("contest-year").fill("2020")
    learner.get_by_test_id("contest-propose").click()
    expect(learner.get_by_test_id("done-text")).to_contain_text("已申请登记")
    expect(learner.get_by_test_id("own-contests")).to_contain_text("待认可")
    bureau = visit(own_city, own_city.documented("city"), size)
    bureau.goto("/desk/contests")
    expect(bureau.get_by_test_id("register")).to_contain_text("样例省护理技能竞赛")
    look(bureau, "register")
    bureau.get_by_test_id("contest-open").click()
    bureau.get_by_test_id("contest-refuse").click()
    expect(bureau.get_by_test_id("reason-error")).to_contain_text("理由")
    look(bureau, "register-one")
    bureau.get_by_test_id("contest-recognise").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("已认可")
    learner.reload()
    expect(learner.get_by_test_id("contests")).to_contain_text("样例省护理技能竞赛")
    expect(learner.get_by_test_id("own-contests")).to_contain_text("已认可")
    # One that looks like it is shown before it is proposed.
    learner.get_by_test_id("contest-name").fill("第二届样例省护理技能竞赛")
    learner.get_by_test_id("contest-level").select_option("provincial")
    learner.get_by_test_id("contest-organiser").fill("样例省卫生健康委员会")
    learner.get_by_test_id("contest-year").fill("2020")
    learner.get_by_test_id("contest-propose").click()
    expect(learner.get_by_test_id("similar")).to_contain_text("样例省护理技能竞赛")
    look(learner, "contest-similar")
    assert own_city.rows("SELECT name FROM contest WHERE status = 'proposed'") == []
    learner.get_by_test_id("contest-q").fill("ylshl")
    learner.get_by_test_id("contest-find").click()
    expect(learner.get_by_test_id("contests").locator("tbody tr")).to_have_count(1)
    learner.get_by_test_id("contest-by_level").select_option("county")
    learner.get_by_test_id("contest-find").click()
    expect(learner.get_by_test_id("no-contests")).to_be_visible()


@SIZES
def test_the_bureau_adds_and_corrects_a_contest(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    page = visit(own_city, own_city.documented("city"), size)
    page.goto("/desk/contests")
    for name, text in (
        ("name", "样例市焊工技术比武"), ("organiser", "样例市工业和信息化局"), ("year", "2019")
    ):  # fmt: skip
        page.get_by_test_id(f"contest-{name}").fill(text)
    page.get_by_test_id("contest-level").select_option("municipal")
    page.get_by_test_id("contest-add").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已登记")
    expect(page.get_by_test_id("register")).to_contain_text("样例市焊工技术比武")
    line = page.get_by_test_id("register").locator("tbody tr").filter(has_text="焊工技术比武")
    line.get_by_test_id("contest-open").click()
    expect(page.get_by_test_id("contest-level")).to_have_value("municipal")
    page.get_by_test_id("contest-year").fill("2020")
    page.get_by_test_id("contest-correct").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已更正")
    assert own_city.rows(
        "SELECT year, version FROM contest WHERE name = ?", "样例市焊工技术比武"
    ) == [(2020, 2)]


@pytest.mark.parametrize("who", ["employer", "department", "county", "last_course"])
def test_nobody_else_gets_there(city: City, visit: Visit, who: str) -> None:
    page = visit(city, city.documented(who), DESKTOP)
    for path, shows in (("/desk/rules", "rule-paper"), ("/desk/rules/paper", "rule-form"),
                        ("/desk/contests", "register-search")):  # fmt: skip
        page.goto(path)
        expect(page.get_by_test_id("title").first).to_be_visible()
        page.wait_for_timeout(500)
        expect(page.get_by_test_id(shows)).to_have_count(0)
