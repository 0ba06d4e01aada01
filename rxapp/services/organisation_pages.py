"""The organisations of one's subtree: the list, and one organisation's own page."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, func, type_coerce
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import NotFound
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation, OrganisationChange, OrganisationStatus
from rxapp.models.people import Membership, Person
from rxapp.rules.applications import Kind, Status
from rxapp.rules.permissions import CAPACITY_LABELS, Capacity, Permission
from rxapp.services import organisation_search, routing, scopes
from rxapp.services.actors import Actor

PAGE = 30
STATUS_LABELS = {
    OrganisationStatus.ACTIVE: "正常", OrganisationStatus.SUSPENDED: "已暂停",
    OrganisationStatus.MERGED: "已合并", OrganisationStatus.CLOSED: "已注销",
}  # fmt: skip
CHANGE_LABELS = {
    "registered": "注册", "details": "信息更正", "moved": "移动", "merged": "并入其他单位",
    "absorbed": "其他单位并入", "suspended": "暂停", "resumed": "恢复", "closed": "注销",
    "ordered": "责令限期整改", "lifted": "解除整改",
}  # fmt: skip
_DETAIL_LABELS = {
    "name": "名称", "credit_code": "统一社会信用代码", "address": "地址", "contact_name": "联系人",
}  # fmt: skip


@dataclass(frozen=True)
class OrganisationRow:
    """One organisation of a list."""

    id: int
    name: str
    capacities: str
    above: str
    credit_code: str
    status: str
    level: int


@dataclass(frozen=True)
class OrganisationPage:
    """One page of organisations in the order of the tree; `next_after` is empty on the last."""

    rows: list[OrganisationRow]
    next_after: str


@dataclass(frozen=True)
class ChangeLine:
    """One change in an organisation's history."""

    at: str
    what: str
    detail: str
    note: str
    who: str


@dataclass(frozen=True)
class ClerkLine:
    """One clerk of an organisation."""

    name: str
    since: str


@dataclass(frozen=True)
class OrganisationDetail:
    """One organisation's page; `may_edit` when one's office stands above it."""

    id: int
    name: str
    capacities: str
    status: str
    active: bool
    suspended: bool
    ended: bool
    credit_code: str
    address: str
    contact_name: str
    contact_phone: str
    line: str
    people: int
    below: int
    clerks: list[ClerkLine]
    changes: list[ChangeLine]
    merged_into: str
    may_edit: bool
    version: int


@dataclass(frozen=True)
class PendingRow:
    """An organisation that applied to be registered."""

    application_id: int
    name: str
    office: str
    since: str


def list_organisations(
    session: Session, actor: Actor, *, query: str = "", capacity: str = "", status: str = "",
    after: str = "",
) -> OrganisationPage:  # fmt: skip
    """The organisations of one's subtree in the order of the tree, thirty a page, by key."""
    actor.require(Permission.ORGANISATION_READ)
    above = select(col(Organisation.id), col(Organisation.name)).subquery()
    statement = (
        select(Organisation, above.c.name)
        .join(above, above.c.id == Organisation.parent_id, isouter=True)
        .where(scopes.within(actor, Permission.ORGANISATION_READ), col(Organisation.path) > after)
        .order_by(col(Organisation.path))
        .limit(PAGE + 1)
    )
    for condition in _conditions(query, capacity, status):
        statement = statement.where(condition)
    found = session.exec(statement).all()
    rows = [_row(row, up or "") for row, up in found[:PAGE]]
    return OrganisationPage(rows, found[PAGE - 1][0].path if len(found) > PAGE else "")


def list_pending(session: Session, actor: Actor) -> list[PendingRow]:
    """Organisations that wait for approval in one's subtree, oldest first."""
    actor.require(Permission.ORGANISATION_READ)
    rows = session.exec(
        select(Application, Organisation.name)
        .join(Organisation, col(Organisation.id) == Application.office_id)
        .where(
            Application.kind == Kind.ORGANISATION, Application.status == Status.SUBMITTED,
            scopes.within(actor, Permission.REVIEW),
        )
        .order_by(col(Application.waiting_since))
        .limit(PAGE)
    ).all()  # fmt: skip
    return [
        PendingRow(row.id or 0, row.title, office, _moment(row.waiting_since))
        for row, office in rows
    ]


def get_organisation(session: Session, actor: Actor, organisation_id: int) -> OrganisationDetail:
    """One organisation of one's subtree, with its clerks and its history."""
    actor.require(Permission.ORGANISATION_READ)
    row = session.exec(
        select(Organisation).where(
            Organisation.id == organisation_id, scopes.within(actor, Permission.ORGANISATION_READ)
        )
    ).first()
    if row is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    merged = session.get(Organisation, row.merged_into_id) if row.merged_into_id else None
    ended = row.status in (OrganisationStatus.MERGED, OrganisationStatus.CLOSED)
    return OrganisationDetail(
        id=row.id or 0,
        name=row.name,
        capacities=_capacities(row),
        status=STATUS_LABELS[row.status],
        active=row.status is OrganisationStatus.ACTIVE,
        suspended=row.status is OrganisationStatus.SUSPENDED,
        ended=ended,
        credit_code=row.credit_code or "",
        address=row.address,
        contact_name=row.contact_name,
        contact_phone=_phone(row),
        line=" › ".join(each.name for each in reversed(routing.line_upwards(session, row.id or 0))),
        people=_count(session, Person.id, Person.organisation_id == row.id),
        below=_count(session, Organisation.id, Organisation.parent_id == row.id),
        clerks=_clerks(session, row),
        changes=_changes(session, row),
        merged_into=merged.name if merged else "",
        may_edit=not ended and scopes.is_above(actor, Permission.ORGANISATION_EDIT, row.path),
        version=row.version,
    )


def _conditions(query: str, capacity: str, status: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if typed := organisation_search.fold(query):
        found.append(organisation_search.matches(typed))
    if capacity in set(Capacity):
        found.append(type_coerce(col(Organisation.capacities), String).contains(f"|{capacity}|"))
    if status in set(OrganisationStatus):
        found.append(col(Organisation.status) == OrganisationStatus(status))
    return found


def _row(row: Organisation, above: str) -> OrganisationRow:
    return OrganisationRow(
        id=row.id or 0,
        name=row.name,
        capacities=_capacities(row),
        above=above,
        credit_code=row.credit_code or "未填写",
        status=STATUS_LABELS[row.status],
        level=row.path.count("/") - 1,
    )


def _capacities(row: Organisation) -> str:
    return "、".join(CAPACITY_LABELS[each] for each in Capacity if each in row.capacities)


def _phone(row: Organisation) -> str:
    # A telephone number of an office, for the offices that deal with it.
    return data_keys().decrypt(row.contact_cipher, context="contact") if row.contact_cipher else ""


def _clerks(session: Session, row: Organisation) -> list[ClerkLine]:
    found = session.exec(
        select(Person.name, Membership.begins_at)
        .join(Person, col(Person.id) == Membership.person_id)
        .where(Membership.organisation_id == row.id, col(Membership.ended_at).is_(None))
        .order_by(col(Membership.id))
    ).all()
    return [ClerkLine(name, _moment(begun) if begun else "尚未启用") for name, begun in found]


def _changes(session: Session, row: Organisation) -> list[ChangeLine]:
    found = session.exec(
        select(OrganisationChange, Person.name)
        .join(Person, col(Person.id) == OrganisationChange.by_id, isouter=True)
        .where(OrganisationChange.organisation_id == row.id)
        .order_by(col(OrganisationChange.id).desc())
        .limit(100)
    ).all()
    return [
        ChangeLine(
            _moment(change.at), CHANGE_LABELS.get(change.kind, change.kind),
            _what_changed(session, change), change.note, who or "系统",
        )
        for change, who in found
    ]  # fmt: skip


def _what_changed(session: Session, change: OrganisationChange) -> str:
    if change.kind == "moved":
        before, after = (
            session.get(Organisation, side.get("parent") or 0)
            for side in (change.before, change.after)
        )
        return f"由{before.name if before else '无'}移到{after.name if after else '无'}"
    parts = [
        f"{label}由“{change.before.get(key) or '空'}”改为“{change.after.get(key) or '空'}”"
        for key, label in _DETAIL_LABELS.items()
        if change.before.get(key) != change.after.get(key)
    ]
    return "；".join(parts)


def _count(session: Session, what, condition) -> int:  # type: ignore[no-untyped-def]
    return session.exec(select(func.count(what)).where(condition)).one()


def _moment(at) -> str:  # type: ignore[no-untyped-def]
    return f"{clock.local(at):%Y-%m-%d %H:%M}"
