"""How a Chinese name is spelled, so that it can be found by typing on any keyboard."""

from pypinyin import Style, lazy_pinyin

LONGEST_SPELLED, LONGEST_INITIALS = 120, 40


def spelled(name: str) -> str:
    """The whole spelling, small and without tones: 林知夏 is "linzhixia"."""
    return _bare("".join(lazy_pinyin(name)))[:LONGEST_SPELLED]


def initials(name: str) -> str:
    """The first letter of each character: 林知夏 is "lzx"."""
    return _bare("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)))[:LONGEST_INITIALS]


def _bare(text: str) -> str:
    return "".join(each for each in text.lower() if each.isascii() and each.isalnum())
