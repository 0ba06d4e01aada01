"""Whose turn it is: the nearest office upwards that takes part and has somebody to act."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from rxapp.errors import NotFound
from rxapp.models.applications import QueueTotal
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership
from rxapp.rules.permissions import BUREAUS, Capacity, Permission, permissions_of

# Whoever does not count: nobody decides about himself, or what he entered himself.
Besides = int | Collection[int] | None


def find_office(
    session: Session, organisation_id: int, *, permission: Permission = Permission.REVIEW,
    besides: Besides = None, capacities: Collection[Capacity] = (),
) -> int:  # fmt: skip
    """The office that acts for an organisation: itself, or the nearest above it that can.

    An office that is suspended or closed, whose capacities do not give the right, or that has no
    clerk but `besides` (nobody decides about himself) is skipped. Where nobody can act it waits
    with the city bureau. `capacities` narrows it to such offices, e.g. bureaus.
    """
    chain = line_upwards(session, organisation_id)
    for office in chain:
        fits = not capacities or office.capacities & frozenset(capacities)
        if fits and _acts(session, office, permission, besides):
            return office.id or 0
    return chain[-1].id or 0


def find_bureau(session: Session, organisation_id: int, *, besides: Besides = None) -> int:
    """The nearest bureau upwards that has somebody to act."""
    return find_office(session, organisation_id, besides=besides, capacities=BUREAUS)


def find_superior(session: Session, organisation_id: int, *, besides: Besides = None) -> int:
    """The nearest office strictly above an organisation that can act."""
    chain = line_upwards(session, organisation_id)
    above = chain[1].id if len(chain) > 1 else chain[0].id
    return find_office(session, above or 0, besides=besides)


def line_upwards(session: Session, organisation_id: int) -> list[Organisation]:
    """An organisation and all above it, the nearest first."""
    here = session.get(Organisation, organisation_id)
    if here is None:
        raise NotFound("没有找到该单位。")
    ids = [int(part) for part in here.path.strip("/").split("/")]
    rows = session.exec(select(Organisation).where(col(Organisation.id).in_(ids))).all()
    return sorted(rows, key=lambda row: -len(row.path))


def list_clerks(session: Session, organisation_id: int) -> list[int]:
    """The people who may act for an organisation now."""
    rows = session.exec(
        select(Membership.person_id).where(
            Membership.organisation_id == organisation_id,
            col(Membership.begins_at).is_not(None),
            col(Membership.ended_at).is_(None),
        )
    )
    return list(rows)


def has_other_clerk(session: Session, organisation_id: int, besides: Besides) -> bool:
    """Whether somebody but these may act for an organisation."""
    barred = {besides} if besides is None or isinstance(besides, int) else set(besides)
    return any(clerk not in barred for clerk in list_clerks(session, organisation_id))


def waiting_in_vain(queue: str, *also: ColumnElement[bool]):  # type: ignore[no-untyped-def]
    """Offices with something in a queue that they cannot act on, unless nobody is above them.

    They are suspended, merged or closed, or have nobody to act; or what is `also` said of them.
    """
    unable = or_(col(Organisation.status) != OrganisationStatus.ACTIVE, ~_is_served(), *also)
    return (
        select(Organisation.id)
        .join(QueueTotal, col(QueueTotal.office_id) == Organisation.id)
        .where(
            QueueTotal.queue == queue, QueueTotal.waiting > 0,
            col(Organisation.parent_id).is_not(None), unable,
        )
        .order_by(col(Organisation.id))
    )  # fmt: skip


def _is_served() -> ColumnElement[bool]:
    return exists().where(
        col(Membership.organisation_id) == Organisation.id,
        col(Membership.begins_at).is_not(None), col(Membership.ended_at).is_(None),
    )  # fmt: skip


def _acts(session: Session, office: Organisation, permission: Permission, besides: Besides) -> bool:
    if office.status is not OrganisationStatus.ACTIVE:
        return False
    if permission not in permissions_of(office.capacities, activated=True):
        return False
    return has_other_clerk(session, office.id or 0, besides)
