"""Sign-ins: 256 random bits in a cookie, their hash in the database, looked up at every press."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, bindparam, exists, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, Person, SecondFactor, SignIn
from rxapp.rules.permissions import BUREAUS, HALF_SIGNED_IN, Permission, permissions_of
from rxapp.services import audit
from rxapp.services.actors import ANONYMOUS, Actor, Office
from rxapp.settings import settings

# Written at most this often, so that looking a sign-in up stays a read.
SEEN_EVERY = timedelta(seconds=60)
# A password alone, with the second factor still to be given, opens nothing and not for long.
HALF_AT_MOST = timedelta(minutes=15)

# Made once: every press and every beat begins with these, and making them anew costs more than
# the database does.
_KNOWN = (
    select(
        col(SignIn.id), col(SignIn.token_hash), col(SignIn.activated), col(SignIn.seen_at),
        col(SignIn.expires_at), col(SignIn.ended_at), col(SignIn.factor_due),
        col(SignIn.factor_at), col(Person.id).label("person_id"), col(Person.name),
        col(Person.activated_at),
        # Nearly everybody works for no office, and is spared the question.
        exists().where(col(Membership.person_id) == Person.id).label("member"),
    )  # type: ignore[call-overload]
    .join(Person, col(Person.id) == SignIn.person_id)
)  # fmt: skip
_FIND = _KNOWN.where(col(SignIn.token_hash) == bindparam("token"))
_FIND_MANY = _KNOWN.where(col(SignIn.token_hash).in_(bindparam("tokens", expanding=True)))
_OFFICES = (
    select(
        col(Organisation.id), col(Organisation.path), col(Organisation.name),
        col(Organisation.capacities),
    )
    .join(Membership, col(Membership.organisation_id) == Organisation.id)
    .where(
        col(Membership.person_id) == bindparam("person"),
        col(Membership.begins_at).is_not(None),
        col(Membership.ended_at).is_(None),
        Organisation.status == OrganisationStatus.ACTIVE,
    )
    .order_by(col(Organisation.id))
)  # fmt: skip
_KEEP_ALIVE = (
    update(SignIn.__table__)  # type: ignore[attr-defined]
    .where(col(SignIn.id) == bindparam("sign_in"), col(SignIn.seen_at) < bindparam("before"))
    .values(seen_at=bindparam("now"))
)


def token_hash(token: str) -> str:
    """What is kept of a random token: its SHA-256, which needs no salt at 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(session: Session, person: Person, *, device: str) -> str:
    """Start a sign-in for a person whose password was right; returns the cookie's token."""
    token = secrets.token_urlsafe(32)
    now, factor_due = clock.now(), _has_factor(session, person.id)
    row = SignIn(
        token_hash=token_hash(token),
        person_id=person.id or 0,
        activated=person.activated_at is not None,
        factor_due=factor_due,
        device=device[:60],
        created_at=now,
        seen_at=now,
        expires_at=now + (HALF_AT_MOST if factor_due else _at_most()),
    )
    session.add(row)
    session.flush()
    return token


def find_actor(session: Session, token: str) -> Actor:
    """The person behind a cookie with all that may be done now; nobody when it is not valid."""
    if not token:
        return ANONYMOUS
    # A sign-in made in this very transaction must be seen too.
    session.flush()
    row = session.connection().execute(_FIND, {"token": token_hash(token)}).first()
    return ANONYMOUS if row is None else _actor(session, row, clock.now())


def find_actors(session: Session, tokens: Collection[str]) -> dict[str, Actor]:
    """The people behind many cookies at once; whoever is not valid is left out."""
    hashes = {token_hash(token): token for token in tokens if token}
    now = clock.now()
    rows = session.connection().execute(_FIND_MANY, {"tokens": list(hashes)})
    return {hashes[row.token_hash]: _actor(session, row, now) for row in rows.all()}


def _actor(session: Session, row: Row, now: datetime) -> Actor:
    if not _alive(row, now):
        return ANONYMOUS
    if row.factor_due and row.factor_at is None:
        return _half_signed_in(row, now)
    activated = row.activated and row.activated_at is not None
    served = _offices(session, row.person_id) if activated and row.member else ()
    offices = tuple(each for each in served if row.factor_at or not each.capacities & BUREAUS)
    capacities = frozenset(word for office in offices for word in office.capacities)
    return Actor(
        permissions=permissions_of(capacities, activated=activated),
        person_id=row.person_id,
        sign_in_id=row.id,
        name=row.name,
        activated=activated,
        offices=offices,
        stale=now - row.seen_at > SEEN_EVERY,
        needs_factor=len(offices) < len(served),
    )


def _half_signed_in(row: Row, now: datetime) -> Actor:
    # Without even the name: whoever knows a password alone is told nothing.
    return Actor(
        permissions=HALF_SIGNED_IN,
        person_id=row.person_id,
        sign_in_id=row.id,
        stale=now - row.seen_at > SEEN_EVERY,
    )


def keep_alive(session: Session, actor: Actor) -> None:
    """Note that the person is still here; written at most once a minute."""
    if not actor.stale:
        return
    now = clock.now()
    session.connection().execute(
        _KEEP_ALIVE, {"sign_in": actor.sign_in_id, "before": now - SEEN_EVERY, "now": now}
    )


def end(session: Session, actor: Actor) -> None:
    """Sign out here."""
    if actor.sign_in_id is None:
        return
    _end_where(session, col(SignIn.id) == actor.sign_in_id)
    audit.record(session, actor, audit.Action.SIGNED_OUT, kind="sign_in", id=actor.sign_in_id)


def end_one(session: Session, actor: Actor, *, sign_in_id: int) -> bool:
    """End another one of one's own sign-ins; False when it had ended already."""
    person_id = actor.require(Permission.SIGNED_IN)
    one = and_(col(SignIn.id) == sign_in_id, col(SignIn.id) != actor.sign_in_id)
    if not _end_where(session, one, col(SignIn.person_id) == person_id):
        return False
    audit.record(session, actor, audit.Action.SIGN_INS_ENDED, kind="sign_in", id=sign_in_id)
    return True


def pass_factor(session: Session, sign_in_id: int | None) -> None:
    """Note that the second factor was given for this sign-in, which now lasts as any other."""
    now = clock.now()
    session.execute(
        update(SignIn)
        .where(col(SignIn.id) == sign_in_id)
        .values(factor_at=now, expires_at=now + _at_most())
    )


def end_all(session: Session, actor: Actor, *, person_id: int, except_id: int | None) -> int:
    """End every other sign-in of a person; returns how many were ended."""
    mine = col(SignIn.person_id) == person_id
    spared = col(SignIn.id) != (except_id or 0)
    ended = _end_where(session, mine, spared)
    audit.record(
        session, actor, audit.Action.SIGN_INS_ENDED, kind="person", id=person_id, count=ended
    )
    return ended


def _at_most() -> timedelta:
    return timedelta(hours=settings().sign_in_hours)


def _has_factor(session: Session, person_id: int | None) -> bool:
    row = session.get(SecondFactor, person_id or 0)
    return row is not None and row.confirmed_at is not None


def _end_where(session: Session, *conditions) -> int:  # type: ignore[no-untyped-def]
    done = session.execute(
        update(SignIn)
        .where(*conditions, col(SignIn.ended_at).is_(None))
        .values(ended_at=clock.now())
    )
    return done.rowcount  # type: ignore[attr-defined]


def _alive(row: Row, now: datetime) -> bool:
    idle = timedelta(minutes=settings().sign_in_idle_minutes)
    return row.ended_at is None and now < row.expires_at and now - row.seen_at < idle


def _offices(session: Session, person_id: int) -> tuple[Office, ...]:
    rows = session.connection().execute(_OFFICES, {"person": person_id})
    return tuple(Office(row.id, row.path, row.name, row.capacities) for row in rows)
