"""How the jobs stand: each round in memory, what changed in the database for all workers to see."""

import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import metrics
from rxapp.adapters.database import transaction
from rxapp.adapters.upserts import insert_of
from rxapp.errors import AppError
from rxapp.models.operations import JobRun
from rxapp.rules.jobs import BY_KEY, WRITTEN_EVERY, Job


@dataclass(frozen=True)
class Round:
    """One round of a job as it ended; `fault` is the kind of what went wrong, empty if nothing."""

    job: Job
    began_at: datetime
    took: timedelta
    fault: str = ""
    number: str = ""

    @property
    def ended_at(self) -> datetime:
        return self.began_at + self.took


_written: dict[str, Round] = {}
_at_work: dict[str, datetime | None] = {}
_lock = threading.Lock()


def joined(job: Job) -> None:
    """A job is run in this process from now on."""
    _at_work[job.key] = None


def left(job: Job) -> None:
    """A job is no longer meant to be run here: the process ends."""
    _at_work.pop(job.key, None)


def began(job: Job) -> None:
    """A round begins."""
    _at_work[job.key] = clock.now()


def ended(round: Round) -> None:
    """A round ended: counted, and written down where something changed or a while has passed."""
    _at_work[round.job.key] = None
    metrics.JOBS.took(
        round.took.total_seconds(), round.job.key, "failed" if round.fault else "well"
    )
    with _lock:
        last = _written.get(round.job.key)
        if last and last.fault == round.fault and round.ended_at - last.ended_at < WRITTEN_EVERY:
            return
        _written[round.job.key] = round
    try:
        with transaction(write=True) as session:
            _write(session, round)
    except Exception:
        # The database may be what is away: then the next round writes it down.
        _written.pop(round.job.key, None)
        raise


def stuck() -> list[str]:
    """The jobs of this process whose round has taken too long."""
    now = clock.now()
    return [
        key
        for key, since in list(_at_work.items())
        if since is not None and now - since > BY_KEY[key].longest
    ]


def list_runs(session: Session) -> dict[str, JobRun]:
    """How each job stands, by its key."""
    return {row.name: row for row in session.exec(select(JobRun))}


def kind_of(error: BaseException) -> str:
    """What went wrong in the words of the code: what a fault says may hold somebody's data."""
    inner = error.__cause__ if isinstance(error, AppError) and error.__cause__ else error
    original = getattr(inner, "orig", None)
    names = [type(each).__name__ for each in (inner, original) if each is not None]
    return " ".join(dict.fromkeys(names))[:120]


def _write(session: Session, round: Round) -> None:
    insert = insert_of(session)
    failed = bool(round.fault)
    values = {
        "name": round.job.key,
        "began_at": round.began_at,
        "ended_at": round.ended_at,
        "took_ms": int(round.took.total_seconds() * 1000),
        "ok_at": None if failed else round.ended_at,
        "failing_since": round.ended_at if failed else None,
        "failures": int(failed),
        "fault": round.fault,
        "number": round.number if failed else "",
        "worker": f"{socket.gethostname()}:{os.getpid()}"[:80],
    }
    made = insert(JobRun).values(**values)
    changed: dict[str, Any] = {key: made.excluded[key] for key in values if key != "name"}
    if failed:
        known = JobRun.__table__.c  # type: ignore[attr-defined]
        changed["ok_at"] = known.ok_at
        changed["failures"] = known.failures + 1
        changed["failing_since"] = case(
            (known.failing_since.is_(None), made.excluded.failing_since),
            else_=known.failing_since,
        )
    else:
        # What went wrong last stays to be read.
        for kept in ("fault", "number"):
            changed[kept] = JobRun.__table__.c[kept]  # type: ignore[attr-defined]
    session.execute(made.on_conflict_do_update(index_elements=["name"], set_=changed))
