"""Figures that are looked up when somebody asks, the same whichever worker answers.

Each is one step into an index or a table with a row per office: none grows with the city.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import disk, schema
from rxapp.adapters.counting import Fact
from rxapp.adapters.database import transaction
from rxapp.models.applications import Application, QueueTotal
from rxapp.models.audit import AuditEvent, AuditSeal
from rxapp.models.claims import Claim
from rxapp.models.messages import Outgoing
from rxapp.models.projects import ProjectEdition
from rxapp.rules import applications, claims, projects
from rxapp.services import job_log
from rxapp.settings import settings


@dataclass(frozen=True)
class Queue:
    """What waits for people or for the service: since when the oldest, how much (-1: unknown)."""

    key: str
    since: datetime | None
    waiting: int = -1


def queues(session: Session) -> list[Queue]:
    """Every queue, of people's work and of the service's own."""
    since = ages(session)
    counts = {
        "claims": _waiting(session, "claims"), "applications": _waiting(session, "applications"),
        "unsealed": _unsealed(session),
    }  # fmt: skip
    found = [Queue(key, moment, counts.get(key, -1)) for key, moment in since.items()]
    return [*found, Queue("unfolded", None, _marks(session))]


def ages(session: Session) -> dict[str, datetime | None]:
    """Since when the oldest of each queue waits; None where nothing does."""
    return {
        "claims": _oldest(
            session, Claim.waiting_since, col(Claim.status) == claims.Status.SUBMITTED
        ),
        "applications": _oldest(
            session, Application.waiting_since,
            col(Application.status) == applications.Status.SUBMITTED,
        ),
        "filings": _oldest(
            session, ProjectEdition.filed_at,
            col(ProjectEdition.status) == projects.Status.SUBMITTED,
        ),
        "messages": _oldest(session, Outgoing.made_at, col(Outgoing.state) == "waiting"),
        "unsealed": _unsealed_since(session),
    }  # fmt: skip


def facts() -> list[Fact]:
    """All of them (blocking); without the database what can be told without it."""
    known = _machine()
    try:
        with transaction() as session:
            return [*known, _up(1), *_queue_facts(session), *_job_facts(session)]
    except Exception:  # whatever it is called, the database is not there
        return [*known, _up(0)]


def _machine() -> list[Fact]:
    free = disk.free_bytes(settings().data_dir)
    return [
        Fact("rxapp_disk_free_bytes", "Room on the disk of the data directory.", {(): free}),
        Fact("rxapp_disk_reserve_bytes", "Room that is to stay free.", {(): disk.reserve()}),
        Fact(
            "rxapp_schema", "The schema this build was made for.",
            {(schema.head(),): 1}, ("revision",),
        ),
    ]  # fmt: skip


def _up(value: int) -> Fact:
    return Fact("rxapp_database_up", "Whether the database answers.", {(): value})


def _queue_facts(session: Session) -> list[Fact]:
    now, found = clock.now(), queues(session)
    ages = {(q.key,): (now - q.since).total_seconds() if q.since else 0.0 for q in found}
    counts = {(q.key,): float(q.waiting) for q in found if q.waiting >= 0}
    return [
        Fact("rxapp_queue_age_seconds", "How long the oldest has waited.", ages, ("queue",)),
        Fact("rxapp_queue_waiting", "How much waits.", counts, ("queue",)),
    ]


def _job_facts(session: Session) -> list[Fact]:
    runs = job_log.list_runs(session).values()
    return [
        Fact(
            "rxapp_job_last_success_timestamp_seconds", "When a job was last well.",
            {(run.name,): run.ok_at.timestamp() for run in runs if run.ok_at}, ("job",),
        ),
        Fact(
            "rxapp_job_failing_since_timestamp_seconds", "Since when a job fails, 0 if not.",
            {(run.name,): run.failing_since.timestamp() if run.failing_since else 0.0
             for run in runs}, ("job",),
        ),
    ]  # fmt: skip


def _oldest(session: Session, column: Any, waits: Any) -> datetime | None:
    return session.exec(select(column).where(waits).order_by(column).limit(1)).first()


def _waiting(session: Session, queue: str) -> int:
    found = select(func.sum(QueueTotal.waiting)).where(QueueTotal.queue == queue)
    return int(session.exec(found).one() or 0)


def _unsealed(session: Session) -> int:
    """How many the sealer has not come to; the newest it sealed is near the newest there is."""
    newest = session.exec(select(func.max(AuditEvent.id))).one()
    return max(0, (newest or 0) - _sealed(session))


def _unsealed_since(session: Session) -> datetime | None:
    first = select(AuditEvent.at).where(col(AuditEvent.id) > _sealed(session))
    return session.exec(first.order_by(col(AuditEvent.id)).limit(1)).first()


def _sealed(session: Session) -> int:
    newest = select(AuditSeal.event_id).order_by(col(AuditSeal.position).desc())
    return session.exec(newest.limit(1)).first() or 0


def _marks(session: Session) -> int:
    """About how many wait to be counted anew, from the ends of the marks."""
    first, last = session.execute(text("SELECT min(id), max(id) FROM figure_mark")).one()
    return last - first + 1 if last is not None else 0
