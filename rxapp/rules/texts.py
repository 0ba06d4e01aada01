"""Letters that no database keeps: the NUL, and half of a pair of surrogates."""

import re

_NOT_KEPT = re.compile("[\0\ud800-\udfff]")


def is_plain(text: str) -> bool:
    """Whether a text can be kept as it is."""
    return _NOT_KEPT.search(text) is None


def plain(text: str) -> str:
    """A text without what cannot be kept; nobody typed that with a keyboard."""
    return _NOT_KEPT.sub("", text)


def all_plain(found: object) -> bool:
    """Whether every text of something read from JSON can be kept, names included."""
    waiting = [found]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str) and not is_plain(each):
            return False
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
    return True
