"""Servers started for the measurement alone: in folders of their own, ended by process id."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180  # the first start builds the pages
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Server:
    """A running server: its port and the process that leads it."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def family(self) -> list[int]:
        """The process and everything it started."""
        return [self.process.pid, *_descendants(self.process.pid)]

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        return sum(_cpu_seconds(pid) for pid in self.family())

    def memory_mb(self) -> float:
        """Resident memory now, in MB of 10^6 bytes."""
        return sum(_resident(pid) for pid in self.family()) / 1e6

    def kill(self) -> None:
        """End it as a power cut would, without a chance to tidy up."""
        for pid in reversed(self.family()):
            _signal(pid, signal.SIGKILL)
        self.process.wait()


def environment(data: Path, port: int = 3000) -> dict[str, str]:
    """A demo installation in `data`, on a fixed day when courses are open, behind one proxy.

    The proxy lets each learner come from an address of its own, as in life; the limit on
    connections is kept per address.
    """
    return _environment() | {
        "RXAPP_DATA_DIR": str(data),
        "RXAPP_DEMO": "1",
        "RXAPP_TODAY": "2020-08-01",
        "RXAPP_HOST": "127.0.0.1",
        "RXAPP_PORT": str(port),
        "RXAPP_TRUSTED_PROXY_HOPS": "1",
    }


@contextmanager
def platform(data: Path) -> Iterator[Server]:
    """The real platform on a prepared data folder."""
    port = free_port()
    command = [sys.executable, "-m", "rxapp.cli", "serve"]
    with _running("platform", command, environment(data, port), port, data) as server:
        yield server


@contextmanager
def yardstick(folder: Path) -> Iterator[Server]:
    """A Reflex app with one trivial handler, under the same server settings."""
    port = free_port()
    command = [sys.executable, str(ROOT / "bench" / "trivial" / "serve.py"), str(port)]
    with _running("trivial", command, _environment(), port, folder) as server:
        yield server


def run(module: str, *words: str, data: Path) -> str:
    """Run one of this folder's modules on a data folder; returns what it printed."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(data), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return done.stdout.decode()


def own_cpu_seconds() -> float:
    """Processor time this process, the load generator, used so far."""
    return time.process_time()


@contextmanager
def _running(
    name: str, command: list[str], environment: Mapping[str, str], port: int, folder: Path
) -> Iterator[Server]:
    log = folder / f"{name}.log"
    # A run that is killed must not leave its servers behind.
    tied = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*tied, *command], cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    server = Server(name, port, process, log)
    try:
        _wait(server)
        yield server
    finally:
        _end(server)


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return  # the yardstick has no such page, but it answers
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{server.name} did not start:\n{server.log.read_text()[-3000:]}")


def _end(server: Server) -> None:
    if server.process.poll() is not None:
        return
    server.process.send_signal(signal.SIGINT)
    try:
        server.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RXAPP_")}
    return kept | {"REFLEX_TELEMETRY_ENABLED": "false", "REFLEX_USE_NPM": "1"}


def _descendants(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        found = [int(word) for each in threads for word in (each / "children").read_text().split()]
    except OSError:
        return []
    return [*found, *(deeper for child in found for deeper in _descendants(child))]


def _cpu_seconds(pid: int) -> float:
    try:
        # After the name in brackets: state is field 3, user and system time are 14 and 15.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
