"""The queue of an office: what waits, the oldest first, and what one decided on lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true, union_all
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.conditions import checked
from rxapp.errors import NotFound
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.people import Person
from rxapp.rules.city_values import CityValue
from rxapp.rules.claims import Act, Status, Step
from rxapp.rules.permissions import Permission
from rxapp.services import (
    city_values,
    claim_locks,
    claim_reviews,
    claim_views,
    conversion_rules,
    organisations,
    queues,
    scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import CLAIMS

PAGE = 30
# Of a name that so few bear, their claims are looked through rather than all that waits.
FEW_PEOPLE = 300


@dataclass(frozen=True)
class Wanted:
    """What a queue is narrowed to; `place` is own (one's offices) or below (late, further down)."""

    place: str = "own"
    rule_key: str = ""
    step: str = ""
    query: str = ""


ALL = Wanted()


@dataclass(frozen=True)
class QueueRow:
    """One claim that waits."""

    id: int
    name: str
    unit: str
    title: str
    category: str
    hours: str
    step: str
    age: str
    late: bool
    from_below: bool
    version: int
    # Who has it open, "" for nobody else.
    held_by: str


@dataclass(frozen=True)
class Queue:
    """What waits for one's offices, the oldest first; `next_after` is empty at the end."""

    rows: list[QueueRow]
    next_after: str
    waiting: int


@dataclass(frozen=True)
class DecidedRow:
    """One claim that one gave a word on."""

    id: int
    name: str
    title: str
    act: str
    status: str
    at: str


def list_queue(session: Session, actor: Actor, *, wanted: Wanted = ALL, after: str = "") -> Queue:
    """What waits, the oldest first: for one's own offices, or too long at one below them."""
    actor.require(Permission.REVIEW)
    now = clock.now()
    statement = (
        select(Claim, Person.name)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(col(Claim.id).in_(_ids(session, actor, wanted, after)))
        .order_by(col(Claim.waiting_since), col(Claim.id))
    )
    found = session.exec(statement).all()
    mine = scopes.office_ids(actor, Permission.REVIEW)
    warn = now - timedelta(days=city_values.get_value(session, CityValue.DESK_WARN_DAYS))
    held = claim_locks.list_held(session, actor, [row.id or 0 for row, _ in found])
    units = organisations.names_of(session, [row.organisation_id for row, _ in found])
    kinds = conversion_rules.names_of(session, [row.rule_id for row, _ in found])
    rows = [_row(*each, now, warn, mine, held, units, kinds) for each in found[:PAGE]]
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return Queue(rows, _place_of(last), queues.count(session, mine, CLAIMS))


def list_decided(session: Session, actor: Actor) -> list[DecidedRow]:
    """The last claims one gave a word on, the newest first."""
    person_id = actor.require(Permission.REVIEW)
    rows = session.exec(
        select(ClaimDecision, Claim, Person.name)
        .join(Claim, col(Claim.id) == ClaimDecision.claim_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(
            ClaimDecision.by_id == person_id,
            col(ClaimDecision.act).in_((*claim_reviews.REVIEWED, Act.TAKE_BACK)),
        )
        .order_by(col(ClaimDecision.at).desc(), col(ClaimDecision.id).desc())
        .limit(PAGE)
    ).all()
    return [
        DecidedRow(
            row.id or 0, name, row.title, made.act.label, row.status.label,
            claim_views.moment(made.at),
        )
        for made, row, name in rows
    ]  # fmt: skip


def _ids(session: Session, actor: Actor, wanted: Wanted, after: str) -> Any:
    """Which claims the page shows: from the indexes alone, so that nothing passed over is read."""
    place, kinds = _place(session, actor, wanted.place), _kinds(session, wanted)
    narrowed = [_later_than(after)] if after else []
    if wanted.step in set(Step):
        narrowed.append(col(Claim.step) == Step(wanted.step))
    if wanted.query:
        leads, condition = _sought(session, wanted.query)
        if leads:
            place, kinds = [checked(each) for each in place], [checked(or_(*kinds))]
        narrowed.append(condition)
    # Each version of a kind lies in its own order: the page is the first of the first of each.
    parts = [
        select(col(Claim.id).label("id"), col(Claim.waiting_since).label("since"))
        .where(Claim.status == Status.SUBMITTED, *place, kind, *narrowed)
        .order_by(col(Claim.waiting_since), col(Claim.id))
        .limit(PAGE + 1)
        .subquery()
        for kind in kinds
    ]
    found = union_all(*(select(each.c.id, each.c.since) for each in parts)).subquery()
    return select(found.c.id).order_by(found.c.since, found.c.id).limit(PAGE + 1)


def _sought(session: Session, query: str) -> tuple[bool, ColumnElement[bool]]:
    """Who or what is looked for, and whether it is so little that the search begins there."""
    if query.isascii():
        return True, col(Claim.number) == query.upper()
    name = col(Person.name)
    named = select(Person.id).where(name >= query, name < f"{query}\U0010ffff")
    few = session.exec(named.limit(FEW_PEOPLE + 1)).all()
    if len(few) <= FEW_PEOPLE:
        return True, col(Claim.person_id).in_(few)
    called = exists().where(
        col(Person.id) == Claim.person_id, name >= query, name < f"{query}\U0010ffff"
    )
    return False, checked(called)


def _place(session: Session, actor: Actor, place: str) -> list[ColumnElement[bool]]:
    mine = scopes.office_ids(actor, Permission.REVIEW)
    if place != "below":
        return [col(Claim.office_id).in_(mine)]
    late, office = claim_reviews.is_late(session), col(Claim.office_id)
    # Walked in its order the first page comes first; below few offices little of it lies.
    few = scopes.list_few_below(session, actor, Permission.REVIEW)
    if few is None:
        return [late, scopes.is_below(actor, Permission.REVIEW, office)]
    return [late, office.in_(few)]


def _kinds(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """One condition for each version of the kind that is looked for; for all kinds one alone."""
    if not wanted.rule_key:
        return [true()]
    versions = conversion_rules.list_versions(session, wanted.rule_key)
    return [col(Claim.rule_id) == version for version in versions] or [false()]


def _place_of(last: Claim | None) -> str:
    return f"{last.waiting_since.isoformat()}|{last.id}" if last and last.waiting_since else ""


def _later_than(after: str) -> ColumnElement[bool]:
    moment, _, last = after.partition("|")
    try:
        since, row_id = datetime.fromisoformat(moment), int(last)
    except ValueError:
        raise NotFound() from None
    same = and_(col(Claim.waiting_since) == since, col(Claim.id) > row_id)
    # The plain range lets the index begin there, however deep the page.
    return and_(col(Claim.waiting_since) >= since, or_(col(Claim.waiting_since) > since, same))


def _row(
    row: Claim, name: str, now: datetime, warn: datetime, mine: list[int], held: dict[int, str],
    units: dict[int, str], kinds: dict[int, str],
) -> QueueRow:  # fmt: skip
    since = row.waiting_since or now
    return QueueRow(
        id=row.id or 0, name=name, unit=units.get(row.organisation_id or 0, ""),
        title=row.title,
        category=kinds[row.rule_id or 0], hours=str(row.hours), step=row.step.label,
        age=_age(now - since), late=since < warn, from_below=row.office_id not in mine,
        version=row.version, held_by=held.get(row.id or 0, ""),
    )  # fmt: skip


def _age(waited: timedelta) -> str:
    if waited.days:
        return f"已等待{waited.days}天"
    hours = waited.seconds // 3600
    return f"已等待{hours}小时" if hours else "刚刚提交"
