"""The player and the forms in a real browser, against a small platform that keeps the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.screens.lesson import wait_until
from tests.screens.player_mock import Platform, clip_length_ms, serving

LENGTH_MS = clip_length_ms()
PHONE, DESKTOP = (390, 844), (1280, 800)
OFFLINE_NOISE = ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK", "Failed to load resource"]

Platforms = Callable[..., Platform]
Pages = Callable[..., Page]


@pytest.fixture
def platform_for() -> Iterator[Platforms]:
    """Platforms that run until the test is over."""
    with ExitStack() as stack:
        yield lambda **given: stack.enter_context(serving(Platform(LENGTH_MS, **given)))


def test_playing_beats_with_rising_numbers_and_shows_what_the_server_credits(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP)
    open_lesson(page, platform)
    expect(status(page)).to_have_text("点击播放开始学习")
    page.wait_for_timeout(700)
    assert platform.beats == [], "a film that stands earns nothing"
    page.get_by_test_id("player-big").click()
    expect(status(page)).to_have_text("计入中")
    wait_until(page, lambda: platform.progress.credited_ms > 1500)
    assert seqs(platform) == list(range(1, len(platform.beats) + 1))
    expect(page.get_by_test_id("player-amount")).to_contain_text("已学 2秒 / 共 1分20秒")
    page.get_by_test_id("player-play").click()
    expect(status(page)).to_contain_text("已暂停，已计入")
    wait_until(page, lambda: platform.beats[-1]["playing"] is False)
    beats = len(platform.beats)
    page.wait_for_timeout(1200)
    assert len(platform.beats) == beats


def test_a_lost_network_pauses_within_a_beat_and_goes_on_by_itself_with_the_same_number(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(PHONE, allow=OFFLINE_NOISE)
    play(page, platform)
    wait_until(page, lambda: len(platform.beats) >= 2)
    page.context.set_offline(True)
    expect(status(page)).to_have_text("网络中断，视频已暂停，恢复后会自动继续", timeout=1500)
    assert video(page, "v => v.paused")
    told = len(platform.beats)
    page.wait_for_timeout(1500)
    assert len(platform.beats) == told
    page.context.set_offline(False)
    expect(status(page)).to_have_text("计入中")
    assert not video(page, "v => v.paused")
    numbers = seqs(platform)
    assert numbers[told] == numbers[told - 1] + 1, "no number was skipped by the outage"
    assert set(platform.verdicts) <= {"credited", "paused"}


def test_an_unanswered_beat_is_sent_again_under_its_number(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=OFFLINE_NOISE)
    play(page, platform)
    wait_until(page, lambda: len(platform.beats) >= 2)
    # The server hears the beat, the answer is lost on the way.
    lost: list[int] = []

    def lose_once(route: Route) -> None:
        if lost:
            return route.continue_()
        route.fetch()
        lost.append(seqs(platform)[-1])
        return route.abort("connectionreset")

    page.route("**/api/watch/beat", lose_once)
    wait_until(page, lambda: lost and seqs(platform).count(lost[0]) == 2)
    assert "duplicate" in platform.verdicts
    expect(status(page)).to_have_text("计入中")
    wait_until(page, lambda: seqs(platform)[-1] > lost[0])


def test_a_server_that_does_not_answer_in_time_pauses_the_film(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=OFFLINE_NOISE)
    play(page, platform)
    wait_until(page, lambda: len(platform.beats) >= 2)
    page.route("**/api/watch/beat", lambda _route: None)
    expect(status(page)).to_contain_text("网络中断", timeout=4500)
    assert video(page, "v => v.paused")
    page.unroute("**/api/watch/beat")
    expect(status(page)).to_have_text("计入中", timeout=5000)


def test_a_quiz_stops_the_film_and_cannot_be_dismissed(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(quiz_due_ms=1000), page_factory(DESKTOP)
    play(page, platform)
    quiz = page.get_by_test_id("quiz")
    expect(quiz).to_be_visible()
    assert video(page, "v => v.paused")
    for _ in range(3):
        page.keyboard.press("Escape")
    page.evaluate("document.querySelector('dialog').close()")
    expect(quiz).to_be_visible()
    assert page.evaluate("document.querySelector('dialog').matches(':modal')")
    page.keyboard.press("Space")
    page.mouse.click(5, 5)
    page.wait_for_timeout(900)
    expect(quiz).to_be_visible()
    assert video(page, "v => v.paused")
    assert platform.progress.credited_ms == 1000


def test_a_right_answer_by_keyboard_goes_on_by_itself(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(quiz_due_ms=1000), page_factory(DESKTOP)
    play(page, platform)
    expect(page.get_by_test_id("quiz")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("quiz-said")).to_have_text("请先选择答案，再提交")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("quiz-said")).to_have_text("回答正确，继续学习")
    expect(page.get_by_test_id("quiz")).to_be_hidden()
    expect(status(page)).to_have_text("计入中")
    wait_until(page, lambda: platform.progress.credited_ms > 1800)


def test_a_wrong_answer_waits_shows_what_to_review_and_asks_another_question(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(quiz_due_ms=1300), page_factory(PHONE)
    play(page, platform)
    page.get_by_label("五秒").tap()
    page.get_by_test_id("quiz-submit").tap()
    expect(page.get_by_test_id("quiz-said")).to_have_text("回答不正确，请回看 00:00–00:01 的内容")
    expect(page.get_by_test_id("quiz-wait")).to_contain_text("秒后回答下一题")
    assert page.get_by_test_id("quiz-submit").is_hidden()
    expect(page.get_by_text("下列哪些做法可以预防传染？")).to_be_visible()
    page.get_by_label("勤洗手").tap()
    page.get_by_label("常通风").tap()
    page.get_by_test_id("quiz-submit").tap()
    expect(page.get_by_test_id("quiz")).to_be_hidden()
    wait_until(page, lambda: platform.progress.credited_ms > 1800)


def test_the_stretch_can_be_seen_again_and_the_quiz_comes_back(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(quiz_due_ms=1300), page_factory(DESKTOP)
    play(page, platform)
    page.get_by_label("五秒").click()
    page.get_by_test_id("quiz-submit").click()
    page.get_by_test_id("quiz-review").click()
    expect(page.get_by_test_id("quiz")).to_be_hidden()
    expect(status(page)).to_contain_text("正在回看这一段，不重复计入")
    told = len(platform.beats)
    video(page, "v => { v.currentTime = 60 }")
    page.wait_for_timeout(300)
    assert video(page, "v => v.currentTime") < 3
    expect(page.get_by_test_id("quiz")).to_be_visible(timeout=4000)
    expect(page.get_by_text("下列哪些做法可以预防传染？")).to_be_visible()
    assert video(page, "v => v.paused")
    page.get_by_test_id("quiz-review").click()
    page.get_by_test_id("quiz-return").click()
    expect(page.get_by_test_id("quiz")).to_be_visible()
    assert len(platform.beats) == told
    assert platform.progress.credited_ms == 1300


def test_an_answer_lost_on_the_way_is_kept_and_sent_again(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(quiz_due_ms=1000), page_factory(PHONE, allow=OFFLINE_NOISE)
    play(page, platform)
    page.get_by_label("二十秒").tap()
    page.context.set_offline(True)
    page.get_by_test_id("quiz-submit").tap()
    said = page.get_by_test_id("quiz-said")
    expect(said).to_have_text("网络中断，答案已保留，恢复后会自动提交")
    page.context.set_offline(False)
    expect(said).to_have_text("回答正确，继续学习")
    expect(status(page)).to_have_text("计入中")


def test_opening_again_does_not_dodge_the_quiz(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(credited_ms=1000, quiz_due_ms=1000), page_factory(DESKTOP)
    open_lesson(page, platform)
    expect(page.get_by_test_id("quiz")).to_be_visible()
    page.get_by_label("二十秒").click()
    page.get_by_test_id("quiz-submit").click()
    expect(status(page)).to_have_text("计入中")


def test_a_newer_window_stops_this_one_which_can_take_over_again(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=["409"])
    play(page, platform)
    wait_until(page, lambda: len(platform.beats) >= 2)
    platform.take_over()
    expect(status(page)).to_have_text("已在另一窗口或设备打开，此处已停止")
    assert video(page, "v => v.paused")
    told = len(platform.beats)
    page.wait_for_timeout(1200)
    assert len(platform.beats) == told
    page.get_by_test_id("player-here").click()
    expect(status(page)).to_have_text("计入中")
    # The next beat is some time away.
    wait_until(page, lambda: platform.beats[-1]["watch"] == f"w{platform.opened}")


def test_a_sign_in_that_ended_is_said_with_the_way_back(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=["401"])
    play(page, platform)
    platform.next_answers["beat"] = (401, {"error": "signed_out", "message": "请先登录。"})
    expect(status(page)).to_contain_text("登录已失效")
    expect(page.get_by_test_id("player-sign-in")).to_have_attribute("href", "/sign-in")


def test_a_lesson_that_may_not_be_seen_gives_the_reason(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=["404"])
    platform.next_answers["open"] = (404, {"error": "not_found", "message": "没有找到这一课时。"})
    page.goto(platform.url)
    expect(status(page)).to_have_text("没有找到这一课时。")
    expect(page.get_by_test_id("player-course")).to_have_attribute("href", "/course/3")
    expect(page.get_by_test_id("player-play")).to_be_disabled()


def test_no_way_leads_ahead_and_back_is_free(platform_for: Platforms, page_factory: Pages) -> None:
    platform, page = platform_for(credited_ms=30_000), page_factory(DESKTOP)
    open_lesson(page, platform)
    wait_until(page, lambda: abs(place(page) - 30) < 0.5)
    scrub = page.get_by_test_id("player-scrub")
    scrub.fill("70000")
    page.wait_for_timeout(200)
    assert place(page) <= 30.1
    scrub.fill("12000")
    wait_until(page, lambda: abs(place(page) - 12) < 0.2)
    page.get_by_test_id("player-back").click()
    wait_until(page, lambda: abs(place(page) - 2) < 0.2)
    page.get_by_test_id("player-big").click()
    expect(status(page)).to_have_text("正在回看，不重复计入")
    video(page, "v => { v.currentTime = 70 }")
    wait_until(page, lambda: place(page) < 32)
    page.wait_for_timeout(1200)
    assert "ahead" not in platform.verdicts


def test_speed_stays_at_one(platform_for: Platforms, page_factory: Pages) -> None:
    platform, page = platform_for(), page_factory(DESKTOP)
    play(page, platform)
    video(page, "v => { v.defaultPlaybackRate = 2; v.playbackRate = 2 }")
    wait_until(page, lambda: video(page, "v => v.playbackRate") == 1)


def test_the_last_seconds_are_credited_and_the_hours_told(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(credited_ms=LENGTH_MS - 2500), page_factory(PHONE)
    play(page, platform)
    expect(status(page)).to_have_text("已完成本课程，获得 2 学时，已自动记入学习档案", timeout=8000)
    expect(page.get_by_test_id("player-next")).to_have_attribute("href", "/learn/13")
    assert platform.progress.credited_ms == LENGTH_MS
    page.wait_for_timeout(700)
    expect(status(page)).to_contain_text("获得 2 学时")
    told = len(platform.beats)
    page.reload()
    expect(status(page)).to_have_text("本课时已完成，可自由回看，不重复计入")
    page.get_by_test_id("player-scrub").fill("70000")
    wait_until(page, lambda: abs(place(page) - 70) < 0.5)
    page.get_by_test_id("player-big").tap()
    page.wait_for_timeout(1200)
    assert not video(page, "v => v.paused")
    assert len(platform.beats) == told


def test_a_quiz_at_the_very_end_completes_the_lesson(
    platform_for: Platforms, page_factory: Pages
) -> None:
    near = LENGTH_MS - 1000
    platform = platform_for(credited_ms=near, quiz_due_ms=LENGTH_MS)
    page = page_factory(DESKTOP)
    play(page, platform)
    page.get_by_label("二十秒").click()
    page.get_by_test_id("quiz-submit").click()
    expect(status(page)).to_contain_text("获得 2 学时")
    expect(page.get_by_test_id("player-next")).to_be_visible()
    assert video(page, "v => v.paused")


def test_leaving_the_page_of_a_lesson_stops_the_beats(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP)
    play(page, platform)
    wait_until(page, lambda: len(platform.beats) >= 2)
    film = page.evaluate_handle("document.querySelector('video')")
    page.evaluate("document.querySelector('[data-rx=player]').remove()")
    page.wait_for_timeout(300)
    told = len(platform.beats)
    page.wait_for_timeout(1500)
    assert len(platform.beats) == told
    assert film.evaluate("v => v.paused")
    assert film.evaluate("v => v.getAttribute('src')") is None, "nothing is loaded any more"
    film.evaluate("v => v.dispatchEvent(new Event('play'))")
    page.wait_for_timeout(300)
    assert len(platform.beats) == told, "nobody listens any more"
    page.evaluate(
        """() => { const s = document.createElement('section'); s.dataset.rx = 'player';
        s.dataset.lesson = '13'; document.querySelector('main').append(s); }"""
    )
    wait_until(page, lambda: ("open", {"lesson_id": 13}) in platform.heard)


DRAW_ANEW = """(path) => { const old = document.querySelector('[data-rx=player]');
    const box = document.createElement('section'); Object.assign(box.dataset, old.dataset);
    if (path) history.pushState({}, '', path);
    old.replaceWith(box); }"""


def test_a_page_drawn_anew_in_the_middle_goes_on_and_one_that_was_left_waits(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=["409"])
    play(page, platform)
    wait_until(page, lambda: len(platform.beats) >= 2)
    # As when the line of the page broke and its worker is gone.
    page.evaluate(DRAW_ANEW, "")
    wait_until(page, lambda: opened(platform) == 2)
    expect(status(page)).to_have_text("计入中")
    told = len(platform.beats)
    wait_until(page, lambda: len(platform.beats) >= told + 2)
    for path in ("/elsewhere", ""):
        page.evaluate(DRAW_ANEW, path)
        expect(status(page)).to_have_text(re.compile("已暂停|点击播放"))
    assert opened(platform) == 4
    assert video(page, "v => v.paused")


def opened(platform: Platform) -> int:
    return sum(name == "open" for name, _ in platform.heard)


def test_a_film_that_breaks_gets_a_new_address(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=["404", "ERR_FAILED"])
    page.route("**/media/12/ticket1", lambda route: route.fulfill(status=404))
    open_lesson(page, platform)
    wait_until(page, lambda: platform.opened == 2)
    page.get_by_test_id("player-big").click()
    expect(status(page)).to_have_text("计入中")


def test_the_quiz_is_seen_in_full_screen(platform_for: Platforms, page_factory: Pages) -> None:
    platform, page = platform_for(quiz_due_ms=1000), page_factory(DESKTOP)
    open_lesson(page, platform)
    page.get_by_test_id("player-full").click()
    wait_until(page, lambda: page.evaluate("document.fullscreenElement?.dataset.rx") == "player")
    page.get_by_test_id("player-big").click()
    page.get_by_label("二十秒").click()
    assert page.evaluate("document.fullscreenElement?.dataset.rx") == "player"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_axe_finds_nothing_and_every_target_is_large_enough(
    platform_for: Platforms, page_factory: Pages, viewport: tuple[int, int], scheme: str
) -> None:
    platform = platform_for(credited_ms=2000, quiz_due_ms=3000, shortened=True, wait_ms=60_000)
    page = page_factory(viewport, scheme)
    open_lesson(page, platform)
    expect(page.get_by_test_id("player-big")).to_be_visible()
    assert findings(page) == []
    assert small_targets(page) == []
    page.get_by_test_id("player-big").click()
    expect(page.get_by_test_id("quiz")).to_be_visible()
    assert findings(page) == []
    assert small_targets(page) == []
    page.get_by_label("五秒").click()
    page.get_by_test_id("quiz-submit").click()
    expect(page.get_by_test_id("quiz-wait")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_form_keeps_what_was_typed_and_leads_to_the_first_wrong_field(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=["422"])
    page.goto(f"{platform.url}/form")
    number, password = page.get_by_label("身份证号码"), page.locator("[name=password]")
    number.press_sequentially("３７０８ 00x")
    expect(number).to_have_value("370800X")
    password.fill("wrong")
    page.get_by_role("button", name="登录").dblclick()
    expect(page.get_by_text("密码不正确，请重新输入。")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("没有登录，请按提示修改。")
    assert len(platform.forms) == 1, "a double press is one submission"
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    expect(number).to_have_value("370800X")
    page.get_by_role("button", name="显示密码").click()
    expect(password).to_have_attribute("type", "text")
    password.fill("right")
    expect(page.get_by_text("密码不正确，请重新输入。")).to_be_hidden()
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/form?in")


def test_a_form_without_network_says_so_and_signing_out_leaves(
    platform_for: Platforms, page_factory: Pages
) -> None:
    platform, page = platform_for(), page_factory(DESKTOP, allow=OFFLINE_NOISE)
    page.goto(f"{platform.url}/form")
    page.locator("[name=password]").fill("right")
    page.context.set_offline(True)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("网络中断，内容没有提交")
    expect(page.locator("[name=password]")).to_have_value("right")
    page.context.set_offline(False)
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/form?out")
    assert platform.signed_out == 1


def open_lesson(page: Page, platform: Platform) -> None:
    page.goto(platform.url)
    expect(status(page)).not_to_have_text(re.compile("正在打开"))


def play(page: Page, platform: Platform) -> None:
    open_lesson(page, platform)
    page.get_by_test_id("player-big").click()


def status(page: Page) -> Locator:
    return page.get_by_test_id("player-status")


def video(page: Page, script: str) -> Any:
    return page.locator("video").evaluate(script)


def place(page: Page) -> float:
    return video(page, "v => v.currentTime")


def seqs(platform: Platform) -> list[int]:
    return [beat["seq"] for beat in platform.beats]


def findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{f['id']}: {f['nodes'][0]['html']} {f['nodes'][0]['failureSummary']}" for f in found]


def small_targets(page: Page) -> list[str]:
    return page.evaluate(
        """() => [...document.querySelectorAll('.player :is(button, a, label, .player-scrub)')]
        .filter((node) => node.checkVisibility())
        .filter((node) => Math.min(node.offsetHeight, node.offsetWidth) < 44)
        .map((node) => node.outerHTML)"""
    )
