"""The official calendar as it was published, from the package that carries it."""

from typing import Any

from chinese_calendar.constants import Holiday, holidays, workdays

# The first year of the platform.
FIRST_YEAR = 2020


def published_years() -> list[int]:
    """The years whose calendar is known, from the platform's first on."""
    return sorted({day.year for day in holidays if day.year >= FIRST_YEAR})


def days_of(year: int) -> dict[str, tuple[bool, str]]:
    """The days of a year that were named: whether one works on them, and what they are for."""
    off = {day: (False, _named(name)) for day, name in holidays.items() if day.year == year}
    worked = {
        day: (True, f"{_named(name)}调休") for day, name in workdays.items() if day.year == year
    }
    return {f"{day}": said for day, said in sorted((off | worked).items())}


def _named(name: str) -> str:
    said: list[Any] = list(Holiday)
    return {each.value: each.chinese for each in said}.get(name, name)
