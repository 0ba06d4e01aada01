"""The whole database as it was at one moment, written out and brought back, without foreign tools.

SQLite is copied page by page under its own reader's lock; PostgreSQL is read table by table in one
REPEATABLE READ transaction. Writers go on meanwhile.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from pysqlite3 import dbapi2
from sqlalchemy.engine import make_url

from rxapp.adapters.backup_stream import BLOCK, PART, Entry, Header, Sink
from rxapp.adapters.database import SqliteError
from rxapp.rules.backup_manifest import Part

# Whatever a database says when it cannot go on.
FAULTS = (SqliteError, psycopg.Error)
WHOLE, SEQUENCES = "database", "sequences"
SQLITE, POSTGRESQL = "sqlite", "postgresql"

_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r'"
    " AND relnamespace = current_schema()::regnamespace ORDER BY relname"
)
_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
)
_LAST_VALUES = (
    "SELECT sequencename, last_value FROM pg_sequences"
    " WHERE schemaname = current_schema() AND last_value IS NOT NULL"
)


class Moment(Protocol):
    """A database as it was at one moment."""

    kind: str
    revision: str
    tables: dict[str, int]

    def write(self, out: Sink) -> list[Part]:
        """Write it out; `tables` then holds the rows of each table."""
        ...


def kind_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def file_of(url: str) -> Path:
    """Where an SQLite database lies."""
    return Path(make_url(url).database or "")


@contextmanager
def moment(url: str, scratch: Path) -> Iterator[Moment]:
    """Hold one moment of a database; SQLite's is a copy in `scratch`, which must have the room."""
    if kind_of(url) == SQLITE:
        copy = scratch / "moment.db"
        try:
            yield _SqliteMoment(file_of(url), copy)
        finally:
            remove_sqlite(copy)
        return
    with connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            yield _PostgresMoment(connection)


def connect(url: str) -> psycopg.Connection[Any]:
    """A plain connection to a PostgreSQL database given as SQLAlchemy's address."""
    plain = make_url(url).set(drivername=POSTGRESQL)
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def tables_of(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables of the current schema."""
    return [name for (name,) in connection.execute(_TABLES)]


def columns_of(connection: psycopg.Connection[Any], table: str) -> tuple[str, ...]:
    """The columns of a table, in their order."""
    named = sql.Identifier(table).as_string(connection)
    return tuple(name for (name,) in connection.execute(_COLUMNS, (named,)))


def count_rows(path: Path) -> dict[str, int]:
    """How many rows each table of an SQLite file has."""
    with opened(path) as database:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in names
        }


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A plain connection to an SQLite file."""
    database = dbapi2.connect(str(path), timeout=30)  # type: ignore[attr-defined]
    try:
        yield database
    finally:
        database.close()


def remove_sqlite(path: Path) -> None:
    """Remove an SQLite file with what lies beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


class _SqliteMoment:
    kind = SQLITE

    def __init__(self, source: Path, copy: Path) -> None:
        remove_sqlite(copy)
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with opened(source) as live, opened(copy) as target:
            # All pages in one step: one reader's moment, and no other process's write begins anew.
            live.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")
            self.revision = target.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        self._copy = copy
        self.tables = count_rows(copy)

    def write(self, out: Sink) -> list[Part]:
        entry = Entry(out, Header(PART, WHOLE))
        with self._copy.open("rb") as file:
            while block := file.read(BLOCK):
                entry.write(block)
        return [Part(WHOLE, entry.size, entry.end())]


class _PostgresMoment:
    kind = POSTGRESQL

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        self.revision = found[0] if found else ""
        self.tables: dict[str, int] = {}

    def write(self, out: Sink) -> list[Part]:
        parts = [self._write_table(out, name) for name in tables_of(self._connection)]
        # Sequences never go back, so read last they are behind no row.
        return [*parts, self._write_sequences(out)]

    def _write_table(self, out: Sink, name: str) -> Part:
        columns = columns_of(self._connection, name)
        entry = Entry(out, Header(PART, name, columns=columns))
        with self._connection.cursor() as cursor:
            with cursor.copy(copying(name, columns, out=True)) as copy:
                gathered = bytearray()
                for row in copy:
                    gathered += row
                    if len(gathered) >= BLOCK:
                        entry.write(bytes(gathered))
                        gathered.clear()
                entry.write(bytes(gathered))
            self.tables[name] = cursor.rowcount
        return Part(name, entry.size, entry.end())

    def _write_sequences(self, out: Sink) -> Part:
        values = dict(self._connection.execute(_LAST_VALUES).fetchall())
        entry = Entry(out, Header(PART, SEQUENCES))
        entry.write(json.dumps(values, sort_keys=True).encode())
        return Part(SEQUENCES, entry.size, entry.end())


def copying(table: str, columns: tuple[str, ...], *, out: bool) -> sql.Composed:
    """A COPY of these columns of a table."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    words = sql.SQL("COPY {} ({}) TO STDOUT" if out else "COPY {} ({}) FROM STDIN")
    return words.format(sql.Identifier(table), named)
