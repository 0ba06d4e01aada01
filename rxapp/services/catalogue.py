"""What can be learned, and how far the person at the screen is in it."""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import and_, exists, func, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.courses import Course, Lesson
from rxapp.models.learning import LessonProgress
from rxapp.models.people import Person
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.rules.windows import require_lesson_may_begin
from rxapp.rules.years import YearPolicy
from rxapp.services import policies
from rxapp.services.actors import Actor

PAGE = 30
AREAS = {
    "public": (Subject.PUBLIC_REQUIRED, Subject.PUBLIC_ELECTIVE),
    "professional": (Subject.PROFESSIONAL,),
}
NOT_BEGUN, LEARNING, DONE = "未开始", "学习中", "已完成"
STATES = (NOT_BEGUN, LEARNING, DONE)


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
    series: tuple[str, ...]
    next_after: int | None


@dataclass(frozen=True)
class LessonRow:
    """A lesson in its course with one's own progress."""

    id: int
    position: int
    title: str
    duration: str
    percent: int
    state: str


@dataclass(frozen=True)
class CourseView:
    """A course with its lessons; `closed` says why it cannot be begun now, empty when it can."""

    id: int
    title: str
    year: int
    subject: str
    area: str
    series: str
    hours: str
    provider: str
    summary: str
    shortened: bool
    percent: int
    state: str
    closed: str
    lessons: tuple[LessonRow, ...]
    next_lesson_id: int | None


@dataclass(frozen=True)
class LessonView:
    """One lesson on its own page, with its neighbours in the course."""

    id: int
    title: str
    position: int
    duration: str
    percent: int
    state: str
    course_id: int
    course_title: str
    course_hours: str
    lessons: int
    shortened: bool
    closed: str
    previous_lesson_id: int | None
    next_lesson_id: int | None


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
    policy = policies.get_policy(session, chosen)
    conditions = [*_in_area(area, chosen), *_matching(query, series)]
    conditions += _in_state(status, person_id) + _after(session, area, after)
    courses = session.exec(
        select(Course).where(*conditions).order_by(*_shown_order(area)).limit(PAGE + 1)
    ).all()
    shown = courses[:PAGE]
    return CoursePage(
        groups=_grouped(area, shown, _rows(session, person_id, shown)),
        years=years,
        year=chosen,
        closed=closed_sentence(policy),
        series=_series_of(session, area, chosen),
        next_after=shown[-1].id if len(courses) > PAGE else None,
    )


def get_course(session: Session, actor: Actor, *, course_id: int) -> CourseView:
    """A course, its lessons and where to go on."""
    person_id = actor.require(Permission.LEARN)
    course = session.exec(
        select(Course).where(Course.id == course_id, col(Course.published_at).is_not(None))
    ).first()
    if course is None:
        raise NotFound()
    lessons = _lessons(session, person_id, course_id)
    row = _row(course, lessons)
    return CourseView(
        id=row.id, title=row.title, year=course.year, subject=row.subject,
        area="public" if course.subject.is_public else "professional", series=row.series,
        hours=row.hours, provider=course.provider, summary=course.summary,
        shortened=row.shortened, percent=row.percent, state=row.state,
        closed=closed_sentence(policies.get_policy(session, course.year)),
        lessons=tuple(_lesson_row(lesson, progress) for lesson, progress in lessons),
        next_lesson_id=next_lesson_id(lessons),
    )  # fmt: skip


def get_lesson(session: Session, actor: Actor, *, lesson_id: int) -> LessonView:
    """A lesson, how far one is in it, and the lessons before and after it."""
    actor.require(Permission.LEARN)
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound()
    course = get_course(session, actor, course_id=lesson.course_id)
    ids = [row.id for row in course.lessons]
    place = ids.index(lesson_id)
    row = course.lessons[place]
    return LessonView(
        id=row.id, title=row.title, position=row.position, duration=row.duration,
        percent=row.percent, state=row.state, course_id=course.id, course_title=course.title,
        course_hours=course.hours, lessons=len(ids), shortened=course.shortened,
        # A lesson begun in time may still be finished in the hours after the window.
        closed=course.closed if row.state == NOT_BEGUN else "",
        previous_lesson_id=ids[place - 1] if place else None,
        next_lesson_id=ids[place + 1] if place + 1 < len(ids) else None,
    )  # fmt: skip


def list_lessons(
    session: Session, person_id: int, course_ids: list[int]
) -> dict[int, list[tuple[Lesson, LessonProgress | None]]]:
    """The lessons of some courses in their order, each with the person's progress or None."""
    found = session.exec(
        select(Lesson, LessonProgress)
        .join(LessonProgress, _progress_of(person_id), isouter=True)
        .where(col(Lesson.course_id).in_(course_ids))
        .order_by(col(Lesson.course_id), col(Lesson.position))
    ).all()
    lessons: dict[int, list[tuple[Lesson, LessonProgress | None]]] = {id: [] for id in course_ids}
    for lesson, progress in found:
        lessons[lesson.course_id].append((lesson, progress))
    return lessons


def percent_of(lessons: list[tuple[Lesson, LessonProgress | None]]) -> int:
    """How much of a course is watched, whole percent; 100 only when every lesson is completed."""
    length = sum(lesson.length_ms for lesson, _ in lessons)
    watched = sum(progress.credited_ms for _, progress in lessons if progress)
    done = bool(lessons) and all(progress and progress.completed_at for _, progress in lessons)
    return 100 if done else min(99, watched * 100 // length) if length else 0


def next_lesson_id(lessons: list[tuple[Lesson, LessonProgress | None]]) -> int | None:
    """The lesson to go on with: the one watched last if unfinished, else the first unfinished."""
    open_ones = [pair for pair in lessons if not (pair[1] and pair[1].completed_at)]
    begun = [(progress.updated_at, lesson.id) for lesson, progress in open_ones if progress]
    if begun:
        return max(begun)[1]
    return open_ones[0][0].id if open_ones else None


def closed_sentence(policy: YearPolicy) -> str:
    """Why the year's courses cannot be begun now, with its article; empty when they can."""
    try:
        require_lesson_may_begin(policy, clock.business_now())
    except NotPermitted as refusal:
        return refusal.message
    return ""


def duration_text(milliseconds: int) -> str:
    """A length as people read it on a player: 1:05:00 or 12:30."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours}:{rest:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _years_offered(session: Session, person_id: int) -> tuple[YearChoice, ...]:
    this_year = clock.today().year
    owes_from = session.exec(select(Person.owes_from).where(Person.id == person_id)).one()
    made_up = range(max(owes_from, policies.FIRST_YEAR), min(2020, this_year))
    years = (this_year, *reversed(made_up))
    found = policies.list_policies(session, years)
    return tuple(YearChoice(year, f"{year}年度", closed_sentence(found[year])) for year in years)


def _in_area(area: str, year: int) -> list[ColumnElement[bool]]:
    if area not in AREAS:
        raise NotFound()
    return [
        col(Course.year) == year,
        col(Course.subject).in_(AREAS[area]),
        col(Course.published_at).is_not(None),
    ]


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
    begun = exists().where(col(Lesson.course_id) == Course.id, _progress_of(person_id))
    unfinished = exists().where(
        col(Lesson.course_id) == Course.id,
        ~exists().where(
            _progress_of(person_id), col(LessonProgress.completed_at).is_not(None)
        ).correlate(Lesson),
    )  # fmt: skip
    return {
        NOT_BEGUN: [~begun],
        LEARNING: [begun, unfinished],
        DONE: [~unfinished],
    }.get(status, [])


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
        .where(*_in_area(area, year))
        .group_by(col(Course.subject), col(Course.series))
        .order_by(col(Course.subject).desc(), func.min(Course.id))
    ).all()
    return tuple(dict.fromkeys(series for _, series in found))


def _rows(session: Session, person_id: int, courses) -> dict[int, CourseRow]:  # type: ignore[no-untyped-def]
    lessons = list_lessons(session, person_id, [course.id for course in courses])
    return {course.id: _row(course, lessons[course.id]) for course in courses}


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


def _row(course: Course, lessons: list[tuple[Lesson, LessonProgress | None]]) -> CourseRow:
    percent = percent_of(lessons)
    return CourseRow(
        id=course.id or 0,
        title=course.title,
        subject=course.subject.label,
        series=course.series,
        hours=str(course.hours),
        lessons=len(lessons),
        percent=percent,
        state=_state(percent == 100, any(progress for _, progress in lessons)),
        shortened=course.shortened,
    )


def _lessons(
    session: Session, person_id: int, course_id: int
) -> list[tuple[Lesson, LessonProgress | None]]:
    return list_lessons(session, person_id, [course_id])[course_id]


def _lesson_row(lesson: Lesson, progress: LessonProgress | None) -> LessonRow:
    percent = percent_of([(lesson, progress)])
    return LessonRow(
        id=lesson.id or 0,
        position=lesson.position,
        title=lesson.title,
        duration=duration_text(lesson.length_ms),
        percent=percent,
        state=_state(percent == 100, progress is not None),
    )


def _state(done: bool, begun: bool) -> str:
    return DONE if done else LEARNING if begun else NOT_BEGUN


def _progress_of(person_id: int) -> ColumnElement[bool]:
    return and_(
        col(LessonProgress.lesson_id) == Lesson.id, col(LessonProgress.person_id) == person_id
    )
