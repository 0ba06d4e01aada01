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
from rxapp.rules.courses import KNOWN, Status
from rxapp.rules.new_year import codes_in_year, is_opened_from, year_to_open
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.services import audit, policies
from rxapp.services.actors import SYSTEM, Actor

# So many courses are carried over in one transaction: nobody waits long for the whole of them.
AT_ONCE = 20


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


@dataclass(frozen=True)
class Opened:
    """What one call came to: how many courses went over, how many are still to go.

    `blocked` are the titles of those whose every code somebody else has taken.
    """

    copied: int
    left: int
    blocked: tuple[str, ...]


@dataclass(frozen=True)
class _Taken:
    """The codes of a year: those that are in use at all, and what was published under which."""

    codes: set[str]
    # Code and office: another office's course of that code is no copy.
    known: set[tuple[str, int | None]]

    def has(self, course: Course, year: int) -> bool:
        """Whether a year has a course already, whichever its edition."""
        codes = codes_in_year(course.code, course.year, year)
        return any((code, course.organisation_id) in self.known for code in codes)

    def free_code(self, course: Course, year: int) -> str:
        """What a course will be called in a year; empty when others have every code."""
        codes = codes_in_year(course.code, course.year, year)
        return next((code for code in codes if code not in self.codes), "")


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


def open_year(session: Session, actor: Actor, *, year: int, courses: Collection[int]) -> Opened:
    """Open the year and carry the next of the chosen courses over; pressed twice it is one year.

    Called again until none is left; whatever ended in between is simply taken up again, and later
    presses carry further courses over. The courses can be learned from the first day of the year's
    window, and their hours count anew.
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
    opened = _carry_over(session, year, courses)
    if first or opened.copied:
        audit.record(
            session, actor, audit.Action.YEAR_OPENED, kind="year", id=year, courses=opened.copied
        )
    return opened


def tell(year: int, copied: int, blocked: Collection[str]) -> str:
    """What a press came to, in words."""
    said = f"{year}年度已开启，本次沿用{copied}门课程。"
    if not blocked:
        return said
    return f"{said}{'、'.join(blocked)}的新编号已被其他课程占用，没有沿用，请另行制作。"


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
    taken = _taken(session, year)
    return [
        CourseChoice(
            course.id or 0, course.title, course.subject.label, course.series, str(course.hours),
            taken.has(course, year),
        )
        for course in _published(session, year - 1)
    ]  # fmt: skip


def _carry_over(session: Session, year: int, chosen: Collection[int]) -> Opened:
    taken, wanted = _taken(session, year), set(chosen)
    missing = [
        course
        for course in _published(session, year - 1)
        if course.id in wanted and not taken.has(course, year)
    ]
    named = [(course, taken.free_code(course, year)) for course in missing]
    free = [(course, code) for course, code in named if code]
    for course, code in free[:AT_ONCE]:
        _copy_course(session, course, code=code, year=year)
    blocked = tuple(course.title for course, code in named if not code)
    return Opened(min(len(free), AT_ONCE), max(0, len(free) - AT_ONCE), blocked)


def _published(session: Session, year: int) -> list[Course]:
    order = list(Subject)
    rows = session.exec(
        select(Course)
        .where(Course.year == year, Course.status == Status.PUBLISHED)
        .order_by(col(Course.id))
    ).all()
    return sorted(rows, key=lambda row: (order.index(row.subject), row.series, row.id or 0))


def _taken(session: Session, year: int) -> _Taken:
    # A draft takes a code, but is nothing that the year has: nobody can learn it.
    rows = session.exec(select(Course).where(col(Course.code).startswith(f"{year}-"))).all()
    known = [row for row in rows if row.year == year and row.status in KNOWN]
    return _Taken({row.code for row in rows}, {(row.code, row.organisation_id) for row in known})


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
