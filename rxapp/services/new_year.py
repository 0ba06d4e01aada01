"""开启新年度: the year after by copying the last: its requirements, its windows, its courses."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, inspect
from sqlmodel import Session, SQLModel, col, select

from rxapp import clock
from rxapp.errors import Conflict, NotFound
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.models.years import PolicyEdition, YearOpening, YearPolicyRow
from rxapp.rules import year_forms
from rxapp.rules.courses import Status
from rxapp.rules.new_year import code_in_year, is_opened_from, year_to_open
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.services import audit, policies
from rxapp.services.actors import SYSTEM, Actor


@dataclass(frozen=True)
class CourseChoice:
    """A course of the last year; `there` once the new year has it."""

    id: int
    title: str
    subject: str
    series: str
    hours: str
    there: bool


@dataclass(frozen=True)
class YearPlan:
    """What opening a year would bring; `closed` says why it cannot be opened yet."""

    year: int
    before: int
    closed: str
    opened: str
    # What it is called, what it will be.
    lines: list[tuple[str, str]]
    courses: list[CourseChoice]


def get_plan(session: Session, actor: Actor) -> YearPlan:
    """The year that comes next, as copying the last would make it."""
    actor.require(Permission.POLICY_EDIT)
    year = year_to_open(clock.today())
    if closed := is_opened_from(clock.today()):
        return YearPlan(year, year - 1, closed, "", [], [])
    opening = session.get(YearOpening, year)
    policy = (
        policies.get_policy(session, year)
        if session.get(YearPolicyRow, year)
        else year_forms.next_year(policies.get_policy(session, year - 1))
    )
    typed = year_forms.typed_of(policy)
    return YearPlan(
        year=year, before=year - 1, closed="",
        opened=f"{clock.local(opening.at):%Y-%m-%d %H:%M}" if opening else "",
        lines=[
            (label, typed[name] or year_forms.NEVER)
            for name, label in year_forms.labels_of(policy).items()
        ],
        courses=_choices(session, year),
    )  # fmt: skip


def open_year(session: Session, actor: Actor, *, year: int, courses: Collection[int]) -> str:
    """Open the year and carry the chosen courses over; pressed twice it is one year.

    Later presses carry further courses over. The courses can be learned from the first day of the
    year's window, and their hours count anew.
    """
    actor.require(Permission.POLICY_EDIT)
    if year != year_to_open(clock.today()):
        raise NotFound("要开启的年度已经变化，请刷新后再试。")
    if closed := is_opened_from(clock.today()):
        raise Conflict(closed)
    # Of two presses the second waits here, and then finds all that the first one made.
    last = session.get(YearPolicyRow, year - 1, with_for_update=True, populate_existing=True)
    if last is None:
        raise NotFound(f"没有{year - 1}年度的设置，不能由它开启新年度。")
    first = session.get(YearOpening, year, populate_existing=True) is None
    if first:
        _open(session, actor, year, exempt=last.exempt)
    copied = _carry_over(session, year, courses)
    if first or copied:
        audit.record(session, actor, audit.Action.YEAR_OPENED, kind="year", id=year, courses=copied)
    return f"{year}年度已开启，本次沿用{copied}门课程。"


def _open(session: Session, actor: Actor, year: int, *, exempt: str) -> None:
    now = clock.now()
    if session.get(YearPolicyRow, year) is None:
        after = year_forms.next_year(policies.get_policy(session, year - 1))
        policies.set_policy(session, SYSTEM, after)
        session.get_one(YearPolicyRow, year).exempt = exempt
        note = f"开启新年度，由{year - 1}年度复制"
        session.add(PolicyEdition(year=year, version=1, note=note, by_id=actor.person_id, at=now))
    session.add(YearOpening(year=year, by_id=actor.person_id, at=now))
    session.flush()


def _choices(session: Session, year: int) -> list[CourseChoice]:
    published = _published(session, year - 1)
    known = _codes(session, year)
    return [
        CourseChoice(
            course.id or 0, course.title, course.subject.label, course.series, str(course.hours),
            _code(course, year) in known,
        )
        for course in published
    ]  # fmt: skip


def _carry_over(session: Session, year: int, chosen: Collection[int]) -> int:
    known, wanted = _codes(session, year), set(chosen)
    copied = 0
    for course in _published(session, year - 1):
        code = _code(course, year)
        if course.id in wanted and code not in known:
            _copy_course(session, course, code=code, year=year)
            known.add(code)
            copied += 1
    return copied


def _published(session: Session, year: int) -> list[Course]:
    order = list(Subject)
    rows = session.exec(
        select(Course)
        .where(Course.year == year, Course.status == Status.PUBLISHED)
        .order_by(col(Course.id))
    ).all()
    return sorted(rows, key=lambda row: (order.index(row.subject), row.series, row.id or 0))


def _codes(session: Session, year: int) -> set[str]:
    return set(session.exec(select(Course.code).where(Course.year == year)).all())


def _code(course: Course, year: int) -> str:
    return code_in_year(course.code, course.year, year, course_id=course.id or 0)


def _copy_course(session: Session, course: Course, *, code: str, year: int) -> None:
    """The same films and questions under a course of its own, whose hours are counted anew."""
    # Made here, not from a package: no package is ever taken for it.
    made = _like(
        course, code=code, edition=1, version=1, year=year, digest="", published_at=clock.now()
    )
    session.add(made)
    session.flush()
    for lesson in session.exec(
        select(Lesson).where(Lesson.course_id == course.id).order_by(col(Lesson.position))
    ).all():
        copy = _like(lesson, course_id=made.id)
        session.add(copy)
        session.flush()
        questions = session.exec(
            select(QuestionRow)
            .where(QuestionRow.lesson_id == lesson.id)
            .order_by(col(QuestionRow.id))
        ).all()
        if questions:
            rows = [_columns(each) | {"lesson_id": copy.id} for each in questions]
            session.execute(insert(QuestionRow), rows)


def _like(row: SQLModel, **changes: Any) -> Any:
    return type(row)(**_columns(row) | changes)


def _columns(row: SQLModel) -> dict[str, Any]:
    # Every column there is, so that a new one is carried over too.
    names = [each.key for each in inspect(type(row)).column_attrs]
    return {name: getattr(row, name) for name in names if name != "id"}
