"""Editions of a course as learners meet them: who may go on, who may begin, what is told.

The hours of a course belong to the family of its editions: they are given once.
"""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp.errors import Invalid, NotPermitted
from rxapp.models.courses import Course, Lesson
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.organisations import Organisation
from rxapp.rules.courses import KNOWN, Status, stopped_sentence

COUNTED = "您已学完本课程的其他版本，学时已记入学习档案；本版可以学习，不再另计学时。"
OLDER = "您已开始学习本课程的上一版，可以继续学完；同一课程的学时只计一次。"

Lessons = list[tuple[Lesson, LessonProgress | None]]


@dataclass(frozen=True)
class Edition:
    """What a learner is told of an edition; `newest_id` where another edition is to be taken."""

    notes: tuple[str, ...]
    newest_id: int | None
    may_learn: bool
    teacher: str


def source_key(course: Course) -> str:
    """What the ledger knows a course by, whichever its edition."""
    return f"course:{course.code}"


def require_family_year(session: Session, course: Course, year: str) -> None:
    """Invalid for a year that is not the family's.

    The family counts once, so that an edition of another year would bring nobody hours there, or
    bring them to some people in the one year and to some in the other.
    """
    known = session.exec(
        select(Course.year)
        .where(
            Course.code == course.code, col(Course.id) != course.id, col(Course.status).in_(KNOWN)
        )
        .order_by(col(Course.edition).desc())
    ).first()
    if known is not None and year != f"{known}":
        raise Invalid(
            {
                "year": f"本课程已有版本计入{known}年度，新版的年度应相同；要用于其他年度的，"
                "请在开启新年度时沿用，或者另行制作课程。"
            }
        )


def require_may_learn(session: Session, person_id: int, course: Course) -> None:
    """Refuse whoever has not begun a course that nobody may begin any more."""
    if course.status is Status.PUBLISHED or _has_begun(session, person_id, course.id or 0):
        return
    raise NotPermitted(stopped_sentence(course.status))


def describe(session: Session, person_id: int, course: Course, lessons: Lessons) -> Edition:
    """What one learner is told of one edition."""
    begun = any(progress for _, progress in lessons)
    done = bool(lessons) and all(each and each.completed_at for _, each in lessons)
    stopped = stopped_sentence(course.status)
    notes = [stopped] if stopped else []
    family = session.exec(select(Course).where(Course.code == course.code)).all()
    newest = next((each for each in family if each.status is Status.PUBLISHED), None)
    if not done and len(family) > 1 and _is_credited(session, person_id, course):
        notes.append(COUNTED)
    elif course.status is Status.PUBLISHED and not begun:
        older = [each.id or 0 for each in family if each.status is Status.SUPERSEDED]
        if any(_has_begun(session, person_id, id) for id in older):
            notes.append(OLDER)
    other = newest.id if newest and newest.id != course.id else None
    return Edition(tuple(notes), other, begun or not stopped, teacher_of(session, course))


def teacher_of(session: Session, course: Course) -> str:
    """Who teaches a course; of one that was brought in from elsewhere, who brought it too."""
    organisation = session.get(Organisation, course.organisation_id or 0)
    if organisation is None or organisation.name == course.provider:
        return course.provider
    return f"{course.provider}（{organisation.name}引进）" if course.provider else organisation.name


def _has_begun(session: Session, person_id: int, course_id: int) -> bool:
    begun = (
        select(LessonProgress.lesson_id)
        .join(Lesson, col(Lesson.id) == LessonProgress.lesson_id)
        .where(LessonProgress.person_id == person_id, Lesson.course_id == course_id)
    )
    return session.exec(begun).first() is not None


def _is_credited(session: Session, person_id: int, course: Course) -> bool:
    credited = select(Credit.id).where(
        Credit.person_id == person_id, Credit.source_key == source_key(course)
    )
    return session.exec(credited).first() is not None
