"""制作课程: a course begun, its facts kept as typed, its lessons put in order, a new edition."""

import secrets
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.courses import (
    Course,
    CourseStep,
    CourseUpload,
    FilmLeftover,
    Lesson,
    QuestionRow,
)
from rxapp.rules import courses as rules
from rxapp.rules.courses import KNOWN, OPEN, Status
from rxapp.rules.manifests import MAX_LESSONS
from rxapp.rules.permissions import Permission
from rxapp.services import audit, course_content, course_editions, course_scopes, scopes
from rxapp.services.actors import Actor

LONGEST_TITLE = 120
EMPTY: dict[str, str] = dict.fromkeys(rules.FACTS, "")


def begin(session: Session, actor: Actor, *, organisation_id: int = 0) -> int:
    """Begin a course for one of one's offices (the first when none is named); returns its id.

    One that was begun and not yet touched is given again, so that two presses make one course.
    """
    person_id = actor.require(Permission.COURSE_MAKE)
    office = office_of(actor, organisation_id)
    year = str(clock.today().year)
    untouched = session.exec(
        select(Course).where(
            Course.organisation_id == office, Course.created_by == person_id,
            Course.status == Status.DRAFT, Course.version == 1, Course.edition == 1,
        )
    ).first()  # fmt: skip
    if untouched is not None:
        return untouched.id or 0
    typed = EMPTY | {"year": year}
    row = Course(
        code=_free_code(session, year), organisation_id=office, typed=typed, makers=[person_id],
        created_by=person_id, saved_at=clock.now(), **rules.columns_of(typed),
    )  # fmt: skip
    row.provider = course_content.provider_of(session, row)
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.COURSE_BEGUN, kind="course", id=row.id)
    return row.id or 0


def office_of(actor: Actor, organisation_id: int) -> int:
    """The office a course is made for; NotFound for one that is not one's own."""
    offices = scopes.office_ids(actor, Permission.COURSE_MAKE)
    if not offices or (organisation_id and organisation_id not in offices):
        raise NotFound("没有找到制作单位，请重新选择。")
    return organisation_id or offices[0]


def keep(session: Session, actor: Actor, *, course_id: int, name: str, value: str) -> None:
    """Keep one fact of a draft as it was typed."""
    said = rules.keep_fact(name, value)
    row = course_scopes.open_draft(session, actor, course_id)
    if name == "year":
        course_editions.require_family_year(session, row, said)
    row.typed = EMPTY | row.typed | {name: said}
    for column, found in rules.columns_of(row.typed).items():
        setattr(row, column, found)
    session.add(row)
    session.flush()


def begin_edition(session: Session, actor: Actor, *, course_id: int) -> int:
    """Begin the next edition from the newest one; given again while it is being made."""
    person_id = actor.require(Permission.COURSE_MAKE)
    row = course_scopes.get_own(session, actor, course_id)
    newest = session.exec(
        select(Course).where(Course.code == row.code).order_by(col(Course.edition).desc())
    ).first()
    if newest is None or newest.status not in KNOWN:
        return newest.id or 0 if newest else 0
    copy = copied(session, newest, person_id)
    audit.record(
        session, actor, audit.Action.COURSE_BEGUN, kind="course", id=copy.id, edition=copy.edition
    )
    return copy.id or 0


def add_lesson(session: Session, actor: Actor, *, course_id: int, title: str) -> int:
    """Add a lesson at the end; returns its id."""
    said = _title(title)
    row = course_scopes.open_draft(session, actor, course_id)
    lessons = _lessons(session, row)
    if len(lessons) >= MAX_LESSONS:
        raise Invalid({"lesson": f"一门课程最多{MAX_LESSONS}个课时。"})
    taken = {each.code for each in lessons}
    number = next(n for n in range(1, 2 * MAX_LESSONS + 2) if f"L{n}" not in taken)
    lesson = Lesson(
        course_id=course_id, position=len(lessons) + 1, code=f"L{number}", title=said,
        video_file="", length_ms=0,
    )  # fmt: skip
    session.add(lesson)
    session.flush()
    return lesson.id or 0


def rename_lesson(session: Session, actor: Actor, *, lesson_id: int, title: str) -> None:
    """Keep a lesson's name."""
    said = _title(title)
    _, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    lesson.title = said
    session.add(lesson)
    session.flush()


def move_lesson(session: Session, actor: Actor, *, lesson_id: int, up: bool) -> None:
    """Let a lesson change places with its neighbour; at the end of the list nothing happens."""
    course, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    other = session.exec(
        select(Lesson).where(
            Lesson.course_id == course.id, Lesson.position == lesson.position + (-1 if up else 1)
        )
    ).first()
    if other is None:
        return
    here, there = lesson.position, other.position
    for moved, place in ((lesson, 0), (other, here), (lesson, there)):
        # One after the other: no two lessons stand in one place, not even for a moment.
        moved.position = place
        session.add(moved)
        session.flush()


def remove_lesson(session: Session, actor: Actor, *, lesson_id: int) -> None:
    """Take a lesson out of a draft, with its film and questions."""
    course, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    _forget(session, lesson)
    later = (Lesson.course_id == course.id, col(Lesson.position) > lesson.position)
    for each in session.exec(select(Lesson).where(*later).order_by(col(Lesson.position))).all():
        each.position -= 1
        session.add(each)
        session.flush()


def discard(session: Session, actor: Actor, *, course_id: int) -> None:
    """Delete a draft for good; what was ever sent in is kept in the audit log only."""
    row = course_scopes.open_draft(session, actor, course_id)
    session.flush()
    for lesson in _lessons(session, row):
        _forget(session, lesson)
    session.execute(
        update(CourseUpload)
        .where(col(CourseUpload.course_id) == course_id)
        .values(course_id=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(CourseStep).where(col(CourseStep.course_id) == course_id))
    session.delete(row)
    session.flush()
    audit.record(session, actor, audit.Action.COURSE_DISCARDED, kind="course", id=course_id)


def copied(session: Session, source: Course, person_id: int) -> Course:
    """The next edition of a course: everything the same, its films too."""
    typed = {
        "title": source.title, "summary": source.summary, "year": str(source.year),
        "subject": source.subject.value, "series": source.series, "hours": str(source.hours),
    }  # fmt: skip
    row = Course(
        code=source.code, edition=source.edition + 1, organisation_id=source.organisation_id,
        typed=typed, makers=[person_id], created_by=person_id, saved_at=clock.now(),
        provider=source.provider, shortened=source.shortened, **rules.columns_of(typed),
    )  # fmt: skip
    session.add(row)
    session.flush()
    for lesson, questions in course_content.get_content(session, source).lessons:
        _copy_lesson(session, row, lesson, questions)
    return row


def leave_behind(session: Session, *files: str) -> None:
    """Note files that a draft let go of, for the hour that removes what nothing uses."""
    for name in files:
        if name:
            session.merge(FilmLeftover(file=name, at=clock.now()))


def _copy_lesson(session: Session, row: Course, lesson: Lesson, questions: Any) -> None:
    held = lesson.model_dump(exclude={"id", "course_id", "imported"})
    copy = Lesson(**held, course_id=row.id or 0)
    session.add(copy)
    session.flush()
    session.add_all(
        QuestionRow(**each.model_dump(exclude={"id", "lesson_id"}), lesson_id=copy.id or 0)
        for each in questions
    )
    session.flush()


def _lessons(session: Session, row: Course) -> list[Lesson]:
    found = select(Lesson).where(Lesson.course_id == row.id).order_by(col(Lesson.position))
    return list(session.exec(found).all())


def _forget(session: Session, lesson: Lesson) -> None:
    leave_behind(session, lesson.video_file, lesson.poster_file)
    session.execute(
        update(CourseUpload)
        .where(col(CourseUpload.lesson_id) == lesson.id)
        .values(lesson_id=None, status="failed", reason="课时已移除。")
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(QuestionRow).where(col(QuestionRow.lesson_id) == lesson.id))
    session.delete(lesson)
    session.flush()


def _title(title: str) -> str:
    said = " ".join(title.split())
    if not 1 <= len(said) <= LONGEST_TITLE:
        raise Invalid({"lesson": f"请填写课时名称，不超过{LONGEST_TITLE}个字。"})
    return said


def _free_code(session: Session, year: str) -> str:
    while True:
        code = f"{year}-{secrets.randbelow(10**8):08d}"
        taken = select(func.count()).select_from(Course).where(Course.code == code)
        if not session.exec(taken).one():
            return code


def require_still_open(row: Course) -> None:
    """Conflict when a course was sent in meanwhile."""
    if row.status not in OPEN:
        raise Conflict("课程已提交审核，视频没有换上。")
