"""What only one worker of all does at a time: kept apart by PostgreSQL until a transaction ends.

On SQLite a writing transaction is alone anyway.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum, unique

from sqlalchemy import text
from sqlmodel import Session

from rxapp.adapters import database


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


@contextmanager
def beside(lock: Lock, part: str, *, alone: bool) -> Iterator[bool]:
    """Hold one part of a lock in no transaction while the block lasts: with others, or alone.

    With others it waits for whoever is alone; alone it says whether it may. True where one machine
    has the database to itself.
    """
    engine = database.engine()
    if engine.dialect.name != "postgresql":
        yield True
        return
    kind, of = "" if alone else "_shared", {"n": int(lock), "part": part}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        ask = "pg_try_advisory_lock" if alone else "pg_advisory_lock_shared"
        asked = line.execute(text(f"SELECT {ask}(:n, hashtext(:part))"), of).scalar()
        mine = bool(asked) if alone else True
        try:
            yield mine
        finally:
            if mine:
                line.execute(text(f"SELECT pg_advisory_unlock{kind}(:n, hashtext(:part))"), of)


def wait_for(session: Session, lock: Lock) -> None:
    """Wait until nobody else is at it, and keep others away until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": int(lock)})
