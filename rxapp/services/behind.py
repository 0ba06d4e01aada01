"""年度未完成: who of one employer is behind in a year, by how much, and reminded of it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.models.credits import YearTotal
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person, StatusSpell
from rxapp.rules.behind import least_to_go, shortfall, until_in_words
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.permissions import BUREAUS, Capacity, Permission
from rxapp.rules.person_status import PersonStatus, Spell, owes
from rxapp.rules.subjects import Subject
from rxapp.rules.years import Bucket, YearPolicy, YearStanding, owed_total, standing
from rxapp.services import extensions, policies, scopes, standings
from rxapp.services.actors import Actor

PAGE = 30
AGAIN_AFTER = timedelta(days=7)
# What a reminder is known by: nothing else is sent under it.
REMINDER = "继续教育学时提醒"
BY_GAP, BY_NAME = "gap", "name"
SHOWN = (Bucket.REQUIRED, Bucket.ELECTIVE, Bucket.PROFESSIONAL)


@dataclass(frozen=True)
class BehindRow:
    """Somebody whose year is not done; hours are empty where nothing is missing."""

    id: int
    name: str
    identity_mask: str
    required: str
    elective: str
    professional: str
    total: str
    state: str
    reminded: str


@dataclass(frozen=True)
class BehindPage:
    """Some of those behind; `next_after` is empty at the end."""

    rows: list[BehindRow]
    next_after: str
    behind: int
    owing: int
    unit: str
    label: str
    until: str


@dataclass(frozen=True)
class YearChoice:
    """A year to look at; 2016 to 2019 are judged together and are one choice."""

    value: str
    label: str


@dataclass(frozen=True)
class Start:
    """Where a clerk begins: the own employer if there is one, and whether there are others."""

    organisation_id: int
    may_choose: bool
    years: list[YearChoice]


@dataclass(frozen=True)
class Line:
    """A person beside the standing of the year looked at."""

    id: int
    name: str
    identity_mask: str
    status: PersonStatus
    activated: bool
    standing: YearStanding
    to_go: Hours


def get_start(session: Session, actor: Actor) -> Start:
    """The own employer, for whoever serves one; a department or bureau chooses below it."""
    actor.require(Permission.PEOPLE_READ)
    here = select(Organisation.id).where(scopes.within(actor, Permission.PEOPLE_READ)).limit(2)
    mine = [
        office.organisation_id
        for office in actor.offices
        if Capacity.EMPLOYER in office.capacities and not BUREAUS & office.capacities
    ]
    return Start(mine[0] if mine else 0, len(session.exec(here).all()) > 1, list_years())


def list_years() -> list[YearChoice]:
    """Every year that can be looked at, the newest first."""
    alone = range(clock.today().year, 2019, -1)
    return [YearChoice(f"{year}", f"{year}年度") for year in alone] + [
        YearChoice("2019", "2016—2019年度")
    ]


def list_behind(
    session: Session, actor: Actor, *, organisation_id: int, year: int, order: str = BY_GAP,
    after: str = "",
) -> BehindPage:  # fmt: skip
    """Those of one employer whose year is not done, by what is missing most or by name.

    Costs what the employer has people, never what the city has.
    """
    place = get_place(session, actor, organisation_id)
    policy = extensions.policy_at(session, organisation_id, year)
    lines = list(read(session, organisation_id, policy))
    found = sorted((line for line in lines if line.to_go), key=_key_of(order))
    rest = found
    if after:
        mark = _mark(order, after)
        rest = [line for line in found if _key_of(order)(line) > mark]
    shown = rest[:PAGE]
    told = last_told(session, [line.id for line in shown])
    return BehindPage(
        rows=[_row(line, told.get(line.id, "")) for line in shown],
        next_after=_written(order, shown[-1]) if len(rest) > PAGE else "",
        behind=len(found), owing=len(lines), unit=place.name,
        label=policy.label, until=until(policy),
    )  # fmt: skip


def get_place(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """An organisation whose people one may see; NotFound for any other."""
    actor.require(Permission.PEOPLE_READ)
    found = session.exec(
        select(Organisation).where(
            Organisation.id == organisation_id, scopes.within(actor, Permission.PEOPLE_READ)
        )
    ).first()
    if found is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    return found


def read(
    session: Session,
    organisation_id: int,
    policy: YearPolicy,
    *,
    only: Collection[int] | None = None,
) -> Iterator[Line]:
    """Everybody of an organisation (or `only` some) who owes the year, with its standing."""
    years = list(policy.period_years) or [policy.year]
    here = [Person.organisation_id == organisation_id]
    here += [col(Person.id).in_(only)] if only is not None else []
    spells, held = _spells(session, here), _held(session, here, years)
    exempt = policies.list_exempt(session, years)
    for id, name, mask, status, activated_at, owes_from in _people(session, here, max(years)):
        mine = spells.get(id, ())
        excused = frozenset(y for y in years if not owes(mine, y, exempt=exempt[y]))
        found = _standing(policy, held.get(id, {}), owes_from, excused)
        if found.owed or policy.owed_years(owes_from, excused):
            activated = activated_at is not None
            yield Line(id, name, mask, status, activated, found, least_to_go(found))


def until(policy: YearPolicy) -> str:
    """Until when the year's hours can still come."""
    return until_in_words(policy, clock.today(), claims_open=standings.CLAIMS_OPEN)


def last_told(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Who was reminded within the last seven days, and on which day."""
    rows = session.exec(
        select(Message.person_id, func.max(Message.at))
        .where(
            col(Message.person_id).in_(ids), Message.title == REMINDER,
            col(Message.at) > clock.now() - AGAIN_AFTER,
        )
        .group_by(col(Message.person_id))
    )  # fmt: skip
    return {id: f"{clock.local(at):%m-%d}" for id, at in rows}


def _standing(
    policy: YearPolicy, held: dict[int, dict[Subject, Hours]], owes_from: int,
    excused: frozenset[int],
) -> YearStanding:  # fmt: skip
    sums = {year: Hours.total(by_subject.values()) for year, by_subject in held.items()}
    whole = owed_total(policy, sums, owes_from=owes_from, excused=excused)
    return standing(
        policy, held.get(policy.year, {}), owes_from=owes_from, excused=excused,
        period_total=whole if policy.period else None,
    )  # fmt: skip


def _people(session: Session, here: list[Any], last: int) -> Any:
    # Who lost the name to be forgotten cannot be reminded, nor shown.
    return session.exec(
        select(  # type: ignore[call-overload]
            Person.id, Person.name, Person.identity_mask, Person.status, Person.activated_at,
            Person.owes_from,
        ).where(*here, col(Person.owes_from) <= last, col(Person.pseudonymised_at).is_(None))
    )  # fmt: skip


def _held(
    session: Session, here: list[Any], years: list[int]
) -> dict[int, dict[int, dict[Subject, Hours]]]:
    rows = session.exec(
        select(  # type: ignore[call-overload]
            YearTotal.person_id, YearTotal.year, YearTotal.required, YearTotal.elective,
            YearTotal.professional,
        )
        .join(Person, col(Person.id) == YearTotal.person_id)
        .where(*here, col(YearTotal.year).in_(years))
    )  # fmt: skip
    found: dict[int, dict[int, dict[Subject, Hours]]] = {}
    for person_id, year, required, elective, professional in rows:
        found.setdefault(person_id, {})[year] = {
            Subject.PUBLIC_REQUIRED: required, Subject.PUBLIC_ELECTIVE: elective,
            Subject.PROFESSIONAL: professional,
        }  # fmt: skip
    return found


def _spells(session: Session, here: list[Any]) -> dict[int, list[Spell]]:
    rows = session.exec(
        select(StatusSpell)
        .join(Person, col(Person.id) == StatusSpell.person_id)
        # Nearly everybody has always been at work.
        .where(*here, col(Person.status_on).is_not(None))
        .order_by(col(StatusSpell.id))
    )
    found: dict[int, list[Spell]] = {}
    for row in rows:
        spell = Spell(row.status, row.begins_on, row.ended_on)
        found.setdefault(row.person_id, []).append(spell)
    return found


def _key_of(order: str):  # type: ignore[no-untyped-def]
    if order == BY_NAME:
        return lambda line: (line.name, line.id)
    return lambda line: (-line.to_go.tenths, line.id)


def _written(order: str, line: Line) -> str:
    first = line.name if order == BY_NAME else f"{line.to_go.tenths}"
    return f"{line.id}|{first}"


def _mark(order: str, after: str) -> tuple[object, int]:
    id, _, first = after.partition("|")
    if not (id.isascii() and id.isdigit()):
        raise NotFound()
    if order == BY_NAME:
        return first, int(id)
    if not (first.isascii() and first.isdigit()):
        raise NotFound()
    return -int(first), int(id)


def _row(line: Line, told: str) -> BehindRow:
    short = shortfall(line.standing)
    required, elective, professional = (_text(short.get(each, ZERO)) for each in SHOWN)
    away = "" if line.status is PersonStatus.ACTIVE else line.status.label
    return BehindRow(
        line.id, line.name, line.identity_mask, required, elective, professional,
        str(line.to_go), away or ("" if line.activated else "未激活"),
        f"{told}已提醒" if told else "",
    )  # fmt: skip


def _text(hours: Hours) -> str:
    return str(hours) if hours else "—"
