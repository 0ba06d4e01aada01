"""kill -9 while rosters are posted: everybody gets the hours exactly once, and is told once."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from rxapp.adapters.database import make_engine, transaction
from rxapp.models.credits import Credit
from rxapp.models.messages import Message
from rxapp.models.rosters import Roster, RosterLine
from rxapp.rules.rosters import LineState, RosterState
from rxapp.services import audit, credits, roster_checks
from tests.services.classes import Hall
from tests.services.test_rosters import row

pytestmark = pytest.mark.usefixtures("installation")

PEOPLE, CLASSES, MOST_CYCLES = 40, 4, 400
# How many commits a worker may tell of, and how long it may go on after the last, in seconds.
MOST_COMMITS, LONGEST = 1, 0.015


def kill_one(process: subprocess.Popen[str], commits: int, then: float) -> tuple[int, bool]:
    """Start a worker and kill it in the middle of something; its commits, and whether it was."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("go\n")
    process.stdin.flush()
    told, pid, words = 0, 0, iter(process.stdout.readline, "gone\n")
    for word, number in map(str.split, words):
        pid, told = (int(number), told) if word == "pid" else (pid, told + 1)
        if pid and told >= commits:
            break
    else:
        return told, False
    time.sleep(then)
    try:
        os.kill(pid, signal.SIGKILL)
        was_there = True
    except ProcessLookupError:  # it had written the last line
        was_there = False
    return told + sum("wrote" in line for line in words), was_there


def find_faults(session: Session) -> list[object]:
    """Lines, ledger, sums and messages that do not agree."""
    posted = session.exec(
        select(RosterLine.credit_id).where(RosterLine.state == LineState.POSTED)
    ).all()
    kept = session.exec(select(Credit.id).where(Credit.source_kind == "project")).all()
    told = session.exec(select(Message.id).where(Message.title == "培训学时已登记")).all()
    twice = session.exec(
        select(Credit.person_id, Credit.source_key)
        .group_by(col(Credit.person_id), col(Credit.source_key))
        .having(func.count() > 1)
    ).all()
    return [
        *roster_checks.find_unfounded(session), *credits.find_wrong_totals(session), *twice,
        *set(posted).symmetric_difference(kept), *([] if len(told) == len(kept) else ["told"]),
    ]  # fmt: skip


def unfinished(session: Session) -> bool:
    """Whether some roster is still being posted."""
    waits = select(Roster.project_id).where(Roster.state == RosterState.POSTING)
    return session.exec(waits).first() is not None


def test_everybody_gets_the_hours_once_however_often_the_worker_is_killed(engine: Engine) -> None:
    hall = Hall(engine)
    others = [hall.class_of(title=f"第{place}班") for place in range(1, CLASSES)]
    for project in (hall.project, *others):
        hall.bring(*(row(place) for place in range(PEOPLE)), project=project)
        hall.post(project)
    url = engine.url.render_as_string(hide_password=False)
    # Only the worker has the database open: what it leaves behind is mended by who comes next.
    engine.dispose()
    drawn, killed, cycles, begun = random.Random(20200630), 0, 0, True
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.roster_worker", url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while begun and cycles < MOST_CYCLES:
            cycles += 1
            commits, then = drawn.randint(0, MOST_COMMITS), drawn.uniform(0, LONGEST)
            killed += kill_one(process, commits, then)[1]
            opened = make_engine(url)
            with Session(opened) as session:
                assert find_faults(session) == []
                begun = unfinished(session)
            opened.dispose()
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(30)
    # The killing was not in vain: it hit again and again between the first line and the last.
    assert killed >= 10
    with transaction(write=True, on=engine) as session:
        assert not unfinished(session)
        held = session.exec(
            select(Credit.person_id, func.count(), func.count(func.distinct(Credit.source_key)))
            .where(Credit.source_kind == "project")
            .group_by(col(Credit.person_id))
        ).all()
        assert sorted(held) == [(person, CLASSES, CLASSES) for person in sorted(hall.ids[:PEOPLE])]
        assert find_faults(session) == []
        audit.seal(session, limit=100_000)
        assert audit.find_broken(session) is None
        if engine.dialect.name == "sqlite":
            whole = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar()
            assert whole == "ok"
    # Closed once each: the clerk heard of every class once.
    assert sum("登记完毕" in said for said in hall.told(hall.teacher)) == CLASSES
