"""The film and the picture of a lesson: shown to those who make or review it."""

from dataclasses import dataclass
from pathlib import PurePath

from sqlmodel import Session, col, select

from rxapp.errors import Conflict, NotFound
from rxapp.models.courses import Course, CourseUpload, Lesson
from rxapp.rules.courses import KNOWN
from rxapp.rules.permissions import Permission
from rxapp.services import course_drafts, course_scopes
from rxapp.services.actors import Actor
from rxapp.services.course_content import Missing
from rxapp.services.course_uploads import CHECKING, RECEIVING


@dataclass(frozen=True)
class UnderWay:
    """A film that is not a lesson's yet, and what is to be done about it."""

    missing: Missing
    checking: bool


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


def list_under_way(session: Session, course_id: int) -> list[UnderWay]:
    """Every film of a course that is being received or looked at, lesson by lesson."""
    found = session.exec(
        select(CourseUpload, Lesson.position)
        .join(Lesson, col(Lesson.id) == CourseUpload.lesson_id)
        .where(Lesson.course_id == course_id, col(CourseUpload.status).in_((RECEIVING, CHECKING)))
        .order_by(col(Lesson.position))
    ).all()
    return [_under_way(row, position) for row, position in found]


def require_settled(session: Session, course_id: int) -> None:
    """Conflict while a film is on its way: what is reviewed is what its makers mean."""
    for each in list_under_way(session, course_id):
        raise Conflict(each.missing.sentence)


def _under_way(row: CourseUpload, position: int) -> UnderWay:
    film = f"第{position}课时：视频“{PurePath(row.name).stem}”"
    sentence = (
        f"{film}正在检查，请等检查完成后再提交审核，已填写的内容仍在。"
        if row.status == CHECKING
        else f"{film}还没有上传完整，请继续上传，或取消上传后再提交审核，已填写的内容仍在。"
    )
    return UnderWay(Missing(sentence, row.lesson_id or 0), row.status == CHECKING)
