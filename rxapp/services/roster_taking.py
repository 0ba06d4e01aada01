"""Lines taken over from those who enrolled, and from those who checked in."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import exists, insert, literal, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.models.projects import Enrolment
from rxapp.models.rosters import CheckIn, RosterLine
from rxapp.rules import rosters
from rxapp.rules.hours import ZERO
from rxapp.rules.permissions import Permission
from rxapp.rules.rosters import Attendance, ClassHours, LineState, Outcome, Source
from rxapp.services import audit, roster_classes
from rxapp.services.actors import Actor


def take_enrolled(session: Session, actor: Actor, *, project_id: int) -> int:
    """Put everybody who enrolled on the roster; returns how many were not there yet."""
    person_id = actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_writable(session, project)
    there = exists().where(
        col(RosterLine.project_id) == project_id,
        col(RosterLine.person_id) == Enrolment.person_id,
    )
    fixed = {
        "days": literal([], Json), "hours": literal(ZERO, HoursColumn()),
        "test": literal(Outcome.NONE, Word(Outcome)),
        "source": literal(Source.ENROLMENT, Word(Source)), "note": literal(""),
        "state": literal(LineState.DRAFT, Word(LineState)), "grants": literal(0),
        "by_id": literal(person_id), "at": literal(clock.now(), UtcDateTime()),
        "version": literal(1),
    }  # fmt: skip
    enrolled = (
        select(Enrolment.project_id, Enrolment.person_id, *fixed.values())  # type: ignore[call-overload]
        .where(Enrolment.project_id == project_id, col(Enrolment.ended_at).is_(None), ~there)
        .order_by(col(Enrolment.id))
    )
    columns = ["project_id", "person_id", *fixed]
    added = insert(RosterLine).from_select(columns, enrolled, False).returning(col(RosterLine.id))
    done = len(session.execute(added).all())
    if done:
        _note(session, actor, project_id, "enrolled", done)
    return done


def take_checked_in(session: Session, actor: Actor, *, project_id: int) -> int:
    """Note the days on which people checked in; returns how many lines are new or have more days.

    A line that came from a file keeps what the file said.
    """
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_writable(session, project)
    offered = roster_classes.offered_by(session, project)
    seen = _days_seen(session, project_id)
    lines = session.exec(
        select(RosterLine).where(
            RosterLine.project_id == project_id, RosterLine.state == LineState.DRAFT
        )
    ).all()
    known = {line.person_id: line for line in lines}
    changed = _more_days(known, seen, offered)
    if changed:
        session.execute(update(RosterLine), changed)
    added = [
        RosterLine(
            project_id=project_id, person_id=person, days=sorted(days), source=Source.CHECK_IN,
            hours=offered.of([date.fromisoformat(day) for day in days]), by_id=actor.person_id,
            at=clock.now(),
        )
        for person, days in seen.items()
        if person not in known
    ]  # fmt: skip
    session.add_all(added)
    session.flush()
    if added or changed:
        _note(session, actor, project_id, "checked_in", len(added) + len(changed))
    session.expire_all()
    return len(added) + len(changed)


def _days_seen(session: Session, project_id: int) -> dict[int, set[str]]:
    seen: dict[int, set[str]] = {}
    rows = session.execute(
        select(col(CheckIn.person_id), col(CheckIn.day))
        .where(CheckIn.project_id == project_id)
        .order_by(col(CheckIn.id))
    )
    for person, day in rows:
        seen.setdefault(person, set()).add(day.isoformat())
    return seen


def _more_days(
    known: Mapping[int, RosterLine], seen: Mapping[int, set[str]], offered: ClassHours
) -> list[dict[str, object]]:
    changed: list[dict[str, object]] = []
    for person, days in seen.items():
        line = known.get(person)
        if line is None or line.source is Source.IMPORT or days <= set(line.days):
            continue
        every = days | set(line.days)
        attended = Attendance(
            frozenset(date.fromisoformat(day) for day in every), None, line.typed_hours
        )
        changed.append(
            {
                "id": line.id, "days": sorted(every), "day_count": None,
                "hours": rosters.counted(offered, attended), "version": line.version + 1,
            }
        )  # fmt: skip
    return changed


def _note(session: Session, actor: Actor, project_id: int, how: str, count: int) -> None:
    audit.record(
        session, actor, audit.Action.ROSTER_CHANGED, kind="project", id=project_id, how=how,
        count=count,
    )  # fmt: skip
