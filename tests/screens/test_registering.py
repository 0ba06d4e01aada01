"""Whoever was not collected registers, is approved by the right office, and can begin."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect

from rxapp.rules import identity
from tests.screens.city import DESKTOP, PHONE, City
from tests.screens.lesson import wait_until
from tests.screens.slow_line import Held
from tests.screens.test_pages import TOO_WIDE, findings

Visit = Callable[..., Page]

# What the browser itself writes to its console when the service refuses something.
REFUSED = ["Failed to load resource"]
WAIT_MS = 15_000
NAME, MOBILE, PASSWORD = "褚星河", "15400099999", "Xinghe-2020-a"
SHORT_NUMBER, NUMBER = "370891900101001", "370891199001010016"
RECORD = {
    "field": "卫生健康", "title_series": "卫生技术", "title_level": "中级", "education": "大学本科",
}  # fmt: skip
HOSPITAL, SCHOOL = "运河市第一人民医院", "湖东区（高新）实验学校"


def test_a_person_registers_on_a_phone_and_is_approved_by_the_employer(
    own_city: City, visit: Visit
) -> None:
    phone = visit(own_city, viewport=PHONE, allow=REFUSED)
    phone.goto("/sign-in")
    phone.get_by_test_id("to-register").click()
    phone.wait_for_url("**/register")
    phone.get_by_test_id("employer-input").fill("运河市")
    phone.get_by_test_id("employer-submit").click()
    expect(phone.get_by_test_id("employer-choice").first).to_be_visible()
    # The longest name of the city is among them.
    is_usable(phone)
    choose(phone, "employer", "yhsdyrmyy", HOSPITAL)
    fill_person(phone)
    phone.get_by_test_id("identity_number").fill("370891199001010017")
    phone.get_by_test_id("register-submit").click()
    expect(phone.get_by_test_id("identity_number-error")).to_contain_text("最后一位")
    # Nothing typed is lost; the old number is written out in full.
    expect(phone.get_by_test_id("name")).to_have_value(NAME)
    phone.get_by_test_id("identity_number").fill(SHORT_NUMBER)
    phone.get_by_test_id("identity_number").blur()
    expect(phone.get_by_test_id("identity_number")).to_have_value(NUMBER)
    phone.get_by_test_id("register-submit").dblclick()
    receipt = receipt_of(phone)
    expect(phone.get_by_test_id("submitted")).to_be_visible()
    # Pressed twice it was sent once.
    assert own_city.rows("SELECT number FROM application WHERE title = ?", NAME) == [(receipt,)]
    expect(phone.locator("main")).to_contain_text(f"由{HOSPITAL}办理")
    is_usable(phone)

    # Who has not been approved yet cannot sign in.
    assert not signs_in(own_city, phone)
    clerk = visit(own_city, own_city.documented("employer"), DESKTOP, allow=REFUSED)
    open_application(own_city, clerk, receipt)
    expect(clerk.get_by_test_id("lines")).to_contain_text("3708*************6")
    is_usable(clerk)
    clerk.get_by_test_id("decide-return").click()
    expect(clerk.get_by_test_id("note-error")).to_contain_text("请填写")
    clerk.get_by_test_id("note").fill("请核对岗位")
    clerk.get_by_test_id("decide-return").click()
    expect(clerk.get_by_test_id("done")).to_contain_text(receipt)

    correct(phone, receipt, "employer", HOSPITAL)
    expect(phone.get_by_test_id("post")).to_have_value("内科医师")
    expect(phone.get_by_test_id("field")).to_have_value("卫生健康")
    expect(phone.get_by_test_id("identity_number")).to_have_value("")
    phone.get_by_test_id("post").fill("主治医师")
    phone.get_by_test_id("identity_number").fill(NUMBER)
    set_password(phone)
    phone.get_by_test_id("register-submit").click()
    assert receipt_of(phone) == receipt

    open_application(own_city, clerk, receipt)
    clerk.get_by_test_id("decide-approve").dblclick()
    expect(clerk.get_by_test_id("done")).to_contain_text("通过")
    expect(clerk.get_by_test_id("error")).to_be_empty()
    assert own_city.rows("SELECT post FROM person WHERE name = ?", NAME) == [("主治医师",)]

    phone.goto("/sign-in")
    phone.get_by_test_id("identity_number").fill(NUMBER)
    phone.get_by_test_id("password").fill(PASSWORD)
    phone.get_by_test_id("sign-in-submit").click()
    phone.wait_for_url(lambda address: address.rstrip("/") == own_city.address)
    expect(phone.get_by_test_id("rings")).to_be_visible()
    phone.goto(f"/application?n={receipt}")
    expect(phone.get_by_test_id("status")).to_have_text("已通过")


def test_whoever_has_no_employer_goes_to_the_county(own_city: City, visit: Visit) -> None:
    phone = visit(own_city, viewport=PHONE)
    phone.goto("/register")
    phone.get_by_test_id("no-employer").click()
    phone.get_by_test_id("bureau").filter(has_text="湖东区").click()
    is_usable(phone)
    fill_person(phone)
    phone.get_by_test_id("register-submit").click()
    receipt_of(phone)
    expect(phone.locator("main")).to_contain_text("由湖东区人力资源和社会保障局办理")
    phone.get_by_test_id("withdraw-mobile").fill(MOBILE)
    phone.get_by_test_id("withdraw").click()
    expect(phone.get_by_test_id("status")).to_have_text("已撤回")


def test_an_organisation_registers_with_its_papers_and_is_approved_by_the_county(
    own_city: City, visit: Visit
) -> None:
    page = visit(own_city, viewport=PHONE, allow=REFUSED)
    page.goto("/register")
    page.get_by_test_id("to-organisation").click()
    page.wait_for_url("**/register/organisation")
    choose(page, "superior", "湖东", "湖东区人力资源和社会保障局")
    first = "12370800MB2000001"
    typed = {
        "name": "湖东区(高新)实验学校",
        "credit_code": first + identity.credit_check_character(first),
        "address": "学苑路1号", "clerk_name": NAME, "identity_number": NUMBER, "mobile": MOBILE,
    }  # fmt: skip
    for name, text in typed.items():
        page.get_by_test_id(name).fill(text)
    page.get_by_test_id("capacity_employer").check()
    set_password(page)
    attach(page, "licence", b"not a picture", "a.txt")
    expect(page.get_by_test_id("licence-error")).to_contain_text("只能上传")
    attach(page, "licence", photograph("red"))
    expect(page.get_by_test_id("licence-shown").locator("img")).to_be_visible()
    page.get_by_test_id("register-organisation-submit").click()
    expect(page.get_by_test_id("authorisation-error")).to_contain_text("请上传管理员授权书")
    is_usable(page)
    attach(page, "authorisation", photograph("blue"))
    expect(page.get_by_test_id("authorisation-told")).to_contain_text("已上传")
    page.get_by_test_id("register-organisation-submit").click()
    receipt = receipt_of(page)

    county = visit(own_city, own_city.documented("county"), DESKTOP, allow=REFUSED)
    give_second_factor(county)
    open_application(own_city, county, receipt)
    expect(county.get_by_test_id("lines")).to_contain_text(SCHOOL)
    shown = county.get_by_test_id("evidence")
    expect(shown).to_have_count(2)
    is_usable(county)
    county.set_viewport_size({"width": 390, "height": 844})
    is_usable(county)
    for each in shown.locator("img").all():
        assert each.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert county.request.get(shown.first.get_attribute("href") or "").ok
    # Nobody else gets to see it.
    assert page.request.get(shown.first.get_attribute("href") or "").status == 404
    county.get_by_test_id("decide-approve").click()
    expect(county.get_by_test_id("done")).to_contain_text("通过")
    assert own_city.rows("SELECT status FROM organisation WHERE name = ?", SCHOOL) == [("active",)]

    assert signs_in(own_city, page)
    page.goto("/desk")
    expect(page.get_by_test_id("title")).to_have_text("工作台")
    expect(page.locator("main")).to_contain_text(SCHOOL)


def test_neither_registration_shows_what_the_other_left_behind(city: City, visit: Visit) -> None:
    page = visit(city, viewport=PHONE)
    held = Held(page)
    page.goto("/register")
    expect(page.get_by_test_id("no-employer")).to_be_visible()
    held.on = True
    page.get_by_test_id("to-organisation").click()
    page.wait_for_url("**/register/organisation")
    wait_until(page, lambda: held.messages)
    expect(page.get_by_test_id("loading")).to_be_visible()
    # What is looked for here before the page is filled would be gone with its filling.
    expect(page.get_by_test_id("superior-input")).to_have_count(0)
    held.let_go()
    expect(page.get_by_test_id("superior-input")).to_be_visible()


def is_usable(page: Page) -> None:
    """As it stands now: nothing that axe finds, nothing wider than the screen."""
    assert findings(page) == []
    assert page.evaluate(TOO_WIDE) == []


def choose(page: Page, testid: str, typed: str, name: str) -> None:
    """Find an organisation and take it."""
    page.get_by_test_id(f"{testid}-input").fill(typed)
    page.get_by_test_id(f"{testid}-submit").click()
    page.get_by_test_id(f"{testid}-choice").filter(has_text=name).first.click()
    expect(page.get_by_test_id(f"{testid}-chosen")).to_have_text(name)


def fill_person(page: Page) -> None:
    for name, text in {"identity_number": NUMBER, "name": NAME, "mobile": MOBILE}.items():
        page.get_by_test_id(name).fill(text)
    for name, chosen in RECORD.items():
        page.get_by_test_id(name).select_option(chosen)
    page.get_by_test_id("post").fill("内科医师")
    set_password(page)


def set_password(page: Page) -> None:
    for name in ("new_password", "new_password_again"):
        page.get_by_test_id(name).fill(PASSWORD)


def receipt_of(page: Page) -> str:
    """The number on the receipt that is shown."""
    page.wait_for_url("**/application?**")
    return page.get_by_test_id("receipt-number").inner_text(timeout=WAIT_MS)


def correct(page: Page, receipt: str, chooser: str, place: str) -> None:
    """Open what was returned, as whoever knows the mobile."""
    page.goto("/application")
    page.get_by_test_id("number").fill(receipt.lower().replace("-", " "))
    page.get_by_test_id("ask").click()
    expect(page.get_by_test_id("reason")).to_contain_text("请核对岗位")
    page.get_by_test_id("correct").click()
    page.get_by_test_id("first-mobile").fill("15400099998")
    page.get_by_test_id("open-again").click()
    expect(page.get_by_test_id("mobile-error")).to_contain_text("不一致")
    page.get_by_test_id("first-mobile").fill(MOBILE)
    page.get_by_test_id("open-again").click()
    expect(page.get_by_test_id(f"{chooser}-chosen")).to_have_text(place)


def open_application(city: City, page: Page, receipt: str) -> None:
    """Open the page on which the office decides."""
    found = city.rows("SELECT id FROM application WHERE number = ?", receipt)
    page.goto(f"/desk/application/{found[0][0]}")
    expect(page.get_by_test_id("lines")).to_be_visible(timeout=WAIT_MS)


def attach(page: Page, purpose: str, content: bytes, name: str = "照片.jpg") -> None:
    page.get_by_test_id(f"{purpose}-file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def photograph(colour: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (900, 1200), colour).save(written, "JPEG")
    return written.getvalue()


def give_second_factor(page: Page) -> None:
    """Set one up, as the clerk of a bureau must; the demo shows the code."""
    page.goto("/me/second-factor")
    page.get_by_test_id("factor-begin").click()
    code = page.get_by_test_id("demo-code").inner_text()
    page.locator("input[name=code]").fill(code.replace(" ", ""))
    page.get_by_test_id("factor-confirm").click()
    expect(page.get_by_test_id("recovery-done")).to_be_visible()


def signs_in(city: City, page: Page) -> bool:
    """Whether the registered person's number and password open the door."""
    answer = page.request.post(
        f"{city.address}/auth/sign-in",
        form={"identity_number": NUMBER, "password": PASSWORD},
        headers={"Origin": city.address},
    )
    return answer.ok
