"""Collected organisations going into the tree, with their clerks, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.errors import Invalid
from rxapp.models.organisations import Organisation, OrganisationChange
from rxapp.models.people import Membership
from rxapp.rules import collected
from rxapp.rules.permissions import Capacity
from rxapp.services import audit, collecting, collecting_people
from rxapp.services.actors import Actor
from rxapp.services.collecting import Fault, Unit


@dataclass(frozen=True, slots=True)
class Clerk:
    """Whom a row names clerk."""

    number: str
    hash: str
    name: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One row as it was understood."""

    line: int
    name: str
    capacities: frozenset[Capacity]
    code: str
    superior: str
    address: str
    contact_name: str
    contact: str
    clerk: Clerk | None
    faults: tuple[Fault, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """By what later rows of the file may call this organisation."""
        return tuple(key for key in (collected.folded(self.name), self.code) if key)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A row that brings a new organisation, below one that is there or below an earlier row's."""

    draft: Draft
    superior: Unit | None
    clerk_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that says something new about an organisation, or names its clerk."""

    draft: Draft
    organisation_id: int
    version: int
    columns: dict[str, Any]
    names_clerk: bool
    clerk_id: int | None


def add(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> dict[int, int]:
    """Put new organisations into the tree, level by level; returns their ids by line."""
    ids: dict[int, int] = {}
    placed: dict[str, Unit] = {}
    waiting = list(newcomers)
    while waiting:
        ready = [each for each in waiting if _above(each, placed)]
        if not ready:
            raise Invalid(message="上级单位在文件中相互循环，请核对。")
        rows = [_row(each.draft, _above(each, placed)) for each in ready]
        session.add_all(rows)
        session.flush()
        for each, row in zip(ready, rows, strict=True):
            above = _above(each, placed)
            row.path = f"{above.path if above else '/'}{row.id}/"
            ids[each.draft.line] = row.id or 0
            _record_new(session, actor, row)
        for each, row in zip(ready, rows, strict=True):
            unit = Unit(row.id or 0, row.name, row.path, row.status, row.capacities)
            placed |= dict.fromkeys(each.draft.keys, unit)
        session.flush()
        waiting = [each for each in waiting if each.draft.line not in ids]
    return ids


def change(session: Session, actor: Actor, change: Change) -> None:
    """Write what a row says otherwise, unless somebody else was first."""
    if not change.columns:
        return
    before = session.get_one(Organisation, change.organisation_id)
    shown = sorted(change.columns.keys() & {"name", "credit_code", "address"})
    was = {key: getattr(before, key) for key in shown}
    done = session.execute(
        update(Organisation)
        .where(
            col(Organisation.id) == change.organisation_id,
            col(Organisation.version) == change.version,
        )
        .values(**change.columns, version=change.version + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return
    now = {key: change.columns[key] for key in shown}
    _note(session, actor, change.organisation_id, "details", was, now)
    audit.record(
        session, actor, audit.Action.ORGANISATION_CHANGED, kind="organisation",
        id=change.organisation_id, fields=sorted(change.columns), how="collected",
    )  # fmt: skip


def name_clerks(
    session: Session, actor: Actor, named: Sequence[tuple[Clerk, int, int | None]]
) -> None:
    """Bring in the clerks who are new and let each wait for the code that begins the rights."""
    fresh: dict[str, tuple[collecting_people.Draft, int]] = {}
    for clerk, organisation_id, person_id in named:
        if person_id is None:
            fresh.setdefault(clerk.hash, (_as_person(clerk), organisation_id))
    made = collecting_people.add_people(session, actor, list(fresh.values()))
    ids = dict(zip(fresh, made, strict=True))
    pairs = dict.fromkeys((known or ids[clerk.hash], place) for clerk, place, known in named)
    for person_id, organisation_id in pairs:
        session.add(
            Membership(
                person_id=person_id, organisation_id=organisation_id, named_by=actor.person_id
            )
        )
        audit.record(
            session, actor, audit.Action.CLERK_NAMED, kind="person", id=person_id,
            organisation=organisation_id,
        )  # fmt: skip
    session.flush()


def contact(mobile: str) -> dict[str, Any]:
    """The columns in which a contact's mobile is kept."""
    sealed = collecting.sealed_mobile(mobile)
    if not sealed:
        return {}
    return {"contact_cipher": sealed["mobile_cipher"], "contact_mask": sealed["mobile_mask"]}


def _above(newcomer: Newcomer, placed: dict[str, Unit]) -> Unit | None:
    return newcomer.superior or placed.get(collected.folded(newcomer.draft.superior))


def _row(draft: Draft, above: Unit | None) -> Organisation:
    return Organisation(
        parent_id=above.id if above else None,
        name=draft.name,
        initials=pinyin.initials(draft.name),
        capacities=draft.capacities,
        credit_code=draft.code or None,
        address=draft.address,
        contact_name=draft.contact_name,
        created_at=clock.now(),
        **contact(draft.contact),
    )


def _record_new(session: Session, actor: Actor, row: Organisation) -> None:
    after = {"name": row.name, "superior": row.parent_id, "capacities": sorted(row.capacities)}
    _note(session, actor, row.id or 0, "registered", {}, after)
    audit.record(session, actor, audit.Action.ORGANISATION_ADDED, kind="organisation", id=row.id)


def _note(
    session: Session, actor: Actor, id: int, kind: str, before: dict[str, Any],
    after: dict[str, Any],
) -> None:  # fmt: skip
    session.add(
        OrganisationChange(
            organisation_id=id, kind=kind, before=before, after=after,
            by_id=actor.person_id, office_id=actor.office_id, at=clock.now(),
        )
    )  # fmt: skip


def _as_person(clerk: Clerk) -> collecting_people.Draft:
    return collecting_people.Draft(
        line=0, number=clerk.number, hash=clerk.hash, name=clerk.name, mobile=clerk.mobile,
        employer="", owes_from=0, profile={},
    )  # fmt: skip
