"""Whether an organisation is under an order to put things right, and what that forbids."""

from sqlmodel import Session, select

from rxapp.errors import NotPermitted
from rxapp.models.cases import RectificationOrder
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.rules.cases import OrderStatus
from rxapp.services.actors import Actor


def require_lifted(session: Session, claim: Claim) -> None:
    """Refuse what was dismissed with all its organisation had, while that must put things right."""
    open_one = find_open(session, claim.organisation_id) or find_open(session, claim.office_id)
    if open_one is not None:
        office = session.get_one(Organisation, open_one.organisation_id)
        raise NotPermitted(
            f"{office.name}正在限期整改，期限到{_day(open_one)}，解除后可以再次提交。"
            "已填写的内容和首次提交的日期都保留。"
        )


def require_reviewing(session: Session, actor: Actor, office_id: int | None) -> None:
    """Refuse a reviewer whose own office may not review until an order is lifted."""
    if office_id not in [office.organisation_id for office in actor.offices]:
        return
    office = session.get_one(Organisation, office_id)
    if not office.reviews_claims:
        raise NotPermitted("本单位正在限期整改，整改解除前学时由上级单位审核。")


def find_open(session: Session, organisation_id: int | None) -> RectificationOrder | None:
    """The order an organisation is under now, if any."""
    return session.exec(
        select(RectificationOrder).where(
            RectificationOrder.organisation_id == organisation_id,
            RectificationOrder.status != OrderStatus.LIFTED,
        )
    ).first()


def _day(row: RectificationOrder) -> str:
    return f"{row.due_on.year}年{row.due_on.month}月{row.due_on.day}日"
