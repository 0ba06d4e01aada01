"""PostgreSQL as one side of a move."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from rxapp.adapters import postgres_guards
from rxapp.adapters.database import make_engine
from rxapp.errors import AppError, Conflict
from rxapp.rules.moves import AT_ONCE, BUSY
from rxapp.rules.stored_values import Kind, Layout, Row

# As text: what Python has no value for is then told from what it has one for, by name.
AS_TEXT = ("date", "timestamptz", "json", "jsonb")
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend'"
    " AND application_name IS DISTINCT FROM current_setting('application_name')"
)


class PostgresSide:
    """A PostgreSQL database; its owner's rights are enough."""

    def __init__(self, url: str) -> None:
        """Connect when it is first asked."""
        # By its name a move tells its own connections from those of others.
        name = f"rxapp-move-{secrets.token_hex(8)}"
        named = make_url(url).update_query_dict({"application_name": name})
        self.engine = make_engine(named.render_as_string(hide_password=False))
        self._held: PoolProxiedConnection | None = None

    @contextmanager
    def alone(self, layouts: list[Layout]) -> Iterator[None]:
        """Read one moment; who is connected is in the way, and nobody can write until the end."""
        raw = self._raw
        with raw.transaction():
            raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            tables = sql.SQL(", ").join(sql.Identifier(layout.table) for layout in layouts)
            raw.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(tables))
            if _many(raw, OTHERS)[0][0]:
                raise Conflict(BUSY)
            yield

    def find_broken(self) -> str | None:
        """Nothing: PostgreSQL proves every row as it comes."""
        return None

    def rows(self, layout: Layout) -> Iterator[Sequence[Any]]:
        """The rows in the order of their keys, text by its bytes."""
        asked = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
            _names([column.name for column in layout.columns]),
            sql.Identifier(layout.table),
            sql.SQL(", ").join(_ordered(layout)),
        )
        # Outside a transaction the server keeps no place in a list.
        with self._raw.transaction(), self._raw.cursor(name="moving") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(asked)
            yield from cursor

    @contextmanager
    def loading(self, layouts: list[Layout]) -> Iterator[None]:
        """In one transaction; triggers and references come back, the latter proved anew."""
        raw = self._raw
        tables = [layout.table for layout in layouts]
        try:
            with raw.transaction():
                references = postgres_guards.put_aside(raw, tables)
                yield
                for layout in layouts:
                    _set_sequences(raw, layout)
                postgres_guards.put_back(raw, tables, references)
        except psycopg.Error as error:
            raise AppError(_sentence(error)) from None
        raw.execute("ANALYZE")

    def load(self, layout: Layout, rows: Iterator[Row]) -> None:
        """Fill one table by COPY."""
        wanted = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(layout.table), _names([column.name for column in layout.columns])
        )
        places = [i for i, each in enumerate(layout.columns) if each.kind is Kind.JSON]
        write = _with_text(places) if places else _as_is
        with self._raw.cursor() as cursor, cursor.copy(wanted) as copy:
            for row in rows:
                copy.write_row(write(row))

    def close(self) -> None:
        """End every connection."""
        if self._held:
            with suppress(psycopg.Error):
                self._held.close()
            self._held = None
        self.engine.dispose()

    @property
    def _raw(self) -> psycopg.Connection:
        if self._held is None:
            self._held = self._connect()
        return self._held.driver_connection  # type: ignore[return-value]

    def _connect(self) -> PoolProxiedConnection:
        try:
            made = self.engine.raw_connection()
        except OperationalError:
            raise AppError("连接不上 PostgreSQL，请检查地址、账号和密码。") from None
        raw: psycopg.Connection = made.driver_connection  # type: ignore[assignment]
        raw.rollback()
        raw.autocommit = True
        raw.execute("SET TIME ZONE 'UTC'")
        raw.execute("SET datestyle TO ISO")
        for name in AS_TEXT:
            raw.adapters.register_loader(name, TextLoader)
        return made


def _ordered(layout: Layout) -> list[sql.Composed]:
    kinds = {column.name: column.kind for column in layout.columns}
    return [
        sql.SQL('{} COLLATE "C"' if kinds[name] is Kind.TEXT else "{}").format(sql.Identifier(name))
        for name in layout.key
    ]


def _names(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def _many(raw: psycopg.Connection, asked: str) -> list[Any]:
    return raw.execute(asked.encode()).fetchall()


def _set_sequences(raw: psycopg.Connection, layout: Layout) -> None:
    for name in layout.key:
        found = raw.execute("SELECT pg_get_serial_sequence(%s, %s)", (layout.table, name))
        sequence = (found.fetchone() or (None,))[0]
        if sequence:
            last = sql.SQL("SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}").format(
                sql.Literal(sequence), sql.Identifier(name), sql.Identifier(layout.table)
            )
            raw.execute(last)


def _as_is(row: Row) -> Row:
    return row


def _with_text(places: list[int]) -> Callable[[Row], Sequence[Any]]:
    def write(row: Row) -> Sequence[Any]:
        values = list(row)
        for place in places:
            if values[place] is not None:
                values[place] = values[place].text
        return values

    return write


def _sentence(error: psycopg.Error) -> str:
    # Never the message itself: it repeats what the row holds.
    where = error.diag.table_name or (error.diag.context or "").partition(",")[0][:80]
    place = "，".join(part for part in (where, error.diag.constraint_name) if part)
    return (
        f"PostgreSQL 没有接受数据（{error.sqlstate or '连接中断'}{'，' if place else ''}{place}）。"
    )
