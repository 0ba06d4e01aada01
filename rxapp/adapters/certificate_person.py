"""Whom a certificate is for: name, identity number, employer and title, two short ones to a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rxapp.adapters.certificate_facts import NAMES_OF_FIELDS, CertificateFacts
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_marks import Ink, Line, Mark, Text
from rxapp.adapters.certificate_page import LEFT, RIGHT, WIDTH, fitted

_LABEL = 21.0  # width of 工作单位 and the gap after it
_GUTTER = 8.0
_HALF = (WIDTH - _GUTTER) / 2


@dataclass(frozen=True)
class _Cell:
    """A label and its value; `sizes` are tried from the largest."""

    field: str
    value: str
    sizes: tuple[float, ...]


def person(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    """The person's rows from height `y` down, and the height at which they end (millimetres)."""
    marks: list[Mark] = [Line(LEFT, y, RIGHT, y, 0.35, Ink.BRONZE)]
    for row in _rows(_cells(facts), fonts):
        drawn, y = _person_row(row, fonts, y)
        marks += drawn
    return marks, y


def _cells(facts: CertificateFacts) -> list[_Cell]:
    plain = (11.5, 11.0, 10.5, 10.0, 9.0, 8.0)
    cells = [
        _Cell("name", facts.name, (15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0)),
        _Cell("masked_identity", facts.masked_identity, plain),
        _Cell("employer", facts.employer or "无工作单位", plain),
        _Cell("professional_title", facts.professional_title, plain),
    ]
    return [cell for cell in cells if cell.value]


def _rows(cells: Sequence[_Cell], fonts: Fonts) -> Iterator[list[_Cell]]:
    """Two short values share a row, a long one has its own."""
    rest = list(cells)
    while rest:
        count = 2 if len(rest) > 1 and all(_is_short(c, fonts) for c in rest[:2]) else 1
        yield rest[:count]
        rest = rest[count:]


def _is_short(cell: _Cell, fonts: Fonts) -> bool:
    return fonts.width(cell.value, cell.sizes[2]) <= _HALF - _LABEL


def _person_row(row: list[_Cell], fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    width = (_HALF if len(row) == 2 else WIDTH) - _LABEL
    marks: list[Mark] = []
    bottom = y + 9.6
    for place, cell in enumerate(row):
        left = LEFT + place * (_HALF + _GUTTER)
        size, lines = fitted(fonts, cell.field, cell.value, width, cell.sizes)
        marks.append(Text(left, y + 6.5, NAMES_OF_FIELDS[cell.field], 9.5, Ink.QUIET))
        for step, line in enumerate(lines):
            marks.append(Text(left + _LABEL, y + 6.6 + step * 5.6, line, size))
        bottom = max(bottom, y + 9.6 + (len(lines) - 1) * 5.6)
    return [*marks, Line(LEFT, bottom, RIGHT, bottom, 0.2, Ink.HAIRLINE)], bottom
