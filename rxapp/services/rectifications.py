"""责令限期整改: an organisation reviews no claims until the bureau lifts the order.

Its queue goes to the level above, in steps that survive a kill. What went there stays there when
the order is lifted: somebody may have begun on it, and two levels never look at the same claim.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.cases import CaseEntry, RectificationOrder, SupervisionCase
from rxapp.models.organisations import Organisation
from rxapp.rules.cases import (
    LONGEST_REASON,
    ORDER_TRANSITIONS,
    Entry,
    OrderAct,
    OrderStatus,
    Side,
    parse_due,
    parse_grounds,
    parse_text,
)
from rxapp.rules.permissions import Permission
from rxapp.services import (
    audit,
    case_files,
    case_measures,
    cases,
    claim_rerouting,
    rectification_status,
    scopes,
    tree,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import Word

AT_ONCE = 100
NOT_FOUND = "没有找到这份整改通知，可能不在您的管理范围内。"
_STALE = "这份整改通知已在别处办理，请刷新后查看，已填写的内容仍在。"


def issue(
    session: Session, actor: Actor, *, case_id: int, organisation_id: int, reason: str,
    basis: str, due_on: str,
) -> int:  # fmt: skip
    """Order an organisation of a decided matter to put things right by a day; returns its id.

    From this moment on it reviews no claims. Pressed twice it is one order; Conflict while an
    older one is open.
    """
    row = cases.find_decided(session, actor, case_id)
    organisation = case_measures.find_concerned(session, actor, row, organisation_id)
    session.refresh(organisation, with_for_update=True)
    if known := rectification_status.find_open(session, organisation.id):
        if known.case_id == row.id:
            return known.id or 0
        raise Conflict(
            f"该单位正在限期整改（编号 {known.number}，至{cases.day_text(known.due_on)}），"
            "请办理那一份，已填写的内容仍在。"
        )
    why, ground = parse_grounds(reason, basis)
    due = parse_due(due_on, clock.today())
    order = RectificationOrder(
        number=cases.draw_number(session, RectificationOrder), case_id=row.id, reason=why,
        organisation_id=organisation.id or 0, office_id=cases.office_for(session, actor, row),
        basis=ground, due_on=due, ordered_by=actor.person_id or 0, ordered_at=clock.now(),
    )  # fmt: skip
    session.add(order)
    session.flush()
    cases.add_entry(
        session, actor, Entry.ORDERED, case=row, order_id=order.id, text=why, basis=ground,
        organisation=organisation.id, due_on=due.isoformat(),
    )  # fmt: skip
    _set_reviews(session, actor, organisation, False, why)
    case_measures.note_measure(session, actor, row, Entry.ORDERED)
    _note(session, actor, order, "issue")
    _tell(
        session, order,
        f"本单位须在{cases.day_text(due)}前整改并提交报告：{why}。整改期间不办理学时审核，"
        "待审核的申报转上级单位办理。",
    )  # fmt: skip
    return order.id or 0


def move_queue(session: Session, actor: Actor, *, order_id: int) -> bool:
    """Hand the next claims before the organisation to the level above; whether more are left."""
    order = find(session, actor, order_id, lock=True)
    _require_free(actor, order)
    if order.status is OrderStatus.LIFTED:
        return False
    word = Word(note="所在环节的单位限期整改，转上级单位办理", office_id=order.office_id)
    claims = claim_rerouting.list_waiting(session, order.organisation_id, AT_ONCE)
    moved = sum(claim_rerouting.hand_up(session, actor, claim, word) for claim in claims)
    order.moved += moved
    session.add(order)
    session.flush()
    return moved == AT_ONCE


def report(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """The organisation's clerk reports what was put right, with proof; more may follow."""
    order = find_of_office(session, actor, cases.number_of(typed.get("order", "")))
    key = cases.hold_request(session, actor, typed)
    if key and session.exec(select(CaseEntry.id).where(CaseEntry.request_hash == key)).first():
        return order.id or 0
    session.refresh(order, with_for_update=True)
    if (order.status, OrderAct.REPORT) not in ORDER_TRANSITIONS:
        raise Conflict("整改已解除，不需要再报告，已填写的内容仍在。")
    said = parse_text(typed.get("text", ""), "text", "整改报告")
    late = clock.today() > order.due_on
    _move(session, order, OrderAct.REPORT, order.version, report=said, reported_at=clock.now())
    entry = _enter(
        session, actor, order, Entry.REPORTED, said, side=Side.ORGANISATION, late=late,
        request=key, office_id=order.organisation_id,
    )  # fmt: skip
    case_files.take_up(session, typed, entry, Side.ORGANISATION)
    _note(session, actor, order, OrderAct.REPORT.value, late=late)
    cases.tell_office(
        session, order.office_id, "收到整改报告", f"编号 {order.number} 的限期整改已提交报告。",
        routes.desk_order(order.id or 0),
    )  # fmt: skip
    return order.id or 0


def lift(session: Session, actor: Actor, *, order_id: int, reason: str, version: int) -> str:
    """Let the organisation review again; what went to the level above is finished there."""
    order = find(session, actor, order_id, lock=True)
    _require_free(actor, order)
    said = "整改已解除，该单位恢复学时审核；已转上级的申报由上级办结。"
    if order.status is OrderStatus.LIFTED and order.lifted_by == actor.person_id:
        return said
    why = parse_text(reason, "reason", "理由", LONGEST_REASON)
    _move(session, order, OrderAct.LIFT, version, lifted_by=actor.person_id, lifted_at=clock.now())
    _enter(session, actor, order, Entry.LIFTED, why)
    organisation = session.get_one(
        Organisation, order.organisation_id, with_for_update=True, populate_existing=True
    )
    _set_reviews(session, actor, organisation, True, why)
    _note(session, actor, order, OrderAct.LIFT.value)
    _tell(session, order, f"限期整改（编号 {order.number}）已解除：{why}。本单位恢复学时审核。")
    return said


def extend(
    session: Session, actor: Actor, *, order_id: int, due_on: str, reason: str, version: int
) -> str:
    """Give the organisation until a later day, with the reason."""
    order = find(session, actor, order_id, lock=True)
    _require_free(actor, order)
    if order.version == version + 1 and due_on.strip() == order.due_on.isoformat():
        return f"整改期限已延长到{cases.day_text(order.due_on)}。"
    why = parse_text(reason, "reason", "理由", LONGEST_REASON)
    due, before = parse_due(due_on, clock.today(), after=order.due_on), order.due_on
    _move(session, order, OrderAct.EXTEND, version, due_on=due)
    _enter(
        session, actor, order, Entry.EXTENDED, why, before=before.isoformat(),
        due_on=due.isoformat(),
    )  # fmt: skip
    _note(session, actor, order, OrderAct.EXTEND.value)
    said = f"整改期限已延长到{cases.day_text(due)}。"
    _tell(session, order, f"限期整改（编号 {order.number}）的{said}理由：{why}")
    return said


def find(
    session: Session, actor: Actor, order_id: int, *, lock: bool = False
) -> RectificationOrder:
    """An order of one's own bureau or of one below; NotFound for any other."""
    actor.require(Permission.SUPERVISE)
    statement = (
        select(RectificationOrder)
        .join(Organisation, col(Organisation.id) == RectificationOrder.office_id)
        .where(RectificationOrder.id == order_id, scopes.within(actor, Permission.SUPERVISE))
    )
    if lock:
        statement = statement.with_for_update(of=RectificationOrder)
    return _one(session.exec(statement.execution_options(populate_existing=lock)).first())


def find_of_office(session: Session, actor: Actor, order_id: int) -> RectificationOrder:
    """An order to an organisation one works for; NotFound for any other."""
    actor.require(Permission.STAFF)
    mine = scopes.office_ids(actor, Permission.STAFF)
    return _one(
        session.exec(
            select(RectificationOrder).where(
                RectificationOrder.id == order_id,
                col(RectificationOrder.organisation_id).in_(mine),
            )
        ).first()
    )


def _move(
    session: Session, order: RectificationOrder, act: OrderAct, version: int, **values: Any
) -> None:
    leads_to = ORDER_TRANSITIONS.get((order.status, act))
    if leads_to is None or order.version != version:
        raise Conflict(_STALE)
    changed = session.execute(
        update(RectificationOrder)
        .where(
            col(RectificationOrder.id) == order.id, col(RectificationOrder.version) == version,
            col(RectificationOrder.status) == order.status,
        )
        .values(status=leads_to, version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_STALE)
    session.refresh(order)


def _enter(
    session: Session, actor: Actor, order: RectificationOrder, kind: Entry, text: str, **rest: Any
) -> CaseEntry:
    case = session.get(SupervisionCase, order.case_id or 0)
    return cases.add_entry(session, actor, kind, case=case, order_id=order.id, text=text, **rest)


def _set_reviews(
    session: Session, actor: Actor, organisation: Organisation, reviews: bool, why: str
) -> None:
    organisation.reviews_claims = reviews
    organisation.version += 1
    session.add(organisation)
    session.flush()
    tree.note_change(session, actor, organisation, "lifted" if reviews else "ordered", why)


def _require_free(actor: Actor, order: RectificationOrder) -> None:
    if order.organisation_id in [office.organisation_id for office in actor.offices]:
        raise NotPermitted("不能办理涉及本单位的整改，请由上级部门办理。")


def _note(
    session: Session, actor: Actor, order: RectificationOrder, act: str, **detail: Any
) -> None:
    audit.record(
        session, actor, audit.Action.ORDER_MOVED, kind="order", id=order.id, act=act,
        organisation=order.organisation_id, **detail,
    )  # fmt: skip


def _tell(session: Session, order: RectificationOrder, body: str) -> None:
    cases.tell_office(
        session, order.organisation_id, "限期整改", body, routes.desk_order(order.id or 0)
    )


def _one(found: RectificationOrder | None) -> RectificationOrder:
    if found is None:
        raise NotFound(NOT_FOUND)
    return found
