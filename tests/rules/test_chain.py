"""The audit chain shows the first record that was touched."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.rules.chain import GENESIS, Sealed, first_broken, link

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
payloads = st.dictionaries(st.text(max_size=6), scalars | st.lists(scalars, max_size=3), max_size=4)
histories = st.lists(payloads, min_size=1, max_size=6)


def seal(history, start=GENESIS) -> list[Sealed]:
    rows = []
    for payload in history:
        start = link(start, payload)
        rows.append(Sealed(payload, start))
    return rows


def test_a_seal_can_be_recomputed_by_anyone():
    expected = hashlib.sha256(b"\0" * 32 + b'{"a":1,"b":"\\u5ba1"}').hexdigest()
    assert link(GENESIS, {"b": "审", "a": 1}) == expected
    assert link(bytes(32), {"a": 1, "b": "审"}) == expected


@given(histories)
def test_an_untouched_chain_is_sound(history):
    assert first_broken(seal(history)) is None


@given(histories, payloads, st.data())
def test_a_changed_record_is_found_where_it_stands(history, other, data):
    rows = seal(history)
    at = data.draw(st.integers(0, len(rows) - 1))
    rows[at] = Sealed({**other, "changed": True}, rows[at].seal)
    assert first_broken(rows) == at


@given(st.lists(st.integers(), min_size=3, max_size=6, unique=True), st.data())
def test_removing_or_swapping_records_is_found(history, data):
    rows = seal({"n": n} for n in history)
    at = data.draw(st.integers(0, len(rows) - 2))
    assert first_broken(rows[:at] + rows[at + 1 :]) == at
    swapped = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
    assert first_broken(swapped) == at


def test_resealing_a_changed_record_breaks_the_next_one():
    rows = seal([{"n": 1}, {"n": 2}, {"n": 3}])
    rows[1] = Sealed({"n": 9}, link(rows[0].seal, {"n": 9}))
    assert first_broken(rows) == 2


def test_a_chain_is_checked_in_parts():
    rows = seal([{"n": n} for n in range(4)])
    assert first_broken(rows[2:], start=rows[1].seal) is None
    assert first_broken(rows[2:]) == 0


@pytest.mark.parametrize("forged", ["", "zz", "00" * 31, "审"])
def test_a_nonsense_seal_is_a_break_not_a_crash(forged):
    rows = seal([{"n": 1}, {"n": 2}])
    assert first_broken([Sealed(rows[0].payload, forged), rows[1]]) == 0
    assert first_broken(rows, start=forged) == 0


def test_types_are_told_apart():
    values = [1, "1", True, None, [1], [], "", {"a": 1}]
    assert len({link(GENESIS, {"v": value}) for value in values}) == len(values)


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1: 2}, [0.1], object()])
def test_values_without_one_text_form_are_refused(value):
    with pytest.raises(TypeError):
        link(GENESIS, {"v": value})


@pytest.mark.parametrize("previous", ["", "00", b"", bytes(31), bytes(33)])
def test_a_previous_seal_of_the_wrong_length_is_refused(previous):
    with pytest.raises(ValueError, match="32 bytes"):
        link(previous, {})
