"""What a move of all rows asks of a database, whichever it is."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import make_url

from rxapp.errors import Conflict, Invalid
from rxapp.rules.stored_values import Layout, Row


class Side(Protocol):
    """One of the two databases of a move; its engine is good for everything else."""

    engine: Engine

    def alone(self, layouts: list[Layout], /) -> AbstractContextManager[None]:
        """Hold one moment of it and keep everybody else from changing anything meanwhile.

        Conflict when it is in use.
        """
        ...

    def find_broken(self) -> str | None:
        """The first fault the database itself finds in its rows, without their content."""
        ...

    def rows(self, layout: Layout) -> Iterator[Sequence[Any]]:
        """The rows of a table in the order of their keys, as the database gives them."""
        ...

    def loading(self, layouts: list[Layout]) -> AbstractContextManager[None]:
        """Empty all tables and fill them without their guards; kept whole, or not at all."""
        ...

    def load(self, layout: Layout, rows: Iterator[Row]) -> None:
        """Fill one table; within `loading`."""
        ...

    def close(self) -> None:
        """End every connection."""
        ...


def open_side(url: str) -> Side:
    """The database at an address; Invalid for one of a kind that the product does not use."""
    from rxapp.adapters.moving_postgres import PostgresSide
    from rxapp.adapters.moving_sqlite import SqliteSide

    kind = make_url(url).get_backend_name()
    if kind == "sqlite":
        return SqliteSide(url)
    if kind == "postgresql":
        return PostgresSide(url)
    raise Invalid(message="数据库地址应以 sqlite:/// 或 postgresql:// 开头。")


def require_same_shape(engine: Engine, layouts: list[Layout], staying: set[str]) -> None:
    """Conflict when the database has other tables or columns than are going to be moved."""
    seen = inspect(engine)
    there = set(seen.get_table_names()) - staying - {"alembic_version"}
    wanted = {layout.table: {column.name for column in layout.columns} for layout in layouts}
    odd = sorted(there ^ wanted.keys())
    odd += [
        table
        for table in sorted(there & wanted.keys())
        if {column["name"] for column in seen.get_columns(table)} != wanted[table]
    ]
    if odd:
        raise Conflict(f"数据库的表与本版本不一致，没有迁移：{'、'.join(odd[:10])}。")
