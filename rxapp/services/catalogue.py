"""What can be learned: the courses of an area and year, searched, filtered and paged."""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import and_, exists, func, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.models.courses import Course, Lesson
from rxapp.models.learning import LessonProgress
from rxapp.models.people import Person
from rxapp.rules import windows
from rxapp.rules.courses import Status, stopped_sentence
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.rules.windows import extended_sentence
from rxapp.rules.years import YearPolicy
from rxapp.services import extensions, policies
from rxapp.services.actors import Actor
from rxapp.services.lesson_progress import (
    DONE,
    LEARNING,
    NOT_BEGUN,
    list_lessons,
    percent_of,
    progress_of,
    state_of,
)

PAGE = 30
AREAS = {
    "public": (Subject.PUBLIC_REQUIRED, Subject.PUBLIC_ELECTIVE),
    "professional": (Subject.PROFESSIONAL,),
}


@dataclass(frozen=True)
class YearChoice:
    """A year whose courses can be looked at; `closed` says why they cannot be learned now."""

    year: int
    label: str
    closed: str


@dataclass(frozen=True)
class CourseRow:
    """A course in the catalogue with one's own progress."""

    id: int
    title: str
    subject: str
    series: str
    hours: str
    lessons: int
    percent: int
    state: str
    shortened: bool
    # Who teaches, and what is to be said of the edition.
    provider: str
    note: str


@dataclass(frozen=True)
class CourseGroup:
    """Courses under one heading: 公需必修, 公需选修, or a professional field."""

    title: str
    courses: tuple[CourseRow, ...]


@dataclass(frozen=True)
class CoursePage:
    """One page of the catalogue; `next_after` asks for the next one, None when this is the last."""

    groups: tuple[CourseGroup, ...]
    years: tuple[YearChoice, ...]
    year: int
    closed: str
    # That the year can be learned longer than others think; empty when it cannot.
    extended: str
    series: tuple[str, ...]
    next_after: int | None


def list_courses(
    session: Session, actor: Actor, *, area: str, year: int | None = None, query: str = "",
    series: str = "", status: str = "", after: int | None = None,
) -> CoursePage:  # fmt: skip
    """The courses of 公需科目培训 or 专业科目培训 in a year, in their series (article 3).

    `query` is looked for in title and series, `status` is one of 未开始, 学习中, 已完成; `after` is
    the `next_after` of the page before.
    """
    person_id = actor.require(Permission.LEARN)
    years = _years_offered(session, person_id)
    chosen = year if year is not None else clock.today().year
    policy = extensions.policy_of(session, person_id, chosen)
    closed = closed_sentence(policy)
    conditions = [*_in_area(area, chosen), _offered_to(person_id), *_matching(query, series)]
    conditions += _in_state(status, person_id) + _after(session, area, after)
    courses = session.exec(
        select(Course).where(*conditions).order_by(*_shown_order(area)).limit(PAGE + 1)
    ).all()
    shown = courses[:PAGE]
    return CoursePage(
        groups=_grouped(area, shown, _rows(session, person_id, shown)),
        years=years,
        year=chosen,
        closed=closed,
        extended="" if closed else extended_sentence(policies.get_policy(session, chosen), policy),
        series=_series_of(session, area, chosen),
        next_after=shown[-1].id if len(courses) > PAGE else None,
    )


def closed_sentence(policy: YearPolicy) -> str:
    """Why the year's courses cannot be begun now, with its article; empty when they can."""
    return windows.closed_sentence(policy, clock.business_now())


def course_row(course: Course, lessons: list[tuple[Lesson, LessonProgress | None]]) -> CourseRow:
    """A course with how far a person is in it, told from its lessons."""
    percent = percent_of(lessons)
    return CourseRow(
        id=course.id or 0,
        title=course.title,
        subject=course.subject.label,
        series=course.series,
        hours=str(course.hours),
        lessons=len(lessons),
        percent=percent,
        state=state_of(percent == 100, any(progress for _, progress in lessons)),
        shortened=course.shortened,
        provider=course.provider,
        note=stopped_sentence(course.status),
    )


def _years_offered(session: Session, person_id: int) -> tuple[YearChoice, ...]:
    this_year = clock.today().year
    owes_from = session.exec(select(Person.owes_from).where(Person.id == person_id)).one()
    since = max(owes_from, policies.FIRST_YEAR)
    found = extensions.policies_of(session, person_id, {this_year, *range(since, this_year)})
    every = [
        YearChoice(year, f"{year}年度", closed_sentence(found[year]))
        for year in sorted(found, reverse=True)
    ]
    # A later year that is over is offered only as long as it can still be learned.
    return tuple(
        choice
        for choice in every
        if choice.year == this_year or choice.year < 2020 or not choice.closed
    )


def _in_area(area: str, year: int) -> list[ColumnElement[bool]]:
    if area not in AREAS:
        raise NotFound()
    return [
        col(Course.year) == year,
        col(Course.subject).in_(AREAS[area]),
        col(Course.published_at).is_not(None),
    ]


def _offered_to(person_id: int) -> ColumnElement[bool]:
    # The newest edition alone; of the others only what oneself has begun and may still finish.
    begun, unfinished = _begun(person_id), _unfinished(person_id)
    return or_(col(Course.status) == Status.PUBLISHED, and_(begun, unfinished))


def _matching(query: str, series: str) -> list[ColumnElement[bool]]:
    # Every word must be found; % and _ are looked for as they were typed.
    found = [
        or_(
            col(Course.title).icontains(word, autoescape=True),
            col(Course.series).icontains(word, autoescape=True),
        )
        for word in query[:60].split()
    ]
    return [*found, col(Course.series) == series] if series else found


def _in_state(status: str, person_id: int) -> list[ColumnElement[bool]]:
    begun, unfinished = _begun(person_id), _unfinished(person_id)
    return {
        NOT_BEGUN: [~begun],
        LEARNING: [begun, unfinished],
        DONE: [~unfinished],
    }.get(status, [])


def _begun(person_id: int) -> ColumnElement[bool]:
    return exists().where(col(Lesson.course_id) == Course.id, progress_of(person_id))


def _unfinished(person_id: int) -> ColumnElement[bool]:
    return exists().where(
        col(Lesson.course_id) == Course.id,
        ~exists().where(
            progress_of(person_id), col(LessonProgress.completed_at).is_not(None)
        ).correlate(Lesson),
    )  # fmt: skip


def _after(session: Session, area: str, after: int | None) -> list[ColumnElement[bool]]:
    last = session.get(Course, after) if after is not None else None
    if last is None:
        return []
    later_in_it = col(Course.id) > last.id
    if area == "public":
        same = and_(col(Course.subject) == last.subject, later_in_it)
        return [or_(col(Course.subject) < last.subject, same)]
    return [
        or_(col(Course.series) > last.series, and_(col(Course.series) == last.series, later_in_it))
    ]


def _shown_order(area: str):  # type: ignore[no-untyped-def]
    # By heading, then as published. "public_required" is before "public_elective" read backwards.
    heading = col(Course.subject).desc() if area == "public" else col(Course.series)
    return heading, col(Course.id)


def _series_of(session: Session, area: str, year: int) -> tuple[str, ...]:
    found = session.exec(
        select(Course.subject, Course.series)
        .where(*_in_area(area, year), Course.status == Status.PUBLISHED)
        .group_by(col(Course.subject), col(Course.series))
        .order_by(col(Course.subject).desc(), func.min(Course.id))
    ).all()
    return tuple(dict.fromkeys(series for _, series in found))


def _rows(session: Session, person_id: int, courses) -> dict[int, CourseRow]:  # type: ignore[no-untyped-def]
    lessons = list_lessons(session, person_id, [course.id for course in courses])
    return {course.id: course_row(course, lessons[course.id]) for course in courses}


def _grouped(area: str, courses, rows: dict[int, CourseRow]) -> tuple[CourseGroup, ...]:  # type: ignore[no-untyped-def]
    # Public courses stand under 必修 and 选修, professional ones under their field.
    if area == "public":
        by_subject = groupby(courses, key=lambda course: course.subject)
        return tuple(
            CourseGroup(subject.label, tuple(rows[course.id] for course in found))
            for subject, found in by_subject
        )
    by_series = groupby(courses, key=lambda course: course.series)
    return tuple(
        CourseGroup(series, tuple(rows[course.id] for course in found))
        for series, found in by_series
    )
