"""What runs beside the requests: the sealer that links audit records into their chain."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from sqlalchemy import text

from rxapp.adapters.database import engine, transaction
from rxapp.services import audit

EVERY_SECONDS = 0.7
LOCK = 7_201_801  # any fixed number: one sealer at a time across all workers

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def sealing() -> AsyncIterator[None]:
    """Seal while the service runs, and once more when it stops."""
    task = asyncio.create_task(_seal_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(seal_once)


def seal_once() -> int:
    """Link what is committed into the chain; returns how many records, 0 when another is at it."""
    with transaction() as session:
        if not audit.has_unsealed(session):
            return 0
    with transaction(write=True) as session:
        if engine().dialect.name == "postgresql":
            free = session.execute(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": LOCK})
            if not free.scalar():
                return 0
        return audit.seal(session)


async def _seal_for_ever() -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await asyncio.to_thread(seal_once)
        except Exception:  # the sealer outlives any single fault; the next round tries again
            log.exception("sealing failed")
