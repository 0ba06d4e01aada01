"""What no database keeps is found wherever it stands, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.rules.texts import all_plain, is_plain, plain


@given(st.text())
def test_what_is_left_can_be_kept_and_written(text: str) -> None:
    assert is_plain(plain(text))
    plain(text).encode()
    if "\0" not in text:
        # Whole letters, those beyond the first plane too, stay as they are.
        assert plain(text) == text


@pytest.mark.parametrize("wrong", ["\0", "a\0b", "\ud83d"])
def test_it_is_found_at_any_depth(wrong: str) -> None:
    assert not is_plain(wrong)
    for found in (wrong, [wrong], {"a": [{"b": wrong}]}, {wrong: 1}):
        assert not all_plain(found)


def test_everything_else_may_come() -> None:
    assert all_plain({"名": ["𠮷", "😀", "\n", ""], "n": [1, None, True, 2.5]})
