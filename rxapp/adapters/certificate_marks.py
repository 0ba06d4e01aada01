"""The few kinds of mark a certificate is made of, in millimetres from the top left corner.

The page is laid out as a list of marks first and painted afterwards: what will be printed, and
where, is known (and tested) before any PDF exists.
"""

from dataclasses import dataclass
from enum import Enum


class Ink(Enum):
    """Colours as red, green, blue."""

    TEXT = (30, 30, 32)
    QUIET = (112, 108, 102)
    HAIRLINE = (222, 214, 200)
    BRONZE = (160, 128, 78)
    STRONG = (134, 32, 28)
    SEAL = (206, 28, 30)
    WATERMARK = (245, 242, 237)
    BLACK = (0, 0, 0)


class Align(Enum):
    """Which point of the text its `x` names, as a share of its width."""

    LEFT = 0.0
    CENTRE = 0.5
    RIGHT = 1.0


@dataclass(frozen=True)
class Text:
    """Text with its baseline at `y`; `turn` in degrees clockwise about its anchor."""

    x: float
    y: float
    text: str
    size: float
    ink: Ink = Ink.TEXT
    heading: bool = False
    align: Align = Align.LEFT
    turn: float = 0.0


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    ink: Ink


@dataclass(frozen=True)
class Frame:
    """The outline of a rectangle."""

    x: float
    y: float
    width: float
    height: float
    line: float
    ink: Ink


@dataclass(frozen=True)
class Ring:
    x: float
    y: float
    radius: float
    line: float
    ink: Ink


@dataclass(frozen=True)
class Shape:
    """A filled polygon."""

    points: tuple[tuple[float, float], ...]
    ink: Ink


@dataclass(frozen=True)
class Code:
    """A QR code filling a square, with its quiet zone outside of it."""

    x: float
    y: float
    side: float
    payload: str


@dataclass(frozen=True)
class Picture:
    """A PNG picture in a square, nothing behind it painted over."""

    x: float
    y: float
    side: float
    data: bytes


Mark = Text | Line | Frame | Ring | Shape | Code | Picture
