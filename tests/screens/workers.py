"""The city's set-up: PostgreSQL, Redis, a store for files, two workers, nginx with HTTPS."""

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
import pytest

from rxapp.adapters.object_store import ObjectStore, open_bucket
from rxapp.settings import settings
from tests import servers
from tests.fronting import Front, front
from tests.screens.city import CLI, City, environment_of, load_city
from tests.servers import Bucket
from tests.serving import ROOT, command, running

KEPT = ("files", "evidence", "notices", "collect")


@dataclass(frozen=True)
class Workers(City):
    """A city whose data lies in PostgreSQL; `service` is the process that began the workers."""

    database: str = ""
    service: int = 0
    front: Front | None = None
    environment: tuple[tuple[str, str], ...] = ()
    upstream: int = 0
    store: ObjectStore | None = None

    def stored(self, folder: str, name: str) -> bytes:
        """What the store holds of a file."""
        assert self.store
        return b"".join(self.store.read(f"{folder}/{name[:2]}/{name}"))

    def near(self) -> list[str]:
        """The kept files that lie on this machine."""
        found = (path for kept in KEPT for path in (self.data / kept).rglob("??/*.*"))
        return [path.name for path in found if path.name != "sample.xlsx"]

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
        return _run(dict(self.environment), *words)


@contextmanager
def city_of_workers(
    folder: Path, free_port: Callable[[], int], postgres_url: str, redis_url: str, bucket: Bucket
) -> Iterator[Workers]:
    """The demo city on PostgreSQL, Redis and a store, served by two workers behind nginx.

    Its films and proofs were moved to the store, from where nginx sends them.
    """
    database = servers.create_database(postgres_url, f"workers_{uuid4().hex[:12]}")
    data, port, outside, log = folder / "data", free_port(), free_port(), folder / "service.log"
    load_city(data, RXAPP_DATABASE_URL=database)
    environment = environment_of(data, port) | {
        "RXAPP_DATABASE_URL": database, "RXAPP_REDIS_URL": redis_url, "RXAPP_WORKERS": "2",
        "RXAPP_PUBLIC_URL": f"https://localhost:{outside}", "RXAPP_TRUSTED_PROXY_HOPS": "1",
        "RXAPP_FILES_TO": f"s3://{bucket.name}/{uuid4().hex}", "RXAPP_INTERNAL_REDIRECT": "1",
        "RXAPP_S3_ENDPOINT": bucket.endpoint, "RXAPP_S3_KEY_ID": bucket.key_id,
        "RXAPP_S3_SECRET": bucket.secret,
    }  # fmt: skip
    moved = _run(environment, "move-files")
    assert moved.returncode == 0, moved.stderr
    plain = database.replace("postgresql+psycopg", "postgresql")
    with (
        running(*CLI, "serve", environment=environment, port=port, log=log) as service,
        front(
            folder / "nginx",
            upstream=port,
            files=folder / "nothing",
            port=outside,
            store=int(bucket.endpoint.rpartition(":")[2]),
        ) as nginx,
    ):
        yield Workers(
            nginx.address, data, log, database=plain, service=service.pid, front=nginx,
            environment=tuple(environment.items()), upstream=port, store=_opened(environment),
        )  # fmt: skip
    servers.drop_database(postgres_url, database.rpartition("/")[2])
    assert "Traceback" not in log.read_text()
    assert "[emerg]" not in nginx.logged()


def _run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*CLI, *words), env=environment, cwd=ROOT, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip


def _opened(environment: dict[str, str]) -> ObjectStore:
    """The store as the service sees it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            if name.startswith(("RXAPP_S3_", "RXAPP_FILES_")):
                patch.setenv(name, value)
        settings.cache_clear()
        opened = open_bucket(settings().files_to)
    settings.cache_clear()
    return opened


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
