"""Whether the store of kept files answers, as this process last found it."""

from dataclasses import dataclass
from datetime import datetime

from rxapp import clock
from rxapp.adapters import file_store, object_store
from rxapp.errors import Unavailable
from rxapp.settings import settings


@dataclass(frozen=True)
class Absence:
    """Since when it does not answer, or refuses."""

    since: datetime
    refused: bool


_found: Absence | None = None


def is_used() -> bool:
    """Whether files lie on a store at all."""
    return bool(settings().files_to)


def look_once() -> None:
    """Ask it, in no transaction, and remember what came of it."""
    global _found
    try:
        file_store.require_reachable()
        _found = None
    except Unavailable as error:
        since = _found.since if _found else clock.now()
        _found = Absence(since, error.message == object_store.REFUSED)


def absence() -> Absence | None:
    """What the last look found; None when all was well, or nobody has looked yet."""
    return _found if is_used() else None
