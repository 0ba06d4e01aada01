"""The whole installation for a load run: PostgreSQL, Redis, workers, and who is signed in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench import processes
from bench.city import december, load, reckoning, servers
from bench.city.copying import address
from bench.city.evening import Evening
from bench.city.load import Group, Step
from bench.city.seating import Seats
from bench.city.servers import Cluster
from bench.city.settling import console, name_of, settle_in
from tests import servers as small_servers
from tests.servers import free_port

PASSWORD = "Yunhe-2026-city"


@dataclass(frozen=True)
class Installation:
    """Everything that runs."""

    port: int
    groups: list[Group]
    database: str
    log: Path


def put_under_load(
    folder: Path, scale: float, workers: int, steps: tuple[int, ...], seconds: float
) -> None:
    """Let watchers come until a beat is slow; print and keep what was found."""
    steps = steps or load.STEPS
    with servers.cluster(folder / "postgres") as running, small_servers.redis() as redis:
        settle_in(folder, running, scale)
        os.environ |= {
            "RXAPP_REDIS_URL": redis, "RXAPP_WORKERS": f"{workers}",
            "RXAPP_TRUSTED_PROXY_HOPS": "1", "REFLEX_TELEMETRY_ENABLED": "false",
        }  # fmt: skip
        seats = _seated(max(steps), scale)
        with _serving(folder, running, redis, name_of(scale)) as made:
            evening = Evening(made.port, seats, PASSWORD)
            found = uvloop.run(
                load.rise(
                    evening, made.groups, made.database, steps=steps, seconds=seconds, told=_tell
                )
            )
    reckoned = reckoning.reckon(found, workers)
    for line in reckoned.lines:
        console.print(line)
    kept = {"workers": workers, "scale": scale, "steps": [asdict(each) for each in found],
            "reckoning": asdict(reckoned)}  # fmt: skip
    (folder / "load.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def _seated(watchers: int, scale: float) -> Seats:
    clerks, numbers = december.clerks(watchers), max(20, watchers // 5)
    words = [f"{each}" for each in (watchers, clerks, numbers, scale)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.city.seating", *words], cwd=processes.ROOT,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return Seats.read(done.stdout.decode().splitlines()[-1])


@contextmanager
def _serving(folder: Path, running: Cluster, redis: str, name: str) -> Iterator[Installation]:
    port = free_port()
    environment = os.environ | {"RXAPP_HOST": "127.0.0.1", "RXAPP_PORT": f"{port}"}
    command = [sys.executable, "-m", "rxapp.cli", "serve"]
    redis_pid = _listening(int(redis.rsplit(":", 1)[1].partition("/")[0]))
    with processes._running("city", command, environment, port, folder) as server:
        groups = [
            Group("workers", server.family),
            Group("postgres", lambda: [running.pid, *processes._descendants(running.pid)]),
            Group("redis", lambda: [redis_pid]),
            Group("load generator", lambda: [os.getpid()]),
        ]
        yield Installation(port, groups, address(running.database(name)), server.log)


def _listening(port: int) -> int:
    """The process that listens on a port of this machine: a child of ours."""
    wanted = f"--port {port}".encode()
    for pid in processes._descendants(os.getpid()):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        if wanted in words or f":{port}".encode() in words:
            return pid
    raise RuntimeError(f"nobody of ours listens on {port}")


def _tell(step: Step) -> None:
    cpu = ", ".join(f"{name} {share:.2f}" for name, share in step.cpu.items())
    console.print(
        f"[bold]{step.watchers} watch, {step.clerks} decide[/bold]: {step.beats_a_second} beats/s, "
        f"load {step.load}"
    )
    for kind, (count, middle, most, worst) in step.took.items():
        console.print(f"  {kind}: {count} x, {middle} / {most} / {worst} ms")
    console.print(f"  cores: {cpu}; machine {step.machine}")
    console.print(f"  MB: {step.memory_mb}; connections {step.connections}, busy {step.busy}")
    console.print(f"  database waits: {step.waits}; wrong: {step.wrong}")
