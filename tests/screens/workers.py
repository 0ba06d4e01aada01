"""The city's set-up: PostgreSQL, Redis, two workers, nginx with HTTPS in front."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from tests import servers
from tests.fronting import Front, front
from tests.screens.city import CLI, City, environment_of, load_city
from tests.serving import ROOT, command, running


@dataclass(frozen=True)
class Workers(City):
    """A city whose data lies in PostgreSQL; `service` is the process that began the workers."""

    database: str = ""
    service: int = 0
    front: Front | None = None
    environment: tuple[tuple[str, str], ...] = ()

    def rows(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        """What the database holds at this moment."""
        with psycopg.connect(self.database, autocommit=True) as line:
            return line.execute(_spoken(sql), given).fetchall()  # type: ignore[call-overload]

    def change(self, sql: str, *given: Any) -> None:
        """Change the database behind the service's back; fails when nothing was changed."""
        with psycopg.connect(self.database, autocommit=True) as line:
            assert line.execute(_spoken(sql), given).rowcount > 0, sql  # type: ignore[call-overload]

    def client(self) -> httpx.Client:
        """A client of its own, with connections of its own: any worker may get them."""
        assert self.front
        return httpx.Client(
            base_url=self.address, verify=self.front.trust(), headers={"Origin": self.address}
        )

    def workers(self) -> list[int]:
        """The processes that serve."""
        tasks = Path(f"/proc/{self.service}/task")
        children = " ".join((task / "children").read_text() for task in tasks.iterdir())
        return [int(pid) for pid in children.split() if _serves(int(pid))]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One of the operator's commands, beside the service."""
        return subprocess.run(
            command(*CLI, *words), env=dict(self.environment), cwd=ROOT, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip


@contextmanager
def city_of_workers(
    folder: Path, free_port: Callable[[], int], postgres_url: str, redis_url: str
) -> Iterator[Workers]:
    """The demo city on PostgreSQL and Redis, served by two workers behind nginx."""
    database = servers.create_database(postgres_url, f"workers_{uuid4().hex[:12]}")
    data, port, outside, log = folder / "data", free_port(), free_port(), folder / "service.log"
    load_city(data, RXAPP_DATABASE_URL=database)
    environment = environment_of(data, port) | {
        "RXAPP_DATABASE_URL": database, "RXAPP_REDIS_URL": redis_url, "RXAPP_WORKERS": "2",
        "RXAPP_PUBLIC_URL": f"https://localhost:{outside}", "RXAPP_TRUSTED_PROXY_HOPS": "1",
    }  # fmt: skip
    plain = database.replace("postgresql+psycopg", "postgresql")
    with (
        running(*CLI, "serve", environment=environment, port=port, log=log) as service,
        front(folder / "nginx", upstream=port, files=data / "files", port=outside) as nginx,
    ):
        yield Workers(
            nginx.address, data, log, database=plain, service=service.pid, front=nginx,
            environment=tuple(environment.items()),
        )  # fmt: skip
    servers.drop_database(postgres_url, database.rpartition("/")[2])
    assert "Traceback" not in log.read_text()
    assert "[emerg]" not in nginx.logged()


def kill(pid: int) -> None:
    """End one worker as a power cut would."""
    os.kill(pid, signal.SIGKILL)


def cpu_ticks(pid: int) -> int:
    """How much a process has worked."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(numbers[11]) + int(numbers[12])


def _serves(pid: int) -> bool:
    try:
        return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _spoken(sql: str) -> str:
    # Written for SQLite, which asks with question marks and keeps JSON as text.
    columns = ("s.options, q.options", "s.options::text, q.options::text")
    return sql.replace("%", "%%").replace("?", "%s").replace(*columns)
