"""A course with its lessons, and one lesson of it, as the learner's own pages show them."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.courses import Course, Lesson
from rxapp.models.learning import LessonProgress
from rxapp.rules.permissions import Permission
from rxapp.rules.windows import require_lesson_may_continue
from rxapp.rules.years import YearPolicy
from rxapp.services import course_editions, extensions
from rxapp.services.actors import Actor
from rxapp.services.catalogue import closed_sentence, course_row
from rxapp.services.lesson_progress import (
    list_lessons,
    next_lesson_id,
    percent_of,
    state_of,
)


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
    # Whether the lesson that comes next can be opened now: in the hours after the window, only one
    # that was begun in time.
    may_go_on: bool
    lessons: tuple[LessonRow, ...]
    next_lesson_id: int | None
    # What is to be said of the edition, where its newest one is, and the picture of the course.
    notes: tuple[str, ...]
    newest_id: int | None
    may_learn: bool
    poster: str


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


def get_course(session: Session, actor: Actor, *, course_id: int) -> CourseView:
    """A course, its lessons and where to go on."""
    person_id = actor.require(Permission.LEARN)
    course = session.exec(
        select(Course).where(Course.id == course_id, col(Course.published_at).is_not(None))
    ).first()
    if course is None:
        raise NotFound()
    lessons = _lessons(session, person_id, course_id)
    row = course_row(course, lessons)
    policy = extensions.policy_of(session, person_id, course.year)
    next_id = next_lesson_id(lessons)
    edition = course_editions.describe(session, person_id, course, lessons)
    return CourseView(
        id=row.id, title=row.title, year=course.year, subject=row.subject,
        area="public" if course.subject.is_public else "professional", series=row.series,
        hours=row.hours, provider=edition.teacher, summary=course.summary,
        shortened=row.shortened, percent=row.percent, state=row.state,
        closed=closed_sentence(policy),
        may_go_on=any(
            lesson.id == next_id and not _shut(policy, progress) for lesson, progress in lessons
        ),
        lessons=tuple(_lesson_row(lesson, progress) for lesson, progress in lessons),
        next_lesson_id=next_id, notes=edition.notes,
        newest_id=edition.newest_id, may_learn=edition.may_learn, poster=_poster(lessons),
    )  # fmt: skip


def get_lesson(session: Session, actor: Actor, *, lesson_id: int) -> LessonView:
    """A lesson, how far one is in it, and the lessons before and after it."""
    person_id = actor.require(Permission.LEARN)
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
        closed=_shut(
            extensions.policy_of(session, person_id, course.year),
            session.get(LessonProgress, (person_id, lesson_id)),
        )
        or _stopped(course),
        previous_lesson_id=ids[place - 1] if place else None,
        next_lesson_id=ids[place + 1] if place + 1 < len(ids) else None,
    )  # fmt: skip


def _stopped(course: CourseView) -> str:
    return "" if course.may_learn else course.notes[0]


def _poster(lessons: list[tuple[Lesson, LessonProgress | None]]) -> str:
    shown = next((lesson for lesson, _ in lessons if lesson.poster_file), None)
    if shown is None:
        return ""
    return f"{routes.course_file(shown.id or 0, 'poster')}?v={shown.poster_file[:12]}"


def duration_text(milliseconds: int) -> str:
    """A length as people read it on a player: 1:05:00 or 12:30."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours}:{rest:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _shut(policy: YearPolicy, progress: LessonProgress | None) -> str:
    """Why a lesson cannot be opened now; empty when it can.

    One begun in time may be finished in the hours after the window, a finished one always be
    looked at again.
    """
    if progress is not None and progress.completed_at is not None:
        return ""
    begun_at = progress.begun_on if progress else None
    try:
        require_lesson_may_continue(policy, clock.business_now(), begun_at=begun_at)
    except NotPermitted as refusal:
        return refusal.message
    return ""


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
        state=state_of(percent == 100, progress is not None),
    )
