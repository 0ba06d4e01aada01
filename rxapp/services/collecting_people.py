"""People of a file: what is new, changed, unchanged or wrong, and letting the right ones in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.adapters.sheets_in import RawRow
from rxapp.errors import Invalid
from rxapp.models.people import Affiliation, Person
from rxapp.rules import identity, profiles
from rxapp.rules.collected import Kind
from rxapp.rules.permissions import Permission
from rxapp.services import audit, collecting
from rxapp.services.actors import Actor
from rxapp.services.collecting import Fault, Known, Lines, Reader, Sorted, Unit

FIRST_YEAR, LAST_YEAR = 2016, 2100
PROFILE = ("field", "title_series", "title_level", "education")
RIGHT = Permission.COLLECT


@dataclass(frozen=True, slots=True)
class Draft:
    """One row as it was understood."""

    line: int
    number: str
    hash: str
    name: str
    mobile: str
    employer: str
    owes_from: int
    profile: dict[str, Any]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A row that brings somebody new to an employer."""

    draft: Draft
    employer_id: int


@dataclass(frozen=True, slots=True)
class Change:
    """A row that says something new about somebody who has not yet activated."""

    line: int
    person_id: int
    version: int
    columns: dict[str, Any]


class People:
    """One file of people, from its first row to its last."""

    def __init__(self) -> None:
        self._numbers, self._mobiles = Lines(), Lines()

    def read(self, rows: Sequence[RawRow]) -> list[Draft]:
        """Understand a batch by itself."""
        return [_read(row) for row in rows]

    def recall(self, drafts: Sequence[Draft]) -> None:
        """Remember rows that were right, met before an interruption."""
        for draft in drafts:
            self._numbers.note(draft.hash, draft.line)
            self._mobiles.note(draft.mobile, draft.line)

    def sort(self, session: Session, actor: Actor, drafts: Sequence[Draft]) -> Sorted:
        """Sort a batch with three look-ups, however many rows it has."""
        collecting.require_right(actor, Kind.PEOPLE)
        right = [draft for draft in drafts if not draft.faults]
        units = collecting.find_units(session, actor, RIGHT, (draft.employer for draft in right))
        known = collecting.find_known(session, actor, RIGHT, [draft.hash for draft in right])
        batch = Sorted(faults=[fault for draft in drafts for fault in draft.faults])
        for draft in right:
            fault = self._sort(batch, draft, units, known.get(draft.hash))
            if fault:
                batch.faults.append(fault)
            else:
                self._numbers.note(draft.hash, draft.line)
        self._hint_at_shared_mobiles(session, batch, right)
        return batch

    def _hint_at_shared_mobiles(
        self, session: Session, batch: Sorted, drafts: Sequence[Draft]
    ) -> None:
        """Tell the clerk of two people with one mobile; it may be right, and is never refused."""
        lines = {each.draft.line for each in batch.added} | {each.line for each in batch.changed}
        told = [draft for draft in drafts if draft.mobile and draft.line in lines]
        users = _find_users(session, [collecting.mobile_hash(draft.mobile) for draft in told])
        for draft in told:
            earlier = self._mobiles.earlier(draft.mobile, draft.line)
            others = users.get(collecting.mobile_hash(draft.mobile), set()) - {draft.hash}
            self._mobiles.note(draft.mobile, draft.line)
            if earlier is not None:
                reason = f"与本文件第{earlier}行的手机号码相同，请确认"
                batch.hints.append(Fault(draft.line, "手机号码", reason))
            elif others:
                reason = "该手机号码已由其他人员使用，请确认"
                batch.hints.append(Fault(draft.line, "手机号码", reason))

    def take(self, session: Session, actor: Actor, batch: Sorted) -> None:
        """Let a sorted batch in, with where each belongs and who brought it."""
        add_people(session, actor, [(each.draft, each.employer_id) for each in batch.added])
        for change in batch.changed:
            _change(session, actor, change)

    def _sort(
        self, batch: Sorted, draft: Draft, units: dict[str, list[Unit]], known: Known | None
    ) -> Fault | None:
        earlier = self._numbers.earlier(draft.hash, draft.line)
        if earlier is not None:
            reason = f"与本文件第{earlier}行的身份证号码重复"
            return Fault(draft.line, "身份证号码", reason)
        try:
            unit = collecting.the_unit(units, draft.employer)
        except Invalid as error:
            return Fault(draft.line, "单位名称", error.message)
        if known is None:
            batch.added.append(Newcomer(draft, unit.id))
            return None
        return _clash(draft, unit, known) or _compare(batch, draft, known.person)


def identity_number(typed: str) -> str:
    """The identity number in a cell."""
    return identity.parse_identity(typed, today=clock.today())


def add_people(session: Session, actor: Actor, newcomers: Sequence[tuple[Draft, int]]) -> list[int]:
    """Bring people in, many at once; returns their ids in the same order."""
    rows = [_person(draft, employer_id) for draft, employer_id in newcomers]
    session.add_all(rows)
    session.flush()
    today = clock.today()
    for row in rows:
        session.add(
            Affiliation(
                person_id=row.id or 0, organisation_id=row.organisation_id,
                begins_on=today, how="collected",
            )
        )  # fmt: skip
        audit.record(session, actor, audit.Action.PERSON_COLLECTED, kind="person", id=row.id)
    session.flush()
    return [row.id or 0 for row in rows]


def _read(row: RawRow) -> Draft:
    reader = Reader(Kind.PEOPLE, row)
    number = reader.parsed("identity_number", identity_number)
    draft = Draft(
        line=row.line,
        number=number,
        hash=collecting.identity_hash(number) if number else "",
        name=reader.parsed("name", identity.parse_name),
        mobile=reader.parsed("mobile", identity.parse_mobile),
        employer=reader.parsed("organisation", str),
        owes_from=reader.parsed("owes_from", _year, 0),
        profile={key: reader.chosen(key) for key in PROFILE}
        | {"post": reader.text("post", profiles.LONGEST_POST)},
    )
    return replace(draft, faults=tuple(reader.faults))


def _clash(draft: Draft, unit: Unit, known: Known) -> Fault | None:
    person = known.person
    if not known.mine:
        return Fault(draft.line, "身份证号码", collecting.ELSEWHERE)
    if person.organisation_id != unit.id:
        reason = f"该人员已登记在“{known.unit}”，导入不会改动所在单位，请办理单位变更"
        return Fault(draft.line, "单位名称", reason)
    if person.activated_at and not identity.same_name(person.name, draft.name):
        reason = "与本人已确认的姓名不一致，请核对号码；姓名确有变更的，请由本人申请更正"
        return Fault(draft.line, "姓名", reason)
    return None


def _find_users(session: Session, mobiles: Sequence[str]) -> dict[str, set[str]]:
    if not mobiles:
        return {}
    rows = session.exec(
        select(Person.mobile_hash, Person.identity_hash).where(col(Person.mobile_hash).in_(mobiles))
    )
    users: dict[str, set[str]] = {}
    for mobile, person in rows:
        users.setdefault(mobile, set()).add(person)
    return users


def _compare(batch: Sorted, draft: Draft, person: Person) -> None:
    # Since activating, the record is the person's own.
    columns = {} if person.activated_at else _differences(draft, person)
    if columns:
        batch.changed.append(Change(draft.line, person.id or 0, person.version, columns))
    else:
        batch.unchanged += 1


def _differences(draft: Draft, person: Person) -> dict[str, Any]:
    """What the row says otherwise; an empty cell says nothing."""
    said = {**draft.profile, "owes_from": draft.owes_from, "name": draft.name}
    columns = {key: value for key, value in said.items() if value and value != getattr(person, key)}
    if "name" in columns:
        columns |= _spelled(draft.name)
    if draft.mobile and collecting.mobile_hash(draft.mobile) != person.mobile_hash:
        columns |= collecting.sealed_mobile(draft.mobile)
    return columns


def _change(session: Session, actor: Actor, change: Change) -> None:
    done = session.execute(
        update(Person)
        .where(
            col(Person.id) == change.person_id, col(Person.version) == change.version,
            col(Person.activated_at).is_(None),
        )
        .values(**change.columns, version=change.version + 1)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return
    fields = sorted({"mobile" if key.startswith("mobile_") else key for key in change.columns})
    audit.record(
        session, actor, audit.Action.PERSON_CHANGED, kind="person", id=change.person_id,
        fields=fields, how="collected",
    )  # fmt: skip


def _person(draft: Draft, employer_id: int) -> Person:
    return Person(
        name=draft.name,
        **collecting.sealed_identity(draft.number),
        **collecting.sealed_mobile(draft.mobile),
        **_spelled(draft.name),
        **draft.profile,
        created_at=clock.now(),
        organisation_id=employer_id,
        owes_from=draft.owes_from or FIRST_YEAR,
    )


def _spelled(name: str) -> dict[str, Any]:
    return {"pinyin": pinyin.spelled(name), "initials": pinyin.initials(name)}


def _year(typed: str) -> int:
    digits = typed.strip().removesuffix("年")
    if not (digits.isascii() and digits.isdigit() and FIRST_YEAR <= int(digits) <= LAST_YEAR):
        raise Invalid(message="应学起始年度应为2016年以后的4位年份")
    return int(digits)
