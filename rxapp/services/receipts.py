"""How an application stands: told to whoever has its receipt number, changed with the mobile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation
from rxapp.rules import identity, receipts
from rxapp.rules.applications import Kind, Status, Verdict
from rxapp.services import applications
from rxapp.services.actors import Actor

UNKNOWN = "没有找到该受理编号的申请，请对照回执核对。"
NOT_THE_MOBILE = "手机号码与提交申请时填写的不一致，请核对。"


@dataclass(frozen=True)
class StepLine:
    """One thing that happened to it; no names of people."""

    at: str
    text: str
    note: str


@dataclass(frozen=True)
class ReceiptView:
    """What the receipt number shows: no number, no name, nothing typed."""

    number: str
    kind: str
    status: str
    turn: str
    since: str
    open: bool
    returned: bool
    reason: str
    correct_at: str
    by_mobile: bool
    steps: list[StepLine]


def get_receipt(session: Session, _actor: Actor, *, number: str) -> ReceiptView:
    """How an application stands, for anyone who has the number; NotFound for an unknown one."""
    row = _find(session, number)
    made = applications.list_decisions(session, row)
    returned = row.status is Status.RETURNED
    reasons = [d.note for d, _, _ in made if d.verdict in (Verdict.RETURN, Verdict.REJECT)]
    return ReceiptView(
        number=row.number,
        kind=row.kind.label,
        status=row.status.label,
        turn=_turn(session, row),
        since=_moment(row.waiting_since),
        open=row.status in (Status.SUBMITTED, Status.RETURNED),
        returned=returned,
        reason=reasons[-1] if reasons and row.status in _REFUSED else "",
        correct_at=_WHERE.get(row.kind, "") if returned else "",
        by_mobile=bool(row.mobile_hash),
        steps=[
            StepLine(_moment(d.at), f"{office or '申请人'}：{d.verdict.label}", d.note)
            for d, office, _ in made
        ],
    )


def open_again(session: Session, _actor: Actor, *, number: str, mobile: str) -> dict[str, Any]:
    """What was typed, for correcting a returned application; never the number or the password."""
    row = find_returned(session, number, mobile)
    typed = applications.read(row)
    kept = {k: v for k, v in typed.items() if k not in ("identity_number", "password_hash")}
    return {**kept, "organisation_id": row.organisation_id or 0}


def withdraw(session: Session, actor: Actor, *, number: str, mobile: str) -> ReceiptView:
    """Take an application back."""
    row = _find(session, number)
    _require_mobile(row, mobile)
    if row.status not in (Status.SUBMITTED, Status.RETURNED):
        raise Conflict(applications.tell_who_decided(session, row))
    applications.move(session, actor, row, Verdict.WITHDRAW, version=row.version)
    return get_receipt(session, actor, number=number)


def find_returned(session: Session, number: str, mobile: str) -> Application:
    """A returned application that may be sent again by whoever knows its number and mobile."""
    row = _find(session, number)
    _require_mobile(row, mobile)
    if row.status is not Status.RETURNED:
        raise Conflict("该申请目前不需要修改，请查询办理进度。")
    return row


def _find(session: Session, number: str) -> Application:
    row = applications.find_by_number(session, receipts.parse(number))
    if row is None:
        raise NotFound(UNKNOWN)
    return row


def _require_mobile(row: Application, mobile: str) -> None:
    hashed = data_keys().hash(identity.parse_mobile(mobile), context="mobile")
    if not row.mobile_hash or hashed != row.mobile_hash:
        raise Invalid({"mobile": NOT_THE_MOBILE})


def _turn(session: Session, row: Application) -> str:
    if row.status is Status.RETURNED:
        return "请您修改后重新提交"
    if row.status is not Status.SUBMITTED:
        return "已办结"
    office = session.get(Organisation, row.office_id)
    return f"由{office.name if office else ''}办理"


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}"


_REFUSED = (Status.RETURNED, Status.REJECTED)
_WHERE = {
    Kind.PERSON: routes.REGISTER,
    Kind.ORGANISATION: routes.REGISTER_ORGANISATION,
}
