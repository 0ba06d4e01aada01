"""What every file brought in has in common: faults, whose word counts, and who is already there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlalchemy import or_
from sqlmodel import Session, col, select

from rxapp.adapters.encryption import data_keys
from rxapp.adapters.sheets_in import RawRow
from rxapp.errors import Invalid, NotPermitted
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, Person
from rxapp.rules import collected, identity
from rxapp.rules.collected import Kind
from rxapp.rules.permissions import Capacity, Permission, permissions_of
from rxapp.services import scopes
from rxapp.services.actors import SYSTEM, Actor, Office

ROUNDED = "单元格是数字格式，号码末几位已丢失，请把该列设为文本格式后重新填写"
ELSEWHERE = "该身份证号码已由其他单位登记，不能重复导入；确属本单位人员的，请由本人办理单位变更"
# What a file brings in, and the right it takes besides that of bringing anything in.
ALSO_NEEDED = {Kind.PEOPLE: Permission.COLLECT, Kind.ORGANISATIONS: Permission.ORGANISATION_EDIT}
_ASLEEP = {
    OrganisationStatus.SUSPENDED: "已暂停", OrganisationStatus.MERGED: "已合并",
    OrganisationStatus.CLOSED: "已注销",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: its line and column in the file, and why."""

    line: int
    column: str
    reason: str


@dataclass
class Sorted:
    """A batch of rows, sorted by what would become of each."""

    added: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    # Worth knowing, though the rows are right.
    hints: list[Fault] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """How many rows are wrong; one may have several faults."""
        return len({fault.line for fault in self.faults})


class Intake(Protocol):
    """One kind of file on its way in, row by row, from its first line to its last."""

    def read(self, rows: Sequence[RawRow]) -> list[Any]:
        """Understand a batch by itself, without the database."""
        ...

    def recall(self, drafts: Sequence[Any]) -> None:
        """Remember rows that were right, met before an interruption."""
        ...

    def sort(self, session: Session, actor: Actor, drafts: Sequence[Any]) -> Sorted:
        """Say what would become of each row."""
        ...

    def take(self, session: Session, actor: Actor, batch: Sorted) -> None:
        """Let the new and the changed ones in, and record it."""
        ...


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation a row names."""

    id: int
    name: str
    path: str
    status: OrganisationStatus
    capacities: frozenset[Capacity]


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whose number is already registered."""

    person: Person
    unit: str
    mine: bool


def require_right(actor: Actor, kind: Kind) -> None:
    """Refuse whoever may not bring in files of this kind."""
    if not (actor.may(Permission.COLLECT) and actor.may(ALSO_NEEDED[kind])):
        raise NotPermitted("您没有导入的权限，未作任何改动。")


def whole_city(session: Session) -> Actor:
    """The operator at the machine itself: the system, answering for the city bureau's subtree."""
    root = session.exec(select(Organisation).where(col(Organisation.parent_id).is_(None))).first()
    if root is None:
        return SYSTEM
    office = Office(root.id or 0, root.path, root.name, root.capacities)
    return replace(SYSTEM, offices=(office,))


def find_clerk(session: Session, person_id: int) -> Actor:
    """Somebody who is not at the screen, with the offices served at this moment."""
    rows = session.exec(
        select(Organisation)
        .join(Membership, col(Membership.organisation_id) == Organisation.id)
        .where(
            Membership.person_id == person_id,
            col(Membership.begins_at).is_not(None),
            col(Membership.ended_at).is_(None),
            Organisation.status == OrganisationStatus.ACTIVE,
        )
        .order_by(col(Organisation.id))
    )
    offices = tuple(Office(row.id or 0, row.path, row.name, row.capacities) for row in rows)
    held = frozenset(word for office in offices for word in office.capacities)
    rights = permissions_of(held, activated=True)
    return Actor(rights, person_id=person_id, activated=True, offices=offices)


class Reader:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(self, kind: Kind, row: RawRow) -> None:
        self.kind, self.row = kind, row
        self.faults: list[Fault] = []

    def text(self, key: str, most: int) -> str:
        """A plain text; what is longer is a fault, never cut off unseen."""
        typed = " ".join(self.row.values.get(key, "").split())
        if len(typed) > most:
            self.wrong(key, f"不能超过{most}个字")
        return typed[:most]

    def parsed(self, key: str, parse: Callable[[str], Any], empty: Any = "") -> Any:
        """What `parse` makes of a cell, `empty` when there is nothing in it or it is wrong."""
        typed = self.row.values.get(key, "")
        if not typed:
            column = collected.column(self.kind, key)
            if column.needed:
                self.wrong(key, f"没有填写{column.name}")
            return empty
        if key in self.row.rounded:
            self.wrong(key, ROUNDED)
            return empty
        try:
            return parse(typed[: collected.LONGEST_CELL])
        except Invalid as error:
            self.wrong(key, error.message)
            return empty

    def chosen(self, key: str) -> str:
        """One of the column's choices, or nothing."""
        typed = "".join(self.row.values.get(key, "").split())
        offered = collected.column(self.kind, key).choices
        if not typed or typed in offered:
            return typed
        self.wrong(key, f"“{typed[:20]}”不在可选范围内，应为：{'、'.join(offered)}")
        return ""

    def wrong(self, key: str, reason: str) -> None:
        """Note a fault in a column."""
        name = collected.column(self.kind, key).name
        self.faults.append(Fault(self.row.line, name, reason.rstrip("。")[:300]))


class Lines:
    """Which line of the file holds a value; the next one that does is told."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}

    def earlier(self, value: str, line: int) -> int | None:
        """The earlier line that holds this value, if any."""
        first = self._first.get(value, line)
        return None if first == line else first

    def note(self, value: str, line: int) -> None:
        """Let a line hold a value; only a line that is right may, or its copy could never be."""
        if value:
            self._first.setdefault(value, line)


def find_units(
    session: Session, actor: Actor, right: Permission, typed: Iterable[str]
) -> dict[str, list[Unit]]:
    """The organisations of one's own subtree by every name and code that rows hold."""
    words = {word for each in typed if each for word in collected.spellings(each)}
    codes = {word.upper() for word in words if len(word) == 18}
    if not words:
        return {}
    rows = session.exec(
        select(
            Organisation.id, Organisation.name, Organisation.path, Organisation.status,
            Organisation.capacities, Organisation.credit_code,
        )  # type: ignore[call-overload]
        .where(
            or_(col(Organisation.name).in_(words), col(Organisation.credit_code).in_(codes)),
            scopes.within(actor, right),
        )
    )  # fmt: skip
    found: dict[str, list[Unit]] = {}
    for id, name, path, status, capacities, code in rows:
        unit = Unit(id, name, path, status, capacities)
        for key in {collected.folded(name), code or ""} - {""}:
            found.setdefault(key, []).append(unit)
    return found


def the_unit(found: dict[str, list[Unit]], typed: str) -> Unit:
    """The one active organisation of this name or code, or Invalid saying why there is none."""
    units = find_in(found, typed)
    # Whoever was merged or closed may have left the name to somebody else.
    awake = [unit for unit in units if unit.status is OrganisationStatus.ACTIVE]
    if len(awake) == 1:
        return awake[0]
    if awake:
        raise Invalid(message=f"有多个名为“{typed}”的单位，请改填统一社会信用代码")
    if units:
        raise Invalid(message=f"“{typed}”{_ASLEEP[units[0].status]}，请核对")
    raise Invalid(message=f"没有找到唯一的单位“{typed[:60]}”，可能名称有出入或不在您的管理范围内")


def find_in(found: dict[str, list[Unit]], typed: str) -> list[Unit]:
    """Those among the found whose name or code this is."""
    key = collected.folded(typed)
    return found.get(key) or found.get(key.upper()) or []


def find_known(
    session: Session, actor: Actor, right: Permission, hashes: Sequence[str]
) -> dict[str, Known]:
    """Everybody in the city with one of these numbers, and whether he is below one's offices."""
    if not hashes:
        return {}
    rows = session.exec(
        select(Person, Organisation.name, scopes.within(actor, right).label("mine"))
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(col(Person.identity_hash).in_(hashes))
    )  # type: ignore[call-overload]
    return {person.identity_hash: Known(person, unit, bool(mine)) for person, unit, mine in rows}


def sealed_identity(number: str) -> dict[str, Any]:
    """The columns in which an identity number is kept."""
    return {
        "identity_cipher": data_keys().encrypt(number, context="identity"),
        "identity_hash": identity_hash(number),
        "identity_mask": identity.mask_identity(number),
    }


def sealed_mobile(mobile: str) -> dict[str, Any]:
    """The columns in which a mobile number is kept."""
    if not mobile:
        return {}
    return {
        "mobile_cipher": data_keys().encrypt(mobile, context="mobile"),
        "mobile_hash": mobile_hash(mobile),
        "mobile_mask": identity.mask_mobile(mobile),
    }


def identity_hash(number: str) -> str:
    """By what a person is found."""
    return data_keys().hash(number, context="identity")


def mobile_hash(mobile: str) -> str:
    """By what two mobiles are known to be the same."""
    return data_keys().hash(mobile, context="mobile")
