"""How much waits for an office, kept in step with what waits, so that no desk counts rows."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp.adapters.upserts import insert_of
from rxapp.models.applications import QueueTotal

APPLICATIONS = "applications"


def count(session: Session, office_ids: list[int], queue: str) -> int:
    """How much waits in a queue of these offices together."""
    rows = session.exec(
        select(QueueTotal.waiting).where(
            col(QueueTotal.office_id).in_(office_ids), QueueTotal.queue == queue
        )
    )
    return sum(rows)


def shift(session: Session, office_id: int, queue: str, by: int) -> None:
    """Count up or down in the transaction of what came or went."""
    insert = insert_of(session)
    session.execute(
        insert(QueueTotal)
        .values(office_id=office_id, queue=queue, waiting=0)
        .on_conflict_do_nothing()
    )
    session.execute(
        update(QueueTotal)
        .where(col(QueueTotal.office_id) == office_id, col(QueueTotal.queue) == queue)
        .values(waiting=QueueTotal.waiting + by)
    )
