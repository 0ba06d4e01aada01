"""A course moves by one act at a time; of two who act at once the second is told of the first."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict
from rxapp.models.courses import Course, CourseStep, QuestionRow
from rxapp.models.people import Person
from rxapp.rules.courses import TRANSITIONS, Act, Status
from rxapp.rules.permissions import Permission
from rxapp.services import (
    audit,
    course_content,
    course_editions,
    course_films,
    course_scopes,
    messages,
    queues,
    routing,
)
from rxapp.services.actors import Actor

COURSES = "courses"


def move(
    session: Session, actor: Actor, row: Course, act: Act, *, version: int, reason: str = "",
    own: bool = False, **values: object,
) -> None:  # fmt: skip
    """Move an edition by one act; `values` are columns to change with it.

    Conflict names whoever was first, and when.
    """
    leads_to = TRANSITIONS.get((row.status, act))
    if leads_to is None or row.version != version:
        raise Conflict(_tell_who_was_first(session, row))
    before, office_id = row.status, row.office_id
    changed = session.execute(
        update(Course)
        .where(
            col(Course.id) == row.id, col(Course.status) == before, col(Course.version) == version
        )
        .values({"status": leads_to, "version": version + 1, "note": reason} | values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_tell_who_was_first(session, row))
    if before is Status.SUBMITTED and office_id:
        queues.shift(session, office_id, COURSES, -1)
    if row.status is Status.SUBMITTED and row.office_id:
        queues.shift(session, row.office_id, COURSES, +1)
    session.add(
        CourseStep(
            course_id=row.id or 0, act=act, note=reason, own=own, by_id=actor.person_id,
            office_id=actor.office_id, at=clock.now(),
        )
    )  # fmt: skip
    audit.record(
        session, actor, audit.Action.COURSE_MOVED, kind="course", id=row.id, act=act.value,
        edition=row.edition, own=own,
    )  # fmt: skip


def submit(session: Session, actor: Actor, *, course_id: int, version: int) -> str:
    """Send a course in for review; Invalid names everything that is still missing.

    Conflict while a film of it is being received or looked at: it would come too late.
    Sent twice it is sent once. Its facts are what was typed; a question that was left to the
    platform gets its share of the film.
    """
    person_id = actor.require(Permission.COURSE_MAKE)
    known = course_scopes.get_own(session, actor, course_id)
    if known.status is Status.SUBMITTED and known.submitted_by == person_id:
        return _sent(known)
    row = course_scopes.open_draft(session, actor, course_id)
    # Held now, and counted up for having been held: of two windows the older one is told.
    if row.version != version + 1:
        raise Conflict("课程内容刚刚被修改，请核对后再提交，已填写的内容仍在。")
    session.flush()
    course_films.require_settled(session, course_id)
    content = course_content.get_content(session, row)
    manifest = course_content.require_whole(content)
    course_editions.require_family_year(session, row, f"{manifest.year}")
    office = routing.find_office(
        session, row.organisation_id or actor.office_id or 0,
        permission=Permission.COURSE_PUBLISH,
    )  # fmt: skip
    move(
        session, actor, row, Act.SUBMIT, version=row.version, title=manifest.title,
        year=manifest.year, subject=manifest.subject, series=manifest.series,
        hours=manifest.hours, summary=manifest.summary, office_id=office,
        submitted_at=clock.now(), submitted_by=person_id,
    )  # fmt: skip
    return _sent(row)


def recall(session: Session, actor: Actor, *, course_id: int, version: int) -> str:
    """Take a course that waits for review back to change it."""
    actor.require(Permission.COURSE_MAKE)
    row = course_scopes.get_own(session, actor, course_id)
    if row.status is Status.DRAFT:
        return "已收回，可以修改。"
    move(session, actor, row, Act.RECALL, version=version)
    return "已收回，可以修改。"


def freeze_reviews(session: Session, row: Course) -> None:
    """Write down the stretch of film that each question reviews, once and for all."""
    for lesson, rows in course_content.get_content(session, row).lessons:
        for question in course_content.questions_of(lesson, rows):
            stored = session.get_one(QuestionRow, question.id)
            stored.review_from_ms = question.review_from_ms
            stored.review_to_ms = question.review_to_ms
            session.add(stored)
    session.flush()


def tell_makers(session: Session, row: Course, title: str, body: str) -> None:
    """Leave a message for everybody who made some of a course and still works for its office."""
    clerks = routing.list_clerks(session, row.organisation_id) if row.organisation_id else []
    for person_id in row.makers:
        if not row.organisation_id or person_id in clerks:
            messages.send(
                session, to=person_id, title=title, body=body, href=routes.desk_course(row.id or 0)
            )


def list_steps(session: Session, row: Course) -> list[tuple[CourseStep, str]]:
    """Every act on an edition, the oldest first, with the name of whose it was."""
    rows = session.exec(
        select(CourseStep, Person.name)
        .join(Person, col(Person.id) == CourseStep.by_id, isouter=True)
        .where(CourseStep.course_id == row.id)
        .order_by(col(CourseStep.id))
    ).all()
    return [(step, name or "系统") for step, name in rows]


def _sent(row: Course) -> str:
    return f"“{row.title}”已提交市人力资源社会保障局审核，审核结果会发消息告知。"


def _tell_who_was_first(session: Session, row: Course) -> str:
    steps = list_steps(session, row)
    if not steps:
        return "课程已在别处修改，请刷新后再试，已填写的内容仍在。"
    last, who = steps[-1]
    at = f"{clock.local(last.at):%Y-%m-%d %H:%M}"
    return f"课程已由{who}于{at}办理（{last.act.label}），请刷新后查看。"
