"""What a certificate states: the requirement met, the hours of each bucket, the average."""

from collections.abc import Iterator

from rxapp.adapters.certificate_facts import CertificateFacts
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_marks import Align, Ink, Line, Mark, Text
from rxapp.adapters.certificate_page import CENTRE, LEFT, RIGHT, WIDTH, fitted


def statement(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
    """The sentence that the requirement is met, and the height at which it ends."""
    sizes = (11.0, 10.5, 10.0, 9.0)
    size, lines = fitted(fonts, "requirement", facts.requirement, WIDTH, sizes, most_lines=3)
    marks: list[Mark] = [Text(LEFT, y + 8 + i * 6, line, size) for i, line in enumerate(lines)]
    return marks, y + 8 + (len(lines) - 1) * 6 + 4.5


def sums(facts: CertificateFacts, fonts: Fonts, y: float) -> tuple[list[Mark], float]:
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
    size, lines = fitted(fonts, "average", facts.average, WIDTH, (10.0, 9.0, 8.0))
    for step, line in enumerate(lines):
        marks.append(Text(CENTRE, y + 6 + step * 5, line, size, align=Align.CENTRE))
    return marks, y + 6 + (len(lines) - 1) * 5 + 1.5
