"""The line of a sample from which a matter begins: found in one's subtree, tied to the matter."""

from dataclasses import dataclass

from sqlmodel import Session

from rxapp.errors import Conflict, Invalid
from rxapp.models.supervision import InspectionItem
from rxapp.services import inspections
from rxapp.services.actors import Actor


@dataclass(frozen=True)
class Inspected:
    """What was found on one line of a sample."""

    claim_id: int
    finding: str
    note: str


def find_item(session: Session, actor: Actor, item_id: int) -> Inspected | None:
    """A line of a sample of one's subtree; None without an id, NotFound for any other."""
    if not item_id:
        return None
    _, item = inspections.find_item(session, actor, item_id)
    return Inspected(item.claim_id, item.finding.value if item.finding else "", item.note)


def hold_item(
    session: Session, actor: Actor, item_id: int, claim_id: int | None
) -> InspectionItem | None:
    """The line a matter about this claim begins with, held; Conflict when one began with it."""
    if not item_id:
        return None
    _, item = inspections.find_item(session, actor, item_id)
    session.refresh(item, with_for_update=True)
    if item.claim_id != claim_id:
        raise Invalid({"number": "这条抽查记录不是这项申报的，请从抽查清单重新打开。"})
    if item.case_id is not None:
        raise Conflict("这条抽查记录已经转入处理，请刷新抽查清单后查看，已填写的内容仍在。")
    return item


def tie(session: Session, item: InspectionItem | None, case_id: int | None) -> None:
    """From now on the finding stands: a matter followed from it."""
    if item is not None:
        item.case_id, item.version = case_id, item.version + 1
        session.add(item)
        session.flush()
