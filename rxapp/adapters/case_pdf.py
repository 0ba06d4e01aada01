"""The whole file of a matter of supervision as one PDF, page after page.

Nothing is left out for want of an outline: a character in no font is printed by its code.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.fonts import TTFFont

from rxapp.adapters.certificate_fonts import Face, Fonts, cut, default_fonts
from rxapp.adapters.certificate_setting import wrap

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 210.0, 22.0, 188.0, 22.0, 276.0
LABEL_WIDTH = 34.0
INK, QUIET = (20, 20, 20), (95, 95, 95)
CODED = "有字库中没有的字，按统一码表示，例如［U+20BB7］。"


@dataclass(frozen=True)
class Pair:
    """A label and what it says; without a label it runs over the whole width."""

    label: str
    text: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class CasePaper:
    """A whole file: its title, its number, its parts, and who printed it when."""

    title: str
    number: str
    sections: tuple[Section, ...]
    printed: str
    made_at: datetime


@dataclass(frozen=True)
class _Line:
    """One line of type, or a gap; `keep` more lines should stand on the same page."""

    text: str = ""
    size: float = 10.5
    x: float = LEFT
    height: float = 5.6
    quiet: bool = False
    heading: bool = False
    label: str = ""
    keep: int = 0


def render(paper: CasePaper, *, fonts: Fonts | None = None) -> bytes:
    """The file as a PDF of as many A4 pages as it takes; any name is printed."""
    fonts = fonts or default_fonts()
    lines = list(_lines(paper, fonts))
    pages = list(_paged(lines))
    foot = f"编号 {paper.number}　{paper.printed}"
    if any("［U+" in line.text for line in lines):
        foot = f"{foot}　{CODED}"
    foot = _printable(foot, fonts)
    pdf = _blank(paper)
    _load_fonts(pdf, fonts, lines, f"{foot}第共页0123456789/")
    for place, page in enumerate(pages, start=1):
        pdf.add_page()
        _paint(pdf, fonts, page)
        _paint_foot(pdf, fonts, foot, f"第{place}页，共{len(pages)}页")
    return bytes(pdf.output())


def _blank(paper: CasePaper) -> FPDF:
    pdf = FPDF(format="A4", unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_creation_date(paper.made_at)
    pdf.set_lang("zh-CN")
    pdf.set_title(paper.title)
    pdf.set_subject(paper.number)
    return pdf


def _lines(paper: CasePaper, fonts: Fonts) -> Iterator[_Line]:
    title = _printable(paper.title, fonts)
    for text in wrap(fonts, title, size=18, width=RIGHT - LEFT):
        yield _Line(text, size=18, height=10, heading=True)
    yield _Line(_printable(f"编号　{paper.number}", fonts), quiet=True, height=8)
    for section in paper.sections:
        yield _Line(height=4, keep=4)
        heading = _printable(section.heading, fonts)
        for text in wrap(fonts, heading, size=13, width=RIGHT - LEFT):
            yield _Line(text, size=13, height=8, heading=True, keep=2)
        for pair in section.pairs:
            yield from _pair(pair, fonts)


def _pair(pair: Pair, fonts: Fonts) -> Iterator[_Line]:
    label = _printable(pair.label, fonts)
    x = LEFT + LABEL_WIDTH if label else LEFT
    for paragraph in pair.text.splitlines() or [""]:
        printable = _printable(paragraph, fonts)
        for text in wrap(fonts, printable, size=10.5, width=RIGHT - x) or [""]:
            yield _Line(text, x=x, label=label)
            label = ""
    yield _Line(height=1.2)


def _paged(lines: list[_Line]) -> Iterator[list[tuple[float, _Line]]]:
    page: list[tuple[float, _Line]] = []
    y = TOP
    for line in lines:
        # A heading at the foot of a page would stand apart from what it heads.
        if page and y + line.height + line.keep * 5.6 > BOTTOM:
            yield page
            page, y = [], TOP
        y += line.height
        page.append((y, line))
    yield page


def _printable(text: str, fonts: Fonts) -> str:
    """The text with every character that can be printed; the others by their code."""
    spaced = text.replace("　", "  ")
    bare = "".join(each for each in spaced if each.isprintable())
    lost = set(fonts.missing(bare))
    return "".join(f"［U+{ord(each):04X}］" if each in lost else each for each in bare)


def _load_fonts(pdf: FPDF, fonts: Fonts, lines: list[_Line], foot: str) -> None:
    used: dict[Face, set[str]] = defaultdict(set)
    for line in lines:
        for text in (line.text, line.label):
            for face, piece in fonts.runs(text, heading=line.heading):
                used[face].update(piece)
    for face, piece in fonts.runs(foot):
        used[face].update(piece)
    for face, characters in used.items():
        # fpdf2 asks for a path but reads anything fontTools can open.
        font = TTFFont(pdf, cast(Path, BytesIO(cut(face, characters))), face.key, "")
        font.ttfont.recalcBBoxes = False
        pdf.fonts[face.key] = font


def _paint(pdf: FPDF, fonts: Fonts, page: list[tuple[float, _Line]]) -> None:
    for y, line in page:
        if line.label:
            _print(pdf, fonts, LEFT, y, line.label, 10.5, QUIET)
        _print(pdf, fonts, line.x, y, line.text, line.size, QUIET if line.quiet else INK,
               heading=line.heading)  # fmt: skip


def _paint_foot(pdf: FPDF, fonts: Fonts, foot: str, number: str) -> None:
    pdf.set_draw_color(*QUIET)
    pdf.set_line_width(0.2)
    pdf.line(LEFT, BOTTOM + 4, RIGHT, BOTTOM + 4)
    for place, text in enumerate(wrap(fonts, foot, size=8, width=RIGHT - LEFT - 30)):
        _print(pdf, fonts, LEFT, BOTTOM + 8 + place * 4, text, 8, QUIET)
    _print(pdf, fonts, RIGHT - fonts.width(number, 8), BOTTOM + 8, number, 8, QUIET)


def _print(
    pdf: FPDF, fonts: Fonts, x: float, y: float, text: str, size: float,
    ink: tuple[int, int, int], *, heading: bool = False,
) -> None:  # fmt: skip
    pdf.set_text_color(*ink)
    for face, piece in fonts.runs(text, heading=heading):
        pdf.set_font(face.key, size=size)
        pdf.text(x, y, piece)
        x += pdf.get_string_width(piece)
