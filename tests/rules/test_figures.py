"""What a person counts as: in which sums, in which week, and never twice."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rxapp.rules import figures
from rxapp.rules.charts import columns
from rxapp.rules.figures import Book, Facts, Line, reckon
from rxapp.rules.person_status import EXEMPT, PersonStatus, Spell
from rxapp.rules.subjects import Subject
from rxapp.rules.years import policy_2016_2019, policy_2020_on

REQUIRED, ELECTIVE, PROFESSIONAL = Subject
YEARS = range(2016, 2023)
BOOK = Book(
    2022,
    {year: policy_2016_2019(year) if year < 2020 else policy_2020_on(year) for year in YEARS},
    dict.fromkeys(YEARS, EXEMPT),
)


def facts(*lines: Line, **given) -> Facts:  # type: ignore[no-untyped-def]
    return Facts("/1/4/77/", "卫生健康", "中级", **({"owes_from": 2020} | given), lines=lines)


def line(subject: Subject, hours: int, day: date, source: str = "course") -> Line:
    return Line(day.year, subject, hours * 10, source, day)


FULL = (
    line(REQUIRED, 20, date(2021, 1, 4)), line(ELECTIVE, 10, date(2021, 2, 1)),
    line(PROFESSIONAL, 60, date(2021, 3, 3)), line(PROFESSIONAL, 5, date(2021, 4, 1), "claim"),
)  # fmt: skip


def test_a_year_is_complete_on_the_day_of_the_line_that_completed_it() -> None:
    found = reckon(facts(*FULL), BOOK)
    assert set(found) == {2020, 2021, 2022}
    assert (found[2021].complete, found[2021].complete_on) == (True, date(2021, 3, 3))
    assert not found[2020].complete
    assert not found[2022].studying
    assert found[2021].hours == {
        "public_required:course": 200, "public_elective:course": 100, "professional:course": 600,
        "professional:claim": 50,
    }  # fmt: skip
    assert figures.amounts(found[2021])["week", "2021-03-01"] == (0, 0, 0, 1, 600)


def test_the_years_of_the_period_are_one() -> None:
    lines = [line(PROFESSIONAL, 90, date(year, 5, 5)) for year in range(2016, 2020)]
    found = reckon(facts(*lines, owes_from=2016), BOOK)
    assert set(found) == {2019, 2020, 2021, 2022}
    assert (found[2019].complete, found[2019].complete_on) == (True, date(2019, 5, 5))
    assert sum(found[2019].hours.values()) == 3600
    assert not reckon(facts(*lines[:3], owes_from=2016), BOOK)[2019].complete
    # Who owes two of the four needs half.
    assert reckon(facts(*lines[2:], owes_from=2018), BOOK)[2019].complete


def test_who_does_not_owe_counts_with_the_hours_alone() -> None:
    retired = (Spell(PersonStatus.RETIRED, date(2021, 6, 1)),)
    for some in ({"spells": retired}, {"forgotten": True}, {"owes_from": 2022}):
        found = reckon(facts(*FULL, **some, activated_on=date(2021, 1, 1)), BOOK)[2021]
        assert not found.owing
        assert not found.complete
        assert figures.amounts(found)["total", ""] == (0, 0, 0, 0, 950)
        assert all(some[:4] == (0, 0, 0, 0) for some in figures.amounts(found).values())
    # Before the retirement the year was owed.
    assert reckon(facts(spells=retired), BOOK)[2020].owing
    # A year of which nobody knows the policy has its hours, and nobody owes it.
    odd = reckon(facts(Line(1999, PROFESSIONAL, 10, "x", date(1999, 1, 1))), BOOK)[1999]
    assert (odd.owing, odd.hours) == (False, {"professional:other": 10})


DAYS = st.dates(date(2016, 1, 1), date(2022, 12, 31))
LINES = st.lists(
    st.builds(
        line, st.sampled_from(list(Subject)), st.integers(1, 70), DAYS,
        st.sampled_from([*figures.SOURCES, "else"]),
    ),
    max_size=12,
)  # fmt: skip


@given(lines=LINES, owes_from=st.integers(2014, 2023), activated=st.none() | DAYS)
def test_every_way_of_dividing_comes_to_the_same(
    lines: list[Line], owes_from: int, activated: date | None
) -> None:
    lines.sort(key=lambda each: each.day)
    found = reckon(facts(*lines, owes_from=owes_from, activated_on=activated), BOOK)
    assert sum(sum(one.hours.values()) for one in found.values()) == sum(
        each.tenths for each in lines
    )
    for figure in found.values():
        parts = figures.amounts(figure)
        whole = parts.get(("total", ""), figures.NOTHING)
        for kind in (figures.BY_FIELD, figures.BY_LEVEL, figures.BY_HOURS, figures.BY_WEEK):
            some = [part for (of, _), part in parts.items() if of == kind]
            assert sum(part[4] for part in some) == whole[4]
            if kind == figures.BY_WEEK:
                assert sum(part[1] for part in some) == whole[1]
                assert sum(part[3] for part in some) == whole[3]
        assert (figure.complete_on is not None) <= figure.complete <= figure.owing
        if figure.complete_on:
            # Without the lines of that day and after it would not be complete.
            early = [each for each in lines if each.day < figure.complete_on]
            year = next(key for key, one in found.items() if one is figure)
            before = reckon(facts(*early, owes_from=owes_from), BOOK).get(year)
            assert before is None or not before.complete


@given(day=DAYS)
def test_a_week_is_named_by_its_monday(day: date) -> None:
    monday = date.fromisoformat(figures.week_of(day))
    assert monday.weekday() == 0
    assert timedelta(0) <= day - monday < timedelta(7)


@given(st.lists(st.integers(-5, 10_000), max_size=30))
def test_columns_stay_in_their_field(values: list[int]) -> None:
    drawn = columns(values)
    assert len(drawn) == len(values)
    for value, one in zip(values, drawn, strict=True):
        assert 0 <= float(one.x) <= float(one.x) + float(one.width) <= 100.01
        assert abs(float(one.y) + float(one.height) - 100) < 0.02
        assert (float(one.height) > 0) <= (value > 0)
    if values and max(values) > 0:
        assert max(float(one.height) for one in drawn) == 100
