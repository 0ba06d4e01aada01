"""Codes as people type them."""

import pytest

from rxapp.rules import one_time


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" 123 456 ", "123456"), ("１２３４５６", "123456"), ("7kqm-2xwd-9tra", "7KQM2XWD9TRA"),
        ("", ""), ("——", ""), ("１" * 500, "1" * 60), ("长1", "1"),
    ],
)  # fmt: skip
def test_what_is_typed_is_tidied(typed: str, code: str) -> None:
    assert one_time.tidy(typed) == code


@pytest.mark.parametrize(
    ("code", "right"), [("123456", True), ("12345", False), ("12345A", False), ("", False)]
)
def test_an_authenticators_code_has_six_digits(code: str, right: bool) -> None:
    assert one_time.is_moments(code) == right


def test_recovery_codes_are_read_off_in_groups_and_never_look_like_the_other_kind() -> None:
    made = {one_time.new_recovery_code() for _ in range(200)}
    assert len(made) == 200
    assert {len(each) for each in made} == {14}
    assert not [each for each in made if one_time.is_moments(one_time.tidy(each))]
    assert not set("".join(made)) & set("01ILOU")


def test_a_secret_is_shown_in_groups_of_four() -> None:
    assert one_time.grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"
