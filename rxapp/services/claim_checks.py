"""What must hold between claims, the ledger and the counted queues, proved from the rows."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp.models.applications import QueueTotal
from rxapp.models.claims import Claim
from rxapp.models.credits import Credit
from rxapp.rules.claims import Status
from rxapp.services.claim_moves import CLAIMS

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
    """Offices whose counted queue of claims is not what waits there."""
    waiting = dict(
        session.exec(
            select(Claim.office_id, func.count())
            .where(Claim.status == Status.SUBMITTED)
            .group_by(col(Claim.office_id))
        ).all()
    )
    kept = dict(
        session.exec(
            select(QueueTotal.office_id, QueueTotal.waiting).where(QueueTotal.queue == CLAIMS)
        ).all()
    )
    offices = {office for office in waiting if office is not None} | kept.keys()
    return sorted(each for each in offices if waiting.get(each, 0) != kept.get(each, 0))
