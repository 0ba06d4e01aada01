"""What a page reads from its address: a word it can look for, or nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from rxapp.state.handlers import Screen


def word(query: dict[str, Any]) -> str:
    page: Any = SimpleNamespace(router_data={"query": query})
    return Screen._route_word(page, "q")


def test_a_word_of_the_address_is_read() -> None:
    assert word({"q": "学时 😀"}) == "学时 😀"
    assert word({"q": "长" * 100}) == "长" * 100


@pytest.mark.parametrize(
    "query", [{}, {"q": ["学时"]}, {"q": 1}, {"q": "长" * 101}, {"q": "a\0b"}, {"q": "\ud83d"}]
)
def test_what_no_database_can_look_for_is_no_word(query: dict[str, Any]) -> None:
    assert word(query) == ""
