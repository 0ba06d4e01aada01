"""Short-lived tickets in the address of a video: one lesson, one sign-in, a few hours."""

import time

from rxapp.adapters.encryption import data_keys

# Longer than any lesson with its pauses; the sign-in is looked up at every request anyway.
LIFETIME_SECONDS = 6 * 3600
_CONTEXT = "video"


def issue(lesson_id: int, sign_in_id: int) -> str:
    """A ticket for one lesson's video, good for one sign-in."""
    expires = int(time.time()) + LIFETIME_SECONDS
    signature = data_keys().sign(_signed(lesson_id, sign_in_id, expires), context=_CONTEXT)
    return f"{expires:x}-{signature}"


def is_valid(ticket: str, lesson_id: int, sign_in_id: int) -> bool:
    """Whether a ticket was issued for exactly this lesson and sign-in and has not run out."""
    head, _, signature = ticket.partition("-")
    if len(ticket) > 80 or not ticket.isascii() or not _is_hex(head):
        return False
    expires = int(head, 16)
    text = _signed(lesson_id, sign_in_id, expires)
    return data_keys().signed(text, signature, context=_CONTEXT) and time.time() < expires


def _signed(lesson_id: int, sign_in_id: int, expires: int) -> str:
    return f"{lesson_id}:{sign_in_id}:{expires}"


def _is_hex(text: str) -> bool:
    return 0 < len(text) <= 10 and all(letter in "0123456789abcdef" for letter in text)
