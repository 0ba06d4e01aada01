"""Putting what changed into the sums while the service runs, one folder at a time."""

import threading

from sqlalchemy import Engine

from rxapp.adapters.database import transaction
from rxapp.adapters.locks import Lock, is_alone, wait_for
from rxapp.services import figure_checks, figures, office_figures


def fold_once(
    *, on: Engine | None = None, rest: float = 0, stop: threading.Event | None = None
) -> int:
    """Count everybody and every office anew that is marked, in small steps; returns in how many.

    0 when nobody is marked or another folds. One round meets everybody once, so that nobody waits
    behind those who change again and again. After each step others have `rest` seconds, and the
    round ends early when `stop` is set: what is left is marked still.
    """
    with transaction(on=on) as session:
        if not (figures.is_due(session) or office_figures.is_due(session)):
            return 0
    stopped = stop or threading.Event()
    steps, last = int(_spread(on)), _offices(on, 0)
    while last and not stopped.wait(rest):
        steps, last = steps + 1, _offices(on, last)
    steps, last = steps + bool(last), _step(on, 0)
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
        # A folder that is at work ends first.
        wait_for(session, Lock.FOLDING)
        return figure_checks.rebuild_cells(session)


def _spread(on: Engine | None) -> bool:
    with transaction(write=True, on=on) as session:
        return is_alone(session, Lock.FOLDING) and figures.spread(session)


def _offices(on: Engine | None, after: int) -> int:
    with transaction(write=True, on=on) as session:
        if not is_alone(session, Lock.FOLDING):
            return 0
        office_figures.turn_day(session)
        return office_figures.count_next(session, after=after)


def _step(on: Engine | None, after: int) -> int:
    with transaction(write=True, on=on) as session:
        if not is_alone(session, Lock.FOLDING):
            return 0
        # Everybody of a city may be under way for minutes: what waits is not to wait for them.
        office_figures.count_next(session)
        return figures.count_next(session, after=after)
