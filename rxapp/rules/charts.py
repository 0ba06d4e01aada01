"""Where the columns of a chart stand, in a field of 100 by 100."""

from collections.abc import Sequence
from dataclasses import dataclass

# Of a column's place, how much is left free beside it, in a hundred.
GAP = 20


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One column: its left edge, width, upper edge and height, as SVG writes them."""

    x: str
    width: str
    y: str
    height: str


def columns(values: Sequence[int]) -> list[ChartColumn]:
    """One column per value, the largest as high as the field; what is below zero is not drawn."""
    most = max([*values, 1])
    step = 100 / len(values) if values else 0
    return [
        ChartColumn(
            x=_text(place * step + step * GAP / 200), width=_text(step * (100 - GAP) / 100),
            y=_text(100 - height), height=_text(height),
        )
        for place, value in enumerate(values)
        for height in [max(0, value) * 100 / most]
    ]  # fmt: skip


def _text(number: float) -> str:
    return f"{number:.2f}"
