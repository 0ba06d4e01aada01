"""When a year can be opened by copying the one before, and what its courses are called."""

from datetime import date

# The first year that has one like itself before it.
FIRST = 2021
OPENS_IN_MONTH = 11
LONGEST_CODE = 40


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


def code_in_year(code: str, before: int, after: int, *, course_id: int) -> str:
    """A course's code in another year: "2020-gb-01" becomes "2021-gb-01".

    A code without its year at the head gets one, and the course's own number, so that no two
    courses ever meet under one code.
    """
    head = f"{before}-"
    if code.startswith(head) and len(code) <= LONGEST_CODE:
        return f"{after}-{code.removeprefix(head)}"
    tail = f"-{course_id}"
    return f"{after}-{code}"[: LONGEST_CODE - len(tail)] + tail
