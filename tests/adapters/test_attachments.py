"""Attachments: what they are is judged by their content; what acts by itself is refused."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from PIL import Image

from rxapp.adapters import attachments, office_check
from rxapp.adapters.attachments import LARGEST, accept
from rxapp.errors import Invalid
from tests import hostile
from tests.adapters.test_evidence_files import document, picture

WORD, SHEET = office_check.KINDS["word/document.xml"], office_check.KINDS["xl/workbook.xml"]
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def office(
    main: str = "word/document.xml", *, parts: Mapping[str, str | bytes] = {}, kind: str = "",
    body: str = "<w:document xmlns:w='w'><w:p><w:t>正文</w:t></w:p></w:document>",
) -> bytes:  # fmt: skip
    """A document (or workbook) with these parts besides."""
    said = kind or office_check.KINDS[main][2]
    types = f"<Types><Override PartName='/{main}' ContentType='{said}'/></Types>"
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", types)
        if main not in parts:
            book.writestr(main, body)
        for name, content in parts.items():
            book.writestr(name, content)
    return written.getvalue()


def related(kind: str, target: str, mode: str = "External") -> dict[str, str]:
    relation = f"<Relationship Id='a' Type='{RELS}/{kind}' Target='{target}' TargetMode='{mode}'/>"
    return {"word/_rels/document.xml.rels": f"<Relationships>{relation}</Relationships>"}


def field(*runs: str) -> str:
    said = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    return f"<w:document xmlns:w='w'><w:fldChar w:fldCharType='begin'/>{said}</w:document>"


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        accept(content)
    assert set(refused.value.fields) == {"file"}
    return refused.value.fields["file"]


def test_each_kind_is_taken_for_what_it_is() -> None:
    assert accept(picture("PNG")).media_type == "image/jpeg"
    made = accept(document(pages=40))
    assert (made.suffix, made.media_type) == (".pdf", "application/pdf")
    for content, (suffix, media_type, _) in (
        (office(), WORD), (office("xl/workbook.xml", body="<workbook/>"), SHEET),
    ):  # fmt: skip
        kept = accept(content)
        assert (kept.suffix, kept.media_type, kept.content) == (suffix, media_type, content)


def test_a_workbook_as_it_is_really_written_is_taken() -> None:
    import xlsxwriter

    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "学时"])
        sheet.write_formula(1, 1, "=SUM(A1:A2)|1")
        sheet.write_url(2, 0, "https://a.example/")
    assert accept(written.getvalue()).suffix == ".xlsx"


def test_links_to_the_web_and_within_are_harmless() -> None:
    for target in ("https://a.example/", "mailto:a@b.example", "#一"):
        assert accept(office(parts=related("hyperlink", target))).suffix == ".docx"
    assert accept(office(parts=related("image", "media/a.png", "Internal"))).suffix == ".docx"


MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
REFUSED = {
    "nothing": (b"", "文件是空的"),
    "words": (b"hello", attachments.KINDS),
    "page": (b"<html><script>alert(1)</script></html>", attachments.KINDS),
    "program": (b"MZ\x90\x00" + b"\0" * 100, attachments.KINDS),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", attachments.KINDS),
    "old document": (office_check.OLD_FORMAT + b"\0" * 600, office_check.OLD),
    "other zip": (hostile.zipped(), office_check.OTHER),
    "both kinds": (office(parts={"xl/workbook.xml": "<workbook/>"}), office_check.OTHER),
    "macro part": (office(parts={"word/vbaProject.bin": b"x"}), office_check.ACTIVE),
    "macro type": (office(kind=MACRO), office_check.ACTIVE),
    "another type": (office(kind="text/html"), office_check.OTHER),
    "macro sheet": (office("xl/workbook.xml", parts={"xl/macrosheets/a.xml": "<a/>"},
                           body="<workbook/>"), office_check.ACTIVE),
    "embedded": (office(parts={"word/embeddings/a.bin": b"MZ"}), office_check.ACTIVE),
    "ole": (office(parts={"word/oleObject1.bin": b"MZ"}), office_check.ACTIVE),
    "control": (office(parts={"word/activeX/a.xml": "<a/>"}), office_check.ACTIVE),
    "template elsewhere": (office(parts=related("attachedTemplate", "https://e.example/t.dotm")),
                           office_check.LINKS),
    "picture elsewhere": (office(parts=related("image", "//e.example/a.png")), office_check.LINKS),
    "frame": (office(parts=related("frame", "https://e.example/")), office_check.LINKS),
    "link to a file": (office(parts=related("hyperlink", "file:///c:/x.exe")), office_check.LINKS),
    "link to a script": (office(parts=related("hyperlink", "javascript:alert(1)")),
                         office_check.LINKS),
    "share": (office(parts=related("hyperlink", "\\\\e.example\\a")), office_check.LINKS),
    "workbook elsewhere": (office("xl/workbook.xml", body="<workbook/>",
                                  parts={"xl/externalLinks/a.xml": "<a/>"}), office_check.LINKS),
    "starts a program": (office(body=field("DDEAUTO c:\\\\windows\\\\calc.exe")),
                         office_check.ACTIVE),
    "starts it in pieces": (office(body=field("DD", "EAU", "TO calc")), office_check.ACTIVE),
    "starts it far behind": (office(body=field("x " * 1_999, "DDE", " calc")), office_check.ACTIVE),
    "simple field": (office(body="<w:d xmlns:w='w'><w:fldSimple w:instr='DDE a b'/></w:d>"),
                     office_check.ACTIVE),
    "formula": (office("xl/workbook.xml", body="<workbook/>",
                       parts={"xl/a.xml": "<x><f>cmd|'/c calc'!A1</f></x>"}), office_check.ACTIVE),
    "doctype": (office(body="<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), office_check.BROKEN),
    "not xml": (office(body="<a><b></a>"), office_check.BROKEN),
    "climbs out": (office(parts={"word/../../a.xml": "<a/>"}), office_check.BROKEN),
    "twice": (office(parts={"WORD/document.xml": "<a/>"}), office_check.BROKEN),
    "bomb": (office(parts={"word/media/a.bin": b"\0" * 30_000_000}), office_check.TOO_LARGE),
    "cut": (office()[:-30], office_check.BROKEN),
    "spoilt": (office().replace(b"\xe6", b"\xe7", 1)[:200] + b"x" + office()[201:],
               office_check.BROKEN),
    "many parts": (office(parts={f"word/{n}.xml": "<a/>" for n in range(2001)}),
                   office_check.BROKEN),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_not_be_handed_on_is_refused_with_a_sentence(name: str) -> None:
    content, sentence = REFUSED[name]
    assert refusal(content).startswith(sentence)


def test_what_is_too_large_is_not_opened() -> None:
    assert refusal(b"PK\x03\x04" + b"\0" * LARGEST).startswith("文件超过20兆字节")


def test_a_long_or_locked_pdf_is_refused() -> None:
    assert "超过200页" in refusal(document(pages=201))
    import pikepdf

    assert "密码" in refusal(document(encryption=pikepdf.Encryption(owner="a", user="b")))


def test_what_rides_along_does_not_stay() -> None:
    made = accept(picture() + b"<script>alert(1)</script>")
    assert b"script" not in made.content
    with Image.open(io.BytesIO(made.content)) as kept:
        assert kept.format == "JPEG"
