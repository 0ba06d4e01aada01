"""On a slow line a file is chosen, a button pressed, before the script of its page has come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.screens.city import PHONE, City
from tests.screens.claiming import begin, photograph, somebody
from tests.screens.test_making import film

Visit = Callable[..., Page]


def late(page: Page, script: str) -> list[Route]:
    """Hold a script back until the test lets it come."""
    held: list[Route] = []
    page.route(f"**/{script}*", lambda route: held.append(route))
    return held


def comes(page: Page, held: list[Route]) -> None:
    """Let it come, once it was asked for."""
    while not held:
        page.wait_for_timeout(50)
    for route in held:
        route.continue_()


def test_a_photograph_of_a_claim(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=8), PHONE)
    claim = begin(page, "qualification")
    held = late(page, "claim.js")
    page.goto(f"/claims/{claim}")
    page.get_by_test_id("file-certificate").set_input_files(
        {"name": "证", "mimeType": "image/jpeg", "buffer": photograph(88)}
    )
    assert city.rows("SELECT count(*) FROM claim_file WHERE claim_id = ?", claim) == [(0,)]
    comes(page, held)
    expect(page.get_by_test_id("proof-file")).to_have_count(1)
    assert city.rows("SELECT count(*) FROM claim_file WHERE claim_id = ?", claim) == [(1,)]


def test_a_claim_sent_in(city: City, visit: Visit) -> None:
    page = visit(city, somebody(city, place=9), PHONE, allow=["status of 422"])
    claim = begin(page, "qualification")
    held = late(page, "claim.js")
    page.goto(f"/claims/{claim}")
    page.get_by_test_id("claim-title").fill("早按了的")
    page.get_by_test_id("claim-title").press("Enter")
    page.wait_for_timeout(500)
    assert page.url.endswith(f"/claims/{claim}"), "what was typed stood in the address"
    comes(page, held)
    expect(page.get_by_test_id("claim-title")).to_have_value("早按了的")
    expect(page.get_by_test_id("need-certificate").locator("[data-rx-error-for]")).not_to_have_text(
        ""
    )


def test_the_film_of_a_lesson(own_city: City, visit: Visit, tmp_path: Path) -> None:
    page = visit(own_city, own_city.documented("base"))
    lesson, course = own_city.rows(
        "SELECT l.id, c.id FROM lesson l JOIN course c ON c.id = l.course_id"
        " WHERE c.status = 'draft'"
    )[0]
    held = late(page, "course.js")
    page.goto(f"/desk/courses/{course}?lesson={lesson}")
    named: Any = tmp_path / "迟到.mp4"
    named.write_bytes(film().read_bytes())
    page.get_by_test_id("film-file").set_input_files(named)
    comes(page, held)
    expect(page.get_by_test_id("film")).to_contain_text("迟到", timeout=30_000)


def test_a_table_sent_in(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("employer"), PHONE)
    before = own_city.rows("SELECT count(*) FROM collection")[0][0]
    held = late(page, "desk.js")
    page.goto("/desk/collect")
    page.get_by_test_id("file").set_input_files(
        {"name": "迟到.csv", "mimeType": "text/csv", "buffer": "姓名,身份证号码\n".encode()}
    )
    page.get_by_test_id("collect-submit").dblclick()
    page.wait_for_timeout(500)
    assert page.url.endswith("/desk/collect"), "the browser left with the form by itself"
    assert own_city.rows("SELECT count(*) FROM collection") == [(before,)]
    comes(page, held)
    page.wait_for_url("**/desk/collect/*")
    assert own_city.rows("SELECT count(*) FROM collection") == [(before + 1,)]


def test_a_table_whose_script_does_not_come_stays_chosen(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("employer"), PHONE, allow=["ERR_FAILED"])
    held = late(page, "desk.js")
    page.goto("/desk/collect")
    page.get_by_test_id("file").set_input_files(
        {"name": "迟到.csv", "mimeType": "text/csv", "buffer": b"1"}
    )
    page.get_by_test_id("collect-submit").click()
    while not held:
        page.wait_for_timeout(50)
    held[0].abort()
    expect(page.get_by_test_id("collect-message")).to_contain_text("网络中断")
    assert page.get_by_test_id("file").evaluate("input => input.files.length") == 1


def test_a_mark_pressed_in_a_notice(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("city"), PHONE)
    held = late(page, "notice.js")
    page.goto("/desk/notices")
    page.get_by_test_id("notice-begin").click()
    body = page.get_by_test_id("notice-body")
    body.fill("请在月底以前完成。")
    body.evaluate("(area) => area.setSelectionRange(2, 6)")
    page.get_by_test_id("mark-bold").dblclick()
    expect(body).to_have_value("请在月底以前完成。")
    comes(page, held)
    # Pressed twice by somebody who saw nothing happen, it is done once.
    expect(body).to_have_value("请在**月底以前**完成。")
    page.wait_for_timeout(300)
    expect(body).to_have_value("请在**月底以前**完成。")
