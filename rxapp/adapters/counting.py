"""Counting and timing across workers.

Several workers count into small files of one folder in memory, which whoever is asked adds up:
what a worker counted outlives it, what it measured at the moment ends with it.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

# Read by the library when it is imported first: it is imported late, in the workers alone.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")
PREFIX = "rxapp-metrics-"

OTHER = "other"


@dataclass
class Figure:
    """One kind of figure with at most a few labels, made when it is first needed.

    With `words` the first label is one of them, or "other".
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    words: frozenset[str] | None = None
    buckets: tuple[float, ...] = ()
    # How what several workers measure becomes one figure.
    mode: Literal["", "livesum"] = ""
    _lines: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def of(self, *words: str) -> Any:
        """The line with these labels."""
        line = self._lines.get(words)
        if line is None:
            known = words
            if self.words is not None and words[0] not in self.words:
                known = (OTHER, *words[1:])
            made = _made(self)
            line = made.labels(*known) if self.labels else made
            if known == words:
                self._lines[words] = line
        return line

    def add(self, *words: str, by: float = 1) -> None:
        """Count."""
        self.of(*words).inc(by)

    def took(self, seconds: float, *words: str) -> None:
        """Note how long something took."""
        self.of(*words).observe(seconds)

    def stands(self, value: float, *words: str) -> None:
        """Note how much there is now."""
        self.of(*words).set(value)


@dataclass(frozen=True)
class Fact:
    """A figure that is looked up when it is asked for, the same whichever worker answers."""

    name: str
    help: str
    lines: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


def share() -> None:
    """Let the workers of this process count together; called before any of them is started.

    The folder lies in memory: what is mapped from a disk that fills up kills whoever writes to it.
    """
    for left in _folders():
        if not _is_alive(int(left.name.removeprefix(PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    within = MEMORY if os.access(MEMORY, os.W_OK) else None
    os.environ[FOLDER] = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=within)


def unshare() -> None:
    """Remove what the workers counted into, once all of them have ended."""
    folder = os.environ.pop(FOLDER, "")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def text(facts: Iterable[Fact] = ()) -> bytes:
    """All figures of all workers, in the format of Prometheus."""
    from prometheus_client import CollectorRegistry, generate_latest

    return generate_latest(_with_facts(CollectorRegistry() if _shared() else _registry(), facts))


def own_times(figure: Figure) -> dict[str, tuple[int, ...]]:
    """Of each first label how many this process found within each bucket, not added up."""
    found: dict[str, list[float]] = {}
    for sample in [each for family in _made(figure).collect() for each in family.samples]:
        if sample.name.endswith("_bucket"):
            found.setdefault(sample.labels[figure.labels[0]], []).append(sample.value)
    return {
        word: tuple(int(b - a) for a, b in zip([0.0, *sums], sums, strict=False))
        for word, sums in found.items()
    }


def _with_facts(registry: Any, facts: Iterable[Fact]) -> Any:
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    asked = CollectorRegistry()
    if _shared():
        _bury_dead(_shared())
        MultiProcessCollector(asked, path=_shared())
    else:
        asked.register(_Family(registry.collect))
    asked.register(_Family(lambda: _families(facts)))
    return asked


@dataclass(frozen=True)
class _Family:
    collect: Callable[[], Iterable[Any]]


def _families(facts: Iterable[Fact]) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily

    for fact in facts:
        family = GaugeMetricFamily(fact.name, fact.help, labels=fact.labels)
        for words, value in fact.lines.items():
            family.add_metric(words, value)
        yield family


@cache
def _registry() -> Any:
    from prometheus_client import CollectorRegistry

    return CollectorRegistry()


_figures: dict[str, Any] = {}


def _made(figure: Figure) -> Any:
    """The library's own figure, once."""
    from prometheus_client import Counter, Gauge, Histogram

    made = _figures.get(figure.name)
    if made is None:
        given: dict[str, Any] = {"registry": _registry()}
        if figure.buckets:
            made = Histogram(
                figure.name, figure.help, figure.labels, buckets=figure.buckets, **given
            )
        elif figure.mode:
            made = Gauge(
                figure.name, figure.help, figure.labels, multiprocess_mode=figure.mode, **given
            )
        else:
            made = Counter(figure.name, figure.help, figure.labels, **given)
        made = _figures.setdefault(figure.name, made)
    return made


def _shared() -> str:
    return os.environ.get(FOLDER, "")


def _bury_dead(folder: str) -> None:
    """What a worker measured at the moment ends with it; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    for path in Path(folder).glob("gauge_live*_*.db"):
        worker = path.stem.rpartition("_")[2]
        if not (worker.isdigit() and _is_sibling(int(worker))):
            mark_process_dead(worker, folder)


def _is_sibling(worker: int) -> bool:
    """Whether a process was started by the one that started this: a number may be given again."""
    try:
        stat = Path(f"/proc/{worker}/stat").read_text()
    except OSError:
        return False
    state, parent = stat.rpartition(")")[2].split()[:2]
    return state != "Z" and int(parent) == os.getppid()


def _folders() -> list[Path]:
    return [*MEMORY.glob(f"{PREFIX}*"), *Path(tempfile.gettempdir()).glob(f"{PREFIX}*")]


def _is_alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()
