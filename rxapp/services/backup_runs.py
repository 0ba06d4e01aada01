"""What was done about backups: written down, and read by the alarm and whoever asks."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.audit import AuditEvent
from rxapp.models.backups import BackupRun
from rxapp.rules.backup_manifest import moment_of
from rxapp.rules.backups import Kind, Known
from rxapp.settings import settings

LONGEST = 400

log = structlog.get_logger()


@dataclass(frozen=True)
class Run:
    """One thing that was done, and how it ended."""

    kind: Kind
    name: str
    began_at: datetime
    size: int
    sound: bool
    sentence: str


def note(run: Run) -> None:
    """Write down what was done; nothing where the database is older than the table."""
    with transaction(write=True) as session:
        if inspect(session.connection()).has_table("backup_run"):
            add(session, run)


def note_if_possible(run: Run) -> None:
    """Likewise; where the database is away the refusal itself says so."""
    try:
        note(run)
    except SQLAlchemyError as fault:
        log.warning("not noted", kind=run.kind.value, fault=type(fault).__name__)


def add(session: Session, run: Run) -> None:
    """Likewise within a transaction that is open."""
    session.add(
        BackupRun(
            kind=run.kind, name=run.name, began_at=run.began_at, ended_at=clock.now(),
            size=run.size, sound=run.sound, sentence=run.sentence[:LONGEST],
        )
    )  # fmt: skip


def tested(session: Session) -> dict[str, bool]:
    """Every backup that was ever tried: whether the last trial found it sound, by name."""
    rows = session.exec(
        select(BackupRun.name, BackupRun.sound)
        .where(BackupRun.kind == Kind.TESTED)
        .order_by(col(BackupRun.id))
    )
    return dict(rows.all())


def newest_tested(session: Session) -> str | None:
    """The name of the newest backup that was restored on trial and found sound."""
    sound = [name for name, fine in tested(session).items() if fine and moment_of(name)]
    return max(sound, key=lambda name: (moment_of(name), name), default=None)


def newest(session: Session, kind: Kind) -> BackupRun | None:
    """The last thing of a kind that was done, sound or not."""
    found = select(BackupRun).where(BackupRun.kind == kind).order_by(col(BackupRun.id).desc())
    return session.exec(found.limit(1)).first()


def known(session: Session) -> Known:
    """What the alarm is judged by."""
    newest = newest_tested(session)
    began = session.exec(select(func.min(AuditEvent.at))).first()
    return Known(tested=moment_of(newest) if newest else None, since=began or clock.now())


def is_watched() -> bool:
    """Whether backups are asked for here; a demo is only watched where they were set up."""
    return bool(settings().backup_to) or not settings().demo
