"""What an office may see: its own subtree, as one indexed range in every query."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.services.actors import Actor


def within(actor: Actor) -> ColumnElement[bool]:
    """The predicate on `Organisation.path` that holds for everything the actor answers for."""
    ranges = [
        and_(col(Organisation.path) >= office.path, col(Organisation.path) < office.path[:-1] + "0")
        for office in actor.offices
    ]
    return or_(*ranges) if ranges else col(Organisation.id).is_(None)


def is_above(actor: Actor, path: str) -> bool:
    """Whether one of the actor's offices stands above (not at) the organisation at `path`."""
    return any(path.startswith(office.path) and path != office.path for office in actor.offices)


def get_person(session: Session, actor: Actor, person_id: int) -> Person:
    """A person in the actor's subtree; NotFound otherwise, so that nothing tells who exists."""
    found = session.exec(
        select(Person)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(Person.id == person_id, within(actor))
    ).first()
    if found is None:
        raise NotFound("没有找到该人员，可能不在您的管理范围内。")
    return found
