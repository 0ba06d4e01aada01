"""What a stored value is, whichever database keeps it: read from either, compared exactly."""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import Any

DAY_LENGTH = 10
Row = tuple[Any, ...]


@unique
class Kind(StrEnum):
    """How a column keeps what it keeps."""

    WHOLE = "whole"
    REAL = "real"
    TEXT = "text"
    TRUTH = "truth"
    DAY = "day"
    MOMENT = "moment"
    JSON = "json"
    BYTES = "bytes"


@dataclass(frozen=True)
class Column:
    """A column: its name, what it keeps, and how much (bits of a number, characters of a text)."""

    name: str
    kind: Kind
    limit: int | None = None


@dataclass(frozen=True)
class Layout:
    """A table: its columns, and those of them that tell its rows apart, in their order."""

    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def key_of(self, row: Row) -> Row:
        """What tells this row from the others."""
        names = [column.name for column in self.columns]
        return tuple(row[names.index(name)] for name in self.key)


class Unfit(ValueError):
    """A value that no column of this kind can hold; the sentence does not repeat it."""


@dataclass(frozen=True)
class Json:
    """A JSON value: equal when it says the same, however it is written."""

    text: str = field(compare=False)
    value: Any


@dataclass(frozen=True)
class Difference:
    """Where two databases differ: never what they hold."""

    table: str
    key: Row
    what: str

    @property
    def sentence(self) -> str:
        """The place, for the operator."""
        key = "、".join(str(part) for part in self.key)
        return f"数据表 {self.table}，主键 {key}：{self.what}"


def reader(layout: Layout) -> Callable[[Sequence[Any]], Row]:
    """What turns a row as its database gave it into values that can be compared and kept.

    Unfit for what no column of that kind can hold.
    """
    parts = tuple(_reader_of(column) for column in layout.columns)

    def read(raw: Sequence[Any]) -> Row:
        return tuple(
            [None if value is None else part(value) for part, value in zip(parts, raw, strict=True)]
        )

    return read


def find_unfit(layout: Layout, raw: Sequence[Any]) -> list[Difference]:
    """Which columns of a row hold what cannot be read, and why."""
    found = []
    names = [column.name for column in layout.columns]
    key = tuple(raw[names.index(name)] for name in layout.key)
    for column, value in zip(layout.columns, raw, strict=True):
        try:
            if value is not None:
                _reader_of(column)(value)
        except Unfit as fault:
            found.append(Difference(layout.table, key, f"字段 {column.name} {fault}"))
    return found


def compare(
    layout: Layout, first: Iterator[Row], second: Iterator[Row]
) -> Iterator[Difference | None]:
    """Hold two lists of rows, both in the order of their keys, against each other, row by row.

    One answer for each row: None where the two are equal.
    """
    names = [column.name for column in layout.columns]
    places = [names.index(name) for name in layout.key]
    ours, theirs = next(first, None), next(second, None)
    while ours is not None or theirs is not None:
        if ours is not None and ours == theirs:
            yield None
            ours, theirs = next(first, None), next(second, None)
            continue
        mine = None if ours is None else tuple(ours[place] for place in places)
        other = None if theirs is None else tuple(theirs[place] for place in places)
        if ours is not None and theirs is not None and mine == other and mine is not None:
            pairs = zip(names, ours, theirs, strict=True)
            wrong = "、".join(name for name, a, b in pairs if a != b)
            yield Difference(layout.table, mine, f"字段 {wrong} 的内容不一致")
            ours, theirs = next(first, None), next(second, None)
        elif mine is not None and (other is None or mine < other):
            yield Difference(layout.table, mine, "目标数据库中没有这一行")
            ours = next(first, None)
        elif other is not None:
            yield Difference(layout.table, other, "目标数据库中多出这一行")
            theirs = next(second, None)


def _reader_of(column: Column) -> Callable[[Any], Any]:
    if column.kind is Kind.WHOLE:
        return _whole(1 << ((column.limit or 32) - 1))
    if column.kind is Kind.TEXT:
        return _text(column.limit)
    return READERS[column.kind]


def _whole(beyond: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int:
            raise Unfit("不是整数")
        if not -beyond <= value < beyond:
            raise Unfit("超出整数的范围")
        return value

    return read


def _text(most: int | None) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if type(value) is not str:
            raise Unfit("不是文字")
        if "\0" in value:
            raise Unfit("含有空字符")
        if most is not None and len(value) > most:
            raise Unfit(f"超过{most}个字")
        return value

    return read


def _real(value: Any) -> float:
    if type(value) not in (int, float) or math.isnan(value):
        raise Unfit("不是数")
    return float(value)


def _truth(value: Any) -> bool:
    if type(value) not in (int, bool) or value not in (0, 1):
        raise Unfit("不是“是”或“否”")
    return bool(value)


def _day(value: Any) -> date:
    # Python also reads forms of a date that the product itself would not.
    if type(value) is not str or len(value) != DAY_LENGTH:
        raise Unfit("不是日期")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Unfit("不是日期") from None


def _moment(value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Unfit("不是时间") from None


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes | memoryview):
        raise Unfit("不是二进制内容")
    return bytes(value)


# A zero character, or half a character, written as an escape: PostgreSQL keeps neither.
_ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")


def _json(value: Any) -> Json:
    if type(value) in (int, float):
        # SQLite keeps a JSON number that stands alone as a number.
        value = repr(value)
    try:
        read = json.loads(
            value, parse_float=_number, parse_int=_number, parse_constant=_not_a_number
        )
    except (TypeError, ValueError, RecursionError):
        raise Unfit("不是有效的 JSON") from None
    if _ESCAPED.search(value) or "\0" in value:
        _require_whole_characters(read)
    return Json(value, read)


def _number(text: str) -> tuple[str, Decimal]:
    # Exact, and never equal to a truth value.
    return ("number", Decimal(text))


def _not_a_number(_text: str) -> object:
    raise ValueError


def _require_whole_characters(value: Any) -> None:
    if isinstance(value, dict):
        _require_whole_characters(list(value))
        _require_whole_characters(list(value.values()))
    elif isinstance(value, list):
        for part in value:
            _require_whole_characters(part)
    elif isinstance(value, str) and ("\0" in value or not _is_whole(value)):
        raise Unfit("含有空字符或不完整的字符")


def _is_whole(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.REAL: _real,
    Kind.TRUTH: _truth,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.JSON: _json,
    Kind.BYTES: _bytes,
}
