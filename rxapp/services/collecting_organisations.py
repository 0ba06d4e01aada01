"""Organisations of a file, each with its superior and its clerk: sorted, and the right ones let in.

A superior may stand in the same file on an earlier line; it is put into the tree first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from rxapp.adapters import pinyin
from rxapp.adapters.sheets_in import RawRow
from rxapp.errors import Invalid
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership
from rxapp.rules import collected, identity
from rxapp.rules.collected import Kind
from rxapp.rules.permissions import BUREAUS, Capacity, Permission
from rxapp.services import adding_organisations, collecting, collecting_people, scopes
from rxapp.services.actors import Actor
from rxapp.services.adding_organisations import Change, Clerk, Draft, Newcomer
from rxapp.services.collecting import Fault, Known, Lines, Reader, Sorted, Unit

RIGHT = Permission.ORGANISATION_EDIT
LONGEST_NAME, LONGEST_ADDRESS = 100, 100
ABOVE_DEPARTMENTS = frozenset({Capacity.DEPARTMENT, Capacity.TITLE_PANEL})


@dataclass
class _Around:
    """What the look-ups of one batch found."""

    superiors: dict[str, list[Unit]]
    existing: dict[str, list[Organisation]]
    mine: frozenset[int]
    known: dict[str, Known]
    served: frozenset[tuple[int, int]]


class Organisations:
    """One file of organisations, from its first row to its last.

    `dry` remembers what earlier batches would have brought, since they did not bring it.
    """

    def __init__(self, *, dry: bool) -> None:
        self._dry = dry
        self._codes, self._names = Lines(), Lines()
        self._coming: dict[str, frozenset[Capacity]] = {}

    def read(self, rows: Sequence[RawRow]) -> list[Draft]:
        """Understand a batch by itself."""
        return [_read(row) for row in rows]

    def recall(self, drafts: Sequence[Draft]) -> None:
        """Remember rows that were right, met before an interruption."""
        for draft in drafts:
            self._note(draft)
            if self._dry:
                self._coming |= dict.fromkeys(draft.keys, draft.capacities)

    def sort(self, session: Session, actor: Actor, drafts: Sequence[Draft]) -> Sorted:
        """Sort a batch with a handful of look-ups, however many rows it has."""
        collecting.require_right(actor, Kind.ORGANISATIONS)
        if not self._dry:
            self._coming = {}
        right = [draft for draft in drafts if not draft.faults]
        around = _look_around(session, actor, right)
        batch = Sorted(faults=[fault for draft in drafts for fault in draft.faults])
        for draft in right:
            faults = self._sort(actor, batch, around, draft)
            batch.faults += [Fault(draft.line, *fault) for fault in faults]
            if not faults:
                self._note(draft)
        return batch

    def take(self, session: Session, actor: Actor, batch: Sorted) -> None:
        """Let a sorted batch in: superiors first, then what changed, then the clerks."""
        ids = adding_organisations.add(session, actor, batch.added)
        for change in batch.changed:
            adding_organisations.change(session, actor, change)
        clerks = [
            (each.draft.clerk, ids[each.draft.line], each.clerk_id)
            for each in batch.added
            if each.draft.clerk
        ] + [
            (each.draft.clerk, each.organisation_id, each.clerk_id)
            for each in batch.changed
            if each.names_clerk
        ]
        adding_organisations.name_clerks(session, actor, clerks)

    def _note(self, draft: Draft) -> None:
        self._codes.note(draft.code, draft.line)
        self._names.note(_place(draft), draft.line)

    def _repeated(self, draft: Draft) -> list[tuple[str, str]]:
        earlier = self._codes.earlier(draft.code, draft.line)
        if earlier is not None:
            return [("统一社会信用代码", f"与本文件第{earlier}行的统一社会信用代码重复")]
        earlier = self._names.earlier(_place(draft), draft.line)
        if earlier is not None:
            return [("单位名称", f"与本文件第{earlier}行的单位名称和上级单位重复")]
        return []

    def _sort(
        self, actor: Actor, batch: Sorted, around: _Around, draft: Draft
    ) -> list[tuple[str, str]]:
        superior, fault = self._superior(around, draft)
        if repeated := self._repeated(draft):
            return repeated
        faults = [*fault, *_capacity_faults(actor, draft), *_clerk_faults(around, draft)]
        existing, clash = _existing(around, draft, superior)
        faults += clash
        if faults:
            return faults
        if existing is None:
            clerk = around.known.get(draft.clerk.hash) if draft.clerk else None
            batch.added.append(Newcomer(draft, superior, clerk.person.id if clerk else None))
            self._coming |= dict.fromkeys(draft.keys, draft.capacities)
            return []
        return _sort_existing(batch, around, draft, existing)

    def _superior(self, around: _Around, draft: Draft) -> tuple[Unit | None, list[tuple[str, str]]]:
        try:
            return collecting.the_unit(around.superiors, draft.superior), []
        except Invalid as error:
            if collected.folded(draft.superior) in self._coming:
                return None, []
            return None, [("上级单位", error.message)]


def _read(row: RawRow) -> Draft:
    reader = Reader(Kind.ORGANISATIONS, row)
    draft = Draft(
        line=row.line,
        name=reader.parsed("name", _name),
        capacities=reader.parsed("capacities", collected.parse_capacities, frozenset()),
        code=reader.parsed("credit_code", identity.parse_credit_code),
        superior=reader.parsed("superior", str),
        address=reader.text("address", LONGEST_ADDRESS),
        contact_name=reader.parsed("contact_name", identity.parse_name),
        contact=reader.parsed("contact", identity.parse_mobile),
        clerk=_clerk(reader),
    )
    return replace(draft, faults=tuple(reader.faults))


def _place(draft: Draft) -> str:
    return f"{collected.folded(draft.name)} {collected.folded(draft.superior)}"


def _look_around(session: Session, actor: Actor, drafts: Sequence[Draft]) -> _Around:
    superiors = collecting.find_units(session, actor, RIGHT, (each.superior for each in drafts))
    existing, mine = _find_existing(session, actor, drafts)
    clerks = [each.clerk for each in drafts if each.clerk]
    known = collecting.find_known(session, actor, RIGHT, [clerk.hash for clerk in clerks])
    people = [found.person.id for found in known.values()]
    served = session.exec(
        select(Membership.person_id, Membership.organisation_id).where(
            col(Membership.person_id).in_(people), col(Membership.ended_at).is_(None)
        )
    )
    return _Around(superiors, existing, mine, known, frozenset(served.all()))


def _find_existing(
    session: Session, actor: Actor, drafts: Sequence[Draft]
) -> tuple[dict[str, list[Organisation]], frozenset[int]]:
    """Organisations with one of these codes anywhere, or one of these names in one's subtree."""
    codes = [each.code for each in drafts if each.code]
    names = {word for each in drafts for word in collected.spellings(each.name)}
    within = scopes.within(actor, RIGHT)
    rows = session.exec(
        select(Organisation, within.label("mine")).where(
            col(Organisation.credit_code).in_(codes) | (col(Organisation.name).in_(names) & within)
        )
    ).all()
    found: dict[str, list[Organisation]] = {}
    for row, _ in rows:
        for key in {row.credit_code or "", collected.folded(row.name)} - {""}:
            found.setdefault(key, []).append(row)
    own = set(scopes.office_ids(actor, RIGHT))
    return found, frozenset(row.id or 0 for row, inside in rows if inside and row.id not in own)


def _existing(
    around: _Around, draft: Draft, superior: Unit | None
) -> tuple[Organisation | None, list[tuple[str, str]]]:
    """The organisation a row speaks of, if it is there already, and what speaks against that."""
    if draft.code and (found := around.existing.get(draft.code)):
        if found[0].id not in around.mine:
            return None, [
                ("统一社会信用代码", "该代码已由其他单位登记，不在您的管理范围内，请核对")
            ]
        return found[0], []
    same = [
        each
        for each in around.existing.get(collected.folded(draft.name), [])
        if each.parent_id == (superior.id if superior else -1)
        and each.status is OrganisationStatus.ACTIVE
    ]
    if not same:
        return None, []
    if same[0].credit_code and draft.code:
        reason = "同一上级之下已有同名单位，统一社会信用代码不同，请核对"
        return None, [("单位名称", reason)]
    return same[0], []


def _sort_existing(
    batch: Sorted, around: _Around, draft: Draft, existing: Organisation
) -> list[tuple[str, str]]:
    if faults := _immovable(around, draft, existing):
        return faults
    columns = _differences(draft, existing)
    person = around.known.get(draft.clerk.hash) if draft.clerk else None
    person_id = person.person.id if person else None
    named = bool(draft.clerk) and (person_id, existing.id) not in around.served
    if columns or named:
        batch.changed.append(
            Change(draft, existing.id or 0, existing.version, columns, named, person_id)
        )
    else:
        batch.unchanged += 1
    return []


def _immovable(around: _Around, draft: Draft, existing: Organisation) -> list[tuple[str, str]]:
    """What a file never changes in passing: the place in the tree, the capacities, the state."""
    if existing.status is not OrganisationStatus.ACTIVE:
        return [("单位名称", "该单位已暂停、合并或注销，导入不会改动，请核对")]
    faults = []
    above = collecting.find_in(around.superiors, draft.superior)
    if existing.parent_id not in {unit.id for unit in above}:
        faults.append(
            ("上级单位", "该单位已登记在另一个上级单位之下，调整隶属关系请在单位页面办理")
        )
    if existing.capacities != draft.capacities:
        faults.append(("单位类别", "与已登记的单位类别不一致，导入不会改动，请核对"))
    return faults


def _capacity_faults(actor: Actor, draft: Draft) -> list[tuple[str, str]]:
    held = frozenset(each for office in actor.offices for each in office.capacities)
    if Capacity.COUNTY_BUREAU in draft.capacities and Capacity.CITY_BUREAU not in held:
        return [("单位类别", "县（市、区）人社局只能由市人社局导入")]
    if draft.capacities & ABOVE_DEPARTMENTS and not held & BUREAUS:
        return [("单位类别", "主管部门和职称评审只能由人社局导入")]
    return []


def _clerk_faults(around: _Around, draft: Draft) -> list[tuple[str, str]]:
    known = around.known.get(draft.clerk.hash) if draft.clerk else None
    if known is None or draft.clerk is None:
        return []
    if not known.mine:
        return [("管理员身份证号码", collecting.ELSEWHERE)]
    if not identity.same_name(known.person.name, draft.clerk.name):
        return [("管理员姓名", "与该身份证号码已登记的姓名不一致，请核对")]
    return []


def _differences(draft: Draft, row: Organisation) -> dict[str, Any]:
    """What the row says otherwise; an empty cell says nothing."""
    said = {
        "name": draft.name, "credit_code": draft.code, "address": draft.address,
        "contact_name": draft.contact_name,
    }  # fmt: skip
    columns = {key: value for key, value in said.items() if value and value != getattr(row, key)}
    if "name" in columns:
        columns["initials"] = pinyin.initials(draft.name)
    if draft.contact and identity.mask_mobile(draft.contact) != row.contact_mask:
        columns |= adding_organisations.contact(draft.contact)
    return columns


def _clerk(reader: Reader) -> Clerk | None:
    values = reader.row.values
    if not (values.get("clerk_name") or values.get("clerk_number")):
        return None
    for key, word in (("clerk_name", "姓名"), ("clerk_number", "身份证号码")):
        if not values.get(key):
            reader.wrong(key, f"填了管理员就要填写管理员{word}")
    number = reader.parsed("clerk_number", collecting_people.identity_number)
    return Clerk(
        number=number,
        hash=collecting.identity_hash(number),
        name=reader.parsed("clerk_name", identity.parse_name),
        mobile=reader.parsed("clerk_mobile", identity.parse_mobile),
    )


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(message=f"单位名称应为2至{LONGEST_NAME}个字")
    return name
