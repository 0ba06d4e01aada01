"""The training base's own courses: one it is still making, one that waits for the bureau."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from rxapp.demo.claims import acting_for
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.rules.courses import Status
from rxapp.services import course_drafts, course_moves
from rxapp.services.actors import Actor

DRAFT, WAITING = "乡村振兴实务（制作中）", "数字化办公能力提升"


def write_making(session: Session, units: Mapping[str, int]) -> None:
    """Let the base make two courses with a film the demo has; nothing where it has none."""
    found = session.exec(
        select(Lesson)
        .join(Course, col(Course.id) == Lesson.course_id)
        .where(Course.status == Status.PUBLISHED)
        .order_by(col(Lesson.id))
    ).first()
    if found is None:
        return
    teacher = acting_for(session, units["training"])
    _make(session, teacher, found, title=DRAFT, series="农业技术", hours="", questions=3)
    waiting = _make(session, teacher, found, title=WAITING, series="信息技术", hours="2")
    course_moves.submit(
        session, teacher, course_id=waiting, version=session.get_one(Course, waiting).version
    )


def _make(
    session: Session, teacher: Actor, film: Lesson, *, title: str, series: str, hours: str,
    questions: int = 8,
) -> int:  # fmt: skip
    id = course_drafts.begin(session, teacher)
    facts = {
        "title": title, "series": series, "hours": hours, "subject": "professional",
        "summary": "演示课程，视频为样例。",
    }  # fmt: skip
    for name, value in facts.items():
        course_drafts.keep(session, teacher, course_id=id, name=name, value=value)
    lesson_id = course_drafts.add_lesson(session, teacher, course_id=id, title="第一讲")
    lesson = session.get_one(Lesson, lesson_id)
    lesson.video_file, lesson.length_ms = film.video_file, film.length_ms
    lesson.film_name = "第一讲.mp4"
    course = session.get_one(Course, id)
    # The demo's clips are shorter than the hours they stand for.
    course.shortened = True
    session.add_all((lesson, course))
    asked = (
        select(QuestionRow).where(QuestionRow.lesson_id == film.id).order_by(col(QuestionRow.id))
    )
    for row in session.exec(asked).all()[:questions]:
        copied = row.model_dump(exclude={"id", "lesson_id"})
        session.add(QuestionRow(**copied, lesson_id=lesson_id))
    session.flush()
    return id
