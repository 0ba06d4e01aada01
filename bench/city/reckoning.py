"""From the steps that were measured to a city's 20,000 watchers: the arithmetic, line by line."""

from dataclasses import dataclass

from bench.city import december
from bench.city.load import Step

# A server's cores are not run fuller than this in the fullest hour.
FULL = 0.6
CORES_OF_A_MACHINE = 8


@dataclass(frozen=True)
class Reckoning:
    """What one watcher costs, and what follows from it."""

    knee: int
    per_watcher_cpu: dict[str, float]
    per_watcher_mb: float
    lines: tuple[str, ...]


def reckon(steps: list[Step], workers: int) -> Reckoning:
    """The knee, the cost of a watcher between the first step and the last good one, the city's."""
    good = [step for step in steps if step.beat_p95_ms <= december.LONGEST_BEAT_MS] or steps[:1]
    first, last = steps[0], good[-1]
    more = max(1, last.watchers - first.watchers)
    cpu = {
        name: max(0.0, (last.cpu[name] - first.cpu[name]) / more) if more > 1 else last.cpu[name]
        for name in last.cpu
    }
    memory = (last.memory_mb["workers"] - first.memory_mb["workers"]) / more
    return Reckoning(last.watchers, cpu, memory, tuple(_lines(last, cpu, memory, workers)))


def _lines(last: Step, cpu: dict[str, float], memory: float, workers: int) -> list[str]:
    city = december.WATCHERS_OF_A_CITY
    served, stored = cpu["workers"] * city, cpu["postgres"] * city
    kept = cpu["redis"] * city
    own = sum(last.cpu.values())
    one = served / FULL
    total = (served + stored + kept) / FULL
    return [
        f"at {last.watchers} watchers: p95 of a beat {last.beat_p95_ms} ms, "
        f"{last.beats_a_second} beats/s, {workers} workers",
        f"busy cores of the machine {last.machine}, of which this run {own:.2f}: "
        + ", ".join(f"{name} {share:.2f}" for name, share in last.cpu.items()),
        f"one more watcher: workers {1000 * cpu['workers']:.3f}, PostgreSQL "
        f"{1000 * cpu['postgres']:.3f}, Redis {1000 * cpu['redis']:.3f} thousandths of a core; "
        f"{memory:.3f} MB",
        f"{city} watchers: workers {served:.1f} + PostgreSQL {stored:.1f} + Redis {kept:.1f} cores",
        f"at {FULL:.0%} of each core: {one:.0f} workers (one process fills one core), "
        f"PostgreSQL {stored / FULL:.0f} cores, Redis {kept / FULL:.1f} cores",
        f"memory: {city} x {memory:.3f} MB = {city * memory / 1000:.1f} GB over all workers",
        f"machines of {CORES_OF_A_MACHINE} cores: {total:.0f} cores in all, "
        f"{-(-total // CORES_OF_A_MACHINE):.0f} machines",
    ]
