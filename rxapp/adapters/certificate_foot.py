"""The foot of a certificate: the QR code and how to check it, the office, the day, the seal."""

from collections.abc import Iterator

from rxapp.adapters.certificate_facts import CertificateFacts
from rxapp.adapters.certificate_fonts import Fonts
from rxapp.adapters.certificate_marks import Align, Code, Ink, Mark, Picture, Text
from rxapp.adapters.certificate_page import CENTRE, LEFT, chinese_date, fitted
from rxapp.adapters.certificate_seal import RADIUS, seal
from rxapp.adapters.certificate_setting import wrap

_SEAL = 249.0  # its centre: the lower rim lies on the name of the office


def foot(facts: CertificateFacts, fonts: Fonts) -> Iterator[Mark]:
    """The marks below the table of hours; Invalid when the office's name cannot be made to fit."""
    yield from _check(facts, fonts)
    yield from _office(facts, fonts)
    yield from _note(facts)


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
    size, lines = fitted(fonts, "office", facts.office, 66, (11.5, 11, 10.5, 10, 9, 8))
    for step, line in enumerate(lines):
        yield Text(x, name - (len(lines) - 1 - step) * 5, line, size, align=Align.CENTRE)
    yield Text(x, name + 7, chinese_date(facts.issued_on), 11, align=Align.CENTRE)
    if facts.seal_image is None:
        yield from seal(fonts, facts.office, x=x, y=_SEAL)
    else:
        yield Picture(x - RADIUS - 1, _SEAL - RADIUS - 1, 2 * RADIUS + 2, facts.seal_image)


def _note(facts: CertificateFacts) -> Iterator[Mark]:
    note = "本证明的电子文件带有电子签名，改动后签名失效。"
    if facts.sample:
        note = "样例，仅供试用，不作证明使用。" + note
    yield Text(CENTRE, 279.6, note, 7.5, Ink.QUIET, align=Align.CENTRE)
