"""What one person counts as in each year when a city is summed up (年度完成情况).

Counted are those who owe the year; hours are counted of everybody, so that all sums together are
the ledger. 2016 to 2019 are judged together and are one year here, under 2019.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from rxapp.rules.hours import Hours
from rxapp.rules.person_status import PersonStatus, Spell, owes
from rxapp.rules.subjects import Subject
from rxapp.rules.years import YearPolicy, owed_total, standing

FIRST_YEAR = 2016
OTHER = "other"
# Where hours come from, as a credit's `source_kind` says it.
SOURCES = {
    "course": "在线课程", "claim": "学时申报", "project": "培训项目", "history": "原有学习档案",
    OTHER: "其他",
}  # fmt: skip
TOTAL, BY_FIELD, BY_LEVEL, BY_HOURS, BY_WEEK = "total", "field", "level", "hours", "week"
# Those who belong to an organisation and to no one below it: summed up for itself alone.
OWN = "own"
# What offices count as, not people: claims that wait (of no year), and classes.
CLAIMS, CLASSES = "claims", "classes"
NO_YEAR = 0

# Owing, activated, studying, complete, tenths of an hour.
Amounts = tuple[int, int, int, int, int]
NOTHING: Amounts = (0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger that counts: not a reversal, and not reversed."""

    year: int
    subject: Subject
    tenths: int
    source: str
    day: date


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a person's figures depend on; `lines` in the order of their days."""

    path: str
    field: str
    title_level: str
    owes_from: int
    activated_on: date | None = None
    forgotten: bool = False
    spells: tuple[Spell, ...] = ()
    lines: tuple[Line, ...] = ()
    # The years of which a lesson was begun.
    begun: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """What a person counts as in one year."""

    path: str
    field: str
    title_level: str
    owing: bool
    activated_on: date | None
    studying: bool
    complete: bool
    # The day of the line that completed the year.
    complete_on: date | None
    hours: dict[str, int] = dataclasses.field(default_factory=dict)
    weeks: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Book:
    """What each year asks for and whom it exempts, up to this year."""

    this_year: int
    policies: Mapping[int, YearPolicy]
    exempt: Mapping[int, frozenset[PersonStatus]]

    def key(self, year: int) -> int:
        """The year under which a year is counted: the last of its period, or itself."""
        policy = self.policies.get(year)
        return policy.period_years[-1] if policy and policy.period else year


def reckon(facts: Facts, book: Book) -> dict[int, Figure]:
    """The figure of every year somebody owes, has hours in or began a lesson of."""
    owed = range(max(facts.owes_from, FIRST_YEAR), book.this_year + 1)
    years = {*owed, *(line.year for line in facts.lines), *facts.begun}
    keys = sorted({book.key(year) for year in years})
    found = {key: _figure(facts, book, key) for key in keys}
    return {key: one for key, one in found.items() if one.owing or one.studying}


def amounts(of: Figure) -> dict[tuple[str, str], Amounts]:
    """What a figure adds to each sum of its organisation, by kind and word."""
    tenths = sum(of.hours.values())
    active = of.activated_on is not None
    whole = _flags(of, active, of.studying, of.complete, tenths)
    found = {
        (TOTAL, ""): whole, (OWN, ""): whole, (BY_FIELD, of.field): whole,
        (BY_LEVEL, of.title_level): whole,
    }  # fmt: skip
    found |= {(BY_HOURS, word): (0, 0, 0, 0, some) for word, some in of.hours.items()}
    weeks = {word: (0, 0, 0, 0, some) for word, some in of.weeks.items()}
    if of.owing and active:
        _add(weeks, week_of(of.activated_on), (0, 1, 0, 0, 0))
    if of.owing and of.complete:
        _add(weeks, week_of(of.complete_on), (0, 0, 0, 1, 0))
    found |= {(BY_WEEK, word): some for word, some in weeks.items()}
    return {key: some for key, some in found.items() if some != NOTHING}


def offices_of(path: str) -> tuple[int, ...]:
    """The organisation at a path and all above it: "/1/4/77/" is 1, 4 and 77."""
    return tuple(int(part) for part in path.split("/") if part)


def summed_at(path: str, kind: str) -> tuple[int, ...]:
    """The organisations whose sums of a kind the people at a path are part of."""
    offices = offices_of(path)
    return offices[-1:] if kind == OWN else offices


def week_of(day: date | None) -> str:
    """The Monday of a day's week; nothing for a day that nobody knows."""
    return (day - timedelta(days=day.weekday())).isoformat() if day else ""


def plus(one: Amounts, other: Amounts) -> Amounts:
    """Two sums together."""
    (a, b, c, d, e), (f, g, h, i, j) = one, other
    return (a + f, b + g, c + h, d + i, e + j)


def minus(one: Amounts, other: Amounts) -> Amounts:
    """What one sum is beyond another."""
    (a, b, c, d, e), (f, g, h, i, j) = one, other
    return (a - f, b - g, c - h, d - i, e - j)


def _figure(facts: Facts, book: Book, key: int) -> Figure:
    lines = [line for line in facts.lines if book.key(line.year) == key]
    begun = any(book.key(year) == key for year in facts.begun)
    owing, complete, complete_on = _judged(facts, book, key, lines)
    return Figure(
        path=facts.path, field=facts.field, title_level=facts.title_level, owing=owing,
        activated_on=facts.activated_on, studying=begun or bool(lines), complete=complete,
        complete_on=complete_on, hours=_hours(lines), weeks=_weeks(lines),
    )  # fmt: skip


def _judged(
    facts: Facts, book: Book, key: int, lines: list[Line]
) -> tuple[bool, bool, date | None]:
    """Whether the year is owed, whether it is complete, and since which day."""
    policy = book.policies.get(key)
    if policy is None or facts.forgotten or key > book.this_year:
        return False, False, None
    years = list(policy.period_years) or [key]
    excused = frozenset(
        year for year in years
        if facts.spells and not owes(facts.spells, year, exempt=book.exempt[year])
    )  # fmt: skip
    owing = any(year >= facts.owes_from and year not in excused for year in years)
    if not owing or not _complete(policy, facts.owes_from, excused, lines):
        return owing, False, None
    return True, True, _complete_on(policy, facts.owes_from, excused, lines)


def _complete_on(
    policy: YearPolicy, owes_from: int, excused: frozenset[int], lines: list[Line]
) -> date | None:
    """The day since which it has been complete; none where it is so without any hours."""
    left = list(lines)
    while left:
        last = left.pop()
        if not _complete(policy, owes_from, excused, left):
            return last.day
    return None


def _complete(
    policy: YearPolicy, owes_from: int, excused: frozenset[int], lines: Iterable[Line]
) -> bool:
    held: dict[tuple[int, Subject], int] = {}
    for line in lines:
        key = (line.year, line.subject)
        held[key] = held.get(key, 0) + line.tenths
    return _judge(policy, owes_from, excused, tuple(sorted(held.items())))


# A city's people come to the same few sums again and again: each is judged once for everybody.
@lru_cache(maxsize=20_000)
def _judge(
    policy: YearPolicy, owes_from: int, excused: frozenset[int],
    held: tuple[tuple[tuple[int, Subject], int], ...],
) -> bool:  # fmt: skip
    by_year: dict[int, dict[Subject, Hours]] = {}
    for (year, subject), tenths in held:
        by_year.setdefault(year, {})[subject] = Hours(tenths)
    sums = {year: Hours.total(some.values()) for year, some in by_year.items()}
    whole = owed_total(policy, sums, owes_from=owes_from, excused=excused)
    return standing(
        policy, by_year.get(policy.year, {}), owes_from=owes_from, excused=excused,
        period_total=whole if policy.period else None,
    ).complete  # fmt: skip


def _hours(lines: Iterable[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        source = line.source if line.source in SOURCES else OTHER
        word = f"{line.subject.value}:{source}"
        found[word] = found.get(word, 0) + line.tenths
    return found


def _weeks(lines: Iterable[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        word = week_of(line.day)
        found[word] = found.get(word, 0) + line.tenths
    return found


def _flags(of: Figure, active: bool, studying: bool, complete: bool, tenths: int) -> Amounts:
    if not of.owing:
        return (0, 0, 0, 0, tenths)
    return (1, int(active), int(studying), int(complete), tenths)


def _add(weeks: dict[str, Amounts], word: str, some: Amounts) -> None:
    weeks[word] = plus(weeks.get(word, NOTHING), some)
