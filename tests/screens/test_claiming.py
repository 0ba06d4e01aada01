"""学时申报 in the browser: from a photograph to hours, a certificate, and every way back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.screens.city import DESKTOP, PHONE, City
from tests.screens.claiming import (
    ALMOST,
    attach,
    begin,
    decide,
    fill,
    open_claim,
    photograph,
    send,
    somebody,
    state,
)
from tests.screens.lesson import wait_until
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
REFUSED = ["Failed to load resource"]
OFFLINE = ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK", "Failed to load resource", "WebSocket"]
QUALIFICATION = {"title": "执业药师职业资格", "earned_on": "2020-05-18"}


def test_from_a_photograph_to_hours_and_a_certificate(own_city: City, visit: Visit) -> None:
    who = somebody(own_city, ALMOST)
    page = visit(own_city, who, PHONE)
    claim = begin(page, "qualification")
    fill(page, **QUALIFICATION, proof_number="样例-0518")
    expect(page.get_by_test_id("words")).to_contain_text("折算 40 学时，专业科目")
    expect(page.get_by_test_id("effect")).to_contain_text("2020年度专业科目由")
    attach(page, "certificate")
    is_usable(page)
    send(page)
    expect(page.get_by_test_id("standing")).to_contain_text("单位审核：运河市第一人民医院")
    is_usable(page)
    the_place_is_gone(own_city, page, claim)

    decide(visit(own_city, own_city.documented("employer"), DESKTOP), claim, "pass")
    assert state(own_city, claim) == ("submitted", "authority")
    decide(visit(own_city, own_city.documented("department"), DESKTOP), claim, "pass")
    assert state(own_city, claim) == ("granted", "done")
    line = own_city.rows(
        "SELECT hours, rule, title FROM credit WHERE source_key = ?", f"claim:{claim}:1"
    )
    assert line == [(400, "qualification@1", QUALIFICATION["title"])]

    page.goto("/messages")
    expect(page.locator("main")).to_contain_text("学时申报已通过")
    page.goto("/years/2020")
    expect(page.get_by_test_id("credits")).to_contain_text(QUALIFICATION["title"])
    page.get_by_test_id("issue-submit").click()
    page.wait_for_url("**/years**")
    expect(page.locator("main")).to_contain_text("下载")
    assert own_city.rows("SELECT count(*) FROM certificate WHERE person_id = ?", who.id) == [(1,)]
    page.goto(f"/claims/{claim}")
    expect(page.get_by_test_id("steps")).to_contain_text("主管部门审验")
    expect(page.get_by_test_id("steps")).to_contain_text("秦卫平")


def test_a_claim_is_returned_corrected_and_passed(own_city: City, visit: Visit) -> None:
    page = visit(own_city, somebody(own_city), PHONE)
    claim = begin(page, "patent")
    fill(page, title="一种采血装置", earned_on="2020-03-09", level="utility", rank="1")
    attach(page, "certificate", 120)
    send(page)
    number = own_city.rows("SELECT number FROM claim WHERE id = ?", claim)[0][0]
    clerk = visit(own_city, own_city.documented("employer"), DESKTOP)
    open_claim(clerk, claim)
    clerk.keyboard.press("t")
    expect(clerk.get_by_test_id("note")).to_be_focused()
    clerk.keyboard.type("证书日期与填写的不一致")
    clerk.get_by_text("退回时逐项写明问题").click()
    clerk.get_by_test_id("remark-earned_on").fill("证书上是3月19日")
    clerk.get_by_test_id("note").press("Control+Enter")
    expect(clerk.get_by_test_id("done-text")).to_contain_text("退回修改")
    page.goto(f"/claims/{claim}")
    expect(page.get_by_test_id("reason")).to_contain_text("证书日期与填写的不一致")
    expect(page.locator("#earned_on-error")).to_contain_text("证书上是3月19日")
    fill(page, earned_on="2020-03-19")
    send(page)
    assert own_city.rows("SELECT number FROM claim WHERE id = ?", claim)[0][0] == number
    decide(clerk, claim, "pass")
    assert state(own_city, claim) == ("submitted", "authority")


def test_what_was_refused_is_looked_at_once_more_above(own_city: City, visit: Visit) -> None:
    page = visit(own_city, somebody(own_city), PHONE)
    claim = begin(page, "qualification")
    fill(page, **QUALIFICATION)
    attach(page, "certificate", 90)
    send(page)
    decide(
        visit(own_city, own_city.documented("employer"), DESKTOP), claim, "reject", "证书无法核实"
    )
    page.goto(f"/claims/{claim}")
    expect(page.get_by_test_id("reason")).to_contain_text("证书无法核实")
    page.get_by_test_id("appeal-submit").click()
    expect(page.locator("#appeal-error")).to_contain_text("请填写申请复核的理由")
    page.locator("#appeal").fill("证书可在网上查询")
    page.get_by_test_id("appeal-submit").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已申请复核")
    decide(visit(own_city, own_city.documented("department"), DESKTOP), claim, "pass")
    assert state(own_city, claim) == ("granted", "done")


def test_what_is_missing_is_said_where_it_is_missing_and_nothing_is_lost(
    city: City, visit: Visit
) -> None:
    page = visit(city, somebody(city, place=1), PHONE, allow=REFUSED)
    claim = begin(page, "paper")
    fill(page, title="一篇论文", rank="9")
    page.get_by_test_id("claim-submit").click()
    expect(page.locator("#earned_on-error")).to_contain_text("请填写证明材料上的日期")
    expect(page.locator("#level-error")).to_contain_text("请选择级别")
    expect(page.get_by_test_id("proofs").get_by_text("请上传").first).to_be_visible()
    expect(page.get_by_test_id("claim-title")).to_have_value("一篇论文")
    is_usable(page)
    page.reload()
    expect(page.get_by_test_id("claim-title")).to_have_value("一篇论文")
    expect(page.get_by_test_id("claim-rank")).to_have_value("9")
    assert state(city, claim) == ("draft", "person")


def test_of_other_training_the_citys_own_is_sent_to_its_filing(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=2), PHONE, allow=REFUSED)
    claim = begin(page, "other_training")
    fill(page, title="急诊培训", organiser="运河市第一人民医院", filed="8", days="1")
    fill(page, earned_on="2020-05-18")
    for shade, need in ((60, "notice"), (120, "completion"), (180, "employer_proof")):
        attach(page, need, shade)
    page.get_by_test_id("claim-submit").click()
    expect(page.locator("#organiser-error")).to_contain_text("运河市第一人民医院是本市的单位")
    is_usable(page)
    assert state(city, claim) == ("draft", "person")
    fill(page, organiser="样例省急救中心")
    send(page)
    assert state(city, claim) == ("submitted", "employer")
    clerk = visit(city, city.documented("employer"), DESKTOP)
    open_claim(clerk, claim)
    expect(clerk.locator("main")).to_contain_text("样例省急救中心")
    clerk.get_by_text("退回时逐项写明问题").click()
    expect(clerk.get_by_test_id("remark-organiser")).to_be_visible()


def test_of_two_windows_the_second_is_told_and_keeps_what_it_typed(
    city: City, visit: Visit
) -> None:
    page = visit(city, somebody(city, place=2), DESKTOP, allow=REFUSED)
    claim = begin(page, "qualification")
    other = page.context.new_page()
    other.goto(f"/claims/{claim}")
    expect(other.get_by_test_id("claim-form")).to_be_visible()
    fill(page, title="第一个窗口")
    other.get_by_test_id("claim-title").fill("第二个窗口")
    expect(other.get_by_test_id("claim-message")).to_contain_text("已在别处修改")
    expect(other.get_by_test_id("claim-title")).to_have_value("第二个窗口")
    assert city.rows("SELECT title FROM claim WHERE id = ?", claim) == [("第一个窗口",)]


def test_without_a_network_nothing_is_lost_and_it_goes_on_by_itself(
    city: City, visit: Visit
) -> None:
    page = visit(city, somebody(city, place=3), PHONE, allow=OFFLINE)
    claim = begin(page, "qualification")
    fill(page, title="断网之前")
    page.context.set_offline(True)
    page.get_by_test_id("claim-title").fill("断网时填写的名称")
    expect(page.get_by_test_id("kept")).to_contain_text("网络中断")
    # Said where it is seen, however far down the form ends.
    expect(page.get_by_test_id("kept")).to_be_in_viewport()
    page.get_by_test_id("file-certificate").set_input_files(
        {"name": "证.jpg", "mimeType": "image/jpeg", "buffer": photograph(33)}
    )
    expect(page.get_by_test_id("again-certificate")).to_be_visible()
    page.get_by_test_id("claim-submit").click()
    expect(page.get_by_test_id("claim-message")).to_contain_text("没有提交")
    page.context.set_offline(False)
    expect(page.get_by_test_id("kept")).to_contain_text("已自动保存", timeout=20_000)
    expect(page.get_by_test_id("kept")).not_to_have_class(re.compile("offline"))
    expect(page.get_by_test_id("proof-file")).to_have_count(1, timeout=20_000)
    assert city.rows("SELECT title, status FROM claim WHERE id = ?", claim) == [
        ("断网时填写的名称", "draft")
    ]


def test_sent_in_while_it_is_being_kept_it_goes_when_that_has_ended(
    city: City, visit: Visit
) -> None:
    page = visit(city, somebody(city, place=6), PHONE)
    claim = begin(page, "qualification")
    fill(page, **QUALIFICATION)
    attach(page, "certificate", 66)
    slow: list[Route] = []
    page.route("**/api/claims/save", lambda route: slow.append(route))
    page.get_by_test_id("claim-title").fill("最后填写的名称")
    expect(page.get_by_test_id("kept")).to_contain_text("正在保存")
    page.get_by_test_id("claim-submit").click()
    expect(page.get_by_test_id("claim-submit")).to_be_disabled()
    wait_until(page, lambda: slow)
    assert state(city, claim) == ("draft", "person")
    slow[0].continue_()
    page.wait_for_url("**?new=1")
    assert state(city, claim) == ("submitted", "employer")
    assert city.rows("SELECT title FROM claim WHERE id = ?", claim) == [("最后填写的名称",)]


def test_what_is_chosen_while_another_is_on_its_way_joins_it_once(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=7), PHONE)
    claim = begin(page, "qualification")
    sent: list[Route] = []

    def hold_the_first(route: Route) -> None:
        sent.append(route)
        if len(sent) > 1:
            route.continue_()

    page.route("**/api/claims/evidence?*", hold_the_first)
    chosen = page.get_by_test_id("file-certificate")
    for shade in (41, 42):
        chosen.set_input_files(
            {"name": f"证{shade}", "mimeType": "image/jpeg", "buffer": photograph(shade)}
        )
        wait_until(page, lambda: sent)
    sent[0].continue_()
    expect(page.get_by_test_id("proof-file")).to_have_count(2)
    page.wait_for_timeout(500)
    assert len(sent) == 2
    assert city.rows("SELECT count(*) FROM claim_file WHERE claim_id = ?", claim) == [(2,)]
    expect(page.get_by_test_id("need-certificate").locator("[data-rx-error-for]")).to_have_text("")


def test_two_presses_send_one_claim(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=4), DESKTOP)
    claim = begin(page, "qualification")
    fill(page, **QUALIFICATION)
    attach(page, "certificate", 77)
    page.get_by_test_id("claim-submit").dblclick()
    page.wait_for_url("**?new=1")
    said = city.rows("SELECT act FROM claim_decision WHERE claim_id = ?", claim)
    assert said == [("submit",)]


def test_bad_files_are_named_and_the_good_one_stays(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=5), PHONE, allow=REFUSED)
    begin(page, "qualification")
    place = page.get_by_test_id("need-certificate")
    files = [
        {"name": "好的.jpg", "mimeType": "image/jpeg", "buffer": photograph(55)},
        {"name": "坏的.jpg", "mimeType": "image/jpeg", "buffer": b"<html>" * 50},
        {"name": "说明.docx", "mimeType": "application/msword", "buffer": b"x"},
    ]
    page.get_by_test_id("file-certificate").set_input_files(files)  # type: ignore[arg-type]
    expect(place.get_by_test_id("proof-file")).to_have_count(1)
    expect(page.get_by_test_id("file_certificate-error")).to_contain_text("坏的.jpg")
    page.get_by_test_id("file-certificate").set_input_files(files[:1])  # type: ignore[arg-type]
    expect(page.get_by_test_id("file_certificate-error")).to_contain_text("已经上传过")
    place.get_by_test_id("proof-remove").click()
    expect(place.get_by_test_id("proof-file")).to_have_count(0)


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


def the_place_is_gone(city: City, page: Page, claim: int) -> None:
    file = city.rows("SELECT evidence_id FROM claim_file WHERE claim_id = ?", claim)[0][0]
    answer = page.request.get(f"{city.address}/files/evidence/{file}/file")
    assert answer.ok
    assert 0x8825 not in Image.open(io.BytesIO(answer.body())).getexif()
