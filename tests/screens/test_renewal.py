"""After an upgrade open pages ask to be loaded anew: calmly, when it suits, losing nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.screens.city import CLI, DESKTOP, PHONE, City, environment_of
from tests.screens.lesson import open_player, pause, play, wait_until
from tests.serving import running

Visit = Callable[..., Page]
# What a browser writes to its console while there is no service.
GONE = ["WebSocket", "Failed to load resource", "ERR_CONNECTION", "ERR_FAILED"]
AT_ONCE = "Math.random = () => 0"
# The same pages, said to be of another build; and then told of by Reflex itself as well.
NEWER = """
import sys
from rxapp.gate import headers
headers.mark_of = lambda build: "0123456789ab"
import reflex.state
if "mismatch" in sys.argv:
    reflex.state.BaseState._to_frontend_schema = classmethod(lambda cls: "another")
from rxapp.cli import main
main(["serve"])
"""


class Upgraded:
    """A city whose service is stopped and comes back as another build, at the same address."""

    def __init__(self, template: Path, folder: Path, port: int) -> None:
        self.data, self.port, self.folder = folder / "data", port, folder
        shutil.copytree(template, self.data)
        self.served = ExitStack()
        self.city = City(f"http://localhost:{port}", self.data, folder / "old.log")
        self.start(*CLI, "serve")

    def start(self, *words: str, log: str = "old.log") -> None:
        environment = environment_of(self.data, self.port)
        self.served.enter_context(
            running(*words, environment=environment, port=self.port, log=self.folder / log)
        )

    def stop(self) -> None:
        self.served.close()

    def renew(self, *words: str) -> None:
        """Stop, and come back as another build."""
        self.stop()
        self.start("-c", NEWER, *words, log="new.log")

    def restart(self) -> None:
        """Stop, and come back as the same build."""
        self.stop()
        self.start(*CLI, "serve")


@pytest.fixture
def upgraded(template: Path, tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Upgraded]:
    service = Upgraded(template, tmp_path, free_port())
    yield service
    service.stop()
    for log in tmp_path.glob("*.log"):
        assert "Traceback" not in log.read_text(), log.read_text()[-3000:]


def test_only_another_build_is_an_upgrade_and_what_was_typed_comes_back(
    upgraded: Upgraded, visit: Visit
) -> None:
    page = visit(upgraded.city, None, PHONE, "dark", allow=GONE)
    page.add_init_script(AT_ONCE)
    page.goto("/sign-in")
    wait_until(page, lambda: page.evaluate("window.rxappConnects"))
    number = upgraded.city.documented("panel").number
    page.locator("[name=identity_number]").fill(number)
    page.locator("[name=password]").fill("geheim-77")
    asked: list[str] = []
    page.on("request", lambda each: "/healthz" in each.url and asked.append(each.url))
    upgraded.restart()
    wait_until(page, lambda: len(asked) == 1)
    page.wait_for_timeout(300)
    expect(page.get_by_test_id("renewal")).to_have_count(0)
    upgraded.renew()
    bar = page.get_by_test_id("renewal")
    expect(bar).to_contain_text(
        "平台已更新，请刷新页面。已填写的文字会自动填回。密码", timeout=30_000
    )
    assert len(asked) == 2
    assert page.locator("[name=identity_number]").input_value() == number
    bar.get_by_role("button", name="刷新页面").click()
    expect(page.locator("[name=identity_number]")).to_have_value(number, timeout=15_000)
    assert page.locator("[name=password]").input_value() == ""
    kept = page.evaluate("JSON.stringify(sessionStorage)")
    assert "geheim" not in kept
    assert number not in kept


def test_a_page_of_another_shape_is_not_loaded_anew_behind_its_user(
    upgraded: Upgraded, visit: Visit
) -> None:
    page = visit(upgraded.city, upgraded.city.documented("employer"), DESKTOP, allow=GONE)
    page.goto("/desk/collect")
    expect(page.get_by_test_id("collect-submit")).to_be_visible()
    page.evaluate("window.here = 1")
    upgraded.renew("mismatch")
    expect(page.get_by_test_id("renewal")).to_be_visible(timeout=30_000)
    assert page.evaluate("window.here") == 1
    expect(page.locator("#reflex-new-version-banner")).to_have_count(0)
    assert "Frontend state schema" in (upgraded.folder / "new.log").read_text()
    # A link leads to the new build's page, whole.
    page.get_by_test_id("brand").click()
    wait_until(page, lambda: page.evaluate("window.here") is None)


def test_a_lesson_that_is_watched_is_not_disturbed(city: City, visit: Visit) -> None:
    learner = city.learner()
    lesson = city.unbegun_lesson(learner)
    page = visit(city, learner, PHONE)
    open_player(page, lesson)
    play(page)
    page.evaluate("window.here = 1; dispatchEvent(new Event('rxapp:renewed'))")
    wait_until(page, lambda: city.credited_ms(learner, lesson) > 2_000)
    expect(page.get_by_test_id("renewal")).to_have_count(0)
    pause(page)
    bar = page.get_by_test_id("renewal")
    expect(bar).to_be_visible()
    page.get_by_test_id("player-play").click()
    expect(bar).to_have_count(0)
    page.get_by_test_id("player-play").click()
    bar.get_by_role("button", name="稍后").click()
    expect(bar).to_have_count(0)
    assert page.evaluate("window.here") == 1


def test_a_part_of_the_page_that_is_gone_leaves_no_blank_screen(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("last_course"), PHONE, allow=["route module", "TypeError",
                 "Failed to load resource", "Failed to fetch"])  # fmt: skip
    page.goto("/")
    expect(page.get_by_test_id("rings")).to_be_visible()
    lost: list[str] = []

    def gone(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fulfill(status=404, content_type="application/json", body="{}")

    page.route("**/assets/*.js", gone)
    page.get_by_test_id("menu-checklist").click()
    wait_until(page, lambda: bool(lost))
    page.wait_for_load_state()
    expect(page.get_by_test_id("title")).to_be_visible()
    page.get_by_test_id("menu-checklist").click()
    expect(page.get_by_test_id("title")).to_have_text("年度完成情况")
