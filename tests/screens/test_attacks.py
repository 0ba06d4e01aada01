"""Cheating the player and the service from a real browser: it never earns more than watching would.

Beside every attack stands what honest watching earns in the same place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count

import httpx
import pytest
from playwright.sync_api import Error, Page, expect

from tests.screens.city import PHONE, City, Somebody
from tests.screens.lesson import (
    Line,
    Stopwatch,
    choose,
    line_of,
    open_player,
    pause,
    play,
    status,
    wait_until,
)

Visit = Callable[..., Page]

# What the browser itself writes to its console when the service refuses something.
REFUSED = ["Failed to load resource"]
# Long enough for a film at sixteen times its speed to reach its end.
CHEATING_MS = 5_000
HONEST_MS = 3_000

# Runs before any script of the page: the player's own resistance hears of nothing.
DEAFEN = """
for (const name of ["ratechange", "seeking", "pause"])
  addEventListener(name, (event) => event.stopImmediatePropagation(), true);
"""
SPEED_UP = """
setInterval(() => {
  for (const film of document.querySelectorAll("video")) film.playbackRate = 16;
}, 50);
"""
SKIP = """
setInterval(() => {
  const film = document.querySelector("video");
  if (film && film.duration && film.currentTime < film.duration - 1)
    film.currentTime = film.duration - 0.4;
}, 300);
"""
# The kind of script that is passed around: answer anything, press everything, drag to the end.
CLICK_EVERYTHING = """
setInterval(() => {
  const player = document.querySelector("[data-rx=player]");
  const film = player?.querySelector("video");
  if (!film) return;
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  player.querySelector("dialog input")?.click();
  player.querySelector("dialog [type=submit]")?.click();
  const full = "[data-testid=player-full]";
  for (const button of player.querySelectorAll(`button:not(${full}):not([type=submit])`))
    button.click();
  film.playbackRate = 8;
  if (film.duration) film.currentTime = Math.min(film.duration, film.currentTime + 20);
  film.play().catch(() => {});
}, 400);
"""


@pytest.fixture
def learner(city: City) -> Somebody:
    """Somebody of this test's own."""
    return city.learner()


@pytest.fixture
def lesson(city: City, learner: Somebody) -> int:
    """A lesson of a minute that the learner has not begun."""
    return city.unbegun_lesson(learner)


@pytest.fixture
def line(city: City, learner: Somebody, visit: Visit) -> Line:
    """The learner's own cookie, without the player."""
    return line_of(visit(city, learner), city)


def test_honest_watching_earns_what_was_watched(
    city: City, learner: Somebody, lesson: int, visit: Visit
) -> None:
    page, watch = visit(city, learner), Stopwatch(city, learner, lesson)
    assert watched_honestly(page, lesson, watch) >= HONEST_MS * 0.8


@pytest.mark.parametrize("script", [SPEED_UP, SKIP, CLICK_EVERYTHING], ids=["speed", "skip", "all"])
def test_a_script_in_the_page_earns_no_more_than_time(
    city: City, learner: Somebody, lesson: int, visit: Visit, script: str
) -> None:
    page = visit(city, learner, allow=REFUSED)
    watch = Stopwatch(city, learner, lesson)
    page.add_init_script(DEAFEN + script)
    open_player(page, lesson)
    with suppress(Error):  # the script may have pressed it already
        page.get_by_test_id("player-big").click(timeout=1_000)
    page.wait_for_timeout(CHEATING_MS)
    page.evaluate("document.querySelector('video')?.pause()")
    page.wait_for_timeout(500)
    assert_no_more_than_time(watch)
    assert not completed(city, learner, lesson)
    page.close()
    honest = visit(city, learner)
    assert watched_honestly(honest, lesson, Stopwatch(city, learner, lesson)) >= HONEST_MS * 0.8


def test_a_script_that_answers_anything_does_not_get_past_the_quiz(
    city: City, learner: Somebody, lesson: int, visit: Visit
) -> None:
    page, watch = visit(city, learner), Stopwatch(city, learner, lesson)
    line_of(page, city).open(lesson)
    city.bring_quiz(learner, lesson, due_ms=1_500)
    only_hard_questions(city, lesson)
    page.add_init_script(DEAFEN + CLICK_EVERYTHING)
    page.goto(f"/learn/{lesson}")
    # How often the script gets to answer is a matter of luck; what it earns is not.
    page.wait_for_timeout(20_000)
    assert watch.gained_ms <= 1_500
    assert rights(city, learner, lesson) == 0
    assert_no_more_than_time(watch)
    assert not completed(city, learner, lesson)


def test_many_windows_beating_at_once_earn_one_windows_time(
    city: City, learner: Somebody, lesson: int, line: Line
) -> None:
    watch = Stopwatch(city, learner, lesson)
    windows = [line.open(lesson)["watch"] for _ in range(6)]
    cookies = line.request.storage_state().get("cookies", [])
    jar = "; ".join(f"{each.get('name')}={each.get('value')}" for each in cookies)
    numbers, statuses = count(1), []

    def flood(window: str) -> None:
        headers = {"Origin": city.address, "Cookie": jar}
        with httpx.Client(base_url=city.address, headers=headers, timeout=20) as client:
            for _ in range(8):
                place = watch.credited_ms + watch.elapsed_ms
                said = {"watch": window, "seq": next(numbers), "position_ms": place}
                answer = client.post("/api/watch/beat", json=said | {"playing": True})
                statuses.append(answer.status_code)
                time.sleep(0.3)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(flood, windows * 2))
    assert_no_more_than_time(watch)
    assert statuses.count(409) >= 8 * 10 - 8, "windows that were replaced still count"
    assert watch.gained_ms >= 1_500, "the newest window earns its time"


def test_a_replayed_beat_counts_once(
    city: City, learner: Somebody, lesson: int, line: Line
) -> None:
    line.open(lesson)
    first = line.live(2, start_ms=0)
    assert first["credited_ms"] >= 1_500
    told = [line.beat(place, seq=line.seq) for place in (first["credited_ms"], 30_000, 59_000)]
    assert {each.json()["verdict"] for each in told} == {"duplicate"}
    assert city.credited_ms(learner, lesson) == first["credited_ms"]
    after = line.live(2, start_ms=first["credited_ms"])
    assert after["credited_ms"] >= first["credited_ms"] + 1_500, "an honest beat goes on"


@pytest.mark.parametrize("place", [60_000, 59_800, 45_000, 10**8])
def test_a_place_the_film_cannot_have_reached_earns_nothing(
    city: City, learner: Somebody, lesson: int, line: Line, place: int
) -> None:
    watch = Stopwatch(city, learner, lesson)
    line.open(lesson)
    told = [line.beat(place).json() for _ in range(3)]
    assert {each["verdict"] for each in told} == {"ahead"}
    assert {each["seek_to_ms"] for each in told} == {0}
    assert watch.gained_ms == 0
    assert line.live(2, start_ms=0)["credited_ms"] >= 1_500
    assert_no_more_than_time(watch)


@pytest.mark.parametrize(
    "place", [-1, 10**12, 1e300, "30000", None, True, [30_000], {"ms": 30_000}]
)
def test_a_place_that_is_no_place_is_refused(
    city: City, learner: Somebody, lesson: int, line: Line, place: object
) -> None:
    line.open(lesson)
    assert line.beat(place).status == 422
    assert line.beat(500, seq=10**30).status == 422
    assert line.beat(500, playing="yes").status == 422
    assert city.credited_ms(learner, lesson) == 0
    time.sleep(0.6)
    assert line.beat(500, seq=1).json()["credited_ms"] == 500


def test_a_long_silence_brings_no_more_than_one_beat_may_carry(
    city: City, learner: Somebody, lesson: int, line: Line
) -> None:
    beat_ms = line.open(lesson)["beat_ms"]
    line.live(1, start_ms=0)
    # As if the last beat had been an hour ago.
    city.change("UPDATE watch SET tick_ms = tick_ms - 3600000 WHERE person_id = ?", learner.id)
    told = line.beat(59_000).json()
    assert told["credited_ms"] <= 1_100 + beat_ms * 3 // 2
    assert not told["completed"]


def test_somebody_elses_sitting_cookie_or_page_counts_for_nobody(
    city: City, learner: Somebody, line: Line, visit: Visit
) -> None:
    other = city.learner()
    lesson = city.unbegun_lesson(learner, other)
    line.open(lesson)
    theirs = line_of(visit(city, other), city)
    theirs.open(lesson)
    time.sleep(1)
    mine, theirs.watch = theirs.watch, line.watch
    assert theirs.beat(900).status == 409, "another person's sitting"
    theirs.watch = mine
    said = {"watch": line.watch, "seq": 1, "position_ms": 900, "playing": True}
    with httpx.Client(base_url=city.address) as nobody:
        assert nobody.post("/api/watch/beat", json=said).status_code == 401
    foreign = line.post("/api/watch/beat", said, Origin="https://elsewhere.example")
    assert foreign.status == 403
    embedded = line.post("/api/watch/beat", said, Origin="null")
    assert embedded.status == 403
    assert city.credited_ms(learner, lesson) == city.credited_ms(other, lesson) == 0
    assert line.beat(900).json()["credited_ms"] == 900
    assert theirs.beat(900).json()["credited_ms"] == 900


def test_trying_every_answer_of_one_question_passes_nothing(
    city: City, learner: Somebody, lesson: int, line: Line
) -> None:
    line.open(lesson)
    city.bring_quiz(learner, lesson, due_ms=1_000)
    asked = line.live(1.5, start_ms=0)["quiz"]
    right, wrong = city.key(learner)
    assert line.answer(asked["showing"], wrong).json()["right"] is False
    for option in asked["options"]:
        assert line.answer(asked["showing"], [option["id"]]).json()["right"] is False
    late = line.answer(asked["showing"], right).json()
    assert (late["right"], late["quiz"]) == (False, None)
    assert wrongs(city, learner, lesson) == 1, "one question is one attempt"
    assert line.beat(1_500).json()["verdict"] == "quiz_due"
    assert city.credited_ms(learner, lesson) == 1_000
    wait_out(line, lesson_of=lesson)
    again = line.quiz()["quiz"]
    assert again["stem"] != asked["stem"]
    assert line.answer(again["showing"], city.key(learner)[0]).json()["right"] is True
    assert line.live(1.5, start_ms=1_000)["credited_ms"] >= 2_000, "the right answer lets it go on"


def test_the_wait_after_a_wrong_answer_cannot_be_cut_short(
    city: City, learner: Somebody, lesson: int, line: Line
) -> None:
    line.open(lesson)
    city.bring_quiz(learner, lesson, due_ms=800)
    asked = line.live(1.2, start_ms=0)["quiz"]
    right, wrong = city.key(learner)
    wait_ms = line.answer(asked["showing"], wrong).json()["wait_ms"]
    assert wait_ms >= 4_000
    waiting = [line.quiz(), line.beat(1_200).json(), line.open(lesson), line.beat(1_200).json()]
    assert [each["quiz"] for each in waiting] == [None] * 4
    assert all(0 < each["wait_ms"] <= wait_ms for each in waiting)
    time.sleep(wait_ms / 1_000 + 0.2)
    assert line.answer(asked["showing"], right).json()["right"] is False, "the old one is over"
    assert line.quiz()["quiz"]["showing"] != asked["showing"]
    assert city.credited_ms(learner, lesson) == 800


def test_a_due_quiz_is_dodged_by_no_window_device_or_sign_in(
    city: City, learner: Somebody, lesson: int, visit: Visit
) -> None:
    page = visit(city, learner)
    first = line_of(page, city)
    first.open(lesson)
    city.bring_quiz(learner, lesson, due_ms=1_000)
    asked = first.live(1.5, start_ms=0)["quiz"]
    for device in (page, visit(city, learner, PHONE)):
        open_player(device, lesson)
        expect(device.get_by_test_id("quiz")).to_contain_text(asked["stem"])
        line = line_of(device, city)
        assert line.open(lesson)["quiz"]["showing"] == asked["showing"]
        assert line.beat(5_000).json()["verdict"] == "quiz_due"
    assert city.credited_ms(learner, lesson) == 1_000
    open_player(device, lesson)
    choose(device, city.key(learner)[0])
    expect(device.get_by_test_id("quiz-said")).to_have_text("回答正确，继续学习")
    wait_until(device, lambda: status(device).text_content() == "计入中")
    device.wait_for_timeout(1_500)
    pause(device)
    assert city.credited_ms(learner, lesson) > 1_500


def test_a_question_says_nothing_of_its_answer(
    city: City, learner: Somebody, lesson: int, line: Line
) -> None:
    opened = line.open(lesson)
    city.bring_quiz(learner, lesson, due_ms=800)
    told = line.live(1.2, start_ms=0)
    asked = told["quiz"]
    assert set(asked) == {"showing", "kind", "stem", "options"}
    assert {frozenset(option) for option in asked["options"]} == {frozenset({"id", "text"})}
    stored = city.rows("SELECT options FROM question WHERE stem = ?", asked["stem"])[0][0]
    assert not any(f'"{option["id"]}"' in stored for option in asked["options"])
    assert "due" not in " ".join({*opened, *told})


def test_the_film_is_for_the_very_sign_in_it_was_opened_with(
    city: City, learner: Somebody, lesson: int, line: Line, visit: Visit
) -> None:
    film = city.address + line.open(lesson)["video"]
    part = {"Range": "bytes=0-99"}
    mine = line.request.get(film, headers=part)
    assert (mine.status, len(mine.body())) == (206, 100)
    assert b"ftyp" in mine.body()[:16]
    strangers = visit(city).request.get(film, headers=part)
    others = visit(city, city.learner()).request.get(film, headers=part)
    again = visit(city, learner).request.get(film, headers=part)
    changed = line.request.get(film[:-1] + ("A" if film[-1] != "A" else "B"), headers=part)
    elsewhere = re.sub(r"/media/\d+/", f"/media/{lesson + 1}/", film)
    for refused in (strangers, others, again, changed, line.request.get(elsewhere)):
        assert refused.status in (403, 404), refused.url
        assert b"ftyp" not in refused.body()
    line.request.post(f"{city.address}/auth/sign-out", headers={"Origin": city.address})
    assert line.request.get(film, headers=part).status in (403, 404), "signed out"


@pytest.mark.parametrize(
    "path", ["/", "/courses/public", "/courses/professional", "/course/1", "/learn/17",
             "/claims", "/years", f"/years/{2020}", "/me", "/desk"],
)  # fmt: skip
def test_an_address_without_sign_in_leads_to_sign_in_and_shows_nothing(
    city: City, visit: Visit, path: str
) -> None:
    page = visit(city)
    frames: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda said: frames.append(str(said))),
    )
    page.goto(path)
    page.wait_for_url("**/sign-in**")
    expect(page.get_by_test_id("sign-in-submit")).to_be_visible()
    page.wait_for_timeout(300)
    seen = page.locator("body").inner_text() + "".join(frames)
    titles = [row[0] for row in city.rows("SELECT title FROM course")]
    names = [row[0] for row in city.rows("SELECT name FROM person WHERE length(name) > 2")]
    assert frames, "the page spoke to the service"
    assert not [word for word in titles + names if word in seen]


def test_the_same_addresses_show_their_content_to_somebody_signed_in(
    city: City, visit: Visit
) -> None:
    page = visit(city, city.documented("complete"))
    for path, shown in (("/", "顾明堃"), ("/years", "已完成"), ("/course/17", "学时")):
        page.goto(path)
        expect(page.locator("main")).to_contain_text("学时")
        expect(page.locator("body")).to_contain_text(shown)


def watched_honestly(page: Page, lesson: int, watch: Stopwatch) -> int:
    """What a few seconds of watching with the player brought; the bound holds for it too."""
    before = watch.gained_ms
    open_player(page, lesson)
    play(page)
    page.wait_for_timeout(HONEST_MS)
    pause(page)
    assert_no_more_than_time(watch)
    return watch.gained_ms - before


def assert_no_more_than_time(watch: Stopwatch) -> None:
    gained = watch.gained_ms
    assert gained <= watch.elapsed_ms, "more was credited than time passed"


def only_hard_questions(city: City, lesson: int) -> None:
    """Make the first option of every question of a lesson a wrong one, wherever it is shown."""
    # Several must be right at once: a script that picks one of them is always wrong.
    city.change(
        "UPDATE question SET kind = 'multiple', options ="
        " replace(options, '\"right\": false', '\"right\": true') WHERE lesson_id = ?", lesson,
    )  # fmt: skip


def wait_out(line: Line, *, lesson_of: int) -> None:
    left = line.quiz()["wait_ms"]
    assert left > 0, f"lesson {lesson_of} asks again without a wait"
    time.sleep(left / 1_000 + 0.1)


def rights(city: City, learner: Somebody, lesson: int) -> int:
    return _showings(city, learner, lesson, '"right" = 1')


def wrongs(city: City, learner: Somebody, lesson: int) -> int:
    return _showings(city, learner, lesson, '"right" = 0')


def completed(city: City, learner: Somebody, lesson: int) -> bool:
    """Whether the lesson counts as finished, or brought hours."""
    done = city.rows(
        "SELECT 1 FROM lesson_progress WHERE person_id = ? AND lesson_id = ?"
        " AND completed_at IS NOT NULL", learner.id, lesson,
    )  # fmt: skip
    return bool(done)


def _showings(city: City, learner: Somebody, lesson: int, which: str) -> int:
    return city.rows(
        f"SELECT count(*) FROM showing WHERE person_id = ? AND lesson_id = ? AND {which}",
        learner.id, lesson,
    )[0][0]  # fmt: skip
