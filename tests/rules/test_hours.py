"""Hours are exact tenths, whatever is added, typed or watched."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.hours import LARGEST_TENTHS, ZERO, Hours

tenths = st.integers(-10_000, 10_000)
amounts = tenths.map(Hours)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("20", 200), ("1.5", 15), (20, 200), (" 0.1 ", 1), ("-2.5", -25), ("１．５", 15), (0, 0)],
)
def test_reads_what_people_type(typed, expected):
    assert Hours.of(typed) == Hours(expected)


@pytest.mark.parametrize(
    "typed",
    [
        *(1.5, float("nan"), float("inf"), True, None, Decimal("1.5"), b"1"),
        *("1.55", "1.50", "", "  ", "1.", ".5", "nan", "1e3", "+1", "--1", "1,5", "٣", "二十"),
        *("10001", 10_001, -10_001, "99999.9", "9" * 40, " " * 33 + "1"),
    ],
)
def test_refuses_what_is_not_an_amount(typed):
    with pytest.raises(Invalid) as refusal:
        Hours.of(typed)
    assert "学时" in refusal.value.fields["hours"]


@pytest.mark.parametrize("value", [1.0, True, "15", None, LARGEST_TENTHS + 1])
def test_constructor_takes_only_sensible_whole_tenths(value):
    assert Hours(15).tenths == 15
    with pytest.raises(Invalid):
        Hours(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(15, "1.5"), (200, "20"), (0, "0"), (-5, "-0.5"), (-15, "-1.5"), (-20, "-2")],
)
def test_prints_plainly(value, text):
    assert str(Hours(value)) == text


@given(amounts)
def test_printing_and_reading_are_inverse(amount):
    assert Hours.of(str(amount)) == amount


@given(tenths, tenths)
def test_arithmetic_and_order_are_those_of_whole_tenths(a, b):
    assert Hours(a) + Hours(b) == Hours(a + b)
    assert Hours(a) - Hours(b) == Hours(a - b)
    assert -Hours(a) == Hours(-a)
    assert (Hours(a) < Hours(b)) == (a < b)
    assert (Hours(a) == Hours(b)) == (hash(Hours(a)) == hash(Hours(b)))
    assert bool(Hours(a)) == (a != 0)


@given(st.lists(amounts), st.integers(0, 99))
def test_total_does_not_depend_on_order(lines, seed):
    shuffled = random.Random(seed).sample(lines, len(lines))
    assert Hours.total(lines) == Hours.total(shuffled) == Hours(sum(x.tenths for x in lines))


def test_zero():
    assert Hours.total([]) == ZERO == Hours.ZERO == Hours()


def test_adding_a_bare_number_is_a_mistake():
    with pytest.raises(TypeError):
        Hours(1) + 1  # type: ignore[operator]


def test_hours_cannot_be_changed():
    with pytest.raises(AttributeError):
        Hours(1).tenths = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, 0), (269, 0), (270, 1), (2699, 9), (2700, 10), (54_000, 200)]
)
def test_an_hour_of_study_is_45_minutes(seconds, expected):
    assert Hours.from_seconds(seconds) == Hours(expected)


@pytest.mark.parametrize("seconds", [-1, 2700.0, float("nan"), True, None])
def test_refuses_lengths_that_are_no_whole_seconds(seconds):
    with pytest.raises(Invalid):
        Hours.from_seconds(seconds)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_cutting_a_film_in_two_never_gives_more(first, second):
    assert Hours.from_seconds(first) + Hours.from_seconds(second) <= Hours.from_seconds(
        first + second
    )
