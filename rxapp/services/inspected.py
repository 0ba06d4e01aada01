"""The line of a sample from which a matter begins, where samples are kept."""

from dataclasses import dataclass

from sqlalchemy import inspect, text
from sqlmodel import Session


@dataclass(frozen=True)
class Inspected:
    """What was found on one line of a sample."""

    claim_id: int
    finding: str
    note: str


def find_item(session: Session, item_id: int) -> Inspected | None:
    """The line with this id, or None when there is none; its claim is judged by the caller."""
    if not item_id or not inspect(session.connection()).has_table("inspection_item"):
        return None
    row = session.execute(
        text("SELECT claim_id, finding, note FROM inspection_item WHERE id = :id"), {"id": item_id}
    ).first()
    return Inspected(row[0] or 0, row[1] or "", row[2] or "") if row else None
