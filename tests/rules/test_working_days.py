"""Working days on the official calendar: the notice's five before a class begins (article 5)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.adapters import official_calendar
from rxapp.rules.working_days import (
    NEEDED,
    YearCalendar,
    count_worked,
    is_worked,
    latest_filing_day,
)


def official(year: int) -> YearCalendar:
    days = official_calendar.days_of(year)
    return YearCalendar(year, 1, {date.fromisoformat(day): said[0] for day, said in days.items()})


OFFICIAL = {year: official(year) for year in official_calendar.published_years()}


@pytest.mark.parametrize(
    ("starts_on", "latest"),
    [
        ("2020-02-06", "2020-01-22"),
        ("2020-05-06", "2020-04-26"),
        ("2020-10-12", "2020-09-28"),
        ("2025-02-08", "2025-01-26"),
        ("2025-10-11", "2025-09-28"),
        ("2026-02-24", "2026-02-10"),
        ("2026-05-09", "2026-04-29"),
    ],
)
def test_the_fifth_working_day_before_a_start(starts_on: str, latest: str) -> None:
    found = latest_filing_day(date.fromisoformat(starts_on), OFFICIAL)
    assert f"{found.latest}" == latest
    assert found.calendars == {found.latest.year: 1}
    assert not found.by_weekends
    assert not found.is_late(found.latest)
    assert found.is_late(found.latest + timedelta(days=1))


def test_an_unpublished_year_is_counted_by_weekends_and_says_so() -> None:
    # 2027 is unknown: its first of January counts as the Friday that it is.
    found = latest_filing_day(date(2027, 1, 6), OFFICIAL | {2026: official(2026)})
    assert found.latest == date(2026, 12, 30)
    assert found.calendars == {2027: 0, 2026: 1}
    assert found.by_weekends
    known = OFFICIAL | {2027: YearCalendar(2027, 3, {date(2027, 1, 1): False})}
    assert latest_filing_day(date(2027, 1, 6), known).latest == date(2026, 12, 29)
    assert latest_filing_day(date(2027, 1, 6), known).calendars == {2027: 3, 2026: 1}


def test_a_start_on_new_years_day_looks_at_the_old_year_alone() -> None:
    assert latest_filing_day(date(2027, 1, 1), OFFICIAL).calendars == {2026: 1}


def test_a_year_in_which_nobody_works_ends_the_search() -> None:
    lazy = {
        year: YearCalendar(
            year, 1, {date(year, 1, 1) + timedelta(days=place): False for place in range(366)}
        )
        for year in range(2018, 2022)
    }
    assert latest_filing_day(date(2021, 3, 1), lazy).latest < date(2020, 3, 1)


def test_the_calendar_knows_swapped_weekends_and_names() -> None:
    days = official_calendar.days_of(2020)
    assert days["2020-04-26"] == (True, "劳动节调休")
    assert days["2020-01-27"] == (False, "春节")
    assert official_calendar.published_years()[0] == 2020
    assert is_worked(date(2020, 4, 26), OFFICIAL)
    assert not is_worked(date(2020, 4, 25), OFFICIAL)
    assert official_calendar.days_of(1900) == {}


DAYS = st.dates(date(2019, 1, 1), date(2028, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> dict[int, YearCalendar]:
    """Made-up calendars of some of the years, with up to twenty odd days each."""
    years = draw(st.sets(st.integers(2018, 2028)))
    return {
        year: YearCalendar(
            year,
            draw(st.integers(1, 9)),
            draw(
                st.dictionaries(
                    st.dates(date(year, 1, 1), date(year, 12, 31)), st.booleans(), max_size=20
                )
            ),
        )
        for year in years
    }


@given(DAYS, calendars())
def test_there_are_exactly_five_from_the_latest_day_to_the_start(
    starts_on: date, known: dict[int, YearCalendar]
) -> None:
    found = latest_filing_day(starts_on, known)
    assert count_worked(found.latest, starts_on, known) == NEEDED
    assert is_worked(found.latest, known)
    assert found.latest < starts_on
    assert found.by_weekends == any(year not in known for year in found.calendars)


@given(DAYS, DAYS, calendars())
def test_a_later_start_never_has_an_earlier_latest_day(
    one: date, other: date, known: dict[int, YearCalendar]
) -> None:
    first, second = sorted((one, other))
    assert latest_filing_day(first, known).latest <= latest_filing_day(second, known).latest


@given(DAYS, calendars(), st.integers(0, 40))
def test_filed_in_time_means_five_working_days_remain(
    starts_on: date, known: dict[int, YearCalendar], before: int
) -> None:
    filed_on = starts_on - timedelta(days=before)
    enough = count_worked(filed_on, starts_on, known) >= NEEDED
    assert latest_filing_day(starts_on, known).is_late(filed_on) == (not enough)
