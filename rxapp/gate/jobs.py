"""What runs beside the requests: sealing, sending, counting, bringing files in, keeping house."""

import asyncio
import contextlib
import gc
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from functools import cache

import structlog

from rxapp.services import backup_alarm, collecting_work, course_work, retention, roster_posting
from rxapp.services.folding import fold_once
from rxapp.services.sealing import seal_once
from rxapp.services.sending import send_once

SEALING_EVERY_SECONDS = 0.7
SENDING_EVERY_SECONDS = 3
FOLDING_EVERY_SECONDS = 1.0
# On SQLite nobody else writes during a step.
FOLDING_REST_SECONDS = 0.02
LOOK_EVERY_SECONDS = 1.0
# Not while everybody waits for the first page.
FIRST_HOUSEKEEPING_SECONDS = 30
HOUSEKEEPING_EVERY_SECONDS = 3600

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def sealing() -> AsyncIterator[None]:
    """Seal while the service runs, and once more when it stops."""
    # What was made at start stays: looking through it for garbage again and again would take a
    # quarter of the processor.
    gc.collect()
    gc.freeze()
    async with _beside("sealing", lambda _: seal_once(), every=SEALING_EVERY_SECONDS):
        yield
    await asyncio.to_thread(seal_once)


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[None]:
    """Bring files in while the service runs; one that is under way goes on at the next start."""

    def work(stop: threading.Event) -> None:
        while collecting_work.work_once(_worker(), stop) and not stop.is_set():
            pass

    async with _beside("collecting", work, every=LOOK_EVERY_SECONDS, first=0):
        yield


@contextlib.asynccontextmanager
async def posting() -> AsyncIterator[None]:
    """Write posted rosters into the ledger; one that is under way goes on at the next start."""
    async with _beside("posting", roster_posting.work_once, every=LOOK_EVERY_SECONDS, first=0):
        yield


@contextlib.asynccontextmanager
async def looking_at_films() -> AsyncIterator[None]:
    """Look at films and packages that came in; one that was under way is taken up again."""

    def look(stop: threading.Event) -> None:
        while course_work.work_once(_worker()) and not stop.is_set():
            pass

    async with _beside("looking at films", look, every=LOOK_EVERY_SECONDS, first=0):
        yield


@contextlib.asynccontextmanager
async def keeping_house() -> AsyncIterator[None]:
    """Release who is due and remove what is past its time, once an hour."""
    async with _beside(
        "housekeeping", lambda _: retention.run_once(),
        every=HOUSEKEEPING_EVERY_SECONDS, first=FIRST_HOUSEKEEPING_SECONDS,
    ):  # fmt: skip
        yield


@contextlib.asynccontextmanager
async def watching_backups() -> AsyncIterator[None]:
    """Tell the bureau when its newest restore-tested backup is too old; looked at every hour."""
    async with _beside(
        "watching backups", lambda _: backup_alarm.run_once(),
        every=HOUSEKEEPING_EVERY_SECONDS, first=FIRST_HOUSEKEEPING_SECONDS,
    ):  # fmt: skip
        yield


@contextlib.asynccontextmanager
async def sending() -> AsyncIterator[None]:
    """Hand over text messages and e-mails while the service runs."""
    async with _beside("sending", lambda _: send_once(), every=SENDING_EVERY_SECONDS):
        yield


@contextlib.asynccontextmanager
async def folding() -> AsyncIterator[None]:
    """Put what changed into the city's sums while the service runs; what is left is marked."""

    def fold(stop: threading.Event) -> None:
        fold_once(rest=FOLDING_REST_SECONDS, stop=stop)

    async with _beside("folding", fold, every=FOLDING_EVERY_SECONDS):
        yield


@contextlib.asynccontextmanager
async def _beside(
    name: str, work: Callable[[threading.Event], object], *, every: float,
    first: float | None = None,
) -> AsyncIterator[None]:  # fmt: skip
    """Let a round of work run in a thread again and again until the block ends."""
    stop = threading.Event()
    task = asyncio.create_task(
        _for_ever(name, work, stop, every, every if first is None else first)
    )
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _for_ever(
    name: str, work: Callable[[threading.Event], object], stop: threading.Event, every: float,
    first: float,
) -> None:  # fmt: skip
    await asyncio.sleep(first)
    while True:
        try:
            await asyncio.to_thread(work, stop)
        except Exception:  # outlives any single fault; the next round tries again
            log.exception("job failed", job=name)
        await asyncio.sleep(every)


@cache
def _worker() -> str:
    """Who this process is among those that share the work."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"
