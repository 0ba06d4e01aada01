"""What is amiss is told when it begins, once a day while it lasts, and when it is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True)
class Cause:
    """Something that needs somebody: a key of its own, and what is wrong and whom to call."""

    key: str
    sentence: str


@dataclass(frozen=True)
class Known:
    """A cause as it was last told; `quiet` when it came again on the day it had been told."""

    key: str
    sentence: str
    told_on: date
    is_over: bool = False
    quiet: bool = False


class Kind(StrEnum):
    """What becomes of a cause at one look."""

    TOLD = "told"  # it began, or lasts into another day
    AGAIN = "again"  # it came again on the day it was told: kept, and told tomorrow
    OVER = "over"  # it is well again, and that is told
    GONE = "gone"  # it is well again, and nobody had been told of it


@dataclass(frozen=True)
class Turn:
    """One cause and what becomes of it."""

    kind: Kind
    key: str
    sentence: str


def turns(found: Iterable[Cause], known: Iterable[Known], today: date) -> list[Turn]:
    """What is to be told and kept, from what is found now and what was told before."""
    before = {each.key: each for each in known}
    now = {each.key: each.sentence for each in found}
    begun = [
        Turn(kind, key, sentence)
        for key, sentence in now.items()
        if (kind := _of(before.get(key), today)) is not None
    ]
    ended = [
        Turn(Kind.GONE if each.quiet else Kind.OVER, each.key, each.sentence)
        for each in before.values()
        if not each.is_over and each.key not in now
    ]
    return begun + ended


def _of(known: Known | None, today: date) -> Kind | None:
    if known is None or known.told_on != today:
        return Kind.TOLD
    return Kind.AGAIN if known.is_over else None
