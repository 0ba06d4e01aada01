"""Linking committed audit records into their chain, one sealer at a time."""

from sqlalchemy import text
from sqlmodel import Session

from rxapp.adapters.database import transaction
from rxapp.services import audit

LOCK = 7_201_801  # any fixed number: one sealer at a time across all workers


def seal_once() -> int:
    """Link what waits into the chain; returns how many, 0 when nothing waits or another seals."""
    with transaction() as session:
        if not audit.has_unsealed(session):
            return 0
    with transaction(write=True) as session:
        return audit.seal(session) if _alone(session) else 0


def seal_all() -> None:
    """Link everything that waits, before the chain is proved."""
    while seal_once():
        pass


def _alone(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": LOCK}).scalar())
