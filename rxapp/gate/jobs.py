"""What runs beside the requests: sealing, sending, counting, bringing files in, keeping house."""

import asyncio
import contextlib
import gc
import os
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

import structlog

from rxapp import clock
from rxapp.adapters import metrics, outages
from rxapp.gate import tracing
from rxapp.rules import jobs
from rxapp.rules.jobs import Job
from rxapp.services import (
    alerting,
    collecting_work,
    course_work,
    job_log,
    moving_files,
    retention,
    roster_posting,
)
from rxapp.services.folding import fold_once
from rxapp.services.job_log import Round
from rxapp.services.sealing import seal_once
from rxapp.services.sending import send_once

# On SQLite nobody else writes during a step.
FOLDING_REST_SECONDS = 0.02
# Not while everybody waits for the first page.
FIRST_HOUSEKEEPING_SECONDS = 30

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def sealing() -> AsyncIterator[None]:
    """Seal while the service runs, and once more when it stops."""
    # What was made at start stays: looking through it for garbage again and again would take a
    # quarter of the processor.
    gc.collect()
    gc.freeze()
    async with _beside(jobs.SEALING, lambda _: seal_once()):
        yield
    try:
        await asyncio.to_thread(seal_once)
    except Exception as error:  # what is left is sealed at the next start
        _note("sealing", error)


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[None]:
    """Bring files in while the service runs; one that is under way goes on at the next start."""

    def work(stop: threading.Event) -> None:
        while collecting_work.work_once(_worker(), stop) and not stop.is_set():
            pass

    async with _beside(jobs.COLLECTING, work, first=0):
        yield


@contextlib.asynccontextmanager
async def posting() -> AsyncIterator[None]:
    """Write posted rosters into the ledger; one that is under way goes on at the next start."""
    async with _beside(jobs.POSTING, roster_posting.work_once, first=0):
        yield


@contextlib.asynccontextmanager
async def looking_at_films() -> AsyncIterator[None]:
    """Look at films and packages that came in; one that was under way is taken up again."""

    def look(stop: threading.Event) -> None:
        while course_work.work_once(_worker()) and not stop.is_set():
            pass
        moving_files.bring_soon()

    async with _beside(jobs.FILMS, look, first=0):
        yield


@contextlib.asynccontextmanager
async def keeping_house() -> AsyncIterator[None]:
    """Release who is due and remove what is past its time, once an hour."""
    run = lambda _: retention.run_once()  # noqa: E731
    async with _beside(jobs.HOUSEKEEPING, run, first=FIRST_HOUSEKEEPING_SECONDS):
        yield


@contextlib.asynccontextmanager
async def sending() -> AsyncIterator[None]:
    """Hand over text messages and e-mails while the service runs."""
    async with _beside(jobs.SENDING, lambda _: send_once()):
        yield


@contextlib.asynccontextmanager
async def folding() -> AsyncIterator[None]:
    """Put what changed into the city's sums while the service runs; what is left is marked."""

    def fold(stop: threading.Event) -> None:
        fold_once(rest=FOLDING_REST_SECONDS, stop=stop)

    async with _beside(jobs.FOLDING, fold):
        yield


@contextlib.asynccontextmanager
async def watching_over() -> AsyncIterator[None]:
    """Look every minute whether anything needs somebody, and tell them."""
    async with _beside(jobs.WATCHING_OVER, lambda _: alerting.look_once()):
        yield


@contextlib.asynccontextmanager
async def _beside(
    job: Job, work: Callable[[threading.Event], object], *, first: float | None = None
) -> AsyncIterator[None]:
    """Let a round of work run in a thread again and again until the block ends."""
    stop = threading.Event()
    task = asyncio.create_task(_for_ever(job, work, stop, job.every if first is None else first))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        job_log.left(job)
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _for_ever(
    job: Job, work: Callable[[threading.Event], object], stop: threading.Event, first: float
) -> None:
    job_log.joined(job)
    # A thread of its own: while it waits for the database, the others are there for who asks.
    thread = ThreadPoolExecutor(1, thread_name_prefix=job.key)
    try:
        await asyncio.sleep(first)
        while True:
            await asyncio.get_running_loop().run_in_executor(thread, _round, job, work, stop)
            await asyncio.sleep(job.every)
    finally:
        thread.shutdown(wait=False)


def _round(job: Job, work: Callable[[threading.Event], object], stop: threading.Event) -> None:
    """One round; it outlives any single fault, the next one tries again."""
    began_at, began, fault = clock.now(), time.perf_counter(), ""
    number = tracing.begin()
    job_log.began(job)
    try:
        work(stop)
    except Exception as error:
        fault = job_log.kind_of(error)
        _note(job.key, error)
    took = timedelta(seconds=time.perf_counter() - began)
    try:
        job_log.ended(Round(job, began_at, took, fault, number))
    except Exception as error:  # the database may be what is away
        log.warning("job not written down", job=job.key, error=type(error).__name__)


def _note(name: str, error: Exception) -> None:
    if outages.is_outage(error):
        log.warning("job waits", job=name, fault=type(error).__name__)
    else:
        metrics.FAULTS.add("job")
        log.error("job failed", job=name, exc_info=error)


@cache
def _worker() -> str:
    """Who this process is among those that share the work."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"
