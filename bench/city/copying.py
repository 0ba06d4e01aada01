"""Rows on their way into PostgreSQL by COPY, many tables at once."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any, Self

import psycopg

NOTHING = r"\N"
_AT_ONCE = 2_000


def text(value: Any) -> str:
    """One value in COPY's text form; values of ours hold no tab, line end or backslash."""
    if value is None:
        return NOTHING
    if value is True:
        return "t"
    return "f" if value is False else str(value)


class Copies:
    """Open COPY streams, each on a connection of its own.

    Parted, every year of the ledger has its stream, so that what came in one year lies together,
    as it does where it came in over the years, and one person's lines do not.
    """

    def __init__(self, address: str, *, parted: bool = False) -> None:
        self._address, self._parted = address, parted
        self._stack = ExitStack()
        self._streams: dict[tuple[str, object], tuple[Any, list[str]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        if failure[0] is None:
            for stream, lines in self._streams.values():
                _flush(stream, lines)
        self._stack.__exit__(*failure)

    def put(
        self, table: str, columns: str, rows: Iterable[Sequence[Any]], *, part: object = ""
    ) -> None:
        """Send rows to a table; `columns` are those given, always the same for one table."""
        key = (table, part if self._parted else "")
        stream, lines = self._streams.get(key) or self._open(key, columns)
        for row in rows:
            lines.append("\t".join([each if each.__class__ is str else text(each) for each in row]))
        if len(lines) >= _AT_ONCE:
            _flush(stream, lines)

    def _open(self, key: tuple[str, object], columns: str) -> tuple[Any, list[str]]:
        connection = self._stack.enter_context(psycopg.connect(self._address))
        # Neither triggers nor foreign keys: what is written is right, and is proved afterwards.
        connection.execute("SET session_replication_role = replica")
        cursor = self._stack.enter_context(connection.cursor())
        names = ", ".join(f'"{name}"' for name in columns.split())
        statement = f'COPY "{key[0]}" ({names}) FROM STDIN'
        made = self._stack.enter_context(cursor.copy(statement.encode())), []
        self._streams[key] = made
        return made


def _flush(stream: Any, lines: list[str]) -> None:
    if lines:
        stream.write("\n".join(lines) + "\n")
        lines.clear()


def address(url: str) -> str:
    """A SQLAlchemy URL as psycopg reads it."""
    return url.replace("+psycopg", "")
