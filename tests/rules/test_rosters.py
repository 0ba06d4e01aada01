"""Hours by the days attended, and the code that lives for two windows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules import rosters
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.rosters import Attendance, ClassHours, Outcome

FIRST = date(2020, 9, 1)
tenths = st.integers(0, 200).map(Hours)
days = st.dictionaries(
    st.integers(0, 20).map(lambda n: FIRST + timedelta(days=n)), tenths, max_size=12
)
classes = st.builds(
    lambda held, total, most: (held, rosters.limit(held, total, a_day=most), most),
    days, st.integers(0, 900).map(Hours), st.integers(1, 120).map(Hours),
)  # fmt: skip
attendances = st.builds(
    Attendance,
    st.frozensets(st.integers(-3, 25).map(lambda n: FIRST + timedelta(days=n))),
    st.none() | st.integers(-2, 30),
    st.none() | st.integers(-50, 2000).map(Hours),
)
secrets = st.binary(min_size=32, max_size=32)
moments = st.floats(1.5e9, 2e9)


@given(classes, attendances)
def test_never_more_than_the_class_or_its_days_give(made, attended: Attendance) -> None:  # type: ignore[no-untyped-def]
    held, offered, a_day = made
    given_ = rosters.counted(offered, attended)
    assert ZERO <= given_ <= offered.total
    assert given_ <= Hours.total(min(hours, a_day) for hours in held.values())
    if attended.days:
        there = attended.days & held.keys()
        assert given_ <= Hours.total(min(held[day], a_day) for day in there)
        assert given_.tenths <= a_day.tenths * len(there)
    if attended.typed is not None:
        assert given_ <= max(attended.typed, ZERO)
    assert given_ <= rosters.ceiling(offered, attended)


@given(classes, st.data())
def test_a_day_more_never_gives_less(made, data) -> None:  # type: ignore[no-untyped-def]
    held, offered, _ = made
    some = data.draw(st.frozensets(st.sampled_from(sorted(held) or [FIRST])))
    fewer = data.draw(st.frozensets(st.sampled_from(sorted(some) or [FIRST]))) & some
    assert offered.of(fewer) <= offered.of(some) <= offered.most
    assert offered.of(held) == offered.of_count(len(held)) == offered.most
    # Where only the number is known, it is what any so many days surely give.
    assert offered.of_count(len(some)) <= max(offered.of(some), ZERO) or not some <= held.keys()


def test_all_three_limits() -> None:
    held = {FIRST: Hours.of(10), FIRST + timedelta(days=1): Hours.of(6)}
    offered = rosters.limit(held, Hours.of(12), a_day=Hours.of(8))
    both = frozenset(held)
    assert rosters.counted(offered, Attendance(both)) == Hours.of(12)
    assert rosters.counted(offered, Attendance(frozenset({FIRST}))) == Hours.of(8)
    assert rosters.counted(offered, Attendance(both, None, Hours.of("5.5"))) == Hours.of("5.5")
    assert rosters.counted(offered, Attendance(frozenset(), 1)) == Hours.of(6)
    assert rosters.counted(offered, Attendance()) == ZERO
    assert rosters.counted(offered, Attendance(typed=Hours.of(7))) == Hours.of(7)
    with pytest.raises(Invalid, match="最多可认定8学时"):
        rosters.require_within(Hours.of("8.1"), offered.of({FIRST}))
    assert rosters.require_within(Hours.of(8), offered.of({FIRST})) == Hours.of(8)


HELD = (FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("全部", (frozenset(HELD), None)), ("全勤", (frozenset(HELD), None)),
        ("3", (frozenset(HELD), None)), ("2", (frozenset(), 2)), ("2天", (frozenset(), 2)),
        ("0", (frozenset(), 0)), ("9月1日", (frozenset(HELD[:1]), None)),
        ("9月1日、9月3日", (frozenset({HELD[0], HELD[2]}), None)),
        ("2020-09-02", (frozenset({HELD[1]}), None)), ("9.1，9/2", (frozenset(HELD[:2]), None)),
        ("2020年9月2日", (frozenset({HELD[1]}), None)),
    ],
)  # fmt: skip
def test_days_as_people_write_them(typed: str, found: object) -> None:
    assert rosters.parse_days(typed, HELD) == found


@pytest.mark.parametrize(
    "typed",
    ["4", "99999999", "9月4日", "8月1日", "2019-09-01", "昨天", "-1", "1e3", "٣", "9月1日至3日"],
)
def test_other_days_are_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        rosters.parse_days(typed, HELD)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_days_of_the_class_or_refused(typed: str) -> None:
    try:
        found, count = rosters.parse_days(typed, HELD)
    except Invalid:
        return
    assert found <= set(HELD)
    assert count is None or 0 <= count < len(HELD)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("合格", Outcome.PASSED), ("不合格", Outcome.FAILED), ("60", Outcome.PASSED),
     ("59.5", Outcome.FAILED), ("", Outcome.NONE), (" 通过 ", Outcome.PASSED)],
)  # fmt: skip
def test_results_as_people_write_them(typed: str, found: Outcome) -> None:
    assert rosters.parse_result(typed) is found


@pytest.mark.parametrize("typed", ["好", "101", "-1", "NaN", "1e1"])
def test_other_results_are_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        rosters.parse_result(typed)


@given(secrets, moments, st.floats(-200, 200), st.integers(1, 10**9))
def test_a_code_lives_for_its_window_and_the_next(
    secret: bytes, made_at: float, later: float, project: int
) -> None:
    window = rosters.window_at(made_at)
    code = rosters.code_for(secret, project_id=project, day=FIRST, window=window)
    fresh = rosters.is_fresh(code, secret, project_id=project, day=FIRST, seconds=made_at + later)
    assert fresh == (rosters.window_at(made_at + later) - window in (0, 1))
    if abs(later) >= 2 * rosters.WINDOW_SECONDS:
        assert not fresh


@given(secrets, secrets, moments, st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_code_opens_nothing_else(
    secret: bytes, other: bytes, at: float, project: int, elsewhere: int
) -> None:
    code = rosters.code_for(secret, project_id=project, day=FIRST, window=rosters.window_at(at))

    def fresh(key: bytes = secret, where: int = project, day: date = FIRST) -> bool:
        return rosters.is_fresh(code, key, project_id=where, day=day, seconds=at)

    assert fresh()
    assert fresh(where=elsewhere) == (elsewhere == project)
    assert fresh(key=other) == (other == secret)
    assert not fresh(day=FIRST + timedelta(days=1))


@given(st.text(max_size=40), secrets, moments)
def test_a_guess_is_no_code(guess: str, secret: bytes, at: float) -> None:
    assert not rosters.is_fresh(guess, secret, project_id=1, day=FIRST, seconds=at)


def test_a_class_without_days_gives_nothing() -> None:
    assert ClassHours({}, Hours.of(40)).most == ZERO
