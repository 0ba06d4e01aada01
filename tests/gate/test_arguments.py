"""What a handler may be given: exactly what it declares, of that kind, of that size."""

import math
from typing import Any

import pytest

from rxapp.gate import arguments

ENTRIES = arguments.FORM_DATA_ENTRIES_KEY  # how a page of ours sends a form


async def plain(self) -> None: ...
async def numbered(self, person_id: int, purpose: str) -> None: ...
async def formed(self, form: dict[str, str]) -> None: ...
async def optional(self, on: bool, word: str = "") -> None: ...
async def unheard_of(self, when: list[int]) -> None: ...


@pytest.mark.parametrize(
    ("function", "payload"),
    [
        (plain, {}),
        (numbered, {"person_id": 7, "purpose": "staff"}),
        (numbered, {"person_id": -(2**53), "purpose": ""}),
        (numbered, {"person_id": 1, "purpose": "长" * arguments.LONGEST_TEXT}),
        (numbered, {"person_id": 1, "purpose": "一\n二\t😀\U00020000"}),
        (formed, {"form": {}}),
        (formed, {"form": {"q": "司徒", "年": "2020"}}),
        (formed, {"form": {str(n): "" for n in range(arguments.MOST_FIELDS)}}),
        (formed, {"form": {ENTRIES: []}}),
        (formed, {"form": {ENTRIES: [["q", "司徒"], ["q", "木槿"], ["年", ""]]}}),
        (optional, {"on": True}),
        (optional, {"on": False, "word": "x"}),
    ],
)
def test_what_is_declared_is_accepted(function: Any, payload: dict[str, Any]) -> None:
    assert arguments.accepted(function, payload)


@pytest.mark.parametrize(
    ("function", "payload"),
    [
        (plain, {"self": 1}),
        (plain, {"x": 1}),
        (numbered, {}),
        (numbered, {"person_id": 7}),
        (numbered, {"person_id": 7, "purpose": "staff", "force": True}),
        *(
            (numbered, {"person_id": value, "purpose": "staff"})
            for value in (True, 1.0, "7", None, [], {}, math.nan, math.inf, 10**22, 2**53 + 1)
        ),
        *(
            (numbered, {"person_id": 7, "purpose": value})
            for value in (
                7, None, ["staff"], {"a": 1}, b"staff", "x" * 2001, "x" * 100_000, "a\0b",
                "\ud83d", "x\udfff",
            )
        ),
        *(
            (formed, {"form": value})
            for value in (
                None, "q=1", [("q", "1")], {"q": 1}, {"q": None}, {"q": ["x"]}, {1: "x"},
                {"q": "x" * 2001}, {"q": "a\0b"}, {"q\0": "a"}, {"q": "\udfff"},
                {"x" * 61: ""}, {str(n): "" for n in range(61)},
                {ENTRIES: "x"}, {ENTRIES: None}, {ENTRIES: [["q"]]}, {ENTRIES: ["qx"]},
                {ENTRIES: [["q", 1]]}, {ENTRIES: [["q", None]]}, {ENTRIES: [["q", "x", "y"]]},
                {ENTRIES: [["q", "x" * 2001]]}, {ENTRIES: [["q", "a\0b"]]},
                {ENTRIES: [["q", ""]] * 61},
                {ENTRIES: [["q", {"a": "b"}]]}, {ENTRIES: [["q", "x"]], "more": "x"},
                {"q": "\0"}, {"q\0": ""}, {ENTRIES: [["q", "\ud800"]]},
            )
        ),
        *((optional, {"on": value}) for value in (1, 0, "true", None)),
        (unheard_of, {"when": [1]}),
    ],
)  # fmt: skip
def test_anything_else_is_not(function: Any, payload: dict[str, Any]) -> None:
    assert not arguments.accepted(function, payload)
