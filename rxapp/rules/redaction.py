"""What never stands in a log: people's numbers, addresses, cookies, keys, what was asked for."""

import re
from collections.abc import Mapping
from typing import Any

# Identity and mobile numbers, and what our cookies hold.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9A-Za-z])"
)
_COOKIE = re.compile(r"(rx(?:app|device)=)[^;\s'\"]+")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_BEARER = re.compile(r"(?i)(bearer\s+)[^\s'\",]+")
# Of an address what stands behind the question mark.
_QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\")]+")
# What PostgreSQL says of a row it refuses.
_ROW = re.compile(r"(=\(|Failing row contains \()[^\n]*\)")
_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")
_LARGEST_PLAIN = 10**10
TRACES = ("exception", "stack")


def redacted(text: str) -> str:
    """The text without people's numbers, addresses and what cookies, keys and queries hold."""
    text = _COOKIE.sub(r"\1…", _NUMBER.sub("…", text))
    if "@" in text:
        text = _MAIL.sub("…", text)
    if "?" in text:
        text = _QUERY.sub(r"\1?…", text)
    if "earer" in text or "EARER" in text:
        text = _BEARER.sub(r"\1…", text)
    return text


def redacted_trace(text: str) -> str:
    """A trace likewise, and without Chinese words: the code is English, what was typed is not."""
    return _CHINESE.sub("…", _ROW.sub(r"\1…)", redacted(text)))


def redacted_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be logged, field by field, of whatever kind the values are."""
    return {
        key: redacted_trace(f"{value}") if key in TRACES else _redacted_value(value)
        for key, value in event.items()
    }


def _redacted_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < _LARGEST_PLAIN:
        return value
    return redacted(f"{value}")
