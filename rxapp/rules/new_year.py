"""When a year can be opened by copying the one before, and what its courses are called."""

from datetime import date
from hashlib import sha256

# The first year that has one like itself before it.
FIRST = 2021
OPENS_IN_MONTH = 11
LONGEST_CODE = 40
# How many names stand by for one that somebody else has taken.
OTHERS = 4


def year_to_open(today: date) -> int:
    """The year that is opened next: from 1 November the coming one, before that this one."""
    year = today.year + 1 if today.month >= OPENS_IN_MONTH else today.year
    return max(FIRST, year)


def is_opened_from(today: date) -> str:
    """Why the next year cannot be opened yet; empty when it can."""
    year = year_to_open(today)
    first = date(year - 1, OPENS_IN_MONTH, 1)
    if today >= first:
        return ""
    return f"{first.year}年{first.month}月1日起可以开启{year}年度。"


def codes_in_year(code: str, before: int, after: int) -> tuple[str, ...]:
    """What a course may be called in another year, the first that is free: "2020-gb-01" becomes
    "2021-gb-01".

    Said by the code alone, which all editions of a course share: whichever of them is carried over,
    it is the same course there. What was taken, or has no year at its head, ends in its own mark.
    """
    head = f"{before}-"
    short = code.startswith(head) and len(code) <= LONGEST_CODE
    rest = code.removeprefix(head) if short else code
    marks = [sha256(f"{code}/{number}".encode()).hexdigest()[:8] for number in range(OTHERS)]
    marked = [f"{after}-{rest}"[: LONGEST_CODE - 9] + f"-{mark}" for mark in marks]
    return (f"{after}-{rest}", *marked) if short else tuple(marked)
