"""Working days on the official calendar, and until when a class can be filed (article 5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ARTICLE = "《通知》第五条"
NEEDED = 5
ONE_DAY = timedelta(days=1)
# No holiday is longer; a calendar in which nobody ever works is nobody's.
LONGEST_SEARCH = 400


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """One version of a year's official calendar: the days that differ from Monday to Friday."""

    year: int
    version: int
    days: Mapping[date, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day on which a class can be filed, and by what that was judged.

    `calendars` says which version of each year's calendar was looked at; 0 stands for a year whose
    calendar is not yet published, counted Monday to Friday.
    """

    starts_on: date
    latest: date
    calendars: Mapping[int, int]

    @property
    def by_weekends(self) -> bool:
        """Whether some year was counted without its official calendar."""
        return 0 in self.calendars.values()

    def is_late(self, filed_on: date) -> bool:
        """Whether a filing on this day comes after the last one it could come on."""
        return filed_on > self.latest


def is_worked(day: date, calendars: Mapping[int, YearCalendar]) -> bool:
    """Whether people work on a day: what the year's calendar says, else Monday to Friday."""
    calendar = calendars.get(day.year)
    said = calendar.days.get(day) if calendar else None
    return day.weekday() < 5 if said is None else said


def latest_filing_day(starts_on: date, calendars: Mapping[int, YearCalendar]) -> Deadline:
    """The fifth working day before a start; the day of filing counts as the first of the five."""
    left, day, used = NEEDED, starts_on, {}
    for day in _back_from(starts_on):
        known = calendars.get(day.year)
        used[day.year] = known.version if known else 0
        left -= is_worked(day, calendars)
        if left == 0:
            break
    return Deadline(starts_on, day, used)


def count_worked(first: date, until: date, calendars: Mapping[int, YearCalendar]) -> int:
    """How many working days there are from `first` on and before `until`."""
    days = range((until - first).days)
    return sum(is_worked(first + ONE_DAY * place, calendars) for place in days)


def _back_from(starts_on: date) -> Iterator[date]:
    for place in range(1, LONGEST_SEARCH):
        yield starts_on - ONE_DAY * place
