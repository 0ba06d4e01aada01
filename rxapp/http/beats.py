"""Beats of many learners, committed together: one write to the disk for all who wait for it.

Only where there is one writer at a time anyway (SQLite). On PostgreSQL every beat is a transaction
of its own, so that no learner's row is held for the sake of another's.
"""

import asyncio
from contextvars import Context
from dataclasses import dataclass

import structlog

from rxapp.adapters import database, metrics, outages
from rxapp.http.acting import run_as
from rxapp.rules.playback import Beat
from rxapp.services import sign_ins, watching
from rxapp.services.actors import ANONYMOUS
from rxapp.services.watching import BeatView

# A batch is done within a tenth of a second; whoever comes meanwhile is in the next one.
MOST = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One beat and the request that waits for what it came to."""

    token: str
    watch: str
    said: Beat
    told: asyncio.Future[BeatView]


class Line:
    """The beats that wait, and the one task that counts them, batch by batch."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._counting: asyncio.Task[None] | None = None

    async def count(self, token: str, watch: str, said: Beat) -> BeatView:
        """What a beat came to, once it is safely stored."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(token, watch, said, loop.create_future())
        self._waiting.append(waiting)
        if self._counting is None or self._counting.done():
            # In no request's context: it serves those that come later as well.
            self._counting = loop.create_task(self._drain(), context=Context())
        return await waiting.told

    async def _drain(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            outcomes = await asyncio.to_thread(count_together, batch)
            metrics.BEATS.add(by=sum(isinstance(each, BeatView) for each in outcomes))
            for waiting, outcome in zip(batch, outcomes, strict=True):
                _tell(waiting.told, outcome)

    def _next_batch(self) -> list[Waiting]:
        """The first beats in line, one of each sitting: what comes second sees the first's."""
        first: dict[str, Waiting] = {}
        later: list[Waiting] = []
        for waiting in self._waiting:
            if len(first) < MOST and waiting.watch not in first:
                first[waiting.watch] = waiting
            else:
                later.append(waiting)
        self._waiting = later
        return list(first.values())


def count_together(batch: list[Waiting]) -> list[BeatView | Exception]:
    """Count a batch in one transaction, a handful of statements for all of it (blocking)."""
    try:
        together = metrics.timed(watching.beat_together)
        with together, database.transaction(write=True) as session:
            actors = sign_ins.find_actors(session, [each.token for each in batch])
            for actor in actors.values():
                sign_ins.keep_alive(session, actor)
            said = [(actors.get(each.token, ANONYMOUS), each.watch, each.said) for each in batch]
            return list(watching.beat_together(session, said))
    except Exception as error:
        # A beat may be counted again without harm: its number says it was counted already.
        log.warning("batch_failed", beats=len(batch), error=type(error).__name__)
        if refusal := outages.refusal_of(error):
            # One after the other they would only wait one after the other.
            return [refusal] * len(batch)
        return [_alone(waiting) for waiting in batch]


def _alone(waiting: Waiting) -> BeatView | Exception:
    try:
        return run_as(waiting.token, watching.beat, True, watch=waiting.watch, said=waiting.said)
    except Exception as error:
        return error


def _tell(told: asyncio.Future[BeatView], outcome: BeatView | Exception) -> None:
    # The request may be gone: its browser sends the beat again.
    if told.done():
        return
    if isinstance(outcome, Exception):
        told.set_exception(outcome)
    else:
        told.set_result(outcome)
