"""What every part of a certificate's page shares: its measures, its dates, text made to fit."""

from collections.abc import Sequence
from datetime import date

from rxapp.adapters.certificate_facts import NAMES_OF_FIELDS
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_setting import fit
from rxapp.errors import Invalid

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
LEFT, RIGHT = 25.0, 185.0
CENTRE = PAGE_WIDTH / 2
WIDTH = RIGHT - LEFT
LINES_END = 225.0  # below are the QR code, the office and the seal


def chinese_date(day: date) -> str:
    """A day as it is printed: 2020年8月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def fitted(
    fonts: Fonts,
    field: str,
    text: str,
    width: float,
    sizes: Sequence[float],
    most_lines: int = 2,
) -> tuple[float, list[str]]:
    """One line if any but the smallest sizes allow it, else the fewest lines that do, and the size.

    `width` is in millimetres; Invalid, naming the field, when no size is small enough.
    """
    for count in range(1, most_lines + 1):
        tried = sizes if count == most_lines else sizes[: len(sizes) // 2 + 1]
        found = fit(fonts, text, width=width, sizes=tried, most_lines=count)
        if found:
            return found
    label = NAMES_OF_FIELDS[field]
    raise Invalid({field: f"{label}过长，一页证明上印不下，证明没有生成，请缩短后再试。"})
