"""What the figures were taken on, as far as they depend on it."""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Machine:
    """Cores, versions, what one safe write to the disk costs, and how busy others kept it."""

    cores: int
    system: str
    python: str
    disk_sync_ms: float
    spin_ms: float
    load_before: float


def describe(folder: Path) -> Machine:
    """This machine; the disk is the one that `folder` lies on."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        disk_sync_ms=round(_sync_ms(folder / "sync"), 3),
        spin_ms=round(_spin_ms(), 2),
        load_before=round(os.getloadavg()[0], 2),
    )


def _sync_ms(path: Path) -> float:
    """A page appended and made safe, as a commit does; the median of a hundred."""
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(100):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    path.unlink()
    return median(took)


def _spin_ms() -> float:
    """A fixed piece of plain Python work; compare it before you compare two machines' figures."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        sum(number * number % 7 for number in range(200_000))
        took.append(1000 * (time.perf_counter() - began))
    return min(took)
