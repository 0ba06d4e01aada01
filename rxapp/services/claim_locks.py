"""Somebody has a claim open: colleagues see it, and may decide all the same."""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.upserts import insert_of
from rxapp.models.claims import ClaimLock
from rxapp.models.people import Person
from rxapp.rules.permissions import Permission
from rxapp.services import claim_reviews
from rxapp.services.actors import Actor

HELD = timedelta(minutes=5)


def hold(session: Session, actor: Actor, *, claim_id: int) -> str:
    """Note that one has a claim open; returns the colleague's name who has it open already."""
    person_id = actor.require(Permission.REVIEW)
    claim_reviews.find(session, actor, claim_id)
    other = list_held(session, actor, [claim_id]).get(claim_id, "")
    if other:
        return other
    now = clock.now()
    insert = insert_of(session)
    mine = {"by_id": person_id, "since": now, "until": now + HELD}
    session.execute(
        insert(ClaimLock)
        .values(claim_id=claim_id, **mine)
        .on_conflict_do_update(index_elements=["claim_id"], set_=mine)
    )
    return ""


def release(session: Session, actor: Actor, *, claim_id: int) -> None:
    """Let go of a claim one has open."""
    person_id = actor.require(Permission.REVIEW)
    session.execute(
        delete(ClaimLock).where(
            col(ClaimLock.claim_id) == claim_id, col(ClaimLock.by_id) == person_id
        )
    )


def list_held(session: Session, actor: Actor, claim_ids: list[int]) -> dict[int, str]:
    """Which of these claims somebody else has open, and who."""
    rows = session.exec(
        select(ClaimLock.claim_id, Person.name)
        .join(Person, col(Person.id) == ClaimLock.by_id)
        .where(
            col(ClaimLock.claim_id).in_(claim_ids),
            col(ClaimLock.until) > clock.now(),
            ClaimLock.by_id != actor.person_id,
        )
    )
    return dict(rows.all())
