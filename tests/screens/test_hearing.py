"""A false claim: the person is heard, it is decided, and what follows reaches whom it concerns."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.screens.city import DESKTOP, PHONE, TODAY, YEAR, City, Somebody, environment_of
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words
from tests.screens.test_people import colleague, picture, somebody
from tests.serving import ROOT, command

Visit = Callable[..., Page]
REFUSED = ["Failed to load resource"]
GROUNDS = "经核实，证书编号查无此证"


def claimed(where: City, who: Somebody, title: str, many: int = 0) -> int:
    """A granted claim of somebody, and others of the employer that wait; its id."""
    port = int(where.address.rpartition(":")[2])
    done = subprocess.run(
        command("-m", "tests.screens.claimed", str(who.id), title, str(many)),
        env=environment_of(where.data, port), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def clerk_at(where: City, office: int) -> Somebody:
    """Somebody who works for an office."""
    found = where.rows(
        "SELECT person_id FROM membership WHERE organisation_id = ? AND ended_at IS NULL"
        " AND begins_at IS NOT NULL ORDER BY id", office,
    )  # fmt: skip
    return somebody(where, found[0][0])


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


def act(page: Page, key: str, *, reason: str = GROUNDS) -> None:
    """Open one act and do it."""
    page.get_by_test_id(f"{key}-open").click()
    page.get_by_test_id(f"{key}_reason").fill(reason)
    page.get_by_test_id(f"{key}-submit").click()
    expect(page.get_by_test_id("done-text")).to_be_visible()


@pytest.fixture
def shot(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Page, str], None]:
    """Keep a picture of a page, to be looked at."""
    folder = tmp_path_factory.getbasetemp() / "hearing"
    folder.mkdir(exist_ok=True)

    def keep(page: Page, name: str) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.screenshot(path=Path(folder, f"{name}-{scheme}.png"), full_page=True)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    return keep


def test_a_false_claim_from_the_finding_to_the_lifted_order(
    own_city: City, visit: Visit, shot: Callable[[Page, str], None]
) -> None:
    own_city.forget_supervision()
    who = colleague(own_city)
    claim = claimed(own_city, who, "注册测绘师", many=3)
    unit = own_city.rows("SELECT organisation_id FROM claim WHERE id = ?", claim)[0][0]
    bureau = visit(own_city, own_city.documented("city"), DESKTOP, allow=REFUSED)

    # The bureau opens a matter; what is missing is told, what was typed stays.
    bureau.goto(f"/desk/cases?open=1&claim={claim}")
    expect(bureau.get_by_test_id("about")).to_contain_text(who.name)
    bureau.get_by_test_id("allegation").fill("证书编号在发证机构查无记录。\n请说明取得的经过。")
    bureau.get_by_test_id("new-case-submit").click()
    expect(bureau.get_by_test_id("finding-error")).to_contain_text("弄虚作假")
    expect(bureau.get_by_test_id("allegation")).to_have_value(
        "证书编号在发证机构查无记录。\n请说明取得的经过。"
    )
    is_usable(bureau)
    shot(bureau, "desk-new")
    bureau.get_by_test_id("finding").select_option("false")
    bureau.get_by_test_id("new-case-submit").dblclick()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("已告知")
    matter = int(bureau.url.rpartition("/")[2].partition("?")[0])
    assert own_city.rows("SELECT count(*) FROM supervision_case") == [(1,)]
    expect(bureau.get_by_test_id("decide-open")).to_have_count(0)
    is_usable(bureau)

    # The person reads it on the phone and answers with a file.
    phone = visit(own_city, who, PHONE, allow=REFUSED)
    phone.goto("/me")
    phone.get_by_test_id("to-cases").click()
    phone.get_by_test_id("my-case").click()
    expect(phone.get_by_test_id("case-lines")).to_contain_text("查无记录")
    phone.get_by_test_id("answer-submit").click()
    expect(phone.get_by_test_id("text-error")).to_contain_text("陈述和申辩")
    phone.get_by_test_id("text").fill("证书由培训机构代办，本人没有核实。")
    phone.get_by_test_id("file_1-file").set_input_files(
        {"name": "说明", "mimeType": "image/png", "buffer": picture()}
    )
    expect(phone.get_by_test_id("file_1-told")).to_contain_text("已上传")
    is_usable(phone)
    shot(phone, "me-answer")
    phone.get_by_test_id("answer-submit").dblclick()
    expect(phone.get_by_test_id("done-text")).to_contain_text("已提交")
    expect(phone.get_by_test_id("case-lines")).to_contain_text("培训机构代办")
    expect(phone.get_by_test_id("case-file")).to_contain_text("说明")
    assert own_city.rows("SELECT count(*) FROM case_entry WHERE kind = 'answered'") == [(1,)]
    is_usable(phone)

    # Decided, then each consequence by itself.
    bureau.goto("/desk/cases?status=answered")
    bureau.get_by_test_id("case").first.click()
    expect(bureau.get_by_test_id("case-lines")).to_contain_text("培训机构代办")
    bureau.get_by_test_id("decide-open").click()
    bureau.get_by_test_id("decide_text").fill("陈述不能成立，认定为弄虚作假。")
    bureau.get_by_test_id("decide-submit").click()
    expect(bureau.get_by_test_id("decide_found-error")).to_contain_text("请选择")
    expect(bureau.get_by_test_id("decide_text")).to_have_value("陈述不能成立，认定为弄虚作假。")
    bureau.get_by_test_id("decide_found").select_option("false")
    bureau.get_by_test_id("decide-submit").click()
    expect(bureau.get_by_test_id("status")).to_contain_text("已作出决定")
    bureau.get_by_test_id("revoke-open").click()
    bureau.get_by_test_id("revoke-submit").click()
    expect(bureau.get_by_test_id("revoke_reason-error")).to_contain_text("理由")
    shot(bureau, "desk-measures")
    is_usable(bureau)
    bureau.get_by_test_id("revoke_reason").fill(GROUNDS)
    bureau.get_by_test_id("revoke-submit").click()
    expect(bureau.get_by_test_id("claim-status")).to_have_text("已撤销")
    tenths = own_city.rows(
        "SELECT hours FROM credit WHERE person_id = ? ORDER BY id DESC LIMIT 2", who.id
    )
    assert tenths[0][0] == -tenths[1][0] < 0
    act(bureau, "record")
    bureau.get_by_test_id("hold-open").click()
    bureau.get_by_test_id("hold_decision").select_option(index=1)
    bureau.get_by_test_id("hold_reason").fill(GROUNDS)
    bureau.get_by_test_id("hold-submit").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("审核责任")
    assert waiting(own_city, unit) >= 3
    bureau.get_by_test_id("order-open").click()
    bureau.get_by_test_id("order_organisation").select_option(str(unit))
    bureau.get_by_test_id("order_due_on").fill(TODAY)
    bureau.get_by_test_id("order_reason").fill("没有核对证书编号")
    bureau.get_by_test_id("order-submit").click()
    expect(bureau.get_by_test_id("order_due_on-error")).to_contain_text("晚于今天")
    expect(bureau.get_by_test_id("order_reason")).to_have_value("没有核对证书编号")
    bureau.get_by_test_id("order_due_on").fill(f"{YEAR}-09-01")
    bureau.get_by_test_id("order-submit").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("限期整改")
    assert waiting(own_city, unit) == 0
    is_usable(bureau)
    shot(bureau, "desk-case")
    with bureau.expect_download() as download:
        bureau.get_by_test_id("paper").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")

    # The person sees the decision and the record, not what the employer must do.
    phone.goto("/me/cases")
    expect(phone.get_by_test_id("my-records")).to_contain_text(f"{YEAR + 3}年8月3日")
    is_usable(phone)
    shot(phone, "me-cases")
    phone.goto(f"/me/cases/{matter}")
    expect(phone.get_by_test_id("case-lines")).to_contain_text("撤销学时")
    expect(phone.get_by_test_id("case-lines")).not_to_contain_text("没有核对证书编号")

    # The organisation reports with proof, the bureau lifts the order.
    clerk = visit(own_city, clerk_at(own_city, unit), DESKTOP, allow=REFUSED)
    clerk.goto("/desk/cases")
    expect(clerk.get_by_test_id("no-cases")).to_be_visible()
    clerk.get_by_test_id("order").click()
    clerk.get_by_test_id("text").fill("已逐项重新核对本年度的全部证书编号。")
    clerk.get_by_test_id("file_1-file").set_input_files(
        {"name": "台账", "mimeType": "image/png", "buffer": picture()}
    )
    expect(clerk.get_by_test_id("file_1-told")).to_contain_text("已上传")
    is_usable(clerk)
    shot(clerk, "desk-order")
    clerk.get_by_test_id("report-submit").dblclick()
    expect(clerk.get_by_test_id("done-text")).to_contain_text("整改报告")
    expect(clerk.get_by_test_id("order-lines")).to_contain_text("台账")
    bureau.goto("/desk/cases")
    bureau.get_by_test_id("order").click()
    expect(bureau.get_by_test_id("order-status")).to_contain_text("已报告")
    act(bureau, "lift", reason="整改到位")
    expect(bureau.get_by_test_id("order-status")).to_contain_text("已解除")
    assert own_city.rows("SELECT reviews_claims FROM organisation WHERE id = ?", unit) == [(1,)]
    is_usable(bureau)
    shot(bureau, "desk-cases")


def waiting(where: City, office: int) -> int:
    return where.rows(
        "SELECT count(*) FROM claim WHERE office_id = ? AND status = 'submitted'", office
    )[0][0]


def test_the_archive_is_read_by_name_and_number_and_the_person_sees_who_looked(
    own_city: City, visit: Visit, shot: Callable[[Page, str], None]
) -> None:
    own_city.forget_supervision()
    who, city = colleague(own_city), own_city.documented("city")
    own_city.change(
        "INSERT INTO supervision_case (number, office_id, opened_by, opened_at, person_id, finding,"
        " allegation, basis, status, answer_by, answer, decision, version) SELECT 'TEST-1', id, ?,"
        " '2020-08-01 00:00:00', ?, 'false', '查无此证', '工作通知', 'closed', '2020-08-02', '',"
        " '', 1 FROM organisation WHERE capacities LIKE '%city_bureau%'", city.id, who.id,
    )  # fmt: skip
    own_city.change(
        "INSERT INTO integrity_record (person_id, case_id, office_id, reason, basis, decided_by,"
        " decided_at, decided_on, expires_on, cancel_reason) SELECT person_id, id, office_id,"
        " '证书系伪造', '工作通知', opened_by, opened_at, '2020-08-01', '2023-08-01', ''"
        " FROM supervision_case"
    )
    panel = visit(own_city, own_city.documented("panel"), DESKTOP)
    panel.goto("/desk/integrity")
    expect(panel.get_by_test_id("records")).to_have_count(0)
    panel.get_by_test_id("name").fill("某某")
    panel.get_by_test_id("identity_number").fill("12")
    panel.get_by_test_id("look-up-submit").click()
    expect(panel.get_by_test_id("identity_number-error")).not_to_be_empty()
    expect(panel.get_by_test_id("name")).to_have_value("某某")
    panel.get_by_test_id("identity_number").fill(who.number)
    panel.get_by_test_id("look-up-submit").click()
    expect(panel.get_by_test_id("answer")).to_contain_text("没有找到")
    panel.get_by_test_id("name").fill(who.name)
    panel.get_by_test_id("look-up-submit").click()
    expect(panel.get_by_test_id("answer")).to_contain_text("1条")
    expect(panel.get_by_test_id("answer-records")).to_contain_text("证书系伪造")
    expect(panel.get_by_text(who.number)).to_have_count(0)
    is_usable(panel)
    shot(panel, "desk-integrity")
    phone = visit(own_city, who, PHONE)
    phone.goto("/me/cases")
    expect(phone.get_by_test_id("looks").locator("tbody tr")).to_have_count(1)
    is_usable(phone)
    bureau = visit(own_city, city, DESKTOP)
    bureau.goto("/desk/integrity")
    expect(bureau.get_by_test_id("records")).to_contain_text(who.name)
    bureau.get_by_test_id("choose-record").click()
    bureau.get_by_test_id("cancel-submit").click()
    expect(bureau.get_by_test_id("cancel_reason-error")).to_contain_text("理由")
    bureau.get_by_test_id("cancel_reason").fill("复核后改正")
    bureau.get_by_test_id("cancel-submit").click()
    expect(bureau.get_by_test_id("records")).to_contain_text("已撤销")
    is_usable(bureau)
    shot(bureau, "desk-integrity-list")
    panel.get_by_test_id("look-up-submit").click()
    expect(panel.get_by_test_id("answer")).to_contain_text("没有有效的")
