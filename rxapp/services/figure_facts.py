"""All that people's figures depend on, read from the ledger and their records at once."""

from collections.abc import Iterable

from sqlalchemy import Integer, String, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.courses import Course, Lesson
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person, StatusSpell
from rxapp.rules.figures import Book, Facts, Line
from rxapp.rules.person_status import Spell
from rxapp.rules.subjects import Subject
from rxapp.services import policies

_spell = StatusSpell.__table__  # type: ignore[attr-defined]
_SUBJECTS = {subject.value: subject for subject in Subject}


def get_book(session: Session, years: Iterable[int]) -> Book:
    """What each year asks, up to this one and for those besides."""
    this_year = clock.today().year
    # A year beyond what policies know is nobody's to owe; its hours are counted all the same.
    known = range(policies.FIRST_YEAR, this_year + 2)
    wanted = {*range(policies.FIRST_YEAR, this_year + 1), *(y for y in years if y in known)}
    return Book(
        this_year, policies.list_policies(session, wanted), policies.list_exempt(session, wanted)
    )


def list_facts(session: Session, ids: list[int]) -> dict[int, Facts]:
    """What these people count by, by person."""
    spells, lines, begun = _spells(session, ids), _lines(session, ids), _begun(session, ids)
    rows = session.execute(
        select(
            Person.id, Organisation.path, Person.field, Person.title_level, Person.owes_from,
            Person.activated_at, Person.pseudonymised_at, Person.status_on,
        )  # type: ignore[call-overload]
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(col(Person.id).in_(ids))
    )  # fmt: skip
    return {
        row.id: Facts(
            path=row.path, field=row.field, title_level=row.title_level, owes_from=row.owes_from,
            activated_on=clock.local(row.activated_at).date() if row.activated_at else None,
            forgotten=row.pseudonymised_at is not None,
            # As a person's own standing has it: who has always been at work has no other state.
            spells=tuple(spells.get(row.id, ())) if row.status_on else (),
            lines=tuple(lines.get(row.id, ())), begun=frozenset(begun.get(row.id, ())),
        )
        for row in rows
    }  # fmt: skip


def _spells(session: Session, ids: list[int]) -> dict[int, list[Spell]]:
    rows = session.execute(
        select(*(_spell.c[name] for name in ("person_id", "status", "begins_on", "ended_on")))
        .where(_spell.c.person_id.in_(ids))
        .order_by(_spell.c.begins_on, _spell.c.id)
    )
    found: dict[int, list[Spell]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(Spell(row.status, row.begins_on, row.ended_on))
    return found


def _lines(session: Session, ids: list[int]) -> dict[int, list[Line]]:
    undoing = aliased(Credit)
    rows = session.execute(
        select(
            Credit.person_id, Credit.year, type_coerce(col(Credit.subject), String),
            type_coerce(col(Credit.hours), Integer), Credit.source_kind, Credit.earned_on,
        )  # type: ignore[call-overload]
        .outerjoin(undoing, col(undoing.reverses_id) == Credit.id)
        .where(
            col(Credit.person_id).in_(ids), col(Credit.reverses_id).is_(None),
            col(undoing.id).is_(None),
        )
        .order_by(col(Credit.earned_on), col(Credit.id))
    )  # fmt: skip
    found: dict[int, list[Line]] = {}
    for person, year, subject, tenths, source, day in rows:
        line = Line(year, _SUBJECTS[subject], tenths, source, day)
        found.setdefault(person, []).append(line)
    return found


def _begun(session: Session, ids: list[int]) -> dict[int, set[int]]:
    rows = session.execute(
        select(LessonProgress.person_id, Course.year)
        .join(Lesson, col(Lesson.id) == LessonProgress.lesson_id)
        .join(Course, col(Course.id) == Lesson.course_id)
        .where(col(LessonProgress.person_id).in_(ids))
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for person, year in rows:
        found.setdefault(person, set()).add(year)
    return found
