"""Lists as workbooks: of one's own subtree, masked unless a reason is given, always recorded."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Disclosure, Person
from rxapp.rules import collected
from rxapp.rules.collected import Kind
from rxapp.rules.permissions import Permission
from rxapp.services import audit, organisations, scopes
from rxapp.services.actors import Actor

CHUNK = 2_000
# Up to so many are counted before a list is made; the list itself says how many it has.
MOST_COUNTED = 2_000
SHORTEST_REASON, LONGEST_REASON = 4, 100
PEOPLE_HEADING = (
    "姓名", "身份证号码", "手机号码", "单位名称", "应学起始年度", "行业领域", "职称系列",
    "职称级别", "学历", "岗位", "状态", "账号",
)  # fmt: skip
ORGANISATIONS_HEADING = (
    "单位名称", "单位类别", "统一社会信用代码", "上级单位", "地址", "联系人", "联系人手机", "状态",
)  # fmt: skip
_STATES = {
    OrganisationStatus.ACTIVE: "正常", OrganisationStatus.SUSPENDED: "已暂停",
    OrganisationStatus.MERGED: "已合并", OrganisationStatus.CLOSED: "已注销",
}  # fmt: skip

Row = tuple[str | int, ...]
Place = tuple[str, int]
START: Place = ("", 0)


@dataclass(frozen=True)
class Cover:
    """What stands above a list: what it is, how many rows, who took it out and when."""

    title: str
    count: int
    taken: str
    heading: tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """Some rows of a list, whom they are about, and where the next ones begin."""

    rows: list[Row]
    ids: list[int]
    next: Place | None


def describe(session: Session, actor: Actor, *, kind: str) -> str:
    """How many rows a list has, for whoever is about to take it out."""
    actor.require(Permission.EXPORT)
    if collected.parse_kind(kind) is Kind.PEOPLE:
        actor.require(Permission.PEOPLE_READ)
        how_many = _how_many(session, _people(actor, full=False))
        return f"本单位及下级单位{how_many}人，号码隐去中间各位。"
    actor.require(Permission.ORGANISATION_READ)
    units = select(Organisation.id).where(scopes.within(actor, Permission.ORGANISATION_READ))
    return f"本单位及下级单位{_how_many(session, units)}个单位。"


def open_people(session: Session, actor: Actor, *, full: bool, reason: str) -> Cover:
    """The head of a list of people; full numbers take their own right and a reason."""
    actor.require(Permission.EXPORT)
    actor.require(Permission.PEOPLE_READ)
    if full:
        actor.require(Permission.PEOPLE_REVEAL)
        _require_reason(reason)
    everybody = _people(actor, full=full).subquery()
    counted = session.exec(select(func.count()).select_from(everybody)).one()
    title = "人员名单（含完整号码，请妥善保管）" if full else "人员名单（号码已隐去中间各位）"
    return Cover(title, counted, _taken(actor), PEOPLE_HEADING)


def list_people(session: Session, actor: Actor, *, full: bool, after: Place) -> Chunk:
    """The next people of the list, by employer."""
    actor.require(Permission.EXPORT)
    actor.require(_right(full))
    path, id = after
    found = session.exec(
        select(Person, Organisation.name, Organisation.path)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(
            scopes.within(actor, _right(full)),
            or_(
                col(Organisation.path) > path,
                and_(col(Organisation.path) == path, col(Person.id) > id),
            ),
        )
        .order_by(col(Organisation.path), col(Person.id))
        .limit(CHUNK)
    ).all()
    rows = [_person(person, unit, full) for person, unit, _ in found]
    ids = [person.id or 0 for person, _, _ in found]
    last = (found[-1][2], ids[-1]) if len(found) == CHUNK else None
    return Chunk(rows, ids, last)


def open_organisations(session: Session, actor: Actor) -> Cover:
    """The head of a list of organisations."""
    actor.require(Permission.EXPORT)
    actor.require(Permission.ORGANISATION_READ)
    counted = session.exec(
        select(func.count(col(Organisation.id))).where(
            scopes.within(actor, Permission.ORGANISATION_READ)
        )
    ).one()
    return Cover("单位名单", counted, _taken(actor), ORGANISATIONS_HEADING)


def list_organisations(session: Session, actor: Actor, *, after: Place) -> Chunk:
    """The next organisations of the list, each below its superior."""
    actor.require(Permission.EXPORT)
    found = session.exec(
        select(Organisation)
        .where(scopes.within(actor, Permission.ORGANISATION_READ), Organisation.path > after[0])
        .order_by(col(Organisation.path))
        .limit(CHUNK)
    ).all()
    names = organisations.names_of(session, (row.parent_id for row in found))
    rows = [_organisation(row, names.get(row.parent_id or 0, "")) for row in found]
    ids = [row.id or 0 for row in found]
    last = (found[-1].path, ids[-1]) if len(found) == CHUNK else None
    return Chunk(rows, ids, last)


def note_people(
    session: Session, actor: Actor, *, count: int, full: bool, reason: str, ids: list[int]
) -> None:
    """Record a list of people; with full numbers each of them can read who took his out."""
    by = actor.require(Permission.EXPORT)
    audit.record(session, actor, audit.Action.LIST_EXPORTED, kind="person", count=count, full=full)
    if not full:
        return
    actor.require(Permission.PEOPLE_REVEAL)
    now = clock.now()
    session.add_all(
        Disclosure(
            person_id=each, what="list", reason=reason.strip(), by_id=by,
            office_id=actor.office_id, at=now,
        )
        for each in ids
    )  # fmt: skip


def note_organisations(session: Session, actor: Actor, *, count: int) -> None:
    """Record a list of organisations."""
    actor.require(Permission.EXPORT)
    audit.record(session, actor, audit.Action.LIST_EXPORTED, kind="organisation", count=count)


def _how_many(session: Session, listed: Any) -> str:
    some = listed.limit(MOST_COUNTED + 1).subquery()
    count = session.exec(select(func.count()).select_from(some)).one()
    return f"共{count}" if count <= MOST_COUNTED else f"超过{MOST_COUNTED}"


def _people(actor: Actor, *, full: bool) -> SelectOfScalar[Any]:
    return (
        select(Person.id)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(scopes.within(actor, _right(full)))
    )


def _right(full: bool) -> Permission:
    return Permission.PEOPLE_REVEAL if full else Permission.PEOPLE_READ


def _require_reason(reason: str) -> None:
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(
            {"reason": f"导出完整号码要填写理由，{SHORTEST_REASON}至{LONGEST_REASON}个字。"}
        )


def _taken(actor: Actor) -> str:
    offices = "、".join(office.name for office in actor.offices)
    return f"{offices}　{actor.name}　{clock.business_now():%Y-%m-%d %H:%M}"


def _person(person: Person, unit: str, full: bool) -> Row:
    number, mobile = person.identity_mask, person.mobile_mask
    if full:
        number = _opened(person.identity_cipher, "identity") or number
        mobile = _opened(person.mobile_cipher, "mobile") or mobile
    return (
        person.name, number, mobile, unit, person.owes_from, person.field, person.title_series,
        person.title_level, person.education, person.post, person.status.label,
        "已激活" if person.activated_at else "未激活",
    )  # fmt: skip


def _opened(cipher: str, context: str) -> str:
    return data_keys().decrypt(cipher, context=context) if cipher else ""


def _organisation(row: Organisation, above: str) -> Row:
    kinds = "、".join(sorted(each.label for each in row.capacities))
    return (
        row.name, kinds, row.credit_code or "", above, row.address, row.contact_name,
        row.contact_mask, _STATES[row.status],
    )  # fmt: skip
