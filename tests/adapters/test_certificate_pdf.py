"""The certificate as a document: what is printed, where, and what is refused."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from PIL import Image

from rxapp.adapters.certificate_facts import digest
from rxapp.adapters.certificate_fonts import FOLDER, Fonts, cut, default_fonts, load_face
from rxapp.adapters.certificate_layout import lay_out
from rxapp.adapters.certificate_marks import Line, Text
from rxapp.adapters.certificate_page import LEFT, LINES_END, RIGHT
from rxapp.adapters.certificate_pdf import BucketHours, CertificateFacts, CreditLine, render
from rxapp.adapters.certificate_setting import NOT_FIRST, wrap
from rxapp.errors import Invalid

STANDARD = "".join(
    (Path(__file__).parents[2] / "assets_src/fonts/tgh8105.txt").read_text("utf-8").split()
)
RARE = "𬭊𫖯㛃䶮" + "".join(c for c in STANDARD if ord(c) > 0xFFFF)[:28] + STANDARD[-28:]
URL = "https://verify.example.com/verify/7K2M-QX4T-9HRB-3?s=a1b2c3d4e5f6." + "Qz7-_" * 17 + "A"

MING = CertificateFacts(
    document_title="济宁市专业技术人员继续教育学时证明",
    number="7K2M-QX4T-9HRB-3",
    name="龚䶮",
    masked_identity="3708*************X",
    employer="济宁市第一人民医院",
    professional_title="副主任医师",
    year="2020年度",
    earned=BucketHours("20", "10.5", "30.5", "61", "91.5"),
    required=BucketHours("20", "10", "30", "60", "90"),
    requirement="2020年度完成继续教育91.5学时，符合年度学时要求。",
    office="济宁市人力资源和社会保障局",
    issued_on=date(2020, 12, 18),
    verify_url=URL,
    lines=(
        CreditLine("公需必修", "专业技术人员职业道德和能力建设", "20", date(2020, 8, 1)),
        CreditLine("公需选修", "信息化及网络安全", "10.5", date(2020, 9, 6)),
        CreditLine("专业", "装配式混凝土结构施工技术（Ⅱ）", "61", date(2020, 10, 3)),
    ),
)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document)


def texts(facts: CertificateFacts) -> list[Text]:
    return [mark for mark in lay_out(facts, default_fonts()) if isinstance(mark, Text)]


def span(mark: Text) -> tuple[float, float]:
    width = default_fonts().width(mark.text, mark.size, heading=mark.heading)
    left = mark.x - width * mark.align.value
    return left, left + width


def many_lines(count: int) -> tuple[CreditLine, ...]:
    subjects = ("公需必修", "公需选修", "专业")
    start = date(2020, 7, 15)
    return tuple(
        CreditLine(subjects[i % 3], f"课程第{i}讲", "0.5", start + timedelta(days=i % 160))
        for i in range(count)
    )


def test_every_printed_field_can_be_read_from_the_page():
    text = text_of(render(MING))
    for expected in (
        *(MING.document_title, MING.number, MING.name, MING.masked_identity, MING.employer),
        *(MING.professional_title, MING.year, MING.requirement, MING.office, "2020年12月18日"),
        *("20", "10.5", "30.5", "61", "91.5", "不少于60学时", "扫码核验", "2020-10-03"),
        *(line.source for line in MING.lines),
    ):
        assert expected in text


def test_one_a4_page():
    document = pypdfium2.PdfDocument(render(MING))
    assert len(document) == 1
    assert [round(side) for side in document[0].get_size()] == [595, 842]


def test_all_standard_characters_are_in_the_regular_face():
    assert len(set(STANDARD)) == 8105
    assert default_fonts().missing(STANDARD) == ""
    assert default_fonts().missing("一\U0003134a") == "\U0003134a"


def test_every_standard_character_has_an_outline():
    face = default_fonts().regular
    empty = [
        c
        for c in STANDARD
        if face.offsets[face.glyphs[ord(c)]] == face.offsets[face.glyphs[ord(c)] + 1]
    ]
    assert empty == []


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_rare_characters_are_printed(start: int):
    name = RARE[start : start + 20]
    assert len(name) == 20
    assert name in text_of(render(replace(MING, name=name)))


def test_characters_of_one_page_look_as_in_the_whole_font():
    whole = TTFont(FOLDER / "serif-regular.ttf")
    few = TTFont(BytesIO(cut(default_fonts().regular, "国䶮𬭊")))
    for character in "𬭊䶮国 ":
        assert outline(few, character) == outline(whole, character)
    assert outline(few, "国") != outline(whole, "圆")
    assert len(few.getGlyphOrder()) == 5


def outline(font: Any, character: str) -> tuple[list, float]:
    glyph = font.getGlyphSet()[font.getBestCmap()[ord(character)]]
    pen = RecordingPen()
    glyph.draw(pen)
    return pen.value, glyph.width


def test_a_character_in_no_font_is_refused_by_name():
    with pytest.raises(Invalid) as refused:
        render(replace(MING, name="张\U0003134a"))
    assert list(refused.value.fields) == ["name"]
    assert "姓名中的“\U0003134a”" in refused.value.message


def test_a_fallback_font_prints_what_the_first_lacks(tmp_path: Path):
    shipped = default_fonts()
    for name, characters in (("first", STANDARD[:4000]), ("fallback", STANDARD[4000:])):
        symbols = (chr(c) for c in shipped.regular.glyphs if not chr(c).isalpha() or c < 0x500)
        (tmp_path / f"{name}.ttf").write_bytes(cut(shipped.regular, {*characters, *symbols}))
    first, fallback = (load_face(tmp_path / f"{name}.ttf") for name in ("first", "fallback"))
    name = "王" + STANDARD[5000] + "明" + STANDARD[8000]
    facts = replace(MING, name=name)

    with pytest.raises(Invalid):
        render(facts, fonts=Fonts(regular=first, heading=shipped.heading))
    both = Fonts(regular=first, heading=shipped.heading, fallbacks=(fallback,))
    assert name in "".join(text_of(render(facts, fonts=both)).split())


def test_a_heading_with_a_rare_character_is_set_in_one_weight():
    faces = [face for face, _ in default_fonts().runs("㛃市学时证明", heading=True)]
    assert faces == [default_fonts().regular]
    assert default_fonts().runs("济宁市", heading=True)[0][0] is default_fonts().heading


LONG_NAME = "阿卜杜热合曼·麦麦提艾力·吐尔逊阿卜杜热合曼·麦麦提艾力·吐尔逊尼亚孜库尔班江"
LONG_EMPLOYER = (
    "济宁市任城区人民政府南张街道办事处农业综合服务中心" * 2 + "（水利工程建设与管理站）"
)


@pytest.mark.parametrize(
    "facts",
    [
        replace(MING, name=LONG_NAME, employer=LONG_EMPLOYER),
        replace(MING, professional_title="正高级工程师（城乡规划与建筑设计专业）" * 2),
        replace(MING, document_title="黔西南布依族苗族自治州" + MING.document_title[3:]),
        replace(MING, office="黔西南布依族苗族自治州人力资源和社会保障局", employer=""),
        replace(MING, average="2016—2019年平均每年94.5学时，要求平均每年不少于90学时。" * 2),
        replace(MING, lines=many_lines(19)),
        replace(MING, lines=many_lines(300), name=LONG_NAME, employer=LONG_EMPLOYER),
    ],
)
def test_long_texts_stay_inside_the_margins(facts: CertificateFacts):
    straight = [mark for mark in texts(facts) if not mark.turn]
    assert min(span(mark)[0] for mark in straight) >= LEFT - 0.01
    assert max(span(mark)[1] for mark in straight) <= RIGHT + 0.01
    assert max(mark.y for mark in straight) < 284
    assert len(pypdfium2.PdfDocument(render(facts))) == 1


def test_long_names_lose_nothing():
    assert len(LONG_NAME) >= 39
    assert len(LONG_EMPLOYER) >= 60
    text = text_of(render(replace(MING, name=LONG_NAME, employer=LONG_EMPLOYER)))
    text = "".join(text.split())
    assert LONG_NAME in text
    assert LONG_EMPLOYER in text


def test_a_text_too_long_for_the_page_is_refused():
    with pytest.raises(Invalid) as refused:
        render(replace(MING, employer="济宁市" * 100))
    assert "工作单位过长" in refused.value.fields["employer"]


def test_lines_do_not_begin_with_punctuation():
    text = "专业技术人员，继续教育。学时（证明）、完成" * 4
    lines = wrap(default_fonts(), text, size=10, width=40)
    assert len(lines) > 5
    assert "".join(lines) == text
    assert not {line[0] for line in lines} & NOT_FIRST


def test_300_lines_are_grouped_with_the_right_sums():
    facts = replace(MING, lines=many_lines(300))
    text = text_of(render(facts))
    assert "课程第1讲" not in text
    assert text.count("共100项，2020年7月1") == 3
    hours = [mark.text for mark in texts(facts) if mark.text == "50"]
    assert len(hours) == 3
    assert "学时记录共300项" in text


def test_as_many_lines_as_fit_are_listed():
    facts = replace(MING, lines=many_lines(20))
    text = text_of(render(facts))
    assert all(f"课程第{i}讲" in text for i in range(20))
    lowest = max(
        m.y2 for m in lay_out(facts, default_fonts()) if isinstance(m, Line) and m.x2 > 180
    )
    assert lowest <= LINES_END


def test_hours_taken_back_count_in_the_group():
    back = CreditLine("专业", "冲销", "-0.5", date(2020, 12, 30))
    shown = [mark.text for mark in texts(replace(MING, lines=(*many_lines(300), back)))]
    assert "49.5" in shown


def test_the_same_facts_give_the_same_bytes():
    assert render(MING) == render(replace(MING))
    assert render(MING) != render(replace(MING, issued_on=date(2020, 12, 19)))


def test_many_threads_print_the_same_bytes():
    expected = {name: render(replace(MING, name=name)) for name in ("王一", "李二", "张三")}
    with ThreadPoolExecutor(4) as pool:
        jobs = [(n, pool.submit(render, replace(MING, name=n))) for n in list(expected) * 3]
        assert all(job.result() == expected[name] for name, job in jobs)


def test_invisible_characters_and_double_spaces_change_nothing():
    odd = replace(MING, name="龚\u200b䶮\u00ad", employer=" 济宁市第一人民医院\n")
    assert render(odd) == render(MING)
    assert digest(odd) == digest(MING)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "龚一"},
        {"earned": replace(MING.earned, total="92")},
        {"lines": MING.lines[:2]},
        {"issued_on": date(2020, 12, 19)},
        {"sample": False},
    ],
)
def test_any_printed_field_changes_the_digest(change: dict):
    assert digest(replace(MING, **change)) != digest(MING)
    assert digest(replace(MING)) == digest(MING)


def test_the_qr_code_reads_at_100_dpi():
    page = pypdfium2.PdfDocument(render(MING))[0]
    picture = page.render(scale=100 / 72).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [URL]


def test_a_sample_says_so_and_the_bureaus_seal_takes_the_drawn_ones_place():
    seal = BytesIO()
    Image.new("RGBA", (400, 400), (200, 0, 0, 128)).save(seal, "PNG")
    drawn = replace(MING, sample=False)
    official = replace(drawn, seal_image=seal.getvalue())
    assert [text_of(render(f)).count("样例") for f in (MING, drawn, official)] >= [2, 1, 0]
    assert "样例" in text_of(render(drawn))
    assert "样例" not in text_of(render(official))
    picture = pypdfium2.PdfDocument(render(official))[0].render(scale=1).to_pil()
    red, green, _ = picture.getpixel((round(151 / 25.4 * 72), round(240 / 25.4 * 72)))
    assert red > green + 60


def test_a_seal_that_is_no_picture_is_refused():
    with pytest.raises(Invalid) as refused:
        render(replace(MING, seal_image=b"GIF89a"))
    assert "印章图片" in refused.value.message


def test_poppler_reads_the_name(tmp_path: Path):
    file = tmp_path / "certificate.pdf"
    file.write_bytes(render(replace(MING, name="𬭊𫖯㛃䶮")))
    try:
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("poppler is not installed")
    assert "𬭊𫖯㛃䶮" in done.stdout.decode()
