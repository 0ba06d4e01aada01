"""Random rows for every table there is, sound enough for the database to take them."""

import random
import string
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Engine, Table, insert, select
from sqlalchemy.types import BigInteger, Boolean, Date, Float, Integer, LargeBinary
from sqlmodel import SQLModel

from rxapp.models.columns import CapacitySet, HoursColumn, UtcDateTime, Word
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.services.table_layouts import STAYING

# Four bytes, a letter with its accent apart, right to left, what a form of a row must escape.
LETTERS = string.printable + "林夏济宁𠮷𪚥😀é́שׁ\u2028\ufeff\\N\t\r\n'\"%_"
EMPTY = ("", "null", "\\N", "\\.", "NULL", "0")
TRIES = 40


def all_tables() -> list[Table]:
    """Every table that moves, each after those it points to."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in STAYING]


def fill(engine: Engine, chance: random.Random, *, most: int = 8) -> None:
    """Put some rows into every table, each pointing to rows that are there."""
    for table in all_tables():
        kept = 0
        for number in range(TRIES):
            if kept >= most:
                break
            with engine.begin() as connection:
                row = {c.name: _value(connection, c, chance, number) for c in table.columns}
                # What a rule of the table does not take is left out.
                kept += connection.execute(insert(table).prefix_with("OR IGNORE"), [row]).rowcount


def everything(engine: Engine) -> dict[str, list[Any]]:
    """What the product itself reads from every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in all_tables()
        }


def _value(connection: Any, column: Column, chance: random.Random, number: int) -> Any:
    if column.nullable and chance.random() < 0.25:
        return None
    if column.foreign_keys:
        wanted = next(iter(column.foreign_keys)).column
        there = connection.execute(select(wanted).limit(50)).scalars().all()
        return chance.choice(there) if there else None
    kind = column.type
    if isinstance(kind, Word):
        return chance.choice(list(kind.words))
    if isinstance(kind, CapacitySet):
        return frozenset(chance.sample(list(Capacity), 2))
    if isinstance(kind, HoursColumn):
        return Hours(tenths=chance.randint(-(2**31), 2**31 - 1))
    if isinstance(kind, UtcDateTime):
        return datetime.min.replace(tzinfo=UTC) + timedelta(
            days=chance.randrange(3_650_000),
            microseconds=chance.choice([0, 1, 500_000, 86399999999]),
        )
    if isinstance(kind, Date):
        return date.min + timedelta(days=chance.randrange(3_652_058))
    if isinstance(kind, Boolean):
        return chance.random() < 0.5
    if isinstance(kind, BigInteger):
        return chance.choice([-(2**63), 2**63 - 1, chance.getrandbits(60)])
    if isinstance(kind, Integer):
        low = 1 if column.primary_key else chance.choice([-(2**31), 0])
        return number * 1000 + 1 if column.primary_key else chance.randint(low, 2**31 - 1)
    if isinstance(kind, Float):
        return chance.choice([0.1, -1e300, 5e-324, 1 / 3])
    if isinstance(kind, LargeBinary):
        return chance.randbytes(20)
    if type(kind).__name__ == "JSON":
        return _json(chance, 3)
    return _text(chance, getattr(kind, "length", None) or 200)


def _text(chance: random.Random, most: int) -> str:
    if chance.random() < 0.15:
        return chance.choice(EMPTY)[:most]
    return "".join(chance.choices(LETTERS, k=chance.choice([most, chance.randint(0, most)])))


def _json(chance: random.Random, depth: int) -> Any:
    plain = [None, True, False, 0, 1, -7, 2**60, 0.1, 1e22, -0.0, 5e-324, _text(chance, 30)]
    shape = chance.random() if depth else 0
    if shape > 0.7:
        return [_json(chance, depth - 1) for _ in range(chance.randint(0, 4))]
    if shape > 0.3:
        return {_text(chance, 8): _json(chance, depth - 1) for _ in range(chance.randint(0, 4))}
    return chance.choice(plain)
