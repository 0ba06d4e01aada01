"""On a slow line a page shows and takes nothing of what it held for another address."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.screens.city import PHONE, City
from tests.screens.claiming import begin, somebody
from tests.screens.lesson import wait_until
from tests.screens.looks import SIZES
from tests.screens.slow_line import Held
from tests.screens.test_rosters import TODAY, project

Visit = Callable[..., Page]
COVERED = re.compile(r"\barriving\b")
SEEN = "box => getComputedStyle(box.closest('#main > .stack-wide > *, .told')).opacity > 0"


def is_covered(page: Page) -> None:
    expect(page.locator("html")).to_have_class(COVERED)


def is_uncovered(page: Page) -> None:
    expect(page.locator("html")).not_to_have_class(COVERED)
    expect(page.get_by_test_id("arrival")).to_be_hidden()


def is_filled_for(page: Page, address: str) -> None:
    marker = page.locator("[data-rx=filling]")
    expect(marker).to_have_attribute("data-place", address)
    expect(marker).to_have_attribute("data-filled", "true")
    is_uncovered(page)


def is_gone(box: Locator) -> None:
    """Covered once the wait is noticeable, and never to be pressed."""
    expect(box).to_have_css("pointer-events", "none")
    box.page.wait_for_function(f"box => !({SEEN})(box)", arg=box.element_handle())


@SIZES
def test_a_claim_does_not_show_another(city: City, visit: Visit, size: tuple[int, int]) -> None:
    page = visit(city, somebody(city, place=6), size)
    held = Held(page)
    first, second = begin(page, "qualification"), begin(page, "paper")
    page.goto("/claims")
    page.locator(f"a[href='/claims/{first}']").click()
    title = page.get_by_test_id("title")
    is_filled_for(page, f"/claims/{first}")
    expect(title).to_contain_text("资格")
    page.go_back()
    is_filled_for(page, "/claims")
    held.on = True
    page.locator(f"a[href='/claims/{second}']").click()
    page.wait_for_url(f"**/claims/{second}")
    wait_until(page, lambda: held.messages)
    is_covered(page)
    is_gone(title)
    is_gone(page.get_by_test_id("claim-form"))
    expect(page.get_by_test_id("arrival")).to_be_visible()
    expect(page.locator("main")).to_have_attribute("aria-busy", "true")
    held.let_go()
    is_uncovered(page)
    expect(title).to_contain_text("论文")
    assert title.evaluate(SEEN)


def test_what_is_covered_is_not_pressed(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("base"), PHONE)
    held, id = Held(page), project(own_city, TODAY)
    page.goto(f"/desk/rosters/{id}")
    page.get_by_test_id("to-check-in").click()
    expect(page.get_by_test_id("check-in-begin")).to_be_visible()
    held.on = True
    page.get_by_test_id("back").click()
    page.wait_for_url(f"**/desk/rosters/{id}")
    wait_until(page, lambda: held.messages)
    is_covered(page)
    take, lines = page.get_by_test_id("take-enrolled"), "SELECT count(*) FROM roster_line"
    before = own_city.rows(lines)
    take.evaluate("button => { button.focus(); button.click(); }")
    page.keyboard.press("Enter")
    # The way on stays open to who went astray.
    expect(page.get_by_test_id("desk-menu").get_by_role("link").first).to_have_css(
        "pointer-events", "auto"
    )
    page.wait_for_timeout(500)
    assert own_city.rows(lines) == before
    held.let_go()
    take.click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已取入")
    assert own_city.rows(lines) != before


def test_a_connection_that_comes_back_covers_nothing(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=6), PHONE)
    held = Held(page)
    claim = begin(page, "qualification")
    typed = page.get_by_test_id("claim-title")
    typed.fill("写到一半")
    page.evaluate("""() => new MutationObserver(() => {
        if (document.documentElement.classList.contains('arriving')) window.wasCovered = true;
    }).observe(document.documentElement, { attributes: true })""")
    before = page.evaluate("window.rxappConnects")
    held.line.close()
    page.wait_for_function("before => window.rxappConnects > before", arg=before)
    is_filled_for(page, f"/claims/{claim}")
    assert page.evaluate("window.wasCovered") is None
    expect(typed).to_be_focused()
    expect(typed).to_have_value("写到一半")


def test_a_line_that_breaks_meanwhile_covers_until_it_is_back(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=6), PHONE)
    held = Held(page)
    page.goto("/years")
    is_filled_for(page, "/years")
    page.get_by_test_id("menu-claim").click()
    is_filled_for(page, "/claims")
    held.on = True
    page.go_back()
    wait_until(page, lambda: held.messages)
    is_covered(page)
    # The answer is lost with the line.
    held.messages.clear()
    held.on = False
    held.line.close()
    is_filled_for(page, "/years")


def test_what_is_the_same_for_everybody_waits_for_nobody(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=6), PHONE)
    held = Held(page)
    page.goto("/years")
    is_filled_for(page, "/years")
    held.on = True
    page.get_by_test_id("menu-help").click()
    page.wait_for_url("**/help")
    wait_until(page, lambda: held.messages)
    is_uncovered(page)
    page.get_by_test_id("book-learner").click()
    expect(page.get_by_test_id("title")).to_have_text("学员手册")
    is_uncovered(page)
    # Nor is there anything to cover where nothing was shown yet.
    page.get_by_test_id("menu-claim").click()
    page.wait_for_url("**/claims")
    waiting = page.get_by_test_id("loading")
    expect(waiting).to_be_visible()
    is_uncovered(page)
    page.wait_for_function(SEEN, arg=waiting.element_handle())
    page.get_by_test_id("menu-checklist").click()
    page.wait_for_url("**/years")
    is_covered(page)
    held.let_go()
    is_filled_for(page, "/years")


def test_every_address_is_arrived_at(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=6), PHONE, allow=["status of 404"])
    for address in (
        "/", "/news?q=学时 a+b%20%E4%B8%AD&q=2", "/years?", "/years#main", "/claims/999999999",
        "/courses/公需", "/messages?" + "x" * 90,
    ):  # fmt: skip
        page.goto(address)
        expect(page.get_by_test_id("title")).to_be_visible()
        page.wait_for_function("() => window.rxappConnects > 0")
        expect(page.locator("[data-rx=filling][data-filled=false]")).to_have_count(0)
        is_uncovered(page)
        page.get_by_test_id("skip").focus()
        page.keyboard.press("Enter")
        is_uncovered(page)
