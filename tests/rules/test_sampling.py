"""A sample is the same for everybody who draws it from its seed, and fair to every stratum."""

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.rules.sampling import (
    SEED_BELOW,
    Candidate,
    allocate,
    can_stratify,
    draw,
    key_of,
    make_seed,
    percent_of,
)

seeds = st.integers(0, SEED_BELOW - 1).map(make_seed)
populations = st.lists(st.sampled_from("甲乙丙丁戊"), min_size=1, max_size=80).map(
    lambda strata: [
        Candidate(id, f"N{id:05d}", stratum) for id, stratum in enumerate(strata, start=1)
    ]
)
counts_of = st.dictionaries(st.text(max_size=3), st.integers(1, 10**6), min_size=1, max_size=12)


def counts(people: list[Candidate]) -> Counter[str]:
    return Counter(each.stratum for each in people)


@given(populations, seeds, st.integers(1, 100), st.randoms())
def test_the_same_seed_draws_the_same_whatever_the_order(people, seed, size, chance) -> None:  # type: ignore[no-untyped-def]
    first = draw(people, counts(people), size, seed=seed)
    mixed = list(people)
    chance.shuffle(mixed)
    tally = dict(reversed(counts(mixed).items()))
    assert draw(iter(mixed), tally, size, seed=seed) == first


@given(populations, seeds, st.integers(1, 100))
def test_the_size_is_right_and_nobody_is_drawn_twice(people, seed, size) -> None:  # type: ignore[no-untyped-def]
    drawn = draw(people, counts(people), size, seed=seed)
    assert len(drawn) == min(size, len(people))
    assert len({each.number for each in drawn}) == len(drawn)
    assert set(drawn) <= set(people)


@given(populations, seeds, st.integers(1, 100))
def test_every_stratum_is_in_it_when_there_is_room(people, seed, size) -> None:  # type: ignore[no-untyped-def]
    drawn = draw(people, counts(people), size, seed=seed)
    if can_stratify(counts(people), size):
        assert {each.stratum for each in drawn} == {each.stratum for each in people}
        assert counts(drawn) == allocate(counts(people), min(size, len(people)), seed=seed)
    else:
        # Set aside: the smallest keys of all, whatever they belong to.
        assert drawn == sorted(people, key=lambda each: key_of(seed, each.number))[:size]


@given(populations, seeds, st.integers(1, 100))
def test_anybody_can_draw_it_again_by_hand(people, seed, size) -> None:  # type: ignore[no-untyped-def]
    def digest(number: str) -> str:
        return sha256(f"{seed}:{number}".encode()).hexdigest()

    drawn = draw(people, counts(people), size, seed=seed)
    assert [digest(each.number) for each in drawn] == sorted(digest(each.number) for each in drawn)
    for stratum, places in counts(drawn).items() if can_stratify(counts(people), size) else ():
        there = sorted((each.number for each in people if each.stratum == stratum), key=digest)
        assert there[:places] == [each.number for each in drawn if each.stratum == stratum]


@given(counts_of, st.integers(0, 10**6), seeds)
def test_places_are_shared_out_whole_in_proportion_within_what_is_there(tally, more, seed) -> None:  # type: ignore[no-untyped-def]
    size = min(len(tally) + more, sum(tally.values()))
    places = allocate(tally, size, seed=seed)
    assert sum(places.values()) == size
    assert all(1 <= places[stratum] <= count for stratum, count in tally.items())
    spare, room = size - len(tally), sum(tally.values()) - len(tally)
    for stratum, count in tally.items():
        exact = spare * (count - 1) / room if room else 0
        assert abs(places[stratum] - 1 - exact) < 1


def test_fewer_places_than_strata_are_not_shared_out() -> None:
    with pytest.raises(ValueError, match="strata"):
        allocate({"a": 5, "b": 5}, 1, seed="1")
    assert allocate({}, 3, seed="1") == {}
    assert not can_stratify({}, 3)
    assert draw([], {}, 3, seed="1") == []


def test_small_strata_are_drawn_as_often_as_their_share_when_there_are_too_many() -> None:
    people = [Candidate(n, f"N{n}", "大" if n < 50 else f"小{n}") for n in range(100)]
    small = 0
    for n in range(300):
        small += draw(people, counts(people), 1, seed=make_seed(n * 7919))[0].stratum != "大"
    assert 100 < small < 200


@given(st.integers(0, 10**7), st.integers(1, 100))
def test_a_share_is_rounded_up(population: int, percent: int) -> None:
    size = percent_of(population, percent)
    assert (size - 1) * 100 < population * percent <= size * 100
    assert size <= population


def test_the_seed_is_printed_in_digits_alone() -> None:
    assert make_seed(7) == "0000-0000-0000-0000-0007"
    assert make_seed(SEED_BELOW - 1) == "9999-9999-9999-9999-9999"


def test_two_claims_of_one_number_are_one() -> None:
    twice = [Candidate(1, "A"), Candidate(1, "A"), Candidate(2, "B")]
    assert len(draw(twice, {"": 3}, 3, seed="1")) == 2
