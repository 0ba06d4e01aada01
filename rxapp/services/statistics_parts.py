"""完成情况 in parts: an office's people by field and title level, and its year by weeks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.rules import figures
from rxapp.rules.hours import Hours
from rxapp.rules.profiles import FIELDS, LEVELS
from rxapp.services import statistics
from rxapp.services.actors import Actor
from rxapp.services.statistics import Count

UNKNOWN = "未填写"
OTHER_WEEKS = "其余各周"
WEEKS = 26
# In the order in which they are offered everywhere else; whatever else was collected comes after.
_ORDER = {figures.BY_FIELD: FIELDS, figures.BY_LEVEL: LEVELS}


@dataclass(frozen=True)
class GroupRow:
    """One field or title level."""

    label: str
    count: Count


@dataclass(frozen=True)
class WeekRow:
    """One week: who activated and completed in it, and the hours earned in it."""

    label: str
    activated: int
    complete: int
    hours: str
    tenths: int


def list_groups(
    session: Session, actor: Actor, *, organisation_id: int, year: int, kind: str
) -> list[GroupRow]:
    """An office's people by field or by title level."""
    statistics.get_place(session, actor, organisation_id)
    statistics.label_of(year)
    if kind not in _ORDER:
        raise NotFound()
    order = {word: place for place, word in enumerate(_ORDER[kind])}
    rows = statistics.cells(session, organisation_id, year, kind)
    words = sorted(rows, key=lambda word: (not word, order.get(word, len(order)), word))
    return [
        GroupRow(word or UNKNOWN, statistics.count_of(rows[word]))
        for word in words
        if rows[word] != figures.NOTHING
    ]


def list_weeks(session: Session, actor: Actor, *, organisation_id: int, year: int) -> list[WeekRow]:
    """The last half year of weeks, none left out between them, and all others as one before."""
    statistics.get_place(session, actor, organisation_id)
    statistics.label_of(year)
    rows = statistics.cells(session, organisation_id, year, figures.BY_WEEK)
    shown = _weeks_to_show(word for word, some in rows.items() if word and some != figures.NOTHING)
    others = figures.NOTHING
    for word in rows.keys() - set(shown):
        others = figures.plus(others, rows[word])
    found = [_week(f"{word}起", rows.get(word, figures.NOTHING)) for word in shown]
    return found if others == figures.NOTHING else [_week(OTHER_WEEKS, others), *found]


def _weeks_to_show(words: Iterable[str]) -> list[str]:
    """The Mondays up to the last week that has something, half a year back at most."""
    this_week = figures.week_of(clock.today())
    known = sorted(word for word in words if word <= this_week)
    if not known:
        return []
    last = date.fromisoformat(known[-1])
    back = [(last - timedelta(weeks=n)).isoformat() for n in reversed(range(WEEKS))]
    return [word for word in back if word >= known[0]]


def _week(label: str, some: figures.Amounts) -> WeekRow:
    return WeekRow(label, some[1], some[3], str(Hours(some[4])), some[4])
