"""Sign-ins: 256 random bits in a cookie, their hash in the database, looked up at every press."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, Person, SignIn
from rxapp.rules.permissions import permissions_of
from rxapp.services import audit
from rxapp.services.actors import ANONYMOUS, Actor, Office
from rxapp.settings import settings

# Written at most this often, so that looking a sign-in up stays a read.
SEEN_EVERY = timedelta(seconds=60)


def token_hash(token: str) -> str:
    """What is kept of a random token: its SHA-256, which needs no salt at 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(session: Session, person: Person, *, device: str) -> str:
    """Start a sign-in for a person whose password was right; returns the cookie's token."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    row = SignIn(
        token_hash=token_hash(token),
        person_id=person.id or 0,
        activated=person.activated_at is not None,
        device=device[:60],
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=settings().sign_in_hours),
    )
    session.add(row)
    session.flush()
    return token


def find_actor(session: Session, token: str) -> Actor:
    """The person behind a cookie with all that may be done now; nobody when it is not valid."""
    if not token:
        return ANONYMOUS
    found = session.exec(
        select(SignIn, Person)
        .join(Person, col(Person.id) == SignIn.person_id)
        .where(SignIn.token_hash == token_hash(token))
    ).first()
    if found is None or not _alive(found[0], clock.now()):
        return ANONYMOUS
    row, person = found
    activated = row.activated and person.activated_at is not None
    offices = _offices(session, person.id or 0) if activated else ()
    capacities = frozenset(word for office in offices for word in office.capacities)
    return Actor(
        permissions=permissions_of(capacities, activated=activated),
        person_id=person.id,
        sign_in_id=row.id,
        name=person.name,
        activated=activated,
        offices=offices,
    )


def is_stale(session: Session, actor: Actor) -> bool:
    """Whether the sign-in's last sighting is old enough to be worth writing down again."""
    row = session.get(SignIn, actor.sign_in_id)
    return row is not None and clock.now() - row.seen_at > SEEN_EVERY


def keep_alive(session: Session, actor: Actor) -> None:
    """Note that the person is still here; written at most once a minute."""
    now = clock.now()
    session.execute(
        update(SignIn)
        .where(col(SignIn.id) == actor.sign_in_id, col(SignIn.seen_at) < now - SEEN_EVERY)
        .values(seen_at=now)
    )


def end(session: Session, actor: Actor) -> None:
    """Sign out here."""
    if actor.sign_in_id is None:
        return
    _end_where(session, col(SignIn.id) == actor.sign_in_id)
    audit.record(session, actor, audit.Action.SIGNED_OUT, kind="sign_in", id=actor.sign_in_id)


def end_all(session: Session, actor: Actor, *, person_id: int, except_id: int | None) -> int:
    """End every other sign-in of a person; returns how many were ended."""
    mine = col(SignIn.person_id) == person_id
    spared = col(SignIn.id) != (except_id or 0)
    ended = _end_where(session, mine, spared)
    audit.record(
        session, actor, audit.Action.SIGN_INS_ENDED, kind="person", id=person_id, count=ended
    )
    return ended


def _end_where(session: Session, *conditions) -> int:  # type: ignore[no-untyped-def]
    done = session.execute(
        update(SignIn)
        .where(*conditions, col(SignIn.ended_at).is_(None))
        .values(ended_at=clock.now())
    )
    return done.rowcount  # type: ignore[attr-defined]


def _alive(row: SignIn, now: datetime) -> bool:
    idle = timedelta(minutes=settings().sign_in_idle_minutes)
    return row.ended_at is None and now < row.expires_at and now - row.seen_at < idle


def _offices(session: Session, person_id: int) -> tuple[Office, ...]:
    rows = session.exec(
        select(Organisation)
        .join(Membership, col(Membership.organisation_id) == Organisation.id)
        .where(
            Membership.person_id == person_id,
            col(Membership.begins_at).is_not(None),
            col(Membership.ended_at).is_(None),
            Organisation.status == OrganisationStatus.ACTIVE,
        )
        .order_by(col(Organisation.id))
    ).all()
    return tuple(Office(row.id or 0, row.path, row.name, row.capacities) for row in rows)
