"""The file of a matter as a PDF: every word is there, any name is printed, page after page."""

from datetime import UTC, datetime

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxapp.adapters.case_pdf import CasePaper, Pair, Section, render

AT = datetime(2020, 8, 3, 9, 0, tzinfo=UTC)


def paper(*sections: Section) -> CasePaper:
    return CasePaper("监督检查事项材料", "ABCD-0000-0000-1", sections, "2020-08-03 17:00 生成", AT)


def pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [document[place].get_textpage().get_text_bounded() for place in range(len(document))]


def bare(text: str) -> str:
    return "".join(text.split())


def test_every_word_is_there_and_the_pages_are_counted() -> None:
    sections = [
        Section(f"第{n}部分", tuple(Pair(f"项{m}", f"内容{n}之{m}，" * 9) for m in range(6)))
        for n in range(12)
    ]
    found = pages(render(paper(*sections)))
    assert len(found) > 3
    whole = bare("".join(found))
    for n in range(12):
        assert f"第{n}部分" in whole
        assert bare(f"内容{n}之5，" * 3) in whole
    for place, text in enumerate(found, start=1):
        assert f"第{place}页，共{len(found)}页" in bare(text)
        # A heading never stands alone at the foot of a page.
        body = [line for line in text.splitlines() if line.strip()]
        assert not any(line.startswith("第") and "部分" in line for line in body[-3:-2])


@pytest.mark.parametrize("name", ["𠮷田𬭩", "李😀明", "Ørsted·Å", "ضياء", "王\u202e小\u200b明", ""])
def test_a_name_in_no_font_is_printed_by_its_code(name: str) -> None:
    whole = bare("".join(pages(render(paper(Section("当事人", (Pair("姓名", name),)))))))
    assert "当事人" in whole
    if "😀" in name:
        assert "［U+1F600］" in whole
        assert "统一码" in whole


def test_words_stay_apart() -> None:
    (found,) = pages(render(paper(Section("过程", (Pair("时间", "单位审核　通过　苏清和"),)))))
    assert found.split("时间")[1].split("编号")[0].split() == ["单位审核", "通过", "苏清和"]


def test_what_is_common_needs_no_code() -> None:
    whole = bare("".join(pages(render(paper(Section("当事人", (Pair("姓名", "欧阳鸢尾"),)))))))
    assert "欧阳鸢尾" in whole
    assert "统一码" not in whole


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=40))
def test_nothing_typed_can_break_it(text: str, label: str, heading: str) -> None:
    assert render(paper(Section(heading, (Pair(label, text),)))).startswith(b"%PDF")
