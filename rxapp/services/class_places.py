"""A place in a class: taken and given up by one press, never more than there are."""

from sqlalchemy import update
from sqlmodel import Session, col

from rxapp import clock
from rxapp.adapters.upserts import insert_of
from rxapp.errors import Conflict, NotFound
from rxapp.models.projects import Enrolment, Project
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import Status
from rxapp.services import audit
from rxapp.services.actors import Actor
from rxapp.services.project_moves import LARGEST_ID


def enrol(session: Session, actor: Actor, *, project_id: int) -> None:
    """Take a place in an approved class before it begins; pressed twice it is one place."""
    person_id = actor.require(Permission.LEARN)
    row = _find(session, project_id)
    if not _put_down(session, row, person_id):
        return
    # The last place goes to one person, however many press at once.
    taken = session.execute(
        update(Project)
        .where(
            col(Project.id) == row.id, col(Project.status) == Status.APPROVED.value,
            col(Project.enrolled) < Project.capacity, col(Project.starts_on) > clock.today(),
        )
        .values(enrolled=Project.enrolled + 1)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        raise Conflict(_why_not(row))
    audit.record(session, actor, audit.Action.PROJECT_ENROLLED, kind="project", id=row.id)


def leave(session: Session, actor: Actor, *, project_id: int) -> None:
    """Give the place up before the class begins; pressed twice it is given up once."""
    person_id = actor.require(Permission.LEARN)
    row = _find(session, project_id)
    if row.starts_on is None or row.starts_on <= clock.today():
        raise Conflict("培训班已经开班，报名不能再取消，确有原因的请联系举办单位。")
    ended = session.execute(
        update(Enrolment)
        .where(
            col(Enrolment.project_id) == row.id, col(Enrolment.person_id) == person_id,
            col(Enrolment.ended_at).is_(None),
        )
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        return
    session.execute(
        update(Project)
        .where(col(Project.id) == row.id)
        .values(enrolled=Project.enrolled - 1)
        .execution_options(synchronize_session=False)
    )
    audit.record(session, actor, audit.Action.PROJECT_LEFT, kind="project", id=row.id)


def _find(session: Session, project_id: int) -> Project:
    row = session.get(Project, project_id) if 0 < project_id < LARGEST_ID else None
    # What was cancelled is still known to whoever had a place in it.
    if row is None or row.edition == 0:
        raise NotFound("没有找到这个培训班。")
    return row


def _put_down(session: Session, row: Project, person_id: int) -> bool:
    """Write the enrolment down, or once more after it was given up; False when it stands."""
    insert = insert_of(session)
    written = session.execute(
        insert(Enrolment)
        .values(project_id=row.id, person_id=person_id, at=clock.now())
        .on_conflict_do_update(
            index_elements=["project_id", "person_id"],
            set_={"ended_at": None, "at": clock.now()},
            where=col(Enrolment.ended_at).is_not(None),
        )
        .returning(col(Enrolment.id))
    )
    return written.first() is not None


def _why_not(row: Project) -> str:
    if row.status is not Status.APPROVED:
        return "这个培训班已取消，不能报名。"
    if row.starts_on is None or row.starts_on <= clock.today():
        return "培训班已经开班，报名已结束。"
    return f"名额已满（{row.capacity}人），没有报上。有人取消报名后可以再试。"
