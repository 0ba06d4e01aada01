"""What people type as a second factor: six digits of the moment, or a printed recovery code."""

import secrets
import unicodedata

STEP_SECONDS = 30
# A phone's clock may be half a minute off, and typing takes its time.
STEPS_AROUND = 1
RECOVERY_CODES = 10
_GROUP = 4
# Without 0, 1, I, L, O and U: printed codes are read aloud and typed by hand.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def tidy(typed: str) -> str:
    """A code without spaces and dashes, full-width characters made plain, in capitals."""
    plain = unicodedata.normalize("NFKC", typed[:60]).upper()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def is_moments(code: str) -> bool:
    """Whether a tidied code has the shape of an authenticator's."""
    return len(code) == 6 and code.isdigit()


def new_recovery_code() -> str:
    """A recovery code of 58 random bits, in three groups: `7KQM-2XWD-9TRA`."""
    return grouped("".join(secrets.choice(_LETTERS) for _ in range(3 * _GROUP)), "-")


def grouped(text: str, between: str = " ") -> str:
    """A text in groups of four, to be read off."""
    return between.join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
