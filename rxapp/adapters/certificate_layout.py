"""Where everything on a certificate goes: facts in, marks on one A4 page out."""

from collections.abc import Iterator

from rxapp.adapters.certificate_facts import CertificateFacts
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_foot import foot
from rxapp.adapters.certificate_marks import Align, Frame, Ink, Line, Mark, Shape, Text
from rxapp.adapters.certificate_page import CENTRE, PAGE_HEIGHT, PAGE_WIDTH, fitted
from rxapp.adapters.certificate_person import person
from rxapp.adapters.certificate_sums import statement, sums
from rxapp.adapters.certificate_table import credit_lines


def lay_out(facts: CertificateFacts, fonts: Fonts) -> list[Mark]:
    """The marks of the page, in painting order; raises Invalid if a text cannot be made to fit."""
    marks = [*_watermark(facts), *_frame(), *_head(facts, fonts)]
    y = 62.5
    for block in (person, statement, sums, credit_lines):
        drawn, y = block(facts, fonts, y)
        marks += drawn
    return [*marks, *foot(facts, fonts)]


def _watermark(facts: CertificateFacts) -> Iterator[Mark]:
    if facts.sample:
        turned = {"ink": Ink.WATERMARK, "heading": True, "align": Align.CENTRE}
        yield Text(CENTRE + 12, 178, "样例", 190, turn=-32, **turned)


def _frame() -> Iterator[Mark]:
    """A bronze line, a hairline inside it, and a small key pattern in each corner."""
    for inset, line in ((10.0, 0.7), (12.4, 0.2)):
        size = PAGE_WIDTH - 2 * inset, PAGE_HEIGHT - 2 * inset
        yield Frame(inset, inset, *size, line, Ink.BRONZE)
    for x in (12.4, PAGE_WIDTH - 12.4 - 7):
        for y in (12.4, PAGE_HEIGHT - 12.4 - 7):
            yield Frame(x, y, 7, 7, 0.2, Ink.BRONZE)
            yield Frame(x + 1.4, y + 1.4, 4.2, 4.2, 0.2, Ink.BRONZE)
            yield _lozenge(x + 3.5, y + 3.5, 1.1)


def _lozenge(x: float, y: float, half: float) -> Shape:
    return Shape(((x, y - half), (x + half, y), (x, y + half), (x - half, y)), Ink.BRONZE)


def _head(facts: CertificateFacts, fonts: Fonts) -> Iterator[Mark]:
    size, lines = fitted(fonts, "document_title", facts.document_title, 154, (24, 22, 20, 18, 16))
    for step, line in enumerate(lines):
        y = 37 - (len(lines) - 1) * 4 + step * 9
        yield Text(CENTRE, y, line, size, heading=True, align=Align.CENTRE)
    yield from _year(facts, fonts)
    number = f"证明编号　{facts.number}"
    yield Text(CENTRE, 55.5, number, 9.5, Ink.QUIET, align=Align.CENTRE)


def _year(facts: CertificateFacts, fonts: Fonts) -> Iterator[Mark]:
    yield Text(CENTRE, 48.2, facts.year, 13.5, Ink.STRONG, heading=True, align=Align.CENTRE)
    inner = fonts.width(facts.year, 13.5, heading=True) / 2 + 5
    for side in (-1, 1):
        ends = CENTRE + side * inner, CENTRE + side * (inner + 22)
        yield Line(ends[0], 46.5, ends[1], 46.5, 0.2, Ink.BRONZE)
        yield _lozenge(CENTRE + side * (inner - 0.2), 46.5, 0.7)
