"""What an office may see: its own subtree, as one indexed range in every query.

Whoever works for two offices has in each subtree only the rights that office gives.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlmodel import Session, col, select

from rxapp.adapters import conditions
from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.permissions import Permission, permissions_of
from rxapp.services.actors import Actor, Office

# Below more than so many offices what is looked for is walked in its order.
FEW = 200


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


def list_few_below(session: Session, actor: Actor, permission: Permission) -> list[int] | None:
    """The offices below one's own where they are few, to be asked one by one; None for many."""
    mine = office_ids(actor, permission)
    below = select(Organisation.id).where(
        within(actor, permission), col(Organisation.id).not_in(mine)
    )
    found = [id for id in session.exec(below.limit(FEW + 1)) if id is not None]
    return found if len(found) <= FEW else None


def is_below(actor: Actor, permission: Permission, office: Any) -> ColumnElement[bool]:
    """The predicate on an office's id that holds below one's own; rows go on in their order."""
    here = exists().where(col(Organisation.id) == office, within(actor, permission))
    return conditions.passed(and_(here, office.not_in(office_ids(actor, permission))))


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
