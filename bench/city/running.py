"""The whole installation for a load run: PostgreSQL, Redis, workers, and who is signed in."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
from bench.wire import Door
from tests import fronting
from tests import servers as small_servers
from tests.fronting import Front
from tests.servers import free_port

# Everybody comes from this machine: nginx is told who is who, as from a proxy before it.
MANY = {
    "rxapp/here-http.conf:# Where the hashed files of the pages are kept": (
        "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n"
        "# Where the hashed files of the pages are kept"
    )
}
PASSWORD = "Yunhe-2026-city"


@dataclass(frozen=True)
class Installation:
    """Everything that runs."""

    door: Door
    groups: list[Group]
    database: str
    log: Path


def put_under_load(
    folder: Path, scale: float, workers: int, steps: tuple[int, ...], seconds: float,
    proxied: bool,
) -> None:  # fmt: skip
    """Let watchers come until a beat is slow; print and keep what was found."""
    steps, port = steps or load.STEPS, free_port()
    with servers.cluster(folder / "postgres") as running, small_servers.redis() as redis:
        settle_in(folder, running, scale)
        os.environ |= {
            "RXAPP_REDIS_URL": redis, "RXAPP_WORKERS": f"{workers}",
            "RXAPP_TRUSTED_PROXY_HOPS": "1", "REFLEX_TELEMETRY_ENABLED": "false",
        }  # fmt: skip
        if proxied:
            os.environ["RXAPP_PUBLIC_URL"] = f"https://{fronting.NAME}:{port}"
        seats = _seated(max(steps), scale)
        with _serving(folder, running, redis, name_of(scale), port, proxied) as made:
            evening = Evening(made.door, seats, PASSWORD)
            found = uvloop.run(
                load.rise(
                    evening, made.groups, made.database, steps=steps, seconds=seconds, told=_tell
                )
            )
    reckoned = reckoning.reckon(found, workers)
    for line in reckoned.lines:
        console.print(line)
    kept = {"workers": workers, "scale": scale, "proxied": proxied,
            "steps": [asdict(each) for each in found], "reckoning": asdict(reckoned)}  # fmt: skip
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
def _serving(
    folder: Path, running: Cluster, redis: str, name: str, port: int, proxied: bool
) -> Iterator[Installation]:
    inside = free_port() if proxied else port
    environment = os.environ | {"RXAPP_HOST": "127.0.0.1", "RXAPP_PORT": f"{inside}"}
    command = [sys.executable, "-m", "rxapp.cli", "serve"]
    redis_pid = _listening(int(redis.rsplit(":", 1)[1].partition("/")[0]))
    with ExitStack() as stack:
        server = stack.enter_context(
            processes._running("city", command, environment, inside, folder)
        )
        groups = [
            Group("workers", server.family),
            Group("postgres", lambda: [running.pid, *processes._descendants(running.pid)]),
            Group("redis", lambda: [redis_pid]),
            Group("load generator", lambda: [os.getpid()]),
        ]
        door = Door(port)
        if proxied:
            nginx = stack.enter_context(_proxy(inside, port))
            pid = nginx.process.pid
            groups.append(Group("nginx", lambda: [pid, *processes._descendants(pid)]))
            door = Door(port, fronting.NAME, nginx.trust())
        yield Installation(door, groups, address(running.database(name)), server.log)


@contextmanager
def _proxy(inside: int, outside: int) -> Iterator[Front]:
    """nginx as it is shipped, with TLS; it believes who this load generator says it is."""
    with tempfile.TemporaryDirectory() as kept:
        files = Path(os.environ["RXAPP_DATA_DIR"]) / "files"
        with fronting.front(
            Path(kept) / "nginx", upstream=inside, files=files, port=outside, also=MANY
        ) as front:
            yield front


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
