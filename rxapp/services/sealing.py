"""Linking committed audit records into their chain, one sealer at a time."""

from sqlalchemy import Engine

from rxapp.adapters.database import transaction
from rxapp.adapters.locks import Lock, is_alone
from rxapp.services import audit


def seal_once(*, on: Engine | None = None) -> int:
    """Link what waits into the chain; returns how many, 0 when nothing waits or another seals."""
    with transaction(on=on) as session:
        if not audit.has_unsealed(session):
            return 0
    with transaction(write=True, on=on) as session:
        return audit.seal(session) if is_alone(session, Lock.SEALING) else 0


def seal_all(*, on: Engine | None = None) -> None:
    """Link everything that waits, before the chain is proved."""
    while seal_once(on=on):
        pass
