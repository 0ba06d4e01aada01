"""SQLite as one side of a move."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy.exc import OperationalError

from rxapp.adapters.database import make_engine
from rxapp.errors import AppError, Conflict
from rxapp.rules.moves import AT_ONCE, BUSY
from rxapp.rules.stored_values import Json, Kind, Layout, Row

TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


class SqliteSide:
    """A SQLite file that nobody else has open: SQLite itself sees to that."""

    def __init__(self, url: str) -> None:
        """Open the file when it is first asked."""
        self.engine = make_engine(url, alone=True)
        self._line: Any = None

    @contextmanager
    def alone(self, _layouts: list[Layout]) -> Iterator[None]:
        """Hold the file's one lock; whoever has it open, or opens it meanwhile, is in the way."""
        try:
            raw = self._raw
            # Once taken, the lock stays until the connection ends.
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("COMMIT")
        except (OperationalError, dbapi2.OperationalError) as error:  # type: ignore[attr-defined]
            if "locked" in str(error):
                raise Conflict(BUSY) from None
            raise AppError("数据库文件打不开，请检查路径和权限。") from None
        yield

    def find_broken(self) -> str | None:
        """What SQLite's own check says, and the first row that points to nothing."""
        said = self._raw.execute("PRAGMA quick_check(1)").fetchone()[0]
        if said != "ok":
            return "数据库文件已损坏，请先用备份恢复。"
        for table, row, other, _ in self._raw.execute("PRAGMA foreign_key_check"):
            return f"数据表 {table} 第{row}行指向 {other} 中不存在的行。"
        return None

    def rows(self, layout: Layout) -> Iterator[Sequence[Any]]:
        """The rows in the order of their keys."""
        named = ", ".join(f'"{column.name}"' for column in layout.columns)
        order = ", ".join(f'"{name}"' for name in layout.key)
        try:
            yield from self._raw.execute(f'SELECT {named} FROM "{layout.table}" ORDER BY {order}')
        except dbapi2.DatabaseError:  # type: ignore[attr-defined]
            raise AppError(f"数据表 {layout.table} 有读不出的内容，没有迁移。") from None

    @contextmanager
    def loading(self, layouts: list[Layout]) -> Iterator[None]:
        """In one transaction, without triggers and without looking where a row points."""
        raw = self._raw
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("BEGIN IMMEDIATE")
        try:
            made = raw.execute(TRIGGERS).fetchall()
            for name, _ in made:
                raw.execute(f'DROP TRIGGER "{name}"')
            for layout in layouts:
                raw.execute(f'DELETE FROM "{layout.table}"')
            yield
            for _, sql in made:
                raw.execute(sql)
            raw.execute("COMMIT")
        except BaseException:
            raw.execute("ROLLBACK")
            raise
        finally:
            raw.execute("PRAGMA foreign_keys=ON")

    def load(self, layout: Layout, rows: Iterator[Row]) -> None:
        """Fill one table."""
        marks = ", ".join("?" for _ in layout.columns)
        named = ", ".join(f'"{column.name}"' for column in layout.columns)
        sql = f'INSERT INTO "{layout.table}" ({named}) VALUES ({marks})'
        writers = tuple(WRITERS.get(column.kind, _same) for column in layout.columns)
        while some := list(islice(rows, AT_ONCE)):
            self._raw.executemany(sql, [_written(writers, row) for row in some])

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()
        self._line = None

    @property
    def _raw(self) -> Any:
        if self._line is None:
            # The engine has this one connection, and keeps it until the end.
            with self.engine.connect() as connection:
                self._line = connection.connection.driver_connection
        return self._line


def _written(writers: tuple[Callable[[Any], Any], ...], row: Row) -> tuple[Any, ...]:
    return tuple(
        None if value is None else write(value) for write, value in zip(writers, row, strict=True)
    )


def _same(value: Any) -> Any:
    return value


def _day(value: date) -> str:
    return value.isoformat()


def _moment(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _json(value: Json) -> str:
    # As the product itself would have written it.
    return json.dumps(json.loads(value.text))


WRITERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TRUTH: int,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.JSON: _json,
}
