"""Where everything on a certificate goes: facts in, marks on one A4 page out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from rxapp.adapters.certificate_facts import NAMES_OF_FIELDS, CertificateFacts, CreditLine
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_marks import (
    Align,
    Code,
    Frame,
    Ink,
    Line,
    Mark,
    Picture,
    Shape,
    Text,
)
from rxapp.adapters.certificate_seal import RADIUS, seal
from rxapp.adapters.certificate_setting import fit, wrap
from rxapp.errors import Invalid

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
LEFT, RIGHT = 25.0, 185.0
CENTRE = PAGE_WIDTH / 2
WIDTH = RIGHT - LEFT
LINES_END = 225.0  # below are the QR code, the office and the seal
_SEAL = 249.0  # its centre: the lower rim lies on the name of the office

_LABEL = 21.0  # width of 工作单位 and the gap after it
_GUTTER = 8.0
_HALF = (WIDTH - _GUTTER) / 2


def lay_out(facts: CertificateFacts, fonts: Fonts) -> list[Mark]:
    """The marks of the page, in painting order; raises Invalid if a text cannot be made to fit."""
    marks = [*_watermark(facts), *_frame(), *_head(facts, fonts)]
    y = 62.5
    for block in (_person, _statement, _sums, _lines):
        drawn, y = block(facts, fonts, y)
        marks += drawn
    return [*marks, *_check(facts, fonts), *_office(facts, fonts), *_foot(facts)]


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


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
    size, lines = _fitted(fonts, "document_title", facts.document_title, 154, (24, 22, 20, 18, 16))
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


@dataclass(frozen=True)
class _Cell:
    """A label and its value; `sizes` are tried from the largest."""

    field: str
    value: str
    sizes: tuple[float, ...]


def _person(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
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
        size, lines = _fitted(fonts, cell.field, cell.value, width, cell.sizes)
        marks.append(Text(left, y + 6.5, NAMES_OF_FIELDS[cell.field], 9.5, Ink.QUIET))
        for step, line in enumerate(lines):
            marks.append(Text(left + _LABEL, y + 6.6 + step * 5.6, line, size))
        bottom = max(bottom, y + 9.6 + (len(lines) - 1) * 5.6)
    return [*marks, Line(LEFT, bottom, RIGHT, bottom, 0.2, Ink.HAIRLINE)], bottom


def _statement(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    sizes = (11.0, 10.5, 10.0, 9.0)
    size, lines = _fitted(fonts, "requirement", facts.requirement, WIDTH, sizes, most_lines=3)
    marks: list[Mark] = [Text(LEFT, y + 8 + i * 6, line, size) for i, line in enumerate(lines)]
    return marks, y + 8 + (len(lines) - 1) * 6 + 4.5


def _sums(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    """Five columns side by side: what was earned in large, what is asked for below it."""
    labels = ("公需必修", "公需选修", "公需合计", "专业", "累计")
    buckets = ("public_required", "public_elective", "public", "professional", "total")
    step = WIDTH / len(labels)
    marks: list[Mark] = [Line(LEFT, y, RIGHT, y, 0.35, Ink.BRONZE)]
    for place, (label, bucket) in enumerate(zip(labels, buckets, strict=True)):
        x = LEFT + (place + 0.5) * step
        ink = Ink.STRONG if bucket == "total" else Ink.TEXT
        earned, required = getattr(facts.earned, bucket), getattr(facts.required, bucket)
        marks += _sum_column(x, y, label, earned or "—", required, ink)
        if place:
            marks.append(Line(x - step / 2, y + 3, x - step / 2, y + 20, 0.2, Ink.HAIRLINE))
    bottom = y + 23
    marks.append(Line(LEFT, bottom, RIGHT, bottom, 0.35, Ink.BRONZE))
    return _with_average(facts, fonts, marks, bottom)


def _sum_column(
    x: float, y: float, label: str, earned: str, required: str, ink: Ink
) -> Iterator[Mark]:
    below = f"不少于{required}学时" if required else "学时"
    yield Text(x, y + 5.6, label, 9.5, Ink.QUIET, align=Align.CENTRE)
    yield Text(x, y + 14, earned, 19, ink, heading=True, align=Align.CENTRE)
    yield Text(x, y + 19.6, below, 8, Ink.QUIET, align=Align.CENTRE)


def _with_average(
    facts: CertificateFacts, fonts: Fonts, marks: list[Mark], y: float
) -> tuple[list[Mark], float]:
    if not facts.average:
        return marks, y
    size, lines = _fitted(fonts, "average", facts.average, WIDTH, (10.0, 9.0, 8.0))
    for step, line in enumerate(lines):
        marks.append(Text(CENTRE, y + 6 + step * 5, line, size, align=Align.CENTRE))
    return marks, y + 6 + (len(lines) - 1) * 5 + 1.5


@dataclass(frozen=True)
class _Row:
    subject: str
    source: str
    hours: str
    day: str


_SUBJECT, _HOURS, _DAY = 24.0, 16.0, 25.0
# Size in points and padding above and below a row in millimetres, from airy to dense.
_DENSITIES = ((10, 1.7), (9.5, 1.4), (9, 1.1), (8.5, 0.9), (8, 0.7), (7.5, 0.5), (7, 0.35))
_SOURCE = WIDTH - _SUBJECT - _HOURS - _DAY


def _lines(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    """Every credit of the year or, when they need more than the page, one row per subject."""
    if not facts.lines:
        return [], y
    rows = [_Row(c.subject, c.source, c.hours, c.earned_on.isoformat()) for c in facts.lines]
    for size, padding in _DENSITIES:
        if y + len(rows) * _row_height(1, size, padding) > LINES_END:
            continue  # not even if every row were one line
        drawn, bottom = _table(rows, fonts, y, size, padding)
        if bottom <= LINES_END:
            return drawn, bottom
    return _grouped(facts, fonts, y)


def _grouped(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    drawn, bottom = _table(_by_subject(facts.lines), fonts, y, *_DENSITIES[0])
    if bottom + 6 > LINES_END:
        raise Invalid({"lines": "学习记录的科目过多，一页印不下，证明没有生成。"})
    note = f"学时记录共{len(facts.lines)}项，一页列不下，按科目合并列出。"
    return [*drawn, Text(LEFT, bottom + 5, note, 8, Ink.QUIET)], bottom + 6


def _by_subject(lines: Sequence[CreditLine]) -> list[_Row]:
    subjects = dict.fromkeys(line.subject for line in lines)
    return [_sum_row(subject, [c for c in lines if c.subject == subject]) for subject in subjects]


def _sum_row(subject: str, lines: Sequence[CreditLine]) -> _Row:
    days = [line.earned_on for line in lines]
    span = f"共{len(lines)}项，{chinese_date(min(days))}至{chinese_date(max(days))}"
    total = sum((_decimal(line.hours) for line in lines), Decimal(0))
    return _Row(subject, span, f"{total:f}".removesuffix(".0"), "")


def _decimal(hours: str) -> Decimal:
    try:
        return Decimal(hours)
    except InvalidOperation:
        raise Invalid({"lines": f"学时“{hours}”不是数字，证明没有生成。"}) from None


def _table(
    rows: Sequence[_Row], fonts: Fonts, y: float, size: float, padding: float
) -> tuple[list[Mark], float]:
    leading = size * 0.47
    marks: list[Mark] = list(_table_head(y + 7, dated=any(row.day for row in rows)))
    y += 9
    for row in rows:
        subject = wrap(fonts, row.subject, size=size, width=_SUBJECT - 2)
        source = wrap(fonts, row.source, size=size, width=_SOURCE - 4)
        first = y + padding + leading * 0.82
        marks += [Text(LEFT, first + i * leading, t, size) for i, t in enumerate(subject)]
        marks += [Text(LEFT + _SUBJECT, first + i * leading, t, size) for i, t in enumerate(source)]
        marks.append(Text(RIGHT - _DAY, first, row.hours, size, align=Align.RIGHT))
        marks.append(Text(RIGHT, first, row.day, size, align=Align.RIGHT))
        y += _row_height(max(len(subject), len(source)), size, padding)
        marks.append(Line(LEFT, y, RIGHT, y, 0.15, Ink.HAIRLINE))
    return marks, y


def _row_height(lines: int, size: float, padding: float) -> float:
    return lines * size * 0.47 + 2 * padding


def _table_head(y: float, *, dated: bool) -> Iterator[Mark]:
    yield Text(LEFT, y, "科目", 8.5, Ink.QUIET)
    yield Text(LEFT + _SUBJECT, y, "学习内容与来源", 8.5, Ink.QUIET)
    yield Text(RIGHT - _DAY, y, "学时", 8.5, Ink.QUIET, align=Align.RIGHT)
    if dated:
        yield Text(RIGHT, y, "日期", 8.5, Ink.QUIET, align=Align.RIGHT)
    yield Line(LEFT, y + 2, RIGHT, y + 2, 0.2, Ink.BRONZE)


def _check(facts: CertificateFacts, fonts: Fonts) -> Iterator[Mark]:
    """The QR code and, beside it, how anyone checks the certificate."""
    side, top = 31.0, 237.0
    yield Code(LEFT, top, side, facts.verify_url)
    yield Text(LEFT + side / 2, top + side + 5.2, "扫码核验", 9, align=Align.CENTRE)
    x, width = LEFT + side + 6, 54.0
    yield Text(x, top + 3.4, "核验方法", 9.5, heading=True)
    y = top + 9.6
    for text in _how_to_check(facts):
        for line in wrap(fonts, text, size=8, width=width):
            yield Text(x, y, line, 8, Ink.QUIET)
            y += 4.4
        y += 1.2


def _how_to_check(facts: CertificateFacts) -> tuple[str, ...]:
    page = facts.verify_url.partition("?")[0].rpartition("/")[0]
    return (
        "扫描左侧二维码，核对页面所示内容与本证明是否一致。",
        "也可打开下列网址，输入证明编号查询：",
        page,
    )


def _office(facts: CertificateFacts, fonts: Fonts) -> Iterator[Mark]:
    """The issuing office and the day, with the seal over both as is the custom."""
    x, name = 151.0, 266.5
    size, lines = _fitted(fonts, "office", facts.office, 66, (11.5, 11, 10.5, 10, 9, 8))
    for step, line in enumerate(lines):
        yield Text(x, name - (len(lines) - 1 - step) * 5, line, size, align=Align.CENTRE)
    yield Text(x, name + 7, chinese_date(facts.issued_on), 11, align=Align.CENTRE)
    if facts.seal_image is None:
        yield from seal(fonts, facts.office, x=x, y=_SEAL)
    else:
        yield Picture(x - RADIUS - 1, _SEAL - RADIUS - 1, 2 * RADIUS + 2, facts.seal_image)


def _foot(facts: CertificateFacts) -> Iterator[Mark]:
    note = "本证明的电子文件带有电子签名，改动后签名失效。"
    if facts.sample:
        note = "样例，仅供试用，不作证明使用。" + note
    yield Text(CENTRE, 279.6, note, 7.5, Ink.QUIET, align=Align.CENTRE)


def _fitted(
    fonts: Fonts,
    field: str,
    text: str,
    width: float,
    sizes: Sequence[float],
    most_lines: int = 2,
) -> tuple[float, list[str]]:
    """One line if any but the smallest sizes allow it, else the fewest lines that do."""
    for count in range(1, most_lines + 1):
        tried = sizes if count == most_lines else sizes[: len(sizes) // 2 + 1]
        found = fit(fonts, text, width=width, sizes=tried, most_lines=count)
        if found:
            return found
    label = NAMES_OF_FIELDS[field]
    raise Invalid({field: f"{label}过长，一页证明上印不下，证明没有生成，请缩短后再试。"})
