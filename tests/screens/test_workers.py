"""The city's set-up: PostgreSQL, Redis, two workers; used as people do, with workers killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests import servers
from tests.screens.city import CLI, City, environment_of, load_city
from tests.screens.lesson import line_of, open_player, pause, play, wait_until
from tests.serving import running

Visit = Callable[..., Page]
SETTLES_SECONDS = 20
# Workers that die again at once are taken for broken, and the service ends.
NO_LOOP_MS = 6_500
# What a browser writes to its console while one of the workers is gone.
GONE = ["WebSocket", "Failed to load resource", "ERR_CONNECTION"]


@dataclass(frozen=True)
class Workers(City):
    """A city whose data lies in PostgreSQL; `service` is the process that began the workers."""

    database: str = ""
    service: int = 0

    def rows(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        """What the database holds at this moment."""
        with psycopg.connect(self.database, autocommit=True) as line:
            return line.execute(sql.replace("%", "%%").replace("?", "%s"), given).fetchall()  # type: ignore[call-overload]

    def workers(self) -> list[int]:
        """The processes that serve."""
        tasks = Path(f"/proc/{self.service}/task")
        children = " ".join((task / "children").read_text() for task in tasks.iterdir())
        return [int(pid) for pid in children.split() if _serves(int(pid))]


@pytest.fixture(scope="module")
def workers(
    pages: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int],
    postgres_url: str, redis_url: str,
) -> Iterator[Workers]:  # fmt: skip
    """The demo city on PostgreSQL and Redis, served by two workers."""
    folder = tmp_path_factory.mktemp("workers")
    name = f"workers_{uuid4().hex[:12]}"
    database = servers.create_database(postgres_url, name)
    data, port, log = folder / "data", free_port(), folder / "service.log"
    load_city(data, RXAPP_DATABASE_URL=database)
    settings = {
        "RXAPP_DATABASE_URL": database, "RXAPP_REDIS_URL": redis_url, "RXAPP_WORKERS": "2",
    }  # fmt: skip
    environment = environment_of(data, port) | settings
    with running(*CLI, "serve", environment=environment, port=port, log=log) as service:
        address = f"http://localhost:{port}"
        plain = database.replace("postgresql+psycopg", "postgresql")
        yield Workers(address, data, log, database=plain, service=service.pid)
    servers.drop_database(postgres_url, name)
    assert "Traceback" not in log.read_text()


def test_a_lesson_is_watched_and_both_workers_answer(workers: Workers, visit: Visit) -> None:
    before = {pid: _cpu_ticks(pid) for pid in workers.workers()}
    assert len(before) == 2
    learner = workers.learner()
    lesson = workers.unbegun_lesson(learner)
    page = visit(workers, learner)
    page.goto("/")
    expect(page.get_by_test_id("rings").locator(".ring")).to_have_count(3)
    open_player(page, lesson)
    play(page)
    wait_until(page, lambda: workers.credited_ms(learner, lesson) > 2_000)
    pause(page)
    _ask(workers.address, 400)
    assert all(_cpu_ticks(pid) > ticks for pid, ticks in before.items())


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
        # A connection of its own each time, so that either worker may get it.
        answer = httpx.post(
            f"{workers.address}/api/watch/beat", json=said, cookies=cookie,
            headers={"Origin": workers.address},
        )  # fmt: skip
        return answer.json()["credited_ms"]

    with ThreadPoolExecutor(4) as pool:
        credited = set(pool.map(again, range(12)))
    assert len(credited) == 1
    assert 0 < workers.credited_ms(learner, lesson) <= (time.monotonic() - begun) * 1000


def test_guesses_are_counted_by_both_workers_together(workers: Workers) -> None:
    number = workers.documented("panel").number
    guess = {"identity_number": number, "password": "nicht-das-richtige"}

    def once(_: int) -> int:
        return httpx.post(
            f"{workers.address}/auth/sign-in", data=guess, headers={"Origin": workers.address}
        ).status_code

    answers = [once(turn) for turn in range(16)]
    # Six in a quarter of an hour, however many processes there are.
    assert answers == [422] * 6 + [429] * 10


def test_a_killed_worker_is_replaced_and_the_page_comes_back(
    workers: Workers, visit: Visit
) -> None:
    learner = workers.learner()
    page = visit(workers, learner, allow=GONE)
    page.goto("/")
    expect(page.get_by_test_id("rings")).to_be_visible()
    first = workers.workers()
    for pid in first:
        os.kill(pid, signal.SIGKILL)
        wait_until(page, lambda pid=pid: len(set(workers.workers()) - {pid}) == 2)
        page.wait_for_timeout(NO_LOOP_MS)
    assert not set(first) & set(workers.workers())
    page.get_by_test_id("menu-checklist").click()
    expect(page.get_by_test_id("title")).to_have_text("年度完成情况")
    expect(page.locator("#main .card").first).to_be_visible(timeout=SETTLES_SECONDS * 1000)
    page.goto("/")
    expect(page.get_by_test_id("rings")).to_be_visible(timeout=SETTLES_SECONDS * 1000)


def _ask(address: str, times: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = set(
            pool.map(lambda _: httpx.get(f"{address}/healthz").status_code, range(times))
        )
    assert statuses == {200}


def _serves(pid: int) -> bool:
    try:
        return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _cpu_ticks(pid: int) -> int:
    numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(numbers[11]) + int(numbers[12])
