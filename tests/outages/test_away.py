"""The database or Redis away: a sentence soon, nothing wrongly permitted, back by itself."""

import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from rxapp import routes
from rxapp.adapters.database import transaction
from rxapp.models.learning import LessonProgress
from rxapp.models.people import Person
from rxapp.services import messages
from tests import servers
from tests.app import Line
from tests.gate.cast import PASSWORD
from tests.outages import books, machines
from tests.outages.machines import Machine
from tests.outages.served import (
    AGAIN,
    HOME,
    READ_ALL,
    TOLD,
    Site,
    refused,
    site,
    wait_until,
)
from tests.outages.visitors import Street, Visitor, expect, wait_for_all
from tests.outages.visits import Reader, SignIn, version

pytestmark = [pytest.mark.usefixtures("pages"), pytest.mark.xdist_group("away")]
# Much longer than a second's patience and the reaching for a new connection together.
SOON = 12
NO_LOOP_SECONDS = 6.5


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Machine, Machine]]:
    """The service on a PostgreSQL and a Redis that can be taken away."""
    folder = tmp_path_factory.mktemp("away")
    with machines.postgres() as (database, url), machines.redis() as (redis, redis_url):
        given = {"RXAPP_DATABASE_URL": servers.create_database(url, "away"), "RXAPP_WORKERS": "2"}
        with site(folder, **given, RXAPP_REDIS_URL=redis_url) as made:
            yield made, database, redis


@contextmanager
def taken(machine: Machine, how: str) -> Iterator[None]:
    """A server killed and started again, or frozen and thawed."""
    if how == "killed":
        machine.kill()
    else:
        machine.freeze()
    try:
        yield
    finally:
        if how == "killed":
            machine.start()
        else:
            machine.thaw()


def all_go_on(made: Site) -> None:
    """Everything that saves is served; each within a few tries, without a restart."""
    for act in made.acts().values():
        wait_until(lambda act=act: act().status_code in (200, 409))


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_the_database_is_away(town: tuple[Site, Machine, Machine], how: str) -> None:
    made, database, _ = town
    all_go_on(made)
    line, before = made.line(), _credited(made)
    with taken(database, how):
        begun = time.monotonic()
        for act in made.acts().values():
            refused(act())
        assert "暂时不能" in line.ask(HOME, TOLD)
        assert "暂时不能" in line.ask(READ_ALL, TOLD)
        # However many ask at once, nobody waits one after the other.
        with ThreadPoolExecutor(40) as pool:
            crowd = [pool.submit(made.save) for _ in range(40)]
            assert max(made.health() for _ in range(10)) < 2
            assert {answer.result().status_code for answer in crowd} == {503}
        assert time.monotonic() - begun < 5 * SOON
    assert made.beat(again=True).status_code in (200, 503)
    wait_until(lambda: made.beat(again=True).status_code == 200)
    all_go_on(made)
    assert "home_state" in line.ask(AGAIN, "home_state", {"missed": True})
    line.ask(HOME, "home_state")
    assert _credited(made) >= before
    assert books.find_all() == []


def test_redis_is_away_and_forgets_everything(town: tuple[Site, Machine, Machine]) -> None:
    made, _, redis = town
    all_go_on(made)
    for how in ("frozen", "killed"):
        lines = line_to_each_worker(made)
        with taken(redis, how):
            # Whoever watches goes on; nobody guesses while nobody counts.
            assert made.beat().status_code == 200
            assert made.save().status_code == 200
            refused(made.sign_in())
            refused(_guess(made))
            unread = message_unread(made)
            for line in lines:
                for event in (HOME, READ_ALL):
                    seen = len(line.heard)
                    line.event(event)
                    wait_until(lambda line=line, seen=seen: told_since(line, seen))
            assert max(made.health() for _ in range(5)) < 2
            # Nothing was done behind the sentence.
            assert unread()
        # Each worker asks again after a while of its own.
        wait_until(lambda: all(made.sign_in().status_code == 200 for _ in range(8)))
        for line in lines:
            # The button of the notice, pressed by the page itself.
            assert "home_state" in again(line)
            line.ask(READ_ALL, "inbox_state")
        # What a tab held is gone: it is filled anew from the cookie and the database.
        wait_until(lambda: made.town.lena.name in _asked(made))
    answers = [_guess(made).status_code for _ in range(8)]
    assert answers[-1] == 429
    assert set(answers) <= {422, 429}


def line_to_each_worker(made: Site) -> list[Line]:
    """An open page on each worker."""
    found: dict[int, Line] = {}
    workers = made.workers()
    assert len(workers) == 2
    while len(found) < len(workers):
        line = made.line()
        found.setdefault(holder_of(line, workers), line)
    return list(found.values())


def holder_of(line: Line, workers: list[int]) -> int:
    """Which of the workers has the other end of a line."""
    port = f":{line.socket.socket.getsockname()[1]:04X}"
    rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    # Another line of the machine may come from the same port, to somewhere else.
    ends = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(port)}
    return next(
        pid
        for pid in workers
        for end in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(end) in ends
    )


def told_since(line: Line, seen: int) -> bool:
    """Whether a sentence came after so many frames."""
    line.rest(1)
    return any(re.search(TOLD, frame) for frame in line.heard[seen:])


def again(line: Line) -> str:
    """Ask again as an open page does, until it is filled."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return line.ask(AGAIN, "home_state", {"missed": True})
        except TimeoutError:
            assert time.monotonic() < deadline


def message_unread(made: Site) -> Callable[[], int]:
    """Send one more message; returns what says how many are unread."""
    with transaction(write=True) as session:
        messages.send(session, to=made.town.lena.id, title="丙", body="请查看。")

    def unread() -> int:
        with transaction() as session:
            return session.get_one(Person, made.town.lena.id).unread

    return unread


def test_one_of_two_workers_is_killed_while_people_are_at_it(
    town: tuple[Site, Machine, Machine],
) -> None:
    made, _, _ = town
    all_go_on(made)
    street = Street(made.address)
    everybody = {
        "beats": lambda who: _beat(made, who),
        "save": lambda who: _save(made, who),
        "sign-in": SignIn(itertools.repeat(made.town.olga.number)).act,
        **{f"reader {n}": Reader(made.town.lena.id, made.cookie).act for n in range(2)},
    }
    visitors = [Visitor(street, name, act) for name, act in everybody.items()]
    for each in visitors:
        each.start()
    try:
        for victim in made.workers():
            # One that dies again at once is taken for broken, and the service ends.
            street.over.wait(NO_LOOP_SECONDS)
            wait_for_all(street, set(everybody))
            os.kill(victim, signal.SIGKILL)
            wait_for_all(street, set(everybody))
            wait_until(lambda victim=victim: len(set(made.workers()) - {victim}) == 2)
        wait_for_all(street, set(everybody))
    finally:
        street.over.set()
        for each in visitors:
            each.join(30)
    assert street.faults == []
    assert street.cut_off.total()
    with transaction() as session:
        assert books.missing(session, street.facts) == []
    assert books.find_all() == []


def _beat(made: Site, who: Visitor) -> None:
    made.seq += 1
    said = {"watch": made.watch, "seq": made.seq, "position_ms": 500, "playing": True}
    answer = who.ask("POST", routes.WATCH_BEAT, cookie=made.cookie, json=said)
    assert answer.status_code == 200
    credited = answer.json()["credited_ms"]
    who.tell(f"lesson_progress WHERE person_id = {made.town.lena.id} AND credited_ms >= {credited}")


def _save(made: Site, who: Visitor) -> None:
    typed = {"title": f"资格{time.time_ns()}", "earned_on": "2020-01-05"}
    form = {"claim": f"{made.claim}", "version": f"{version(made.claim)}"} | typed
    answer = who.ask("POST", routes.CLAIM_SAVE, cookie=made.cookie, data=form)
    if expect(answer):
        who.tell(f"claim WHERE id = {made.claim} AND version >= {answer.json()['version']}")


def _credited(made: Site) -> int:
    with transaction() as session:
        found = select(LessonProgress).where(LessonProgress.person_id == made.town.lena.id)
        return session.exec(found).one().credited_ms


def _guess(made: Site) -> httpx.Response:
    form = {"identity_number": made.town.clerk.number, "password": PASSWORD + "x"}
    return made.post("/auth/sign-in", cookie=False, data=form)


def _asked(made: Site) -> str:
    try:
        line = made.line()
        return line.ask(HOME, "home_state") and line.ask(
            HOME.replace("hours____home_state", "account____account_state"), "identity_mask"
        )
    except (OSError, TimeoutError):
        return ""
