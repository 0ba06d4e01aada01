"""The database or Redis away: a sentence soon, nothing wrongly permitted, back by itself."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from sqlmodel import select

from rxapp.adapters.database import transaction
from rxapp.models.learning import LessonProgress
from tests import servers
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

pytestmark = [pytest.mark.usefixtures("pages"), pytest.mark.xdist_group("away")]
# Much longer than a second's patience and the reaching for a new connection together.
SOON = 12


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
    line = made.line()
    for how in ("frozen", "killed"):
        with taken(redis, how):
            # Whoever watches goes on; nobody guesses while nobody counts.
            assert made.beat().status_code == 200
            assert made.save().status_code == 200
            refused(made.sign_in())
            refused(_guess(made))
            line.event(HOME)
            wait_until(lambda line=line: re.search(TOLD, line.rest(1)))
            assert max(made.health() for _ in range(5)) < 2
        wait_until(lambda: made.sign_in().status_code == 200)
        # What the tab held is gone: it is filled anew from the cookie and the database.
        wait_until(lambda: made.town.lena.name in _asked(made))
        line = made.line()
    answers = [_guess(made).status_code for _ in range(8)]
    assert answers[-1] == 429
    assert set(answers) <= {422, 429}


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
