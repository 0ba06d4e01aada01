"""The film and the picture of a lesson: shown to those who make or review it."""

from sqlmodel import Session

from rxapp.errors import NotFound
from rxapp.models.courses import Course, Lesson
from rxapp.rules.courses import KNOWN
from rxapp.rules.permissions import Permission
from rxapp.services import course_drafts, course_scopes
from rxapp.services.actors import Actor


def get_film(session: Session, actor: Actor, *, lesson_id: int, part: str) -> str:
    """The stored `film` or `poster` of a lesson, for makers and reviewers.

    Posters of what was published are for everybody who learns.
    """
    actor.require(Permission.LEARN)
    lesson = session.get(Lesson, lesson_id)
    course = session.get(Course, lesson.course_id) if lesson else None
    if lesson is None or course is None:
        raise NotFound()
    if part != "poster" or course.status not in KNOWN:
        actor.require(Permission.COURSE_MAKE)
        course_scopes.get_seen(session, actor, lesson.course_id)
    return lesson.poster_file if part == "poster" else lesson.video_file


def set_poster(session: Session, actor: Actor, *, lesson_id: int, file: str) -> None:
    """Give a lesson of a draft a picture that was made anew and stored."""
    actor.require(Permission.COURSE_MAKE)
    _, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    course_drafts.leave_behind(session, lesson.poster_file, file)
    lesson.poster_file = file
    session.add(lesson)
    session.flush()


def remove_film(session: Session, actor: Actor, *, lesson_id: int) -> None:
    """Take the film of a draft's lesson away, with its picture."""
    actor.require(Permission.COURSE_MAKE)
    _, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    course_drafts.leave_behind(session, lesson.video_file, lesson.poster_file)
    lesson.video_file, lesson.poster_file, lesson.film_name = "", "", ""
    lesson.length_ms = 0
    session.add(lesson)
    session.flush()
