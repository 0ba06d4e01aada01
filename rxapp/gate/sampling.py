"""What a worker measures of itself once a second, and hands on once a minute."""

import asyncio
import contextlib
import itertools
import os
import resource
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from rxapp.adapters import metrics, outages
from rxapp.services import use_case_times

EVERY_SECONDS = 1.0
MEASURED_EVERY = 5
HANDED_ON_EVERY = 60

log = structlog.get_logger()

# Processor time that was counted already.
_spent = [0.0]


@contextlib.asynccontextmanager
async def sampling() -> AsyncIterator[None]:
    """Measure while the service runs."""
    task = asyncio.create_task(_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _for_ever() -> None:
    metrics.begin()
    for rounds in itertools.count(1):
        due = time.perf_counter() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        metrics.LAG.took(max(0.0, time.perf_counter() - due))
        if rounds % MEASURED_EVERY == 0:
            await asyncio.to_thread(_measure)
        if rounds % HANDED_ON_EVERY == 0:
            await asyncio.to_thread(_hand_on)


def _measure() -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    now = spent.ru_utime + spent.ru_stime
    metrics.CPU.add(by=now - _spent[0])
    _spent[0] = now
    metrics.THREADS.stands(threading.active_count())
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        metrics.MEMORY_HELD.stands(pages * resource.getpagesize())
        metrics.OPEN_FILES.stands(len(os.listdir("/proc/self/fd")))


def _hand_on() -> None:
    try:
        use_case_times.hand_on()
    except Exception as error:  # the next minute takes both
        if outages.is_outage(error):
            log.warning("times not handed on", fault=type(error).__name__)
        else:
            log.exception("times not handed on")
