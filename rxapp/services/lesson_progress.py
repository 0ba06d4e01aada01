"""How far a person is in the lessons of a course, read from what was watched."""

from sqlalchemy import and_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from rxapp.models.courses import Lesson
from rxapp.models.learning import LessonProgress

NOT_BEGUN, LEARNING, DONE = "未开始", "学习中", "已完成"


def list_lessons(
    session: Session, person_id: int, course_ids: list[int]
) -> dict[int, list[tuple[Lesson, LessonProgress | None]]]:
    """The lessons of some courses in their order, each with the person's progress or None."""
    found = session.exec(
        select(Lesson, LessonProgress)
        .join(LessonProgress, progress_of(person_id), isouter=True)
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


def state_of(done: bool, begun: bool) -> str:
    """未开始, 学习中 or 已完成, as it is shown and filtered by."""
    return DONE if done else LEARNING if begun else NOT_BEGUN


def progress_of(person_id: int) -> ColumnElement[bool]:
    """The condition that joins a lesson to the person's progress in it."""
    return and_(
        col(LessonProgress.lesson_id) == Lesson.id, col(LessonProgress.person_id) == person_id
    )
