"""What runs beside the requests: the sealer that links audit records into their chain."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

import structlog

from rxapp.services.sealing import seal_once

EVERY_SECONDS = 0.7

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
