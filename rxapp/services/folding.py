"""Putting what changed into the sums while the service runs, one folder at a time."""

import threading

from sqlalchemy import Engine, text
from sqlmodel import Session

from rxapp.adapters.database import transaction
from rxapp.services import figure_checks, figures

LOCK = 7_201_802  # any fixed number besides the sealer's: one folder across all workers


def fold_once(
    *, on: Engine | None = None, rest: float = 0, stop: threading.Event | None = None
) -> int:
    """Count everybody anew who is marked, in small steps; returns in how many.

    0 when nobody is marked or another folds. One round meets everybody once, so that nobody waits
    behind those who change again and again. After each step others have `rest` seconds, and the
    round ends early when `stop` is set: what is left is marked still.
    """
    with transaction(on=on) as session:
        if not figures.is_due(session):
            return 0
    stopped = stop or threading.Event()
    steps, last = int(_spread(on)), _step(on, 0)
    while last and not stopped.wait(rest):
        steps, last = steps + 1, _step(on, last)
    return steps + bool(last)


def fold_all(*, on: Engine | None = None) -> None:
    """Count everybody anew who is marked, before the sums are looked at."""
    while fold_once(on=on):
        pass


def recount(*, on: Engine | None = None) -> int:
    """Make all sums anew from the ledger; returns how many there are.

    First everybody is counted anew, which moves the sums little by little, then the sums are
    replaced at one stroke: no screen shows an empty city meanwhile.
    """
    with transaction(write=True, on=on) as session:
        figure_checks.begin_recount(session)
    fold_all(on=on)
    with transaction(write=True, on=on) as session:
        _hold(session)
        return figure_checks.rebuild_cells(session)


def _spread(on: Engine | None) -> bool:
    with transaction(write=True, on=on) as session:
        return _alone(session) and figures.spread(session)


def _step(on: Engine | None, after: int) -> int:
    with transaction(write=True, on=on) as session:
        return figures.count_next(session, after=after) if _alone(session) else 0


def _alone(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": LOCK}).scalar())


def _hold(session: Session) -> None:
    """Wait for a folder that is at work, and keep others away until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK})
