"""Who may read a notice: everyone, or those of some kinds in some counties, once its time has come.

Whoever is learner and clerk counts as each of both: a clerk of one county who lives in another is
that county's learner and this one's clerk.
"""

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.notices import Notice, NoticeCounty
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.notices import Audience, Kind, Status, kinds_in, kinds_of
from rxapp.rules.permissions import Capacity
from rxapp.services.actors import Actor

Part = tuple[int, tuple[int, ...]]
"""Kinds somebody is of, as bits, and the offices above where he is that."""


def readable(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The predicate on `Notice` that holds for what the actor may read now."""
    fits = [and_(col(Notice.kinds) == 0, col(Notice.in_counties).is_(False))]
    fits += [_fits(part) for part in _parts(session, actor)]
    return and_(is_out(), or_(*fits))


def is_out() -> ColumnElement[bool]:
    """Whether a notice is published and its time has come."""
    return and_(
        col(Notice.status) == Status.PUBLISHED, col(Notice.publish_at) <= clock.business_now()
    )


def of(session: Session, row: Notice) -> Audience:
    """Whom the edition in force is for."""
    counties = session.exec(
        select(NoticeCounty.county_id).where(NoticeCounty.notice_id == row.id)
    ).all()
    return Audience(kinds_in(row.kinds), frozenset(counties))


def own_county(office: Organisation) -> int | None:
    """The county to which an office's notices are confined; None for the city bureau."""
    return None if Capacity.CITY_BUREAU in office.capacities else office.id


def list_counties(session: Session, office: Organisation) -> list[tuple[int, str]]:
    """The counties a bureau may choose from: those right below the city bureau, or only its own."""
    if own_county(office) is not None:
        return [(office.id or 0, short_name(office.name))]
    rows = session.exec(
        select(Organisation)
        .where(Organisation.parent_id == office.id)
        .order_by(col(Organisation.id))
    )
    bureaus = (row for row in rows if Capacity.COUNTY_BUREAU in row.capacities)
    return [(row.id or 0, short_name(row.name)) for row in bureaus]


def names_of(session: Session, counties: frozenset[int]) -> dict[int, str]:
    """What some counties are called."""
    rows = session.exec(
        select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(counties))
    )
    return {id or 0: short_name(name) for id, name in rows}


def short_name(bureau: str) -> str:
    """A county as people call it, from the name of its bureau."""
    for ending in ("人力资源和社会保障局", "人力资源社会保障局", "人社局"):
        if bureau.endswith(ending) and bureau != ending:
            return bureau.removesuffix(ending)
    return bureau


def _parts(session: Session, actor: Actor) -> list[Part]:
    if actor.person_id is None or not actor.activated:
        return []
    path = session.exec(
        select(Organisation.path)
        .join(Person, col(Person.organisation_id) == Organisation.id)
        .where(Person.id == actor.person_id)
    ).first()
    parts = [(Kind.LEARNER.bit, _line(path or ""))]
    for office in actor.offices:
        mask = sum(kind.bit for kind in kinds_of(office.capacities))
        parts.append((mask, _line(office.path)))
    return parts


def _line(path: str) -> tuple[int, ...]:
    return tuple(int(part) for part in path.strip("/").split("/") if part)


def _fits(part: Part) -> ColumnElement[bool]:
    mask, above = part
    kinds = or_(col(Notice.kinds) == 0, col(Notice.kinds).op("&")(mask) != 0)
    if not above:
        return and_(kinds, col(Notice.in_counties).is_(False))
    here = exists().where(
        col(NoticeCounty.notice_id) == Notice.id, col(NoticeCounty.county_id).in_(above)
    )
    return and_(kinds, or_(col(Notice.in_counties).is_(False), here))
