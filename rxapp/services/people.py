"""People as they were collected, and the list an office sees of its own."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, NotFound
from rxapp.models.people import Affiliation, Membership, Person
from rxapp.rules import identity
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import PersonStatus
from rxapp.services import audit, codes, people_search
from rxapp.services.actors import Actor
from rxapp.services.codes import Served
from rxapp.services.people_search import Sought

PAGE = 30


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
    """One page of people; `next_after` is empty on the last, `unit` the one that was asked for."""

    rows: list[PersonRow]
    next_after: str
    office: str
    unit: str


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
    organisation_id: int = 0, after: str = "",
) -> PeoplePage:  # fmt: skip
    """The people of one's own offices and below, thirty a page, as `people_search.Sought` says."""
    actor.require(Permission.PEOPLE_READ)
    sought = Sought(query, status, title, organisation_id)
    found = people_search.find(session, actor, sought, after=after, limit=PAGE)
    served = codes.list_served(session, [person.id or 0 for person, _, _ in found.rows])
    return PeoplePage(
        rows=[
            _row(actor, person, unit, served.get(person.id or 0, []))
            for person, unit, _ in found.rows
        ],
        next_after=found.next_after,
        office="、".join(office.name for office in actor.offices),
        unit=people_search.name_of(session, organisation_id) if organisation_id else "",
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


def _row(actor: Actor, person: Person, organisation: str, served: list[Served]) -> PersonRow:
    offered = codes.offered(actor, person, served)
    return PersonRow(
        id=person.id or 0,
        name=person.name,
        identity_mask=person.identity_mask,
        mobile_mask=person.mobile_mask or "未采集",
        organisation=organisation,
        title=" ".join(part for part in (person.title_series, person.title_level) if part),
        state=_state_of(person),
        activation_code=offered.activation,
        staff_code=offered.staff,
        reset_code=offered.reset,
    )


def _state_of(person: Person) -> str:
    if person.status is not PersonStatus.ACTIVE:
        return person.status.label
    return "已激活" if person.activated_at else "未激活"
