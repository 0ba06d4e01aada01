"""People as they were collected, and the list an office sees of its own."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Affiliation, Membership, Person
from rxapp.rules import identity
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import PersonStatus
from rxapp.services import audit, scopes
from rxapp.services.actors import Actor

PAGE = 30
# From four characters on, what was typed may also be part of an employer's name.
LONG_ENOUGH = 4


@dataclass(frozen=True)
class CollectedPerson:
    """One person as collected from an employer, already checked by `rules.identity`."""

    identity_number: str
    name: str
    mobile: str
    organisation_id: int
    owes_from: int = 2016
    field: str = ""
    title_series: str = ""
    title_level: str = ""
    education: str = ""
    post: str = ""


@dataclass(frozen=True)
class PersonRow:
    """A person in an office's list, masked."""

    id: int
    name: str
    identity_mask: str
    mobile_mask: str
    organisation: str
    title: str
    state: str
    # Which one-time codes the person may be given from this desk.
    activation_code: bool
    staff_code: bool
    reset_code: bool


@dataclass(frozen=True)
class PeoplePage:
    """One page of people in the order of the tree; `next_after` is empty on the last page."""

    rows: list[PersonRow]
    next_after: str
    office: str


def collect_person(session: Session, actor: Actor, *, person: CollectedPerson) -> int | None:
    """Bring one collected person in; returns the id, or None when the number is already there."""
    hashed = data_keys().hash(person.identity_number, context="identity")
    if session.exec(select(Person.id).where(Person.identity_hash == hashed)).first():
        return None
    row = Person(
        name=person.name,
        identity_cipher=data_keys().encrypt(person.identity_number, context="identity"),
        identity_hash=hashed,
        identity_mask=identity.mask_identity(person.identity_number),
        created_at=clock.now(),
        organisation_id=person.organisation_id,
        owes_from=person.owes_from,
        field=person.field,
        title_series=person.title_series,
        title_level=person.title_level,
        education=person.education,
        post=person.post,
        pinyin=pinyin.spelled(person.name),
        initials=pinyin.initials(person.name),
    )
    if person.mobile:
        row.mobile_cipher = data_keys().encrypt(person.mobile, context="mobile")
        row.mobile_hash = data_keys().hash(person.mobile, context="mobile")
        row.mobile_mask = identity.mask_mobile(person.mobile)
    session.add(row)
    session.flush()
    session.add(
        Affiliation(
            person_id=row.id or 0, organisation_id=row.organisation_id,
            begins_on=clock.today(), how="collected",
        )
    )  # fmt: skip
    audit.record(session, actor, audit.Action.PERSON_COLLECTED, kind="person", id=row.id)
    return row.id


def add_clerk(
    session: Session, actor: Actor, *, person_id: int, organisation_id: int, begun: bool
) -> None:
    """Name a person clerk of an organisation; rights begin with a code unless `begun`."""
    known = session.exec(
        select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            col(Membership.ended_at).is_(None),
        )
    ).first()
    if known is not None:
        raise Conflict("该人员已经是这个单位的管理员。")
    session.add(
        Membership(
            person_id=person_id,
            organisation_id=organisation_id,
            begins_at=clock.now() if begun else None,
        )
    )
    audit.record(
        session, actor, audit.Action.STAFF_BEGUN if begun else audit.Action.CLERK_NAMED,
        kind="person", id=person_id, organisation=organisation_id,
    )  # fmt: skip


def list_people(
    session: Session, actor: Actor, *, query: str = "", status: str = "", title: str = "",
    after: str = "",
) -> PeoplePage:  # fmt: skip
    """The people of one's own offices and below, thirty a page.

    `query` is a name or its beginning, its pinyin or initials, a full identity number, or the
    name of an employer; `status` a state or whether the account is activated.
    """
    actor.require(Permission.PEOPLE_READ)
    path, last = _place(after)
    statement = (
        select(Person, Organisation.name, Organisation.path)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(scopes.within(actor, Permission.PEOPLE_READ))
        .where(col(Organisation.path) >= path)
        .where(or_(col(Organisation.path) > path, col(Person.id) > last))
        # The order of two indexes: no page costs more than another, however deep.
        .order_by(col(Organisation.path), col(Person.id))
        .limit(PAGE + 1)
    )
    for condition in _wanted(query, status, title):
        statement = statement.where(condition)
    found = session.exec(statement).all()
    served = _list_served(session, [person.id for person, _, _ in found])
    rows = [
        _row(actor, person, organisation, served.get(person.id or 0, []))
        for person, organisation, _ in found[:PAGE]
    ]
    return PeoplePage(
        rows=rows,
        next_after=f"{found[PAGE - 1][2]}|{rows[-1].id}" if len(found) > PAGE else "",
        office="、".join(office.name for office in actor.offices),
    )


def get_office(_session: Session, actor: Actor) -> tuple[str, bool, bool]:
    """The names of one's offices, and whether one sees people and gives codes there."""
    actor.require(Permission.STAFF)
    names = "、".join(office.name for office in actor.offices)
    return names, actor.may(Permission.PEOPLE_READ), actor.may(Permission.CODE_ISSUE)


def count_people(session: Session) -> int:
    """How many people there are; used by commands, never by a screen."""
    return session.exec(select(func.count(col(Person.id)))).one()


def find_by_number(session: Session, number: str) -> Person:
    """The person with an identity number; used by the operator's commands only."""
    hashed = data_keys().hash(number, context="identity")
    person = session.exec(select(Person).where(Person.identity_hash == hashed)).first()
    if person is None:
        raise NotFound("没有找到该身份证号码的人员。")
    return person


def _place(after: str) -> tuple[str, int]:
    path, _, last = after.partition("|")
    return (path, int(last)) if last.isascii() and last.isdigit() else ("", 0)


def _wanted(query: str, status: str, title: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if typed := "".join(query.split()):
        found.append(_meant(typed))
    if status in set(PersonStatus):
        found.append(col(Person.status) == PersonStatus(status))
    elif status in ("activated", "waiting"):
        there = col(Person.activated_at).is_not(None)
        found.append(there if status == "activated" else ~there)
    if title:
        found.append(or_(col(Person.title_series) == title, col(Person.title_level) == title))
    return found


def _meant(typed: str) -> ColumnElement[bool]:
    """Ranges rather than patterns: each is a stretch of an index."""
    try:
        number = identity.parse_identity(typed, today=clock.today())
        return col(Person.identity_hash) == data_keys().hash(number, context="identity")
    except Invalid:
        pass
    if typed.isascii() and typed.isalpha():
        small = typed.lower()
        return or_(_begins(col(Person.pinyin), small), _begins(col(Person.initials), small))
    named = _begins(col(Person.name), typed)
    works = col(Person.organisation_id).in_(
        select(col(Organisation.id)).where(col(Organisation.name).contains(typed, autoescape=True))
    )
    return or_(named, works) if len(typed) >= LONG_ENOUGH else named


def _begins(column: Any, typed: str) -> ColumnElement[bool]:
    # The last character of all, so that everything that goes on from what was typed lies below.
    return and_(column >= typed, column < f"{typed}\U0010ffff")


def _list_served(session: Session, ids: list[int | None]) -> dict[int, list[tuple[str, bool]]]:
    """The offices each person serves: the path, and whether the rights there have begun."""
    rows = session.exec(
        select(Membership.person_id, Organisation.path, Membership.begins_at)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(col(Membership.person_id).in_(ids), col(Membership.ended_at).is_(None))
    )
    served: dict[int, list[tuple[str, bool]]] = {}
    for person_id, path, begins_at in rows:
        served.setdefault(person_id, []).append((path, begins_at is not None))
    return served


def _row(
    actor: Actor, person: Person, organisation: str, served: list[tuple[str, bool]]
) -> PersonRow:
    # Whoever serves an office gets codes from above it only.
    above = all(scopes.is_above(actor, Permission.CODE_ISSUE, path) for path, _ in served)
    waits = any(not begun for _, begun in served)
    return PersonRow(
        id=person.id or 0,
        name=person.name,
        identity_mask=person.identity_mask,
        mobile_mask=person.mobile_mask or "未采集",
        organisation=organisation,
        title=" ".join(part for part in (person.title_series, person.title_level) if part),
        state=_state_of(person),
        activation_code=person.activated_at is None and above,
        staff_code=waits and above,
        reset_code=person.activated_at is not None and above and person.id != actor.person_id,
    )


def _state_of(person: Person) -> str:
    if person.status is not PersonStatus.ACTIVE:
        return person.status.label
    return "已激活" if person.activated_at else "未激活"
