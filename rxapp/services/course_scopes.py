"""Whose a course is while it is made, and who else may look at it."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, NotFound
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.rules.courses import OPEN, Status
from rxapp.rules.permissions import Permission
from rxapp.services import scopes
from rxapp.services.actors import Actor

_CLOSED = {
    Status.SUBMITTED: "课程已提交审核，不能修改；需要修改的，请先收回。",
    Status.PUBLISHED: "课程已发布，不能修改；需要修改的，请制作新版。",
}
NO_COURSE = "没有找到该课程，可能不是本单位的课程。"


def own(actor: Actor) -> ColumnElement[bool]:
    """The courses of the offices one makes courses for; the bureau's own have no organisation."""
    mine = col(Course.organisation_id).in_(scopes.office_ids(actor, Permission.COURSE_MAKE))
    if not scopes.office_ids(actor, Permission.COURSE_PUBLISH):
        return mine
    return or_(mine, col(Course.organisation_id).is_(None))


def reviewed(actor: Actor) -> ColumnElement[bool]:
    """What a bureau that publishes may see of others: everything that was ever sent in."""
    offices = scopes.office_ids(actor, Permission.COURSE_PUBLISH)
    return and_(col(Course.office_id).in_(offices), col(Course.status) != Status.DRAFT)


def get_own(session: Session, actor: Actor, course_id: int) -> Course:
    """A course of one's own office; NotFound otherwise."""
    return _one(session, Course.id == course_id, own(actor))


def get_seen(session: Session, actor: Actor, course_id: int) -> Course:
    """A course of one's own office, or one that lies or lay before it."""
    return _one(session, Course.id == course_id, or_(own(actor), reviewed(actor)))


def open_draft(session: Session, actor: Actor, course_id: int) -> Course:
    """A course of one's own that can be changed now, held until the transaction ends.

    Whoever changes it is one of its makers. Conflict when it was sent in or published.
    """
    person_id = actor.require(Permission.COURSE_MAKE)
    found = session.exec(
        select(Course)
        .where(Course.id == course_id, own(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound(NO_COURSE)
    if found.status not in OPEN:
        raise Conflict(_CLOSED.get(found.status, "课程已停止新学，不能修改；请制作新版。"))
    if person_id not in found.makers:
        found.makers = [*found.makers, person_id]
    found.saved_at = clock.now()
    found.version += 1
    session.add(found)
    return found


def open_lesson(session: Session, actor: Actor, lesson_id: int) -> tuple[Course, Lesson]:
    """A lesson of a course that can be changed now, both held."""
    actor.require(Permission.COURSE_MAKE)
    course_id = session.exec(select(Lesson.course_id).where(Lesson.id == lesson_id)).first()
    course = open_draft(session, actor, course_id or 0)
    lesson = session.get(Lesson, lesson_id, populate_existing=True)
    if lesson is None:
        raise NotFound("没有找到该课时，可能已被移除。")
    return course, lesson


def open_question(session: Session, actor: Actor, question_id: int) -> tuple[Lesson, QuestionRow]:
    """A question of a course that can be changed now."""
    actor.require(Permission.COURSE_MAKE)
    lesson_id = session.exec(
        select(QuestionRow.lesson_id).where(QuestionRow.id == question_id)
    ).first()
    _, lesson = open_lesson(session, actor, lesson_id or 0)
    return lesson, session.get_one(QuestionRow, question_id)


def see_lesson(session: Session, actor: Actor, lesson_id: int) -> tuple[Course, Lesson]:
    """A lesson of a course one may look at, as its maker or as the bureau that reviews it."""
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound("没有找到该课时，可能已被移除。")
    return get_seen(session, actor, lesson.course_id), lesson


def require_open(session: Session, actor: Actor, lesson_id: int) -> Lesson:
    """A lesson of one's own that could be changed now; nothing is held."""
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound("没有找到该课时，可能已被移除。")
    course = get_own(session, actor, lesson.course_id)
    if course.status not in OPEN:
        raise Conflict(_CLOSED.get(course.status, "课程已停止新学，不能修改；请制作新版。"))
    return lesson


def _one(session: Session, *conditions: ColumnElement[bool] | bool) -> Course:
    found = session.exec(select(Course).where(*conditions)).first()  # type: ignore[arg-type]
    if found is None:
        raise NotFound(NO_COURSE)
    return found
