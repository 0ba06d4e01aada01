"""What those who enrolled in a class are told, however many they are, in two statements."""

from sqlalchemy import insert, literal, update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.models.messages import Message
from rxapp.models.people import Person
from rxapp.models.projects import Enrolment, Project
from rxapp.services import messages, routing


def tell_cancelled(session: Session, row: Project, reason: str) -> None:
    """Tell those who enrolled, and the bureau's clerks, that a class will not be held."""
    tell_enrolled(
        session, row, title="培训已取消", body=f"您报名的“{row.title}”已取消，原因：{reason}。"
    )
    for clerk in routing.list_clerks(session, row.office_id or 0):
        messages.send(
            session, to=clerk, title="培训项目已取消",
            body=f"已备案的“{row.title}”由举办单位取消，原因：{reason}。",
        )  # fmt: skip


def tell_enrolled(session: Session, row: Project, *, title: str, body: str) -> None:
    """Leave a message for everybody who has a place in a class."""
    placed = select(Enrolment.person_id).where(
        Enrolment.project_id == row.id, col(Enrolment.ended_at).is_(None)
    )
    told = placed.add_columns(
        literal(title), literal(body), literal(routes.class_page(row.id or 0)),
        literal(clock.now(), type_=Message.__table__.c.at.type),  # type: ignore[attr-defined]
    )  # fmt: skip
    session.execute(insert(Message).from_select(["person_id", "title", "body", "href", "at"], told))
    session.execute(
        update(Person)
        .where(col(Person.id).in_(placed))
        .values(unread=Person.unread + 1)
        .execution_options(synchronize_session=False)
    )
