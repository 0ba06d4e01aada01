"""Courses: brought in as packages, published at once, never changed behind a learner's back."""

from dataclasses import dataclass

from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.packages import Package
from rxapp.errors import Conflict, NotPermitted
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.rules.manifests import LessonManifest
from rxapp.rules.quizzes import Question
from rxapp.services import audit
from rxapp.services.actors import SYSTEM, Actor


@dataclass(frozen=True)
class ImportedCourse:
    """What an import came to; `created` is False when the very same course was there already."""

    course_id: int
    title: str
    hours: str
    lessons: int
    created: bool


def add_course(session: Session, actor: Actor, package: Package) -> ImportedCourse:
    """Publish the course of a package that was read by `adapters.packages.read_package`.

    The same package again changes nothing; another one under the same code is a Conflict, because
    people may be learning the first.
    """
    if actor is not SYSTEM:
        raise NotPermitted()
    known = session.exec(select(Course).where(Course.code == package.manifest.code)).first()
    if known is None:
        return _imported(_publish(session, actor, package), package, created=True)
    if known.digest != package.digest:
        raise Conflict(
            f"编号为 {known.code} 的课程“{known.title}”已经存在且内容不同，没有作任何改动；"
            "如是新课程，请换一个编号。"
        )
    return _imported(known, package, created=False)


def _publish(session: Session, actor: Actor, package: Package) -> Course:
    said = package.manifest
    course = Course(
        code=said.code,
        year=said.year,
        subject=said.subject,
        series=said.series,
        title=said.title,
        summary=said.summary,
        hours=said.hours,
        provider=said.provider,
        shortened=package.shortened,
        digest=package.digest,
        published_at=clock.now(),
    )
    session.add(course)
    session.flush()
    for position, lesson in enumerate(said.lessons, start=1):
        _add_lesson(session, course.id or 0, position, lesson, package)
    session.flush()
    audit.record(session, actor, audit.Action.COURSE_IMPORTED, kind="course", id=course.id)
    return course


def _add_lesson(
    session: Session, course_id: int, position: int, lesson: LessonManifest, package: Package
) -> None:
    film = package.films[lesson.video]
    row = Lesson(
        course_id=course_id,
        position=position,
        title=lesson.title,
        video_file=film.file,
        length_ms=film.length_ms,
    )
    session.add(row)
    session.flush()
    session.add_all(_question(row.id or 0, question) for question in lesson.questions)


def _question(lesson_id: int, question: Question) -> QuestionRow:
    return QuestionRow(
        lesson_id=lesson_id,
        kind=question.kind,
        stem=question.stem,
        options=[
            {"id": option.id, "text": option.text, "right": option.id in question.right}
            for option in question.options
        ],
        review_from_ms=question.review_from_ms,
        review_to_ms=question.review_to_ms,
    )


def _imported(course: Course, package: Package, *, created: bool) -> ImportedCourse:
    return ImportedCourse(
        course_id=course.id or 0,
        title=course.title,
        hours=str(course.hours),
        lessons=len(package.manifest.lessons),
        created=created,
    )
