"""People's own matters with all who take part: another employer, a wrong name, a full number."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect

from rxapp.adapters import encryption
from rxapp.demo.accounts import PASSWORD
from tests.screens.city import DESKTOP, PHONE, City, Somebody
from tests.screens.looks import SIZES
from tests.screens.test_pages import findings, foreign_words

Visit = Callable[..., Page]
HOSPITAL = "运河市第一人民医院"
REFUSED = ["Failed to load resource"]


def test_somebody_moves_to_another_employer_and_keeps_every_hour(
    own_city: City, visit: Visit
) -> None:
    who = own_city.documented("last_course")
    phone = visit(own_city, who, PHONE)
    hours = hours_of(own_city, who)
    phone.goto("/me")
    phone.get_by_test_id("to-transfer").click()
    phone.get_by_test_id("to-employer-input").fill("第一人民医院")
    phone.get_by_test_id("to-employer-submit").click()
    phone.get_by_test_id("to-employer-choice").first.click()
    expect(phone.get_by_test_id("to-employer-chosen")).to_have_text(HOSPITAL)
    phone.get_by_test_id("transfer-note").fill("工作调动")
    phone.get_by_test_id("transfer-ask").dblclick()
    expect(phone.get_by_test_id("transfer-status")).to_have_text("审核中")
    is_usable(phone)
    (request,) = own_city.rows(
        "SELECT id FROM application WHERE person_id = ? AND kind = 'transfer'", who.id
    )
    accepted = decide(own_city, visit, request[0], "approve")
    assert accepted == HOSPITAL
    phone.reload()
    expect(phone.get_by_test_id("lapses")).to_contain_text("自动确认")
    left = decide(own_city, visit, request[0], "approve")
    assert left != HOSPITAL
    phone.reload()
    expect(phone.get_by_test_id("transfer-status")).to_have_text("已通过")
    phone.goto("/me")
    expect(phone.get_by_text(HOSPITAL)).to_be_visible()
    assert hours_of(own_city, who) == hours != []
    # The new employer sees him and where he came from; the old one no longer does.
    clerk = visit(own_city, own_city.documented("employer"), DESKTOP)
    clerk.goto(f"/desk/people/{who.id}")
    expect(clerk.get_by_test_id("history")).to_contain_text(HOSPITAL)
    is_usable(clerk)


@SIZES
def test_a_full_number_is_shown_for_a_reason_and_the_person_reads_it(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    clerk, who = own_city.documented("employer"), colleague(own_city)
    page = visit(own_city, clerk, size)
    page.goto("/desk/people")
    page.get_by_test_id("search-input").fill(who.number)
    page.get_by_test_id("search-submit").click()
    page.get_by_test_id("person").filter(has_text=who.name).click()
    expect(page.get_by_test_id("standings")).to_be_visible()
    page.get_by_test_id("reveal-reason").fill("看")
    page.get_by_test_id("reveal").click()
    expect(page.get_by_test_id("reason-error")).to_contain_text("4至200个字")
    expect(page.get_by_test_id("reveal-reason")).to_have_value("看")
    expect(page.get_by_test_id("full-number")).to_have_count(0)
    page.get_by_test_id("reveal-reason").fill("核对职称申报材料")
    page.get_by_test_id("reveal").click()
    expect(page.get_by_test_id("full-number")).to_have_text(who.number)
    is_usable(page)
    # Gone with the page: going back and forth does not bring it again.
    page.reload()
    expect(page.get_by_test_id("standings")).to_be_visible()
    expect(page.get_by_text(who.number)).to_have_count(0)

    mine = visit(own_city, who, PHONE)
    mine.goto("/messages")
    expect(mine.get_by_test_id("message-open").first).to_be_visible()
    expect(mine.locator("main")).to_contain_text("核对职称申报材料")
    mine.goto("/me/data")
    expect(mine.get_by_test_id("disclosures")).to_contain_text("核对职称申报材料")
    expect(mine.get_by_test_id("disclosures")).to_contain_text(HOSPITAL)
    is_usable(mine)


def test_a_wrong_name_is_put_right_by_employer_and_bureau(own_city: City, visit: Visit) -> None:
    who = colleague(own_city)
    phone = visit(own_city, who, PHONE, allow=REFUSED)
    phone.goto("/me/correction")
    phone.get_by_test_id("correction-submit").click()
    expect(phone.get_by_test_id("correction-message")).not_to_be_empty()
    phone.get_by_test_id("name").fill("司徒青岚")
    phone.get_by_test_id("correction-submit").click()
    expect(phone.get_by_test_id("identity-error")).to_contain_text("请上传")
    expect(phone.get_by_test_id("name")).to_have_value("司徒青岚")
    phone.get_by_test_id("identity-file").set_input_files(
        {"name": "身份证.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(phone.get_by_test_id("identity-told")).to_contain_text("已上传")
    phone.get_by_test_id("correction-submit").dblclick()
    expect(phone.get_by_test_id("correction-status")).to_have_text("审核中")
    is_usable(phone)
    (request,) = own_city.rows(
        "SELECT id FROM application WHERE person_id = ? AND kind = 'correction'", who.id
    )
    assert decide(own_city, visit, request[0], "approve") == HOSPITAL
    assert "人" in decide(own_city, visit, request[0], "approve")
    phone.reload()
    expect(phone.get_by_test_id("correction-status")).to_have_text("已通过")
    phone.goto("/me")
    expect(phone.get_by_test_id("menu-person")).to_contain_text("司徒青岚")


@SIZES
def test_a_record_is_put_right_and_taken_along(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    who = own_city.documented("complete")
    page = visit(own_city, who, size, allow=REFUSED)
    page.goto("/me/data")
    page.get_by_test_id("post").fill("")
    page.get_by_test_id("education").select_option("博士研究生")
    page.get_by_test_id("save-record").click()
    expect(page.get_by_test_id("post-error")).to_contain_text("请填写岗位")
    expect(page.get_by_test_id("education")).to_have_value("博士研究生")
    page.get_by_test_id("post").fill("首席专家")
    page.get_by_test_id("save-record").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已保存")
    with page.expect_download() as download:
        page.get_by_test_id("export-submit").click()
    assert download.value.suggested_filename.startswith("我的继续教育信息")
    is_usable(page)
    page.goto("/me")
    expect(page.locator("main")).to_contain_text("首席专家")
    page.get_by_test_id("mobile").fill("15400123456")
    page.get_by_test_id("mobile_password").fill("wrong")
    page.get_by_test_id("mobile-form-submit").click()
    expect(page.get_by_test_id("mobile_password-error")).to_contain_text("密码不正确")
    expect(page.get_by_test_id("mobile")).to_have_value("15400123456")
    page.get_by_test_id("mobile_password").fill(PASSWORD)
    page.get_by_test_id("mobile-form-submit").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("手机号码已更换")
    expect(page.locator("main")).to_contain_text("154****3456")


def test_who_retired_owes_no_more_and_who_left_is_forgotten(own_city: City, visit: Visit) -> None:
    who = colleague(own_city)
    page = visit(own_city, own_city.documented("city"), DESKTOP)
    page.goto(f"/desk/people/{who.id}")
    page.get_by_test_id("set-status").select_option("retired")
    page.get_by_test_id("status-begins").fill("2030-01-01")
    page.get_by_test_id("status-save").click()
    expect(page.get_by_test_id("begins_on-error")).to_contain_text("不能晚于今天")
    expect(page.get_by_test_id("set-status")).to_have_value("retired")
    page.get_by_test_id("status-begins").fill("2020-07-01")
    page.get_by_test_id("status-save").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("退休")
    expect(page.get_by_test_id("standings")).to_contain_text("无需完成")
    expect(page.get_by_test_id("close")).to_have_count(0)
    page.get_by_test_id("set-status").select_option("left")
    page.get_by_test_id("status-begins").fill("2020-07-02")
    page.get_by_test_id("status-save").click()
    page.get_by_test_id("close-reason").select_option("asked")
    page.get_by_test_id("close-name").fill("别人")
    page.get_by_test_id("close").click()
    expect(page.get_by_test_id("name-error")).to_contain_text("不一致")
    page.get_by_test_id("close-name").fill(who.name)
    page.get_by_test_id("close").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已隐去")
    expect(page.get_by_text(who.name)).to_have_count(0)
    is_usable(page)
    page.goto("/desk/people")
    page.get_by_test_id("search-input").fill(who.number)
    page.get_by_test_id("search-submit").click()
    expect(page.get_by_test_id("empty")).to_be_visible()


def test_the_list_keeps_what_is_looked_for(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("city"), DESKTOP)
    page.goto("/desk/organisations")
    page.get_by_test_id("organisation-q").fill("第一人民医院")
    page.get_by_test_id("organisation-find").click()
    page.get_by_test_id("organisation").filter(has_text=HOSPITAL).first.click()
    page.get_by_test_id("to-people").click()
    expect(page.get_by_test_id("all-people")).to_be_visible()
    page.get_by_test_id("people-title").select_option("中级")
    page.get_by_test_id("search-submit").click()
    page.wait_for_url("**title=**organisation=**")
    # Read anew, so that what is counted is surely the narrowed list.
    page.reload()
    expect(page.get_by_test_id("people-title")).to_have_value("中级")
    expect(page.get_by_test_id("person").first).to_be_visible()
    names = page.get_by_test_id("person").all_inner_texts()
    assert names
    page.get_by_test_id("person").first.click()
    expect(page.get_by_test_id("standings")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("people-title")).to_have_value("中级")
    expect(page.get_by_test_id("person").first).to_have_text(names[0])
    page.reload()
    expect(page.get_by_test_id("people-title")).to_have_value("中级")
    expect(page.get_by_test_id("person")).to_have_count(len(names))


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []


def hours_of(where: City, who: Somebody) -> list[tuple[int, ...]]:
    return where.rows(
        "SELECT year, required, elective, professional FROM year_total WHERE person_id = ?"
        " ORDER BY year", who.id,
    )  # fmt: skip


def decide(where: City, visit: Visit, application: int, verdict: str) -> str:
    """Whoever's turn it is gives a verdict on his desk; returns the name of the office."""
    office, name = where.rows(
        "SELECT o.id, o.name FROM application a JOIN organisation o ON o.id = a.office_id"
        " WHERE a.id = ?", application,
    )[0]  # fmt: skip
    clerk = where.rows(
        "SELECT person_id FROM membership WHERE organisation_id = ? AND ended_at IS NULL"
        " AND begins_at IS NOT NULL ORDER BY id", office,
    )[0][0]  # fmt: skip
    page = visit(where, somebody(where, clerk), DESKTOP)
    page.goto("/desk")
    page.goto(f"/desk/application/{application}")
    page.get_by_test_id(f"decide-{verdict}").dblclick()
    expect(page.get_by_test_id("done")).to_contain_text("受理编号")
    page.context.close()
    return name


def colleague(where: City) -> Somebody:
    """Somebody of the hospital who can sign in and is no clerk."""
    clerk = where.documented("employer")
    id = where.rows(
        "SELECT id FROM person WHERE activated_at IS NOT NULL AND password_hash IS NOT NULL AND"
        " organisation_id = (SELECT organisation_id FROM person WHERE id = ?) AND id NOT IN"
        " (SELECT person_id FROM membership) ORDER BY id DESC LIMIT 1", clerk.id,
    )[0][0]  # fmt: skip
    return somebody(where, id)


def somebody(where: City, id: int) -> Somebody:
    name, cipher = where.rows("SELECT name, identity_cipher FROM person WHERE id = ?", id)[0]
    number = encryption.load(where.data / "keys").decrypt(cipher, context="identity")
    return Somebody(id, name, number, PASSWORD)


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(written, "PNG")
    return written.getvalue()
