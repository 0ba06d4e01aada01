"""What runs beside the requests: sealing, sending, counting, bringing files in, keeping house."""

import asyncio
import contextlib
import gc
import os
import secrets
import threading
from collections.abc import AsyncIterator

import structlog

from rxapp.services import course_work, retention, roster_posting
from rxapp.services.collecting_work import work_once
from rxapp.services.folding import fold_once
from rxapp.services.sealing import seal_once
from rxapp.services.sending import send_once

EVERY_SECONDS = 0.7
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
    task = asyncio.create_task(_seal_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(seal_once)


async def _seal_for_ever() -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await asyncio.to_thread(seal_once)
        except Exception:  # the sealer outlives any single fault; the next round tries again
            log.exception("sealing failed")


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[None]:
    """Bring files in while the service runs; one that is under way goes on at the next start."""
    stop = threading.Event()
    task = asyncio.create_task(_collect_for_ever(stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _collect_for_ever(stop: threading.Event) -> None:
    worker = f"{os.getpid()}-{secrets.token_hex(4)}"
    while True:
        try:
            worked = await asyncio.to_thread(work_once, worker, stop)
        except Exception:  # as above: another round, another try
            log.exception("collecting failed")
            worked = False
        if not worked:
            await asyncio.sleep(LOOK_EVERY_SECONDS)


@contextlib.asynccontextmanager
async def posting() -> AsyncIterator[None]:
    """Write posted rosters into the ledger; one that is under way goes on at the next start."""
    stop = threading.Event()
    task = asyncio.create_task(_post_for_ever(stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def looking_at_films() -> AsyncIterator[None]:
    """Look at films and packages that came in; one that was under way is taken up again."""
    task = asyncio.create_task(_look_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _post_for_ever(stop: threading.Event) -> None:
    while True:
        try:
            await asyncio.to_thread(roster_posting.work_once, stop)
        except Exception:  # as above: another round, another try
            log.exception("posting failed")
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _look_for_ever() -> None:
    worker = f"{os.getpid()}-{secrets.token_hex(4)}"
    while True:
        try:
            worked = await asyncio.to_thread(course_work.work_once, worker)
        except Exception:  # outlives any single fault likewise
            log.exception("looking at a film failed")
            worked = False
        if not worked:
            await asyncio.sleep(LOOK_EVERY_SECONDS)


@contextlib.asynccontextmanager
async def keeping_house() -> AsyncIterator[None]:
    """Release who is due and remove what is past its time, once an hour."""
    task = asyncio.create_task(_keep_house_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_house_for_ever() -> None:
    while True:
        await asyncio.sleep(FIRST_HOUSEKEEPING_SECONDS)
        try:
            await asyncio.to_thread(retention.run_once)
        except Exception:  # outlives any single fault likewise
            log.exception("housekeeping failed")
        await asyncio.sleep(HOUSEKEEPING_EVERY_SECONDS)


@contextlib.asynccontextmanager
async def sending() -> AsyncIterator[None]:
    """Hand over text messages and e-mails while the service runs."""
    task = asyncio.create_task(_send_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _send_for_ever() -> None:
    while True:
        await asyncio.sleep(SENDING_EVERY_SECONDS)
        try:
            await asyncio.to_thread(send_once)
        except Exception:  # outlives any single fault likewise
            log.exception("sending failed")


@contextlib.asynccontextmanager
async def folding() -> AsyncIterator[None]:
    """Put what changed into the city's sums while the service runs; what is left is marked."""
    stop = threading.Event()
    task = asyncio.create_task(_fold_for_ever(stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _fold_for_ever(stop: threading.Event) -> None:
    while True:
        await asyncio.sleep(FOLDING_EVERY_SECONDS)
        try:
            await asyncio.to_thread(fold_once, rest=FOLDING_REST_SECONDS, stop=stop)
        except Exception:  # outlives any single fault likewise
            log.exception("folding failed")
