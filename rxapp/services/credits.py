"""The ledger of hours: append-only, every line with its source, its sums kept beside it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Integer, bindparam, case, delete, func, insert, text, type_coerce, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.columns import HoursColumn
from rxapp.models.credits import Credit, YearTotal
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.services import audit
from rxapp.services.actors import SYSTEM, Actor

TOTAL_OF = {
    Subject.PUBLIC_REQUIRED: "required",
    Subject.PUBLIC_ELECTIVE: "elective",
    Subject.PROFESSIONAL: "professional",
}

# How a line says where its hours come from, by the kind of its source.
SOURCES = {
    "course": "在线学习，学完自动记录",
    "claim": "学时申报，经审核批准",
    "project": "备案的培训项目",
    "history": "原有学习档案",
    "reversal": "撤销已记录的学时",
}

# Made once: a city's first day writes these a hundred thousand times.
_credits = Credit.__table__  # type: ignore[attr-defined]
_totals = YearTotal.__table__  # type: ignore[attr-defined]
_WRITE = insert(_credits).returning(_credits.c.id)
_RAISE = {
    subject: update(_totals)
    .where(_totals.c.person_id == bindparam("person"), _totals.c.year == bindparam("of_year"))
    .values({name: _totals.c[name] + bindparam("hours", type_=HoursColumn)})
    for subject, name in TOTAL_OF.items()
}


@dataclass(frozen=True)
class CreditRow:
    """One line of a person's learning record, ready to show."""

    id: int
    year: int
    subject: str
    hours: str
    title: str
    source: str
    earned_on: str
    reversed: bool


@dataclass(frozen=True)
class WrongTotal:
    """A kept sum that is not the sum of its ledger lines, in tenths of an hour."""

    person_id: int
    year: int
    kept: tuple[int, int, int]
    ledger: tuple[int, int, int]


def grant(
    session: Session, actor: Actor, *, person_id: int, year: int, subject: Subject, hours: Hours,
    source_kind: str, source_key: str, title: str, rule: str, earned_on: date,
) -> int | None:  # fmt: skip
    """Write hours into a person's ledger; returns the line's id.

    None when this source already counted for the person: a course, a project, an achievement
    counts once. A learner's own action may credit only that learner.
    """
    if actor is not SYSTEM and actor.require(Permission.LEARN) != person_id:
        raise NotPermitted()
    credit_id = _write_once(
        session, person_id=person_id, year=year, subject=subject, hours=hours,
        source_kind=source_kind, source_key=source_key, title=title, rule=rule,
        earned_on=earned_on, created_at=clock.now(),
    )  # fmt: skip
    if credit_id is None:
        return None
    _add_to_total(session, person_id, year, subject, hours)
    audit.record(
        session, actor, audit.Action.CREDIT_GRANTED, kind="credit", id=credit_id,
        person=person_id, year=year, subject=subject.value, tenths=hours.tenths,
    )  # fmt: skip
    return credit_id


def reverse(session: Session, actor: Actor, *, credit_id: int, reason_code: str) -> int:
    """Take a credit back by a negative line; returns that line's id.

    A line is reversed once (Conflict the second time) and its source never counts again.
    """
    if actor is not SYSTEM:
        raise NotPermitted()
    line = session.get(Credit, credit_id)
    if line is None:
        raise NotFound()
    reversal = None if line.reverses_id else _write_once(
        session, person_id=line.person_id, year=line.year, subject=line.subject,
        hours=-line.hours, source_kind="reversal", source_key=f"reversal:{credit_id}",
        title=line.title, rule=reason_code, earned_on=clock.today(), created_at=clock.now(),
        reverses_id=credit_id,
    )  # fmt: skip
    if reversal is None:
        raise Conflict("这笔学时已经撤销，学习档案没有再次变动。")
    _add_to_total(session, line.person_id, line.year, line.subject, -line.hours)
    audit.record(
        session, actor, audit.Action.CREDIT_REVERSED, kind="credit", id=credit_id,
        person=line.person_id, reversal=reversal, reason=reason_code,
    )  # fmt: skip
    return reversal


def list_credits(session: Session, actor: Actor, *, year: int) -> tuple[CreditRow, ...]:
    """One's own learning record of a year, newest first, each line with its source."""
    person_id = actor.require(Permission.LEARN)
    lines = session.exec(
        select(Credit)
        .where(Credit.person_id == person_id, Credit.year == year)
        .order_by(col(Credit.earned_on).desc(), col(Credit.id).desc())
    ).all()
    undone = {line.reverses_id for line in lines}
    return tuple(_row(line, line.id in undone) for line in lines)


def totals(session: Session, person_id: int) -> dict[int, dict[Subject, Hours]]:
    """A person's hours by year and subject, from the kept sums."""
    # Columns, not objects: sums raised earlier in this very transaction must be seen.
    rows = session.execute(select(_totals).where(_totals.c.person_id == person_id))
    return {
        row.year: {subject: getattr(row, name) for subject, name in TOTAL_OF.items()}
        for row in rows
    }


def rebuild_totals(session: Session) -> int:
    """Make every kept sum anew from the ledger; returns how many there are."""
    if session.get_bind().dialect.name == "postgresql":
        # Lines being written right now wait for the new sums and are then added to them.
        session.execute(text("LOCK TABLE year_total IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(delete(YearTotal))
    columns = ["person_id", "year", *TOTAL_OF.values()]
    session.execute(insert(YearTotal).from_select(columns, _ledger_sums()))
    return session.exec(select(func.count()).select_from(YearTotal)).one()


def find_wrong_totals(session: Session) -> list[WrongTotal]:
    """Every kept sum that differs from its ledger lines; none when all is well."""
    ledger = _ledger_sums().subquery()
    kept = _totals
    same = (kept.c.person_id == ledger.c.person_id) & (kept.c.year == ledger.c.year)
    pairs = [
        (func.coalesce(type_coerce(kept.c[name], Integer), 0), func.coalesce(ledger.c[name], 0))
        for name in TOTAL_OF.values()
    ]
    differs = pairs[0][0] != pairs[0][1]
    for left, right in pairs[1:]:
        differs = differs | (left != right)
    rows = session.execute(
        select(
            func.coalesce(kept.c.person_id, ledger.c.person_id),
            func.coalesce(kept.c.year, ledger.c.year),
            *(left for left, _ in pairs),
            *(right for _, right in pairs),
        )  # type: ignore[call-overload]
        .select_from(kept.join(ledger, same, full=True))
        .where(differs)
    )
    return [
        WrongTotal(row[0], row[1], (row[2], row[3], row[4]), (row[5], row[6], row[7]))
        for row in rows
    ]


def _write_once(session: Session, **line: object) -> int | None:
    # The unique constraint decides, never a read: two threads may both have read "not yet".
    try:
        with session.begin_nested():
            # Opening the savepoint has flushed what the session still held back.
            return session.connection().execute(_WRITE, line).scalar_one()
    except IntegrityError:
        known = select(Credit.id).where(
            Credit.person_id == line["person_id"], Credit.source_key == line["source_key"]
        )
        if session.exec(known).first() is None:
            raise
        return None


def _add_to_total(
    session: Session, person_id: int, year: int, subject: Subject, hours: Hours
) -> None:
    if _raise_total(session, person_id, year, subject, hours):
        return
    sums = dict.fromkeys(TOTAL_OF.values(), Hours.ZERO) | {TOTAL_OF[subject]: hours}
    try:
        with session.begin_nested():
            session.execute(insert(YearTotal).values(person_id=person_id, year=year, **sums))
    except IntegrityError:
        # Another thread wrote the year's first line in between.
        _raise_total(session, person_id, year, subject, hours)


def _raise_total(
    session: Session, person_id: int, year: int, subject: Subject, hours: Hours
) -> bool:
    done = session.connection().execute(
        _RAISE[subject], {"person": person_id, "of_year": year, "hours": hours}
    )
    return done.rowcount == 1


def _ledger_sums():  # type: ignore[no-untyped-def]
    tenths = type_coerce(col(Credit.hours), Integer)
    sums = [
        func.sum(case((col(Credit.subject) == subject, tenths), else_=0)).label(name)
        for subject, name in TOTAL_OF.items()
    ]
    return select(Credit.person_id, Credit.year, *sums).group_by(  # type: ignore[call-overload]
        col(Credit.person_id), col(Credit.year)
    )


def _row(line: Credit, undone: bool) -> CreditRow:
    return CreditRow(
        id=line.id or 0,
        year=line.year,
        subject=line.subject.label,
        hours=str(line.hours),
        title=line.title,
        source=SOURCES.get(line.source_kind, ""),
        earned_on=f"{line.earned_on.year}年{line.earned_on.month}月{line.earned_on.day}日",
        reversed=undone,
    )
