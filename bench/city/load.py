"""Rising steps of watchers until a beat takes too long; what each step costs, and what is full.

Processor time and memory are read from /proc, by what the processes are: workers, PostgreSQL,
Redis, this load generator. What the database waits for is asked of it every second.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import psycopg

from bench import processes
from bench.city import december
from bench.city.evening import Evening

STEPS = (50, 100, 200, 400, 600, 800, 1_000, 1_200, 1_400, 1_600, 2_000, 2_400, 2_800, 3_200)
SETTLE_SECONDS, STEP_SECONDS = 12, 40
WAITS = (
    "SELECT coalesce(wait_event_type || ':' || wait_event, 'running') FROM pg_stat_activity"
    " WHERE state <> 'idle' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
POOLED = "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity"


@dataclass(frozen=True)
class Group:
    """Processes of one kind, found anew each time they are asked for."""

    name: str
    pids: Callable[[], list[int]]

    def cpu_seconds(self) -> float:
        return sum(processes._cpu_seconds(pid) for pid in self.pids())

    def memory_mb(self) -> float:
        """What they hold without what they share: proportional set size."""
        return sum(_proportional(pid) for pid in self.pids()) / 1e6


@dataclass
class Step:
    """What so many watchers came to; CPU in shares of one core."""

    watchers: int
    clerks: int
    seconds: float
    beats_a_second: float
    took: dict[str, tuple[int, float, float, float]]
    cpu: dict[str, float]
    machine: float
    memory_mb: dict[str, float]
    waits: dict[str, int]
    connections: int
    busy: float
    wrong: dict[str, int]
    load: str
    notes: list[str] = field(default_factory=list)

    @property
    def beat_p95_ms(self) -> float:
        return self.took.get("beat", (0, 0.0, 0.0, 0.0))[2]


async def rise(
    evening: Evening, groups: list[Group], database: str, *, steps: tuple[int, ...] = STEPS,
    seconds: float = STEP_SECONDS, told: Callable[[Step], None],
) -> list[Step]:  # fmt: skip
    """Let the evening grow step by step until the beats are too slow."""
    found: list[Step] = []
    for watchers in steps:
        await evening.grow(watchers)
        await asyncio.sleep(SETTLE_SECONDS)
        step = await _step(evening, groups, database, watchers, seconds)
        found.append(step)
        told(step)
        if step.beat_p95_ms > december.LONGEST_BEAT_MS:
            break
    await evening.end()
    return found


async def _step(
    evening: Evening, groups: list[Group], database: str, watchers: int, seconds: float
) -> Step:
    evening.forget()
    began, before = time.perf_counter(), {each.name: each.cpu_seconds() for each in groups}
    idle = _idle_seconds()
    waits: Counter[str] = Counter()
    held: list[tuple[int, int]] = []
    with psycopg.connect(database, autocommit=True) as line:
        while time.perf_counter() < began + seconds:
            await asyncio.sleep(1)
            # In a thread: who measures must not hold up what is measured.
            events, pooled = await asyncio.to_thread(_asked, line)
            waits.update(events)
            held.append(pooled)
    wall = time.perf_counter() - began
    cores = os.cpu_count() or 1
    return Step(
        watchers=watchers,
        clerks=evening.deciding,
        seconds=round(wall, 1),
        beats_a_second=round(len(evening.took["beat"]) / wall, 1),
        took={kind: _spread(took) for kind, took in sorted(evening.took.items()) if took},
        cpu={
            each.name: round((each.cpu_seconds() - before[each.name]) / wall, 2) for each in groups
        },
        machine=round(cores - (_idle_seconds() - idle) / wall, 2),
        memory_mb={each.name: round(each.memory_mb(), 1) for each in groups},
        waits=dict(waits.most_common(6)),
        connections=max(all for all, _ in held),
        busy=round(sum(busy for _, busy in held) / len(held), 1),
        wrong=dict(evening.wrong.most_common(8)),
        load=Path("/proc/loadavg").read_text().split()[0],
    )


def _asked(line: psycopg.Connection) -> tuple[list[str], tuple[int, int]]:
    events = [each for (each,) in line.execute(WAITS).fetchall()]
    pooled = line.execute(POOLED).fetchone()
    return events, (pooled[0], pooled[1]) if pooled else (0, 0)


def _spread(took: list[float]) -> tuple[int, float, float, float]:
    """How many, then the middle, the 95th and the 99th of a hundred, in milliseconds."""
    if len(took) < 2:
        only = round(1000 * took[0], 1)
        return len(took), only, only, only
    parts = quantiles(took, n=100, method="inclusive")
    return len(took), *(round(1000 * parts[place], 1) for place in (49, 94, 98))


def _idle_seconds() -> float:
    """What all cores together had nothing to do."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(words[4]) + int(words[5])) / os.sysconf("SC_CLK_TCK")


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
