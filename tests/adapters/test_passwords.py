"""Passwords are checked at the same cost whether or not there is somebody to check."""

import bcrypt

from rxapp.adapters import passwords


def test_who_is_nobody_is_checked_at_the_same_cost() -> None:
    nobody, somebody = passwords._NOBODY, passwords.hash_password("right")
    assert nobody[:7] == somebody[:7] == f"$2b${passwords.COST}$"
    assert len(nobody) == len(somebody)
    # A hash that bcrypt takes for broken would be answered at once.
    assert bcrypt.checkpw(b"anything", nobody.encode()) is False
    assert passwords.check_password("right", somebody)
    assert not passwords.check_password("wrong", somebody)
    assert not passwords.check_password("right", None)
