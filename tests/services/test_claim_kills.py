"""kill -9 while claims are sent in and decided on: what was told is there, nothing is half done."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp.adapters.database import make_engine, transaction
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.rules.claims import Act, Status, Step
from rxapp.services import audit
from tests.services.claim_books import add_many, find_faults
from tests.services.claiming import Claims

pytestmark = pytest.mark.usefixtures("installation")

CYCLES, CLAIMS = 110, 200
# How many acts a worker may tell of, and how long it may go on after the last, in seconds.
MOST_ACTS, LONGEST = 4, 0.03


@contextmanager
def nursery(url: str, employer: int, department: int) -> Iterator[subprocess.Popen[str]]:
    """The process that forks workers, everything loaded."""
    words = ["-m", "tests.services.claim_worker", url, str(employer), str(department)]
    process = subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(30)


def kill_one(process: subprocess.Popen[str], acts: int, then: float) -> list[tuple[int, int]]:
    """Start a worker and kill it in the middle of something; all it said was done by then."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()
    told, pid = [], 0
    for word, number in _heard(process):
        if word == "pid":
            pid = number
        else:
            told.append((int(word), number))
        if pid and len(told) >= acts:
            break
    time.sleep(then)
    os.kill(pid, signal.SIGKILL)
    return [*told, *((int(word), number) for word, number in _heard(process))]


def _heard(process: subprocess.Popen[str]) -> Iterator[tuple[str, int]]:
    """What is said, up to where the worker is gone."""
    assert process.stdout
    while (line := process.stdout.readline().split()) != ["gone"]:
        yield line[0], int(line[1])


def test_nothing_that_was_told_is_lost_and_nothing_is_half_done(engine: Engine) -> None:
    case = Claims(engine)
    ids = add_many(case, CLAIMS, status=Status.DRAFT, step=Step.PERSON)
    url = engine.url.render_as_string(hide_password=False)
    # Only the worker has the database open: what it leaves behind is mended by who comes next.
    engine.dispose()
    drawn, told, acts = random.Random(20200630), Counter[int](), 0
    with nursery(url, case.town.employer, case.town.department) as process:
        for _ in range(CYCLES):
            said = kill_one(process, drawn.randint(0, MOST_ACTS), drawn.uniform(0, LONGEST))
            told |= Counter(dict(said))
            acts += len(said)
            opened = make_engine(url)
            with Session(opened) as session:
                rows = session.exec(select(Claim.id, Claim.version)).all()
                kept = {id or 0: version for id, version in rows}
                assert not {id for id, version in told.items() if kept[id] < version}
                assert find_faults(session) == []
            opened.dispose()
    # The killing was not in vain: much was told, and of every kind.
    assert acts > CYCLES
    with transaction(write=True, on=engine) as session:
        done = Counter(session.exec(select(ClaimDecision.act)).all())
        assert {Act.SUBMIT, Act.PASS, Act.RETURN, Act.TAKE_BACK, Act.REJECT} <= done.keys()
        assert audit.seal(session, limit=100_000) >= sum(done.values())
        assert audit.find_broken(session) is None
        if engine.dialect.name == "sqlite":
            whole = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar()
            assert whole == "ok"
    assert len(ids) == CLAIMS


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE claim SET status = 'granted', step = 'done'",
        "UPDATE claim SET step = 'authority'",
        "UPDATE queue_total SET waiting = waiting + 1",
        "DELETE FROM audit_event WHERE action = 'claim:moved'",
        "INSERT INTO message (person_id, title, body, href, at) "
        "SELECT person_id, '', '', '/claims/' || id, saved_at FROM claim",
        "UPDATE year_total SET professional = 1",
    ],
)
def test_the_books_show_what_is_half_done(sqlite_database: str, spoil: str) -> None:
    opened = make_engine(sqlite_database)
    case = Claims(opened)
    add_many(case, 2)
    with Session(opened) as session:
        assert find_faults(session) == []
        connection = session.connection()
        for trigger in ("audit_event_no_delete", "audit_event_no_update"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.exec_driver_sql(
            "INSERT INTO year_total SELECT id, 2026, 0, 0, 0 FROM person LIMIT 1"
        )
        connection.exec_driver_sql(spoil)
        session.expire_all()
        assert find_faults(session)
    opened.dispose()
