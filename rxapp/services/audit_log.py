"""操作日志 as a bureau reads it: by person, object, action, day, office; its own subtree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, case, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid
from rxapp.models.audit import AuditEvent, AuditSeal
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.audit_words import KINDS, LABELS
from rxapp.rules.permissions import Capacity, Permission
from rxapp.services import audit, organisations, scopes
from rxapp.services.actors import Actor

PAGE = 50
MOST_EXPORTED = 100_000
# So many records are asked one by one whose they are.
WALKED = 2_000

# Names by what they are of, then by number.
Names = dict[str, dict[int, str]]


@dataclass(frozen=True)
class AuditLine:
    """One record, with the names that belong to its ids."""

    id: int
    at: str
    who: str
    office: str
    action: str
    about: str


@dataclass(frozen=True)
class AuditPage:
    """One page of records, the newest first; `next_before` is 0 on the last page."""

    rows: list[AuditLine]
    next_before: int


@dataclass(frozen=True)
class ChainHead:
    """The newest link of the chain, to be printed and kept."""

    position: int
    digest: str
    at: str


@dataclass(frozen=True)
class Wanted:
    """What to look for; empty means everything."""

    person: str = ""
    action: str = ""
    kind: str = ""
    office: str = ""
    first: str = ""
    last: str = ""


def list_events(session: Session, actor: Actor, *, wanted: Wanted, before: int = 0) -> AuditPage:
    """The records of one's own subtree, fifty a page; Invalid for a day that is none."""
    actor.require(Permission.AUDIT_READ)
    rows = _find(session, actor, wanted, before, PAGE + 1)
    return AuditPage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else 0)


def list_for_export(session: Session, actor: Actor, *, wanted: Wanted) -> list[AuditLine]:
    """The same for a workbook, at most a hundred thousand; recorded."""
    actor.require(Permission.AUDIT_READ)
    rows = _find(session, actor, wanted, 0, MOST_EXPORTED)
    audit.record(session, actor, audit.Action.AUDIT_EXPORTED, kind="audit", count=len(rows))
    return rows


def get_head(session: Session, actor: Actor) -> ChainHead:
    """The newest link of the chain: whoever kept it can prove what came before."""
    actor.require(Permission.AUDIT_READ)
    newest = select(AuditSeal).order_by(col(AuditSeal.position).desc()).limit(1)
    head = session.exec(newest).first()
    moment = f"{clock.local(clock.now()):%Y-%m-%d %H:%M}"
    return ChainHead(head.position if head else 0, head.digest if head else "", moment)


def _find(
    session: Session, actor: Actor, wanted: Wanted, before: int, limit: int
) -> list[AuditLine]:
    found = _list_newest(session, actor, wanted, before, limit)
    if found is None:
        found = _list_all(session, actor, wanted, before, limit)
    people = {each.actor_id for each in found} | _about(found, "person")
    units = {each.office_id for each in found} | _about(found, "organisation")
    names = {
        "person": _people_of(session, people),
        "organisation": organisations.names_of(session, units),
    }  # fmt: skip
    return [_line(event, names) for event in found]


def _list_all(
    session: Session, actor: Actor, wanted: Wanted, before: int, limit: int
) -> Sequence[AuditEvent]:
    """Whatever fits, by all that lies in one's subtree."""
    return session.exec(
        select(AuditEvent)
        .where(_in_scope(actor), *_conditions(wanted, before))
        .order_by(col(AuditEvent.id).desc())
        .limit(limit)
    ).all()


def _list_newest(
    session: Session, actor: Actor, wanted: Wanted, before: int, limit: int
) -> Sequence[AuditEvent] | None:
    """The same along the log, each record asked whose it is; None where that would go too far.

    A county is a part of its city: its newest page lies among few of the newest records, however
    many people it has.
    """
    if _sees_everything(actor) or limit > WALKED:
        return None
    conditions = _conditions(wanted, before)
    newest = (
        select(
            AuditEvent,
            _by_oneself().label("by"),
            _of_kind("person").label("person"),
            _of_kind("organisation").label("unit"),
        )
        .where(*conditions)
        .order_by(col(AuditEvent.id).desc())
        .limit(WALKED)
        .subquery()
    )
    event, by, about = aliased(AuditEvent, newest), aliased(Person), aliased(Person)
    mine = select(col(Organisation.id)).where(scopes.within(actor, Permission.AUDIT_READ)).cte()
    offices = select(mine.c.id)
    found = session.exec(
        select(event)
        .join(by, col(by.id) == newest.c.by, isouter=True)
        .join(about, col(about.id) == newest.c.person, isouter=True)
        .where(
            or_(
                col(event.office_id).in_(offices), col(by.organisation_id).in_(offices),
                col(about.organisation_id).in_(offices),
                newest.c.unit.in_(offices),
            )
        )
        .order_by(col(event.id).desc())
        .limit(limit)
    ).all()  # fmt: skip
    if len(found) == limit:
        return found
    older = select(AuditEvent.id).where(*conditions).order_by(col(AuditEvent.id).desc())
    return None if session.exec(older.offset(WALKED).limit(1)).first() else found


def _by_oneself() -> ColumnElement[int]:
    """Who did it, where that was for no office."""
    return case((col(AuditEvent.office_id).is_(None), col(AuditEvent.actor_id)))


def _of_kind(kind: str) -> ColumnElement[int]:
    """The number of what a record is about, where that is of a kind: no other is looked up."""
    return case((col(AuditEvent.object_kind) == kind, col(AuditEvent.object_id)))


def _sees_everything(actor: Actor) -> bool:
    return any(Capacity.CITY_BUREAU in office.capacities for office in actor.offices)


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    """What one's offices did and their people by themselves, and what was done to either.

    What somebody did for an office elsewhere is that office's: no county reads in its log how the
    city inspects it, because the inspector belongs to an employer of the county.
    """
    if _sees_everything(actor):
        return col(AuditEvent.id).is_not(None)
    offices = select(col(Organisation.id)).where(scopes.within(actor, Permission.AUDIT_READ))
    people = select(col(Person.id)).where(col(Person.organisation_id).in_(offices))
    return or_(
        col(AuditEvent.office_id).in_(offices),
        _by_oneself().in_(people),
        (col(AuditEvent.object_kind) == "person") & col(AuditEvent.object_id).in_(people),
        (col(AuditEvent.object_kind) == "organisation") & col(AuditEvent.object_id).in_(offices),
    )


def _conditions(wanted: Wanted, before: int) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(AuditEvent.id) < before] if before else []
    if wanted.person.strip():
        ids = _people(wanted.person.strip())
        about = (col(AuditEvent.object_kind) == "person") & col(AuditEvent.object_id).in_(ids)
        found.append(or_(col(AuditEvent.actor_id).in_(ids), about))
    if wanted.action in LABELS:
        found.append(col(AuditEvent.action) == wanted.action)
    if wanted.kind in KINDS:
        found.append(col(AuditEvent.object_kind) == wanted.kind)
    if wanted.office.strip():
        named = col(Organisation.name).contains(wanted.office.strip()[:60], autoescape=True)
        found.append(col(AuditEvent.office_id).in_(select(col(Organisation.id)).where(named)))
    if first := _day(wanted.first, "first"):
        found.append(col(AuditEvent.at) >= first)
    if last := _day(wanted.last, "last"):
        found.append(col(AuditEvent.at) < last + timedelta(days=1))
    return found


def _people(typed: str):  # type: ignore[no-untyped-def]
    try:
        number = identity.parse_identity(typed, today=clock.today())
    except Invalid:
        return select(col(Person.id)).where(col(Person.name) == typed)
    hashed = data_keys().hash(number, context="identity")
    return select(col(Person.id)).where(col(Person.identity_hash) == hashed)


def _day(typed: str, field: str) -> datetime | None:
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid({field: "日期应写成2020-07-15这样。"}) from None
    return datetime.combine(day, time(), tzinfo=clock.SHANGHAI)


def _about(events: Sequence[AuditEvent], kind: str) -> set[int | None]:
    return {each.object_id for each in events if each.object_kind == kind}


def _people_of(session: Session, ids: set[int | None]) -> dict[int, str]:
    wanted = col(Person.id).in_({id for id in ids if id})
    return {
        id or 0: name for id, name in session.exec(select(Person.id, Person.name).where(wanted))
    }


def _line(event: AuditEvent, names: Names) -> AuditLine:
    kind = KINDS.get(event.object_kind, "")
    named = names.get(event.object_kind, {}).get(event.object_id or 0, "")
    number = f"（{event.object_id}）" if event.object_id else ""
    return AuditLine(
        id=event.id or 0,
        at=f"{clock.local(event.at):%Y-%m-%d %H:%M:%S}",
        who=names["person"].get(event.actor_id or 0, "") or "系统或未登录",
        office=names["organisation"].get(event.office_id or 0, ""),
        action=LABELS.get(event.action, event.action),
        about=f"{kind}{named}{number}",
    )
