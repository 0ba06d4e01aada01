"""What an office may see: its own subtree, as one indexed range in every query.

Whoever works for two offices has in each subtree only the rights that office gives.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, select

from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.permissions import Permission, permissions_of
from rxapp.services.actors import Actor, Office


def within(
    actor: Actor, permission: Permission, *, of: ColumnElement[str] | Any = None
) -> ColumnElement[bool]:
    """The predicate on a path (`Organisation.path`) that holds where the actor may do this."""
    path = col(Organisation.path) if of is None else of
    ranges = [
        and_(path >= office.path, path < office.path[:-1] + "0")
        for office in _offices(actor, permission)
    ]
    # Plainly false: where no organisation was joined its id is null as well.
    return or_(*ranges) if ranges else false()


def is_above(actor: Actor, permission: Permission, path: str) -> bool:
    """Whether an office that gives this right stands above (not at) the organisation at `path`."""
    offices = _offices(actor, permission)
    return any(path.startswith(office.path) and path != office.path for office in offices)


def office_ids(actor: Actor, permission: Permission) -> list[int]:
    """The offices one serves that give this right."""
    return [office.organisation_id for office in _offices(actor, permission)]


def top_ids(actor: Actor, permission: Permission) -> list[int]:
    """Of the offices one serves that give this right those below no other: nothing counts twice."""
    offices = _offices(actor, permission)
    return [
        office.organisation_id
        for office in offices
        if not any(
            office.path != other.path and office.path.startswith(other.path) for other in offices
        )
    ]


def get_person(session: Session, actor: Actor, permission: Permission, person_id: int) -> Person:
    """A person the actor may do this for; else NotFound, so that nothing tells who exists."""
    found = session.exec(
        select(Person)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(Person.id == person_id, within(actor, permission))
    ).first()
    if found is None:
        raise NotFound("没有找到该人员，可能不在您的管理范围内。")
    return found


def _offices(actor: Actor, permission: Permission) -> list[Office]:
    return [
        office
        for office in actor.offices
        if permission in permissions_of(office.capacities, activated=True)
    ]
