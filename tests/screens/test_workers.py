"""The city's set-up used as people use it: through nginx, on two workers, and with one killed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from rxapp import routes
from tests.films import film
from tests.screens.city import PHONE
from tests.screens.claiming import attach, begin, decide, fill, send, somebody, state
from tests.screens.lesson import choose, line_of, open_player, pause, play, status, wait_until
from tests.screens.test_collecting import figures
from tests.screens.test_collecting import send as send_file
from tests.screens.test_journey import fill_sign_in, replaced
from tests.screens.test_making import drafted
from tests.screens.workers import Workers, city_of_workers, cpu_ticks, kill
from tests.servers import Bucket

Visit = Callable[..., Page]
SETTLES_SECONDS = 20
WAIT_MS = 40_000
# Workers that die again at once are taken for broken, and the service ends.
NO_LOOP_MS = 6_500
# What a browser writes to its console while one of the workers is gone.
GONE = ["WebSocket", "Failed to load resource", "ERR_CONNECTION", "Error loading route module",
        "Failed to fetch dynamically"]  # fmt: skip
REFUSED = ["Failed to load resource"]
MANY = 12_000


@pytest.fixture(scope="module")
def workers(
    pages: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int],
    postgres_url: str, redis_url: str, object_server: Bucket,
) -> Iterator[Workers]:  # fmt: skip
    """One city for all of them."""
    folder = tmp_path_factory.mktemp("workers")
    with city_of_workers(folder, free_port, postgres_url, redis_url, object_server) as served:
        yield served


def test_somebody_signs_in_answers_a_quiz_and_both_workers_answer(
    workers: Workers, visit: Visit
) -> None:
    before = {pid: cpu_ticks(pid) for pid in workers.workers()}
    assert len(before) == 2
    learner = workers.learner()
    lesson = workers.unbegun_lesson(learner)
    page = visit(workers)
    page.goto("/sign-in")
    fill_sign_in(page, learner.number, learner.password)
    expect(page.get_by_test_id("rings").locator(".ring")).to_have_count(3)
    cookies = {each["name"]: each for each in page.context.cookies()}
    assert all(each["secure"] for name, each in cookies.items() if name.startswith("__Host-"))
    assert any(name.startswith("__Host-") for name in cookies)
    line_of(page, workers).open(lesson)
    workers.bring_quiz(learner, lesson, due_ms=1_500)
    open_player(page, lesson)
    play(page)
    expect(page.get_by_test_id("quiz-submit")).to_be_visible(timeout=WAIT_MS)
    choose(page, workers.key(learner)[0])
    expect(page.get_by_test_id("quiz-said")).to_have_text("回答正确，继续学习")
    wait_until(page, lambda: workers.credited_ms(learner, lesson) > 3_000)
    pause(page)
    _ask(workers, 400)
    assert all(cpu_ticks(pid) > ticks for pid, ticks in before.items())


def test_a_film_comes_from_the_store_by_range_and_nobody_sees_its_address(
    workers: Workers, visit: Visit
) -> None:
    assert workers.near() == []
    learner = workers.learner()
    lesson = workers.unbegun_lesson(learner)
    line = line_of(visit(workers, learner), workers)
    address = line.open(lesson)["video"]
    ((file,),) = workers.rows("SELECT video_file FROM lesson WHERE id = ?", lesson)
    film_kept = workers.stored("files", file)
    asked = {"Range": "bytes=100-199"}
    part = line.request.get(f"{workers.address}{address}", headers=asked)
    assert (part.status, part.body()) == (206, film_kept[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(film_kept)}"
    assert part.headers["content-type"] == "video/mp4"
    assert not re.search("x-accel|x-amz|access-control", repr(part.headers), re.IGNORECASE)
    # What the service tells nginx, and nginx nobody.
    cookies = {each["name"]: each["value"] for each in line.request.storage_state()["cookies"]}
    led = httpx.get(f"http://127.0.0.1:{workers.upstream}{address}", cookies=cookies)
    inside = led.headers["x-accel-redirect"]
    assert (inside.startswith("/_protected/store/"), led.content) == (True, b"")
    with workers.client() as stranger:
        assert stranger.get(inside).status_code == 404
        assert stranger.get(address, headers=asked).status_code == 403


def test_a_beat_to_either_worker_counts_once(workers: Workers, visit: Visit) -> None:
    learner = workers.learner()
    lesson = workers.unbegun_lesson(learner)
    line = line_of(visit(workers, learner), workers)
    line.open(lesson)
    begun = time.monotonic()
    time.sleep(1.2)
    line.seq += 1
    cookie = {each["name"]: each["value"] for each in line.request.storage_state()["cookies"]}
    said = {"watch": line.watch, "seq": line.seq, "position_ms": 1_200, "playing": True}

    def again(_: int) -> int:
        with workers.client() as client:
            client.cookies.update(cookie)
            answer = client.post("/api/watch/beat", json=said)
        return answer.json()["credited_ms"]

    with ThreadPoolExecutor(4) as pool:
        credited = set(pool.map(again, range(12)))
    assert len(credited) == 1
    assert 0 < workers.credited_ms(learner, lesson) <= (time.monotonic() - begun) * 1000


def test_guesses_are_counted_by_both_workers_together(workers: Workers) -> None:
    number = workers.documented("panel").number
    guess = {"identity_number": number, "password": "nicht-das-richtige"}

    def once(turn: int) -> int:
        # Another address is made up each time; nginx tells the true one.
        lie = {"X-Forwarded-For": f"203.0.113.{turn}"}
        with workers.client() as client:
            return client.post("/auth/sign-in", data=guess, headers=lie).status_code

    answers = [once(turn) for turn in range(16)]
    # Six in a quarter of an hour, however many processes there are.
    assert answers == [422] * 6 + [429] * 10


def test_of_two_devices_the_newer_counts(workers: Workers, visit: Visit) -> None:
    learner = workers.learner()
    lesson = workers.unbegun_lesson(learner)
    older = visit(workers, learner, allow=REFUSED)
    newer = visit(workers, learner, PHONE, allow=REFUSED)
    for page in (older, newer):
        open_player(page, lesson)
        play(page)
    older.get_by_test_id("player-play").click()
    replaced(older)
    expect(status(newer)).to_have_text("计入中")
    held = workers.credited_ms(learner, lesson)
    older.get_by_test_id("player-here").click()
    expect(status(older)).to_have_text("计入中", timeout=WAIT_MS)
    wait_until(older, lambda: workers.credited_ms(learner, lesson) > held + 1_500)
    # Its next beat tells it.
    replaced(newer)
    pause(older)


def test_a_film_comes_in_pieces_and_is_looked_at(
    workers: Workers, visit: Visit, tmp_path: Path
) -> None:
    page = visit(workers, workers.documented("base"))
    lesson, course = drafted(workers)
    page.goto(f"/desk/courses/{course}?lesson={lesson}")
    large = tmp_path / "大片.mp4"
    # A free box at the end makes a small film a large file, of three pieces.
    filler = 9 * 1024 * 1024
    large.write_bytes(film().read_bytes() + filler.to_bytes(4, "big") + b"free" + bytes(filler - 8))
    pieces: list[str] = []
    page.on("request", lambda asked: pieces.append(asked.url) if "/piece?" in asked.url else None)
    with page.expect_response("**/api/courses/finish"):
        page.get_by_test_id("film-file").set_input_files(large)
    expect(page.get_by_test_id("film")).to_contain_text("大片", timeout=WAIT_MS)
    assert len(pieces) == 3
    ((length, file),) = workers.rows(
        "SELECT length_ms, video_file FROM lesson WHERE id = ?", lesson
    )  # fmt: skip
    assert (length, workers.stored("files", file)) == (300_000, large.read_bytes())
    assert workers.near() == []


def test_a_claim_with_its_proof_is_decided_by_two_levels(workers: Workers, visit: Visit) -> None:
    who = somebody(workers)
    page = visit(workers, who, PHONE)
    claim = begin(page, "qualification")
    fill(page, title="执业药师职业资格", earned_on="2020-05-18", proof_number="样例-0518")
    attach(page, "certificate")
    send(page)
    clerk = visit(workers, workers.documented("employer"))
    sql = "SELECT e.id, e.file FROM claim_file f JOIN evidence e ON e.id = f.evidence_id"
    ((proof, file),) = workers.rows(f"{sql} WHERE f.claim_id = ?", claim)
    seen = clerk.request.get(f"{workers.address}{routes.evidence_file(proof, 'file')}")
    assert (seen.status, seen.body()) == (200, workers.stored("evidence", file))
    assert workers.near() == []
    decide(clerk, claim, "pass")
    assert state(workers, claim) == ("submitted", "authority")
    decide(visit(workers, workers.documented("department")), claim, "pass")
    assert state(workers, claim) == ("granted", "done")
    hours = "SELECT hours FROM credit WHERE source_key = ?"
    assert workers.rows(hours, f"claim:{claim}:1") == [(400,)]
    page.goto("/messages")
    expect(page.locator("main")).to_contain_text("学时申报已通过")


def test_a_worker_is_killed_while_people_learn_and_a_file_is_taken_in(
    workers: Workers, visit: Visit
) -> None:
    learner = workers.learner()
    lesson = workers.unbegun_lesson(learner)
    page = visit(workers, learner, allow=GONE)
    open_player(page, lesson)
    page.evaluate("window.notReloaded = true")
    play(page)
    clerk = visit(workers, workers.documented("employer"), allow=GONE)
    lines = ["姓名,身份证号码,单位名称", *("样小明,1,运河市第一人民医院" for _ in range(MANY))]
    send_file(clerk, "很多.csv", "\n".join(lines).encode())
    clerk.wait_for_url("**/desk/collect/*")
    run = int(clerk.url.rpartition("/")[2])
    holder = "SELECT worker FROM collection WHERE id = ? AND position > 0 AND status = 'checking'"
    wait_until(clerk, lambda: workers.rows(holder, run), seconds=SETTLES_SECONDS)
    # The very process that has the file in hand.
    pid = int(workers.rows(holder, run)[0][0].partition("-")[0])
    assert pid in workers.workers()
    kill(pid)
    wait_until(page, lambda: len(set(workers.workers()) - {pid}) == 2, seconds=WAIT_MS / 1000)
    held = workers.credited_ms(learner, lesson)
    wait_until(page, lambda: workers.credited_ms(learner, lesson) > held + 1_500)
    expect(status(page)).to_have_text("计入中")
    assert page.evaluate("window.notReloaded")
    # As if the minute and a half had passed for which the file was lent to the dead one.
    workers.change("UPDATE collection SET lease_until = now() WHERE id = ?", run)
    expect(clerk.get_by_test_id("figures")).to_be_visible(timeout=WAIT_MS)
    assert figures(clerk)["有误"] == str(MANY)
    counted = "SELECT count(*), count(DISTINCT line) FROM collection_fault WHERE collection_id = ?"
    assert workers.rows(counted, run) == [(MANY, MANY)]
    assert workers.rows("SELECT worker FROM collection WHERE id = ?", run) != [(f"{pid}",)]
    pause(page)


def test_killed_workers_are_replaced_and_the_page_comes_back(
    workers: Workers, visit: Visit
) -> None:
    learner = workers.learner()
    page = visit(workers, learner, allow=GONE)
    page.goto("/")
    expect(page.get_by_test_id("rings")).to_be_visible()
    first = workers.workers()
    for pid in first:
        page.wait_for_timeout(NO_LOOP_MS)
        kill(pid)
        wait_until(page, lambda pid=pid: len(set(workers.workers()) - {pid}) == 2)
    assert not set(first) & set(workers.workers())
    # On a busy machine the second dies before the first is back.
    wait_until(page, lambda: _answers(workers), seconds=WAIT_MS / 1000)
    page.get_by_test_id("menu-checklist").click()
    expect(page.get_by_test_id("title")).to_have_text("年度完成情况", timeout=WAIT_MS)
    expect(page.locator("#main .card").first).to_be_visible(timeout=SETTLES_SECONDS * 1000)
    page.goto("/")
    expect(page.get_by_test_id("rings")).to_be_visible(timeout=SETTLES_SECONDS * 1000)


def test_afterwards_everything_is_sealed_counted_and_agrees(workers: Workers, visit: Visit) -> None:
    page = visit(workers)
    unsealed = (
        "SELECT count(*) FROM audit_event e WHERE NOT EXISTS"
        " (SELECT 1 FROM audit_seal s WHERE s.event_id = e.id)"
    )
    for waits in (unsealed, "SELECT count(*) FROM figure_mark"):
        wait_until(page, lambda sql=waits: workers.rows(sql) == [(0,)])
    proved = workers.run("check")
    assert proved.returncode == 0, proved.stdout + proved.stderr
    assert proved.stdout.count("正常") >= 6


def _answers(workers: Workers) -> bool:
    with workers.client() as client:
        return client.get("/healthz").status_code == 200


def _ask(workers: Workers, times: int) -> None:
    def ask(_: int) -> int:
        with workers.client() as client:
            return client.get("/healthz").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(times))) == {200}
