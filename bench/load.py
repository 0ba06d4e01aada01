"""How load is made and counted: so many hands that each wait for their answer, then go on."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bench import processes
from bench.processes import Server

Act = Callable[[], Awaitable[str]]
"""One thing a browser does; empty when the platform did what was asked, else what it said."""


@dataclass(frozen=True)
class Spread:
    """How long answers took, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float


@dataclass(frozen=True)
class Round:
    """What a stretch of full load came to; CPU in shares of one core, per act in milliseconds.

    `per_second` counts what was done as asked; `refused` says how often what else was answered.
    """

    per_second: float
    refused: dict[str, int]
    server_cpu: float
    client_cpu: float
    server_ms_each: float
    took: Spread


async def full_load(server: Server, hands: Sequence[Act], seconds: float) -> Round:
    """Let every hand act again as soon as it was answered, for so long."""
    took: list[float] = []
    refused: Counter[str] = Counter()
    began, server_began = time.perf_counter(), server.cpu_seconds()
    client_began = processes.own_cpu_seconds()

    async def work(hand: Act) -> None:
        while (sent := time.perf_counter()) < began + seconds:
            refusal = await hand()
            took.append(time.perf_counter() - sent)
            if refusal:
                refused[refusal] += 1

    await asyncio.gather(*(work(hand) for hand in hands))
    wall = time.perf_counter() - began
    server_cpu = server.cpu_seconds() - server_began
    return Round(
        per_second=round((len(took) - refused.total()) / wall, 1),
        refused=dict(refused),
        server_cpu=round(server_cpu / wall, 2),
        client_cpu=round((processes.own_cpu_seconds() - client_began) / wall, 2),
        server_ms_each=round(1000 * server_cpu / max(1, len(took)), 3),
        took=spread(took),
    )


def spread(seconds: Sequence[float]) -> Spread:
    """The distribution of so many durations, given in seconds."""
    ordered = sorted(1000 * each for each in seconds) or [math.nan]

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)], 2)

    return Spread(len(seconds), at(0.5), at(0.95), at(0.99), round(ordered[-1], 2))


async def all_at(width: int, calls: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Make every call, so many at a time."""
    room = asyncio.Semaphore(width)

    async def one(call: Callable[[], Awaitable[None]]) -> None:
        async with room:
            await call()

    await asyncio.gather(*(one(call) for call in calls))
