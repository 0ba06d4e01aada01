"""What only one worker of all does at a time: kept apart by PostgreSQL until a transaction ends.

On SQLite a writing transaction is alone anyway.
"""

from enum import IntEnum, unique

from sqlalchemy import text
from sqlmodel import Session


@unique
class Lock(IntEnum):
    """Any fixed numbers, each another: work that shares one would keep the other waiting."""

    SEALING = 7_201_801
    FOLDING = 7_201_802
    RETENTION = 7_201_803
    ALERTING = 7_201_808
    FILES = 7_201_809


def is_alone(session: Session, lock: Lock) -> bool:
    """Whether nobody else is at it; if so nobody else is until this transaction ends."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    asked = text("SELECT pg_try_advisory_xact_lock(:n)")
    return bool(session.execute(asked, {"n": int(lock)}).scalar())


def share(session: Session, lock: Lock) -> None:
    """Keep away whoever must be alone until this transaction ends, together with others."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:n)"), {"n": int(lock)})


def wait_for(session: Session, lock: Lock) -> None:
    """Wait until nobody else is at it, and keep others away until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": int(lock)})
