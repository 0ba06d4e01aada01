"""What must hold between claims, the ledger and the counted queues, proved from the rows."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp.models.applications import QueueTotal
from rxapp.models.claims import Claim
from rxapp.models.credits import Credit
from rxapp.rules.claims import Status, Step
from rxapp.services.claim_moves import CLAIMS, STEP_QUEUES

SHOWN = 20


def find_unfounded(session: Session) -> list[int]:
    """Claims whose state and ledger line do not agree: granted without one, or the other way."""
    without = select(Claim.id).where(Claim.status == Status.GRANTED, col(Claim.credit_id).is_(None))
    beyond = select(Claim.id).where(
        Claim.status != Status.GRANTED, col(Claim.credit_id).is_not(None)
    )
    undone = select(Credit.reverses_id).where(col(Credit.reverses_id).is_not(None))
    reversed_line = select(Claim.id).where(
        Claim.status == Status.GRANTED, col(Claim.credit_id).in_(undone)
    )
    other = (
        select(Claim.id)
        .join(Credit, col(Credit.id) == Claim.credit_id)
        .where((col(Credit.person_id) != Claim.person_id) | (col(Credit.hours) != Claim.hours))
    )
    found: set[int] = set()
    for statement in (without, beyond, reversed_line, other):
        found.update(id for id in session.exec(statement.limit(SHOWN)) if id is not None)
    return sorted(found)


def find_miscounted(session: Session) -> list[int]:
    """Offices whose counted queues of claims, in all and step by step, are not what waits there."""
    waiting: dict[tuple[int, str], int] = {}
    for office, step, count in session.exec(
        select(Claim.office_id, Claim.step, func.count())
        .where(Claim.status == Status.SUBMITTED, col(Claim.office_id).is_not(None))
        .group_by(col(Claim.office_id), col(Claim.step))
    ):
        for queue in (CLAIMS, STEP_QUEUES[Step(step)]):
            key = (office or 0, queue)
            waiting[key] = waiting.get(key, 0) + count
    kept = {
        (row.office_id, row.queue): row.waiting
        for row in session.exec(
            select(QueueTotal).where(col(QueueTotal.queue).in_((CLAIMS, *STEP_QUEUES.values())))
        )
    }
    keys = waiting.keys() | kept.keys()
    return sorted({key[0] for key in keys if waiting.get(key, 0) != kept.get(key, 0)})
