"""How a Chinese name is spelled, so that it can be found by typing on any keyboard."""

from functools import cache
from typing import Any

LONGEST_SPELLED, LONGEST_INITIALS = 120, 40


def spelled(name: str) -> str:
    """The whole spelling, small and without tones: 林知夏 is "linzhixia"."""
    return _bare("".join(_dictionary().lazy_pinyin(name)))[:LONGEST_SPELLED]


def initials(name: str) -> str:
    """The first letter of each character: 林知夏 is "lzx"."""
    letters = _dictionary().lazy_pinyin(name, style=_dictionary().Style.FIRST_LETTER)
    return _bare("".join(letters))[:LONGEST_INITIALS]


@cache
def _dictionary() -> Any:
    """The dictionary, read when first a name is spelled: it takes longer than any other import."""
    import pypinyin

    return pypinyin


def _bare(text: str) -> str:
    return "".join(each for each in text.lower() if each.isascii() and each.isalnum())
