"""Servers that can be killed, frozen, stopped and started again on the same port."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import servers

# As in earnest: what was committed must outlive the server.
SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SECONDS = 30


@dataclass
class Machine:
    """One server program on one port: on, off, or frozen in the middle of whatever it did."""

    command: Sequence[str]
    port: int
    answers: Callable[[int], bool]
    as_nobody: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it where it was, and wait until it answers."""
        account = servers.server_account() if self.as_nobody else None
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with tempfile.TemporaryFile("w+") as log:
                self.process = servers.spawn(self.command, account, log)
                # What the last one left behind may still be going.
                if servers.wait_until_ready(self.process, self.answers, self.port):
                    return
            time.sleep(0.05)
        raise servers.StartFailed(f"{self.command} did not start again")

    def kill(self) -> None:
        """kill -9, with everything it started."""
        self._send(signal.SIGKILL)
        self._gone()

    def freeze(self) -> None:
        """Stop it where it stands: whoever is connected waits, whoever connects waits too."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self._send(signal.SIGCONT)

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _send(self, what: signal.Signals) -> None:
        assert self.process
        pids = [self.process.pid, *_below(self.process.pid)]
        # The first in line last when it goes on, so that it finds its children going.
        for pid in pids if what is not signal.SIGCONT else reversed(pids):
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                continue

    def _gone(self) -> None:
        assert self.process
        self.process.wait(SECONDS)


@contextmanager
def postgres(**settings: str) -> Iterator[tuple[Machine, str]]:
    """A cluster of our own that keeps what it committed, and the URL of its `postgres` database."""
    with servers.cluster() as (programs, data):
        port = servers.free_port()
        command = servers.postgres_command(programs, data, port, **SAFE, **settings)
        machine = Machine(command, port, servers.answers, as_nobody=True)
        machine.start()
        try:
            yield machine, f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            machine.stop()


@contextmanager
def redis() -> Iterator[tuple[Machine, str]]:
    """A Redis that forgets everything when it is killed, and its URL."""
    with tempfile.TemporaryDirectory(prefix="rxapp-redis-") as folder:
        port = servers.free_port()
        command = servers.redis_command(servers.find_redis(), Path(folder), port)
        machine = Machine(command, port, servers.pongs)
        machine.start()
        try:
            yield machine, f"redis://127.0.0.1:{port}/0"
        finally:
            machine.stop()


def _below(pid: int) -> list[int]:
    """Everything a process started, and what that started."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    except OSError:  # gone meanwhile
        pass
    return found
