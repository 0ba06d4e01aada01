"""Courses brought in as packages, never changed behind a learner's back.

The operator's are published at once; those of a maker's screen become a draft.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.packages import Package
from rxapp.errors import Conflict, NotPermitted
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.rules import courses as rules
from rxapp.rules.courses import KNOWN, Status
from rxapp.rules.manifests import CourseManifest, LessonManifest
from rxapp.rules.permissions import Permission
from rxapp.rules.quizzes import Question
from rxapp.services import audit, course_content, course_editions
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
    family = session.exec(
        select(Course).where(Course.code == package.manifest.code).order_by(col(Course.edition))
    ).all()
    if not family:
        return _imported(_publish(session, actor, package), package, created=True)
    # Only what came in this way is the very same: a draft can be changed yet, or never published.
    same = [
        each
        for each in family
        if each.digest == package.digest and each.status in KNOWN and each.organisation_id is None
    ]
    if not same:
        raise Conflict(_why_taken(session, family))
    return _imported(same[0], package, created=False)


def add_draft(
    session: Session, actor: Actor, *, package: Package, organisation_id: int,
    posters: Mapping[str, str],
) -> int:  # fmt: skip
    """Make the course of a package a draft of one's own office; returns its id.

    Under the code of a course of the same office it is that course's next edition; a code of
    somebody else's, or of an edition still being made, is a Conflict. `posters` are the pictures
    of the films, by the films' files.
    """
    person_id = actor.require(Permission.COURSE_MAKE)
    said = package.manifest
    newest = session.exec(
        select(Course).where(Course.code == said.code).order_by(col(Course.edition).desc())
    ).first()
    if newest is not None:
        _require_mine_and_done(newest, organisation_id)
    typed = {
        "title": said.title, "summary": said.summary, "year": str(said.year),
        "subject": said.subject.value, "series": said.series, "hours": str(said.hours),
    }  # fmt: skip
    course = Course(
        code=said.code, edition=newest.edition + 1 if newest else 1,
        organisation_id=organisation_id, typed=typed, makers=[person_id], created_by=person_id,
        saved_at=clock.now(), digest=package.digest, provider=said.provider,
        **rules.columns_of(typed),
    )  # fmt: skip
    course_editions.require_family_year(session, course, f"{said.year}")
    session.add(course)
    session.flush()
    _add_lessons(session, course, said, package, posters)
    audit.record(session, actor, audit.Action.COURSE_IMPORTED, kind="course", id=course.id)
    return course.id or 0


def _why_taken(session: Session, family: Sequence[Course]) -> str:
    known = next((each for each in family if each.status in KNOWN), None)
    who = course_content.provider_of(session, known or family[0])
    if known is None:
        return (
            f"编号 {family[0].code} 已由{who}正在制作的课程使用，没有作任何改动；"
            "请换一个编号，或者请该单位删除草稿后再导入。"
        )
    what = "已经存在且内容不同" if known.organisation_id is None else f"已由{who}提供"
    return (
        f"编号为 {known.code} 的课程“{known.title}”{what}，没有作任何改动；"
        "如是新课程，请换一个编号。"
    )


def _require_mine_and_done(newest: Course, organisation_id: int) -> None:
    if newest.organisation_id != organisation_id:
        raise Conflict(f"编号为 {newest.code} 的课程已由其他单位提供，没有导入。")
    if newest.status not in KNOWN:
        raise Conflict(f"编号为 {newest.code} 的课程正在制作或审核，没有导入；请先办结。")


def _publish(session: Session, actor: Actor, package: Package) -> Course:
    said = package.manifest
    course = Course(
        code=said.code,
        status=Status.PUBLISHED,
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
    _add_lessons(session, course, said, package, {})
    audit.record(session, actor, audit.Action.COURSE_IMPORTED, kind="course", id=course.id)
    return course


def _add_lessons(
    session: Session, course: Course, said: CourseManifest, package: Package,
    posters: Mapping[str, str],
) -> None:  # fmt: skip
    for position, lesson in enumerate(said.lessons, start=1):
        _add_lesson(session, course.id or 0, position, lesson, package, posters)
    session.flush()


def _add_lesson(
    session: Session, course_id: int, position: int, lesson: LessonManifest, package: Package,
    posters: Mapping[str, str],
) -> None:  # fmt: skip
    film = package.films[lesson.video]
    row = Lesson(
        course_id=course_id,
        position=position,
        code=lesson.code,
        title=lesson.title,
        video_file=film.file,
        length_ms=film.length_ms,
        # With its ending, within what the column holds.
        film_name=lesson.video.rpartition("/")[2][-100:],
        poster_file=posters.get(film.file, ""),
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
