"""The line of a sample from which a matter begins."""

from dataclasses import dataclass

from sqlmodel import Session

from rxapp.models.supervision import InspectionItem


@dataclass(frozen=True)
class Inspected:
    """What was found on one line of a sample."""

    claim_id: int
    finding: str
    note: str


def find_item(session: Session, item_id: int) -> Inspected | None:
    """The line with this id, or None when there is none; its claim is judged by the caller."""
    row = session.get(InspectionItem, item_id) if item_id else None
    return Inspected(row.claim_id, row.finding or "", row.note or "") if row else None
