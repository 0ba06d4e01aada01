"""Clerks at work on their own rights: the second factor, inviting, handing over, a new password."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

from playwright.sync_api import Page, expect

from rxapp.adapters import encryption
from rxapp.demo.accounts import PASSWORD
from tests.screens.city import CLI, City, Somebody, environment_of
from tests.screens.looks import SIZES
from tests.screens.test_pages import findings
from tests.serving import ROOT, command

Visit = Callable[..., Page]

# What the browser itself writes to its console when the service refuses something.
REFUSED = ["Failed to load resource"]
NEW = "Xuexi-2026-Zhiwei"


@SIZES
def test_a_bureaus_clerk_sets_the_second_factor_up_and_comes_in_with_it(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    who = own_city.documented("county")
    page = visit(own_city, viewport=size, allow=REFUSED)
    enter(page, who)
    page.wait_for_url(own_city.address + "/")
    page.get_by_test_id("menu-desk").click()
    page.wait_for_url("**/me/second-factor")
    expect(page.get_by_test_id("factor-required")).to_contain_text("必须使用动态验证码")
    page.get_by_test_id("factor-begin").click()
    expect(page.get_by_test_id("qr")).to_be_visible()
    assert findings(page) == []
    page.get_by_test_id("code").fill("000000")
    page.get_by_test_id("factor-confirm").click()
    expect(page.get_by_test_id("code-error")).to_contain_text("不正确")
    page.get_by_test_id("code").fill(page.get_by_test_id("demo-code").inner_text())
    page.get_by_test_id("factor-confirm").click()
    expect(page.get_by_test_id("recovery").locator("li")).to_have_count(10)
    recovery = page.get_by_test_id("recovery").locator("li").first.inner_text()
    assert findings(page) == []
    page.get_by_test_id("recovery-done").click()
    page.wait_for_url("**/me")
    page.get_by_test_id("menu-desk").click()
    page.wait_for_url("**/desk")
    page.get_by_test_id("role-learner").click()
    expect(page.get_by_test_id("rings")).to_be_visible()
    sign_out(page)

    enter(page, who)
    page.wait_for_url("**/second-factor")
    for path in ("/", "/desk", "/me", "/messages", "/me/second-factor"):
        page.goto(path)
        page.wait_for_url(re.compile(r"/second-factor$"))
        expect(page.get_by_test_id("second-factor-submit")).to_be_visible()
        expect(page.locator("body")).not_to_contain_text(who.name)
    assert findings(page) == []
    answer(page, page.get_by_test_id("demo-code").inner_text())
    page.wait_for_url(own_city.address + "/")
    page.get_by_test_id("menu-desk").click()
    page.wait_for_url("**/desk")
    sign_out(page)

    enter(page, who)
    page.wait_for_url("**/second-factor")
    answer(page, recovery)
    page.wait_for_url(own_city.address + "/")
    sign_out(page)
    enter(page, who)
    page.wait_for_url("**/second-factor")
    answer(page, recovery)
    expect(page.get_by_test_id("code-error")).to_contain_text("已使用过")
    page.goto("/")
    page.wait_for_url("**/second-factor")


@SIZES
def test_a_clerk_who_is_removed_can_do_nothing_more_at_the_next_press(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    clerk, above = own_city.documented("employer"), own_city.documented("department")
    page, boss = visit(own_city, clerk, size), visit(own_city, above, size)
    office = own_city.rows(
        "SELECT organisation_id FROM membership WHERE person_id = ?", clerk.id
    )[0][0]  # fmt: skip
    page.goto("/desk/staff")
    expect(page.get_by_test_id("clerk-list")).to_contain_text(clerk.name)
    boss.goto(f"/desk/staff?organisation={office}")
    boss.get_by_test_id("clerk-remove").click()
    boss.get_by_test_id("removal-confirm").click()
    expect(boss.get_by_test_id("done-text")).to_contain_text("立即生效")
    page.get_by_test_id("staff-search-input").fill(clerk.number)
    page.get_by_test_id("staff-search-submit").click()
    page.wait_for_url(own_city.address + "/")
    told = "SELECT title FROM message WHERE person_id = ? ORDER BY id DESC"
    unread = len(own_city.rows(told.replace("title", "id"), clerk.id))
    expect(page.get_by_test_id("menu-message")).to_contain_text(f"{unread}")
    assert own_city.rows(told, clerk.id)[0] == ("管理权限已停止",)


@SIZES
def test_a_clerk_invites_a_colleague_and_hands_over(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    clerk = own_city.documented("employer")
    colleague = colleague_of(own_city, clerk)
    page, other = visit(own_city, clerk, size), visit(own_city, colleague, size)
    page.goto("/desk/staff")
    page.get_by_test_id("staff-search-input").fill(colleague.number)
    page.get_by_test_id("staff-search-submit").click()
    page.get_by_test_id("invite").click()
    expect(page.get_by_test_id("done-text")).to_contain_text(f"已邀请{colleague.name}")
    assert findings(page) == []

    other.goto("/")
    expect(other.get_by_test_id("menu-desk")).to_have_count(0)
    expect(other.get_by_test_id("menu-message")).to_contain_text("1")
    other.get_by_test_id("menu-message").click()
    other.get_by_test_id("message-open").click()
    other.wait_for_url("**/me")
    other.get_by_test_id("accept-invitation").click()
    expect(other.get_by_test_id("done-text")).to_contain_text("可进入工作台")
    other.goto("/")
    other.get_by_test_id("menu-desk").click()
    other.wait_for_url("**/desk")

    page.reload()
    page.get_by_test_id("clerk-remove").click()
    expect(page.get_by_test_id("removal-notice")).to_contain_text(colleague.name)
    page.get_by_test_id("removal-keep").click()
    expect(page.get_by_test_id("removal-notice")).to_have_count(0)
    page.get_by_test_id("clerk-take").click()
    expect(page.get_by_test_id("handover-notice")).to_contain_text(colleague.name)
    page.get_by_test_id("note").fill("公章在办公室")
    page.get_by_test_id("handover-confirm").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已交接给")
    page.goto("/desk")
    page.wait_for_url(own_city.address + "/")
    expect(page.get_by_test_id("menu-desk")).to_have_count(0)
    other.goto("/desk/staff")
    expect(other.get_by_test_id("handovers")).to_contain_text("公章在办公室")
    assert own_city.rows(
        "SELECT count(*) FROM membership WHERE person_id = ? AND ended_at IS NULL", clerk.id
    ) == [(0,)]


@SIZES
def test_a_forgotten_password_is_set_anew_with_the_offices_code(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    who = own_city.documented("complete")
    elsewhere = visit(own_city, who, size)
    elsewhere.goto("/me")
    expect(elsewhere.get_by_test_id("devices")).to_be_visible()
    code = code_for(own_city, who)
    page = visit(own_city, viewport=size, allow=REFUSED)
    page.goto("/sign-in")
    page.get_by_test_id("to-reset").click()
    page.wait_for_url("**/reset")
    assert findings(page) == []
    mobile = mobile_of(own_city, who)
    typed = {
        "identity_number": who.number, "mobile": "13900001111", "code": code,
        "new_password": NEW, "new_password_again": NEW,
    }  # fmt: skip
    for name, text in typed.items():
        page.get_by_test_id(name).fill(text)
    page.get_by_test_id("reset-submit").click()
    expect(page.get_by_test_id("code-error")).to_contain_text("请逐项核对")
    assert page.get_by_test_id("new_password").input_value() == NEW
    page.get_by_test_id("mobile").fill(mobile)
    page.get_by_test_id("reset-submit").click()
    expect(page.get_by_test_id("done")).to_be_visible()
    page.get_by_test_id("to-sign-in").click()
    enter(page, Somebody(who.id, who.name, who.number, NEW))
    expect(page.get_by_test_id("rings")).to_be_visible()
    expect(page.get_by_test_id("menu-message")).to_contain_text("1")
    elsewhere.reload()
    elsewhere.wait_for_url("**/sign-in**")
    sent = own_city.data / "outgoing"
    page.wait_for_timeout(4000)
    assert mobile in "".join(path.read_text() for path in sent.iterdir())
    assert mobile not in own_city.log.read_text()


def enter(page: Page, who: Somebody) -> None:
    page.goto("/sign-in")
    page.get_by_test_id("identity_number").fill(who.number)
    page.get_by_test_id("password").fill(who.password)
    page.get_by_test_id("sign-in-submit").click()


def answer(page: Page, code: str) -> None:
    page.get_by_test_id("code").fill(code)
    page.get_by_test_id("second-factor-submit").click()


def sign_out(page: Page) -> None:
    page.goto("/me")
    page.get_by_test_id("sign-out").click()
    page.wait_for_url("**/sign-in**")


def colleague_of(where: City, clerk: Somebody) -> Somebody:
    """Somebody of the same employer who can sign in and is no clerk."""
    id, name, cipher = where.rows(
        "SELECT id, name, identity_cipher FROM person WHERE activated_at IS NOT NULL AND"
        " organisation_id = (SELECT organisation_id FROM person WHERE id = ?) AND id NOT IN"
        " (SELECT person_id FROM membership) ORDER BY id LIMIT 1",
        clerk.id,
    )[0]
    number = encryption.load(where.data / "keys").decrypt(cipher, context="identity")
    return Somebody(id, name, number, PASSWORD)


def mobile_of(where: City, who: Somebody) -> str:
    cipher = where.rows("SELECT mobile_cipher FROM person WHERE id = ?", who.id)[0][0]
    return encryption.load(where.data / "keys").decrypt(cipher, context="mobile")


def code_for(where: City, who: Somebody) -> str:
    """What the operator gives out at the machine itself."""
    done = subprocess.run(
        command(*CLI, "code", who.number, "--purpose", "reset"), cwd=ROOT, check=True,
        env=environment_of(where.data, 3000), stdin=subprocess.DEVNULL, capture_output=True,
        text=True,
    )  # fmt: skip
    found = re.search(r"\d{8}", done.stdout)
    assert found, done.stdout
    return found[0]
