"""The seal drawn on a certificate until the bureau sets its own: always marked 样例."""

from collections.abc import Iterator
from math import cos, pi, radians, sin

from rxapp.adapters.certificate_fonts import POINT, Fonts
from rxapp.adapters.certificate_marks import Align, Ink, Line, Mark, Ring, Shape, Text

RADIUS = 20.0
_BASELINE = 14.6  # radius on which the office's name stands
_WIDEST_ARC = 205  # degrees
_LARGEST = 13.0  # points


def seal(fonts: Fonts, office: str, *, x: float, y: float) -> Iterator[Mark]:
    """A red ring, a star and the office's name on an arc, centred on (x, y), with 样例 across."""
    yield Ring(x, y, RADIUS, 0.9, Ink.SEAL)
    yield _star(x, y - 1.6, 5.8)
    yield from _arc(office, x, y)
    yield from _sample_band(fonts, x, y + 9.6)


def _star(x: float, y: float, radius: float) -> Shape:
    inner = radius * sin(pi / 10) / sin(3 * pi / 10)
    angles = [(radius if i % 2 == 0 else inner, i * pi / 5) for i in range(10)]
    return Shape(tuple((x + r * sin(a), y - r * cos(a)) for r, a in angles), Ink.SEAL)


def _arc(office: str, x: float, y: float) -> Iterator[Mark]:
    """One character after the other along the ring, upright seen from the centre."""
    step = min(20.0, _WIDEST_ARC / max(len(office) - 1, 1))
    size = min(_LARGEST, radians(step) * _BASELINE / POINT * 1.08)
    for place, character in enumerate(office):
        angle = (place - (len(office) - 1) / 2) * step
        left, up = x + _BASELINE * sin(radians(angle)), y - _BASELINE * cos(radians(angle))
        yield Text(left, up, character, size, Ink.SEAL, align=Align.CENTRE, turn=angle)


def _sample_band(fonts: Fonts, x: float, y: float) -> Iterator[Mark]:
    size = 13.0
    half = fonts.width("样例", size, heading=True) / 2 + 1.6
    yield Text(x, y + 1.8, "样例", size, Ink.SEAL, heading=True, align=Align.CENTRE)
    for edge in (y - 3.3, y + 3.6):
        yield Line(x - half, edge, x + half, edge, 0.35, Ink.SEAL)
