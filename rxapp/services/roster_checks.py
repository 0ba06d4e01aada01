"""Whether every posted line stands in the ledger, and nothing else of a class does."""

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from rxapp.models.credits import Credit
from rxapp.models.rosters import RosterLine
from rxapp.rules.rosters import LineState


def find_unfounded(session: Session) -> list[int]:
    """The lines that do not agree with the ledger: posted without it, or otherwise than it says."""
    reversal = select(col(Credit.reverses_id)).where(col(Credit.reverses_id).is_not(None))
    posted = col(RosterLine.state) == LineState.POSTED
    wrong = or_(
        col(Credit.id).is_(None),
        col(Credit.hours) != col(RosterLine.hours),
        col(Credit.person_id) != col(RosterLine.person_id),
        col(Credit.id).in_(reversal),
    )
    rows = session.exec(
        select(RosterLine.id)
        .join(Credit, col(Credit.id) == RosterLine.credit_id, isouter=True)
        .where(or_(and_(posted, wrong), and_(~posted, col(RosterLine.credit_id).is_not(None))))
        .order_by(col(RosterLine.id))
    )
    return [id for id in rows if id is not None]
