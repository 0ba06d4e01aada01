"""The certificate 《…专业技术人员继续教育学时证明》 as a PDF page."""

from collections import defaultdict
from datetime import datetime, time, timedelta, timezone
from functools import singledispatch
from io import BytesIO
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.fonts import TTFFont
from PIL import Image, UnidentifiedImageError

from rxapp.adapters import qr
from rxapp.adapters.certificate_facts import (
    NAMES_OF_FIELDS,
    BucketHours,
    CertificateFacts,
    CreditLine,
    digest,
    printed_texts,
    tidied,
)
from rxapp.adapters.certificate_fonts import Face, Fonts, cut, default_fonts
from rxapp.adapters.certificate_layout import lay_out
from rxapp.adapters.certificate_marks import (
    Code,
    Frame,
    Line,
    Mark,
    Picture,
    Ring,
    Shape,
    Text,
)
from rxapp.errors import Invalid

__all__ = ["BucketHours", "CertificateFacts", "CreditLine", "digest", "render"]

_CHINA = timezone(timedelta(hours=8))
_LARGEST_SEAL = 4_000_000  # pixels


def render(facts: CertificateFacts, *, fonts: Fonts | None = None) -> bytes:
    """One A4 page that states the hours of one person in one year.

    The same facts give the same bytes. Raises Invalid, naming the field, when a character is in
    no font or a text cannot be made to fit: nothing is left out silently. Notice, section 四 (五).
    """
    fonts = fonts or default_fonts()
    facts = tidied(facts)
    _refuse_missing(facts, fonts)
    pdf = _blank_page(facts)
    sheet = _Sheet(pdf, fonts)
    marks = lay_out(facts, fonts)
    sheet.load_fonts(marks)
    for mark in marks:
        _paint(mark, sheet)
    return bytes(pdf.output())


def _refuse_missing(facts: CertificateFacts, fonts: Fonts) -> None:
    """fpdf2 would leave out a character it has no outline for, without a word."""
    refused: dict[str, str] = {}
    for field, text in printed_texts(facts):
        if lost := fonts.missing(text):
            label = NAMES_OF_FIELDS[field]
            refused[field] = (
                f"{label}中的“{lost}”在字库中没有，证明没有生成，请联系人力资源社会保障部门补充。"
            )
    if refused:
        raise Invalid(refused)


def _blank_page(facts: CertificateFacts) -> FPDF:
    pdf = FPDF(format="A4", unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_creation_date(datetime.combine(facts.issued_on, time(), _CHINA))
    pdf.set_lang("zh-CN")
    pdf.set_title(f"{facts.document_title}　{facts.year}")
    pdf.set_author(facts.office)
    pdf.set_subject(facts.number)
    pdf.add_page()
    return pdf


class _Sheet:
    """The page being painted and the fonts cut for it."""

    def __init__(self, pdf: FPDF, fonts: Fonts) -> None:
        self.pdf = pdf
        self.fonts = fonts

    def load_fonts(self, marks: list[Mark]) -> None:
        """Give the page a font of each face, with the characters these marks use."""
        used: dict[Face, set[str]] = defaultdict(set)
        for mark in marks:
            if isinstance(mark, Text):
                for face, piece in self.fonts.runs(mark.text, heading=mark.heading):
                    used[face].update(piece)
        for face, characters in used.items():
            # fpdf2 asks for a path but reads anything fontTools can open.
            source = cast(Path, BytesIO(cut(face, characters)))
            font = TTFFont(self.pdf, source, face.key, "")
            # The outlines are copied as they are; measuring them again would take half the time.
            font.ttfont.recalcBBoxes = False
            self.pdf.fonts[face.key] = font


@singledispatch
def _paint(mark: Mark, sheet: _Sheet) -> None:
    raise TypeError(f"{mark} cannot be painted on {sheet}")


@_paint.register
def _(mark: Text, sheet: _Sheet) -> None:
    if not mark.turn:
        return _print(mark, sheet)
    with sheet.pdf.rotation(-mark.turn, mark.x, mark.y):
        return _print(mark, sheet)


@_paint.register
def _(mark: Line, sheet: _Sheet) -> None:
    sheet.pdf.set_line_width(mark.width)
    sheet.pdf.set_draw_color(*mark.ink.value)
    sheet.pdf.line(mark.x1, mark.y1, mark.x2, mark.y2)


@_paint.register
def _(mark: Frame, sheet: _Sheet) -> None:
    sheet.pdf.set_line_width(mark.line)
    sheet.pdf.set_draw_color(*mark.ink.value)
    sheet.pdf.rect(mark.x, mark.y, mark.width, mark.height)


@_paint.register
def _(mark: Ring, sheet: _Sheet) -> None:
    sheet.pdf.set_line_width(mark.line)
    sheet.pdf.set_draw_color(*mark.ink.value)
    sheet.pdf.circle(mark.x, mark.y, mark.radius)


@_paint.register
def _(mark: Shape, sheet: _Sheet) -> None:
    sheet.pdf.set_fill_color(*mark.ink.value)
    sheet.pdf.polygon(list(mark.points), style="F")


@_paint.register
def _(mark: Code, sheet: _Sheet) -> None:
    qr.draw(sheet.pdf, mark.payload, x=mark.x, y=mark.y, side=mark.side)
    sheet.pdf.link(mark.x, mark.y, mark.side, mark.side, mark.payload)


@_paint.register
def _(mark: Picture, sheet: _Sheet) -> None:
    sheet.pdf.image(_seal_picture(mark.data), mark.x, mark.y, mark.side, mark.side)


def _print(mark: Text, sheet: _Sheet) -> None:
    width = sheet.fonts.width(mark.text, mark.size, heading=mark.heading)
    x = mark.x - width * mark.align.value
    sheet.pdf.set_text_color(*mark.ink.value)
    for face, piece in sheet.fonts.runs(mark.text, heading=mark.heading):
        sheet.pdf.set_font(face.key, size=mark.size)
        sheet.pdf.text(x, mark.y, piece)
        x += sheet.pdf.get_string_width(piece)


def _seal_picture(data: bytes) -> Image.Image:
    try:
        picture = Image.open(BytesIO(data), formats=("PNG",))
        if picture.width * picture.height <= _LARGEST_SEAL:
            return picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError):
        pass
    raise Invalid({"seal_image": "印章图片不是可用的 PNG 图片，或尺寸过大，证明没有生成。"})
