"""Hours of study, counted exactly in tenths so that no addition ever rounds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rxapp.errors import Invalid

SECONDS_PER_HOUR = 45 * 60  # One hour of study is a 45-minute lesson, not 60 minutes.
SECONDS_PER_TENTH = SECONDS_PER_HOUR // 10
LARGEST_TYPED = 10_000  # hours; nobody claims more than a year of days
LARGEST_TENTHS = 10**12  # a whole city's ledger over a century stays below this

_TYPED = re.compile(r"(-?)([0-9]{1,5})(?:\.([0-9]))?")


@dataclass(frozen=True, order=True, slots=True)
class Hours:
    """An exact amount of study time; `tenths` is a whole number of tenths, negative for a reversal.

    Raises Invalid for anything that is not a whole number or is absurdly large.
    """

    ZERO: ClassVar[Hours]

    tenths: int = 0

    def __post_init__(self) -> None:
        if type(self.tenths) is not int or abs(self.tenths) > LARGEST_TENTHS:
            raise _refusal("学时必须是整数或一位小数，且不能过大，请核对。")

    @classmethod
    def of(cls, value: str | int) -> Hours:
        """Hours as a person writes them: 20, "20" or "1.5"; Invalid for anything else."""
        if type(value) is int:
            return cls._within(value * 10)
        if type(value) is not str:
            raise _refusal("学时请填写数字，最多一位小数，例如 20 或 1.5。")
        return cls._within(_tenths_typed(value))

    @classmethod
    def from_seconds(cls, seconds: int) -> Hours:
        """The whole tenths of a 45-minute hour in so many seconds, rounded down."""
        if type(seconds) is not int or seconds < 0:
            raise _refusal("时长必须是不小于零的整秒数，请核对。")
        return cls(seconds // SECONDS_PER_TENTH)

    @classmethod
    def total(cls, amounts: Iterable[Hours]) -> Hours:
        """The sum of any number of hours; none at all is zero."""
        return cls(sum(amount.tenths for amount in amounts))

    @classmethod
    def _within(cls, tenths: int) -> Hours:
        if abs(tenths) > LARGEST_TYPED * 10:
            raise _refusal(f"学时不能超过 {LARGEST_TYPED}，请核对。")
        return cls(tenths)

    def __add__(self, other: Hours) -> Hours:
        return Hours(self.tenths + other.tenths) if isinstance(other, Hours) else NotImplemented

    def __sub__(self, other: Hours) -> Hours:
        return Hours(self.tenths - other.tenths) if isinstance(other, Hours) else NotImplemented

    def __neg__(self) -> Hours:
        return Hours(-self.tenths)

    def __bool__(self) -> bool:
        return self.tenths != 0

    def __str__(self) -> str:
        whole, tenth = divmod(abs(self.tenths), 10)
        sign = "-" if self.tenths < 0 else ""
        return f"{sign}{whole}.{tenth}" if tenth else f"{sign}{whole}"


ZERO = Hours(0)
Hours.ZERO = ZERO


def _tenths_typed(text: str) -> int:
    # Phones in Chinese input mode type full-width digits; they mean the same.
    typed = unicodedata.normalize("NFKC", text[:32]).strip()
    match = _TYPED.fullmatch(typed)
    if match is None or len(text) > 32:
        raise _refusal("学时请填写数字，最多一位小数，例如 20 或 1.5。")
    sign, whole, tenth = match.groups()
    tenths = int(whole) * 10 + int(tenth or 0)
    return -tenths if sign else tenths


def _refusal(sentence: str) -> Invalid:
    return Invalid({"hours": sentence})
