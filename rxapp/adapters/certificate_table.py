"""The table of the year's hours on a certificate, as dense as it must be to stay on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rxapp.adapters.certificate_facts import CertificateFacts, CreditLine
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_marks import Align, Ink, Line, Mark, Text
from rxapp.adapters.certificate_page import LEFT, LINES_END, RIGHT, WIDTH, chinese_date
from rxapp.adapters.certificate_setting import wrap
from rxapp.errors import Invalid

_SUBJECT, _HOURS, _DAY = 24.0, 16.0, 25.0
_SOURCE = WIDTH - _SUBJECT - _HOURS - _DAY
# Size in points and padding above and below a row in millimetres, from airy to dense.
_DENSITIES = ((10, 1.7), (9.5, 1.4), (9, 1.1), (8.5, 0.9), (8, 0.7), (7.5, 0.5), (7, 0.35))


@dataclass(frozen=True)
class _Row:
    subject: str
    source: str
    hours: str
    day: str


def credit_lines(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
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
