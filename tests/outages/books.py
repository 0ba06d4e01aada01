"""Everything that must agree with everything else, read anew after each disaster."""

import json
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from rxapp.adapters import database, file_store
from rxapp.models.applications import Evidence
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.courses import CourseUpload
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import Person
from rxapp.services import checking, course_uploads, evidence
from rxapp.settings import settings
from tests.services import claim_books, test_roster_kills

Faults = list[object]


def find_faults(session: Session) -> Faults:
    """What is half-done: claims, rosters, messages, proofs, pieces of films, certificates."""
    return [
        *claim_books.find_faults(session), *test_roster_kills.find_faults(session),
        *_messages(session), *_outgoing(session), *_evidence(session), *_pieces(session),
        *_certificates(session), *_structure(session),
    ]  # fmt: skip


def find_all() -> Faults:
    """The same, and what the operator's own check says."""
    said: Faults = [each.sentence for each in checking.check_all() if not each.sound]
    with database.transaction() as session:
        return said + find_faults(session)


def _messages(session: Session) -> Faults:
    unread = dict(
        session.exec(
            select(Message.person_id, func.count())
            .where(col(Message.read_at).is_(None))
            .group_by(col(Message.person_id))
        ).all()
    )
    kept = session.exec(select(Person.id, Person.unread)).all()
    return [f"person {id}: {n} unread kept" for id, n in kept if unread.get(id or 0, 0) != n]


def _outgoing(session: Session) -> Faults:
    """What was sent is in the file, each line whole; twice is allowed, never is not."""
    sent = session.exec(select(func.count()).where(Outgoing.state == "sent")).one()
    folder = settings().data_dir / "outgoing"
    files = sorted(folder.glob("*.jsonl")) if folder.exists() else []
    lines = [line for file in files for line in file.read_text().splitlines()]
    whole = [json.loads(line) for line in lines]
    return [] if len(whole) >= sent else [f"{sent} sent, {len(whole)} in the file"]


def _evidence(session: Session) -> Faults:
    names = {*session.exec(select(Evidence.file)), *session.exec(select(Evidence.preview))}
    root = evidence.folder()
    return [f"proof {name}" for name in names if not file_store.is_sound(name, root=root)]


def _pieces(session: Session) -> Faults:
    wanted = CourseUpload.status == course_uploads.RECEIVING
    rows = session.exec(select(CourseUpload).where(wanted, col(CourseUpload.received) > 0)).all()
    return [
        f"upload {row.id}"
        for row in rows
        if _size(course_uploads.folder() / row.file) < row.received
    ]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _certificates(session: Session) -> Faults:
    twice = session.exec(
        select(Certificate.person_id, Certificate.year)
        .where(Certificate.status == CertificateStatus.VALID)
        .group_by(col(Certificate.person_id), col(Certificate.year))
        .having(func.count() > 1)
    ).all()
    return [f"two valid certificates: {each}" for each in twice]


def _structure(session: Session) -> Faults:
    if session.get_bind().dialect.name != "sqlite":
        return []
    connection = session.connection()
    said = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
    foreign = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [*(said if list(said) != ["ok"] else []), *foreign]


def missing(session: Session, facts: list[str]) -> list[str]:
    """Of facts that were told those that do not hold."""
    return [
        fact
        for fact in dict.fromkeys(facts)
        if not session.execute(text(f"SELECT EXISTS (SELECT 1 FROM {fact})")).scalar()
    ]
