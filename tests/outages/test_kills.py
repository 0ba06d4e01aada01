"""kill -9 at any moment while everything goes on: what was told is there, nothing is half-done."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rxapp.adapters import database
from tests import servers
from tests.gate.cast import installed
from tests.outages import books, machines
from tests.outages.killing import ALL, Heard, kill_one, nursery
from tests.outages.machines import Machine

SEED = int(os.environ.get("RXAPP_TEST_SEED", "20200630"))
KILLS, LOOK_AT_ALL_EVERY, SERVER_EVERY = 110, 20, 12
SETTINGS = {
    "RXAPP_DEMO": "1", "RXAPP_TODAY": "2020-09-15", "RXAPP_RESERVE_MEGABYTES": "0",
}  # fmt: skip


@contextmanager
def kept_database(kind: str, folder: Path) -> Iterator[tuple[str, Machine | None]]:
    """A database that keeps what it committed, and the server that can be killed, if it has one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'rxapp.db'}", None
        return
    with machines.postgres() as (machine, url):
        yield servers.create_database(url, "kills"), machine


def look(heard: Heard, *, all: bool) -> None:
    """What was told is there, and everything agrees; the database is left closed."""
    with database.transaction() as session:
        assert books.missing(session, heard.facts) == []
        if not all:
            assert books.find_faults(session) == []
    if all:
        assert books.find_all() == []
    database.engine().dispose()


def see_what_is_half_done(heard: Heard) -> None:
    """The positive control: each of these is seen."""
    spoils = (
        "UPDATE person SET unread = unread + 1",
        "INSERT INTO outgoing (channel, sealed, state, attempts, next_at, made_at)"
        " SELECT 'sms', '', 'sent', 1, next_at, made_at FROM outgoing",
        "UPDATE evidence SET file = replace(file, 'a', 'b')",
        "UPDATE course_upload SET status = 'receiving', received = received + 1",
        "UPDATE year_total SET professional = professional + 1",
        "UPDATE roster_line SET credit_id = NULL WHERE state = 'posted'",
        "UPDATE claim SET version = 1",
        "UPDATE lesson_progress SET credited_ms = 0",
    )
    for spoil in spoils:
        with database.transaction(write=True) as session:
            connection = session.connection()
            connection.exec_driver_sql(spoil)
            seen = books.missing(session, heard.facts) + books.find_faults(session)
            session.rollback()
        assert seen, spoil


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_nothing_that_was_told_is_lost_and_nothing_is_half_done(kind: str, tmp_path: Path) -> None:
    print(f"seed {SEED}; another one by RXAPP_TEST_SEED")
    drawn, heard = random.Random(SEED), Heard()
    with (
        kept_database(kind, tmp_path) as (url, server),
        installed(tmp_path / "data", RXAPP_DATABASE_URL=url, **SETTINGS),
    ):
        database.migrate()
        with nursery(SEED) as process:
            for place in range(1, KILLS + 1):
                struck = server if place % SERVER_EVERY == 0 else None
                kill_one(process, drawn, heard, struck.kill if struck else None)
                if struck:
                    struck.start()
                look(heard, all=place % LOOK_AT_ALL_EVERY == 0)
            look(heard, all=True)
        if kind == "sqlite":
            see_what_is_half_done(heard)
    print(f"told {dict(heard.told)}")
    print(f"interrupted {dict(heard.interrupted)}, pressed again {dict(heard.repeated)}")
    # The killing was not in vain: much was told, and much of every kind was interrupted.
    assert heard.told.total() > 2 * KILLS
    assert heard.interrupted.total() > KILLS * 0.5
    assert set(ALL) <= heard.tried.keys()
    assert heard.repeated.total() > KILLS * 0.15
    assert any(not outcome.endswith(": done") for outcome in heard.repeated)
    assert bool(heard.faults) == (server is not None)
