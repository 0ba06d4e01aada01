"""What a database says of itself: its edition, its clock, whether it keeps what it promised."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pysqlite3 import dbapi2
from sqlalchemy import Connection, text


@dataclass(frozen=True)
class DatabaseFacts:
    """A database server: `now` is by its own clock; `durable` whether a commit is on the disk."""

    kind: str
    version: tuple[int, ...]
    now: datetime | None
    durable: bool
    encoding: str
    connections: int


def facts_of(connection: Connection) -> DatabaseFacts:
    """What the server behind a connection says of itself."""
    if connection.dialect.name == "sqlite":
        version = tuple(int(part) for part in _embedded().split("."))
        return DatabaseFacts("SQLite", version, None, True, "UTF8", 0)
    number = int(_asked(connection, "SHOW server_version_num"))
    return DatabaseFacts(
        kind="PostgreSQL", version=(number // 10_000, number % 10_000),
        now=connection.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC),
        durable="off" not in (_asked(connection, "SHOW fsync"),
                              _asked(connection, "SHOW synchronous_commit")),
        encoding=_asked(connection, "SHOW server_encoding"),
        connections=int(_asked(connection, "SHOW max_connections")),
    )  # fmt: skip


def _embedded() -> str:
    return dbapi2.sqlite_version  # pyright: ignore


def _asked(connection: Connection, question: str) -> str:
    return str(connection.execute(text(question)).scalar_one())
