"""Orders and records of responsibility as lists, and one order with what was reported on it."""

from dataclasses import dataclass

from sqlalchemy import or_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import NotFound
from rxapp.models.cases import RectificationOrder, ResponsibilityRecord
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.cases import OrderStatus
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.permissions import Permission
from rxapp.services import case_lines, cases, rectifications, scopes
from rxapp.services.actors import Actor
from rxapp.services.case_lines import LineView

PAGE = 30
TONES = {
    OrderStatus.ISSUED: "warn", OrderStatus.REPORTED: "accent", OrderStatus.EXTENDED: "warn",
    OrderStatus.LIFTED: "good",
}  # fmt: skip


@dataclass(frozen=True)
class OrderRow:
    """One order of a list."""

    id: int
    number: str
    organisation: str
    due_on: str
    status: str
    tone: str
    href: str


@dataclass(frozen=True)
class OrderPage:
    """Some orders, the newest first; `next_before` is 0 at the end."""

    rows: list[OrderRow]
    next_before: int


@dataclass(frozen=True)
class OrderDetail:
    """One order with its lines."""

    id: int
    version: int
    number: str
    organisation: str
    office: str
    reason: str
    basis: str
    due_on: str
    overdue: bool
    status: str
    tone: str
    moved: int
    # Claims that still lie before the organisation: handing them up did not come to its end.
    left: bool
    lines: list[LineView]
    may_report: bool
    may_decide: bool
    case: str


@dataclass(frozen=True)
class ResponsibilityRow:
    """One record of a reviewer's responsibility."""

    id: int
    name: str
    office: str
    claim: str
    step: str
    reason: str
    basis: str
    at: str


@dataclass(frozen=True)
class ResponsibilityPage:
    """Some records, the newest first; `next_before` is 0 at the end."""

    rows: list[ResponsibilityRow]
    next_before: int


def list_orders(session: Session, actor: Actor, *, before: int = 0) -> OrderPage:
    """The orders of one's bureau and those below, or those to one's own organisation."""
    actor.require(Permission.STAFF)
    mine = scopes.office_ids(actor, Permission.STAFF)
    seen = or_(
        scopes.within(actor, Permission.SUPERVISE),
        col(RectificationOrder.organisation_id).in_(mine),
    )
    statement = (
        select(RectificationOrder)
        .join(Organisation, col(Organisation.id) == RectificationOrder.office_id)
        .where(seen)
        .order_by(col(RectificationOrder.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(RectificationOrder.id) < before)
    found = session.exec(statement).all()
    rows = [_row(session, row) for row in found[:PAGE]]
    return OrderPage(rows, rows[-1].id if len(found) > PAGE else 0)


def get_order(session: Session, actor: Actor, order_id: int) -> OrderDetail:
    """One order for its bureau or for the organisation that must put things right."""
    actor.require(Permission.STAFF)
    of_bureau = actor.may(Permission.SUPERVISE)
    try:
        row = (rectifications.find if of_bureau else rectifications.find_of_office)(
            session, actor, order_id
        )
    except NotFound:
        row, of_bureau = rectifications.find_of_office(session, actor, order_id), False
    mine = row.organisation_id in [office.organisation_id for office in actor.offices]
    is_open = row.status is not OrderStatus.LIFTED
    lines = case_lines.list_of_order(session, row)
    organisation = session.get_one(Organisation, row.organisation_id)
    return OrderDetail(
        id=row.id or 0, version=row.version, number=row.number, organisation=organisation.name,
        office=session.get_one(Organisation, row.office_id).name, reason=row.reason,
        basis=row.basis, due_on=cases.day_text(row.due_on),
        overdue=is_open and clock.today() > row.due_on, status=row.status.label,
        tone=TONES[row.status], moved=row.moved, left=of_bureau and is_open and _left(session, row),
        lines=lines, may_report=mine and is_open,
        may_decide=of_bureau and is_open and not mine,
        case=routes.desk_case(row.case_id) if of_bureau and row.case_id else "",
    )  # fmt: skip


def list_responsibility(session: Session, actor: Actor, *, before: int = 0) -> ResponsibilityPage:
    """Who answers for a review, for the offices above the reviewer's and the bureaus."""
    actor.require(Permission.STAFF)
    above = scopes.within(actor, Permission.ORGANISATION_EDIT)
    own = scopes.office_ids(actor, Permission.STAFF)
    supervised = scopes.within(actor, Permission.SUPERVISE)
    where = or_(supervised, above & col(Organisation.id).not_in(own))
    return _responsibility(session, where, before)


def list_own_responsibility(session: Session, actor: Actor) -> list[ResponsibilityRow]:
    """What one answers for oneself as a reviewer."""
    person_id = actor.require(Permission.LEARN)
    return _responsibility(session, ResponsibilityRecord.person_id == person_id, 0).rows


def _left(session: Session, row: RectificationOrder) -> bool:
    found = session.exec(
        select(Claim.id).where(
            Claim.office_id == row.organisation_id, Claim.status == ClaimStatus.SUBMITTED
        )
    ).first()
    return found is not None


def _row(session: Session, row: RectificationOrder) -> OrderRow:
    return OrderRow(
        id=row.id or 0, number=row.number,
        organisation=session.get_one(Organisation, row.organisation_id).name,
        due_on=cases.day_text(row.due_on), status=row.status.label, tone=TONES[row.status],
        href=routes.desk_order(row.id or 0),
    )  # fmt: skip


def _responsibility(session: Session, where, before: int) -> ResponsibilityPage:  # type: ignore[no-untyped-def]
    statement = (
        select(ResponsibilityRecord, Person.name, Organisation.name, ClaimDecision)
        .join(Person, col(Person.id) == ResponsibilityRecord.person_id)
        .join(Organisation, col(Organisation.id) == ResponsibilityRecord.office_id)
        .join(ClaimDecision, col(ClaimDecision.id) == ResponsibilityRecord.decision_id)
        .where(where)
        .order_by(col(ResponsibilityRecord.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(ResponsibilityRecord.id) < before)
    found = session.exec(statement).all()
    rows = [
        ResponsibilityRow(
            row.id or 0, who, office, session.get_one(Claim, row.claim_id).title,
            made.step.label, row.reason, row.basis,
            f"{clock.local(row.decided_at):%Y-%m-%d %H:%M}",
        )
        for row, who, office, made in found[:PAGE]
    ]  # fmt: skip
    return ResponsibilityPage(rows, rows[-1].id if len(found) > PAGE else 0)
