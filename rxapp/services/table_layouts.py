"""Every table of the product, as what moves rows needs to know it."""

from sqlalchemy import Column as TableColumn
from sqlalchemy import Table
from sqlalchemy.types import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    TypeEngine,
)
from sqlmodel import SQLModel

from rxapp.models.marks import DatabaseMark
from rxapp.rules.stored_values import Column, Kind, Layout

# What belongs to a database itself, not to the city.
STAYING = {str(DatabaseMark.__tablename__)}
# The narrower kind first: a BigInteger is an Integer too.
KINDS: tuple[tuple[type[TypeEngine], Kind, int | None], ...] = (
    (BigInteger, Kind.WHOLE, 64),
    (Integer, Kind.WHOLE, 32),
    (Boolean, Kind.TRUTH, None),
    (DateTime, Kind.MOMENT, None),
    (Date, Kind.DAY, None),
    (JSON, Kind.JSON, None),
    (LargeBinary, Kind.BYTES, None),
    (Float, Kind.REAL, None),
)


def layouts() -> list[Layout]:
    """The tables that hold the city, each after those it points to."""
    tables = SQLModel.metadata.sorted_tables
    return [layout_of(table) for table in tables if table.name not in STAYING]


def layout_of(table: Table) -> Layout:
    """One table; a column of a kind nobody thought of stops everything."""
    return Layout(
        table.name,
        tuple(_column(column) for column in table.columns if column.computed is None),
        tuple(column.name for column in table.primary_key),
    )


def _column(column: TableColumn) -> Column:
    kind = _plain(column.type)
    if isinstance(kind, String):
        return Column(column.name, Kind.TEXT, kind.length)
    for known, word, limit in KINDS:
        if isinstance(kind, known):
            return Column(column.name, word, limit)
    raise TypeError(f"{column.table.name}.{column.name}: {kind!r} cannot be moved")


def _plain(kind: TypeEngine) -> TypeEngine:
    while isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    return kind
