"""A certificate number survives being read aloud and shows every slip of the finger."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.certificate_numbers import ALPHABET, make, parse

bits = st.integers(0, 2**60 - 1)
SAMPLE = 0x0F1E2D3C4B5A697


def fault(text: str) -> str:
    with pytest.raises(Invalid) as refusal:
        parse(text)
    return refusal.value.fields["certificate_number"]


def grouped(letters: str) -> str:
    return "-".join((letters[:4], letters[4:8], letters[8:12], letters[12:]))


def test_alphabet_has_no_lookalikes():
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@given(bits)
def test_printed_form_reads_back(number):
    printed = make(number)
    assert re.fullmatch(rf"([{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]", printed)
    assert parse(printed) == printed


@given(bits, bits)
def test_different_bits_give_different_numbers(one, other):
    assert (make(one) == make(other)) == (one == other)


@given(bits)
def test_tolerates_how_it_is_typed(number):
    printed = make(number)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in printed)
    spoken = printed.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    shouted = printed.replace("-", "–").replace("0", "O").replace("1", "I")
    for typed in (wide, spoken, shouted, printed.replace("-", ""), f"  {printed}\n"):
        assert parse(typed) == printed


def test_every_single_substitution_is_caught():
    letters = make(SAMPLE).replace("-", "")
    for place in range(13):
        for wrong in ALPHABET:
            changed = letters[:place] + wrong + letters[place + 1 :]
            if wrong == letters[place]:
                assert parse(changed) == grouped(letters)
            else:
                assert "填错" in fault(changed)


@given(bits, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_substitutions_are_caught_in_any_number(number, place, wrong):
    letters = make(number).replace("-", "")
    if wrong != letters[place]:
        fault(letters[:place] + wrong + letters[place + 1 :])


@given(bits, st.integers(0, 11))
def test_neighbours_swapped_are_caught(number, place):
    letters = make(number).replace("-", "")
    swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
    if swapped == letters:
        assert parse(swapped) == grouped(letters)
    else:
        assert "填反" in fault(swapped)


@pytest.mark.parametrize("place", range(12))
def test_every_pair_of_neighbours_swapped_is_caught(place):
    # The check is linear, so zeros elsewhere prove it for every number: 12 places × all pairs.
    for one in range(32):
        for other in range(one):
            number = _with_letters(place, one, other)
            letters = make(number).replace("-", "")
            swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
            if swapped != letters:
                fault(swapped)


@pytest.mark.parametrize("number", [-1, 2**60, 2**64])
def test_only_sixty_bits(number):
    assert make(0) == "0000-0000-0000-0"
    with pytest.raises(ValueError, match="60 bits"):
        make(number)


def test_each_fault_has_its_own_sentence():
    printed = make(SAMPLE)
    wrong_check = printed[:-1] + ("0" if printed[-1] != "0" else "2")
    typed = [printed[:-1], "U" * 13, wrong_check, "0" * 65]
    assert len({fault(each) for each in typed}) == len(typed)
    assert fault("")
    assert fault(printed + "0")


@given(st.text(max_size=70))
def test_any_text_is_read_or_refused(text):
    try:
        printed = parse(text)
    except Invalid:
        assert fault(text)
    else:
        assert parse(printed) == printed


def _with_letters(place: int, one: int, other: int) -> int:
    last_random = 11
    bits = one << 5 * (last_random - place)
    return bits | (other << 5 * (last_random - place - 1) if place < last_random else 0)
