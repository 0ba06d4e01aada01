"""How the domain's own values are kept in columns."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import DateTime

from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity

# Compared byte by byte on either database, so that a subtree is one range of the index.
PathText = String(120).with_variant(String(120, collation="C"), "postgresql")

# SQLite's whole numbers are wide already.
Wide = Integer().with_variant(BigInteger(), "postgresql")
Json = JSON().with_variant(JSONB(), "postgresql")


class HoursColumn(TypeDecorator[Hours]):
    """Hours as whole tenths, so that sums are exact in the database too."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Hours | None, dialect: Dialect) -> int | None:
        return None if value is None else value.tenths

    def process_result_value(self, value: int | None, dialect: Dialect) -> Hours | None:
        return None if value is None else Hours(tenths=value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        moved = value.astimezone(UTC)
        return moved if dialect.name == "postgresql" else moved.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CapacitySet(TypeDecorator[frozenset[Capacity]]):
    """The capacities of an organisation, as sorted words between bars: `|base|employer|`."""

    impl = String(120)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Capacity] | None, dialect: Dialect) -> str | None:
        return None if value is None else "|" + "|".join(sorted(value)) + "|"

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> frozenset[Capacity] | None:
        if value is None:
            return None
        return frozenset(Capacity(word) for word in value.strip("|").split("|") if word)


class Word(TypeDecorator[StrEnum]):
    """A word of a closed set, kept as text and read back as the enum."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)
