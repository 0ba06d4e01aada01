"""Tables as people send them: tidy ones are understood, hostile ones refused before they open."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter

from rxapp.adapters import sheets_in, sheets_out, workbook_check
from rxapp.errors import Invalid
from rxapp.rules import collected
from rxapp.rules.collected import Kind

NUMBER = "11010519491231002X"
HEADING = ("姓名", "身份证号码", "手机号码", "单位名称")
ROW = ("王小明", NUMBER, "15400000001", "样例单位")


def book(path: Path, *rows: Sequence[object], sheet: str = "表", **more: object) -> Path:
    made = xlsxwriter.Workbook(str(path), more)
    table = made.add_worksheet(sheet)
    for line, row in enumerate(rows):
        table.write_row(line, 0, row)
    made.close()
    return path


def read(path: Path, kind: Kind = Kind.PEOPLE) -> list[sheets_in.RawRow]:
    return list(sheets_in.open_sheet(path, name=path.name, kind=kind).rows())


def refusal(path: Path, kind: Kind = Kind.PEOPLE) -> str:
    with pytest.raises(Invalid) as raised:
        read(path, kind)
    return raised.value.message


def rewritten(source: Path, target: Path, **parts: bytes | None) -> Path:
    """A copy of a workbook with some of its parts replaced, added or left out."""
    wanted = {name.replace("__", "/"): body for name, body in parts.items()}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in wanted:
                new.writestr(entry.filename, old.read(entry.filename))
        for name, body in wanted.items():
            if body is not None:
                new.writestr(name, body)
    return target


def with_sheet(folder: Path, xml: str) -> Path:
    made = book(folder / "plain.xlsx", HEADING, ROW)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org'
        f'/spreadsheetml/2006/main"><sheetData>{xml}</sheetData></worksheet>'
    )
    return rewritten(made, folder / "hostile.xlsx", **{"xl/worksheets/sheet1.xml": body.encode()})


def test_a_workbook_is_read_with_the_lines_the_spreadsheet_shows(tmp_path: Path) -> None:
    (row,) = read(book(tmp_path / "a.xlsx", HEADING, (), ROW))
    assert (row.line, row.rounded) == (3, frozenset())
    assert row.values == dict(
        zip(("name", "identity_number", "mobile", "organisation"), ROW, strict=True)
    )


def test_columns_are_known_by_other_names_widths_and_spaces(tmp_path: Path) -> None:
    heading = ("序号", " 姓　名 ", "身份证号", "手 机", "*工作单位：", "备注")
    titled = (("某单位人员采集表",), (), heading, (1, *ROW, "x"))
    (row,) = read(book(tmp_path / "a.xlsx", *titled))
    assert row.line == 4
    assert row.values["organisation"] == "样例单位"
    assert row.cells[-1] == "x"


def test_a_second_sheet_may_hold_the_table(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    made.add_worksheet("说明").write_row(0, 0, ("请填写下一张表",))
    table = made.add_worksheet("人员")
    table.write_row(0, 0, HEADING)
    table.write_row(1, 0, ROW)
    made.close()
    assert [row.line for row in read(tmp_path / "a.xlsx")] == [2]


def test_a_number_in_the_identity_column_is_marked(tmp_path: Path) -> None:
    rounded = ("王小明", 110105194912310020, 15400000001, "样例单位")
    (row,) = read(book(tmp_path / "a.xlsx", HEADING, rounded))
    assert row.rounded == {"identity_number"}
    assert row.values["mobile"] == "15400000001"
    path = tmp_path / "b.csv"
    path.write_text(f"{','.join(HEADING)}\n王小明,1.10105E+17,,样例单位\n", encoding="utf-8")
    assert read(path)[0].rounded == {"identity_number"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_csv_is_read_in_the_usual_encodings(tmp_path: Path, encoding: str, mark: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{mark.join(HEADING)}\r\n\r\n{mark.join(ROW)}\r\n".encode(encoding))
    (row,) = read(path)
    assert (row.line, row.values["name"]) == (3, "王小明")


def test_a_wrong_sheet_is_told_which_columns_it_lacks(tmp_path: Path) -> None:
    said = refusal(book(tmp_path / "a.xlsx", ("课程", "学时"), ("公需", 4)))
    assert "不像是人员表" in said
    assert "姓名、身份证号码、单位名称" in said
    assert "单位类别、上级单位" in refusal(
        book(tmp_path / "b.xlsx", HEADING, ROW), Kind.ORGANISATIONS
    )
    assert "不像是人员表" in refusal(book(tmp_path / "empty.xlsx"))


def test_the_templates_are_tables_without_rows(tmp_path: Path) -> None:
    for kind in Kind:
        path = tmp_path / f"{kind}.xlsx"
        sheets_out.write_template(path, kind)
        assert read(path, kind) == []
        sheet = sheets_in.open_sheet(path, name=path.name, kind=kind)
        assert list(sheet.heading) == [each.name for each in collected.COLUMNS[kind]]


def test_what_we_write_holds_no_formula_and_no_link(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    evil = ("=1+1", "http://x.invalid", "@cmd", "=HYPERLINK(1)", NUMBER)
    with sheets_out.workbook(path, "表") as (table,):
        table.heading(("一", "二", "三", "四", "五"))
        table.row(evil)
    with zipfile.ZipFile(path) as made:
        sheet = made.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert not [name for name in made.namelist() if name.endswith("sheet1.xml.rels")]
    workbook_check.require_safe(path)
    found = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    assert found.to_python()[1] == list(evil)


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="2"><c r="XFD2"><v>1</v></c></row>',
        '<row r="300000"><c r="A300000" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="300000"><c><v>1</v></c></row>',
        "<row r='1048576'><c r='&#88;FD1048576'><v>1</v></c></row>",
        '<x:row xmlns:x="urn:x" r="1"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_a_cell_in_a_far_corner_is_refused_before_a_reader_sees_it(
    tmp_path: Path, cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("the reader saw it")

    monkeypatch.setattr(python_calamine.CalamineWorkbook, "from_filelike", opened)
    path = with_sheet(tmp_path, cell)
    assert path.stat().st_size < 8_000
    assert "最远的单元格在第" in refusal(path)


def test_many_wide_rows_are_refused_together(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="BL1"><v>1</v></c></row><row r="90000"><c r="A90000"/></row>'
    assert "最远的单元格" in refusal(with_sheet(tmp_path, rows))


def test_a_long_text_that_many_cells_point_to_is_refused(tmp_path: Path) -> None:
    made = book(tmp_path / "plain.xlsx", HEADING, ROW)
    cells = '<row><c t="s"><v>0</v></c></row>' * 300
    texts = f"<sst><si><t>{'长' * 900_000}</t></si></sst>".encode()
    path = rewritten(
        made, tmp_path / "long.xlsx",
        **{
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>"
            .encode(),
            "xl/sharedStrings.xml": texts,
        },
    )  # fmt: skip
    assert refusal(path) == workbook_check.TOO_LARGE


def test_a_bomb_is_refused_by_what_it_unpacks_to(tmp_path: Path) -> None:
    made = book(tmp_path / "plain.xlsx", HEADING, ROW)
    path = rewritten(made, tmp_path / "bomb.xlsx", **{"xl/media.xml": b" " * 50_000_000})
    assert path.stat().st_size < 100_000
    assert refusal(path) == workbook_check.TOO_LARGE


def test_a_lying_size_is_no_way_in(tmp_path: Path) -> None:
    made = book(tmp_path / "plain.xlsx", HEADING, ROW)
    raw = bytearray(made.read_bytes())
    with zipfile.ZipFile(made) as opened:
        name = b"xl/worksheets/sheet1.xml"
        size = opened.getinfo(name.decode()).file_size
    place = raw.rindex(name) - 46 + 24
    assert int.from_bytes(raw[place : place + 4], "little") == size
    raw[place : place + 4] = (10).to_bytes(4, "little")
    path = tmp_path / "lying.xlsx"
    path.write_bytes(raw)
    assert refusal(path) in (workbook_check.TOO_LARGE, workbook_check.NOT_A_WORKBOOK)


def test_what_acts_or_reaches_out_is_refused(tmp_path: Path) -> None:
    made = book(tmp_path / "plain.xlsx", HEADING, ROW)
    macro = rewritten(made, tmp_path / "macro.xlsx", **{"xl/vbaProject.bin": b"x"})
    assert refusal(macro) == workbook_check.MACROS
    linked = rewritten(made, tmp_path / "l.xlsx", **{"xl/externalLinks/externalLink1.xml": b"<a/>"})
    assert refusal(linked) == workbook_check.LINKS
    outside = (
        b'<Relationships><Relationship Id="r" Type="x/oleObject" Target="http://x.invalid/a" '
        b'TargetMode="External"/></Relationships>'
    )
    reaching = rewritten(
        made, tmp_path / "r.xlsx", **{"xl/worksheets/_rels/sheet1.xml.rels": outside}
    )
    assert refusal(reaching) == workbook_check.LINKS
    entities = b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    declared = rewritten(made, tmp_path / "d.xlsx", **{"xl/other.xml": entities})
    assert refusal(declared) == workbook_check.NOT_A_WORKBOOK


def test_an_ordinary_hyperlink_is_only_text(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    table = made.add_worksheet()
    table.write_row(0, 0, HEADING)
    table.write_row(1, 0, ROW)
    table.write_url(1, 5, "mailto:a@example.invalid")
    made.close()
    assert len(read(tmp_path / "a.xlsx")) == 1


def test_what_is_no_workbook_says_so(tmp_path: Path) -> None:
    old = tmp_path / "old.xlsx"
    old.write_bytes(workbook_check.OLD_FORMAT + b"\0" * 600)
    assert refusal(old) == workbook_check.OLD
    text = tmp_path / "text.xlsx"
    text.write_text("姓名,身份证号码")
    assert refusal(text) == workbook_check.NOT_A_WORKBOOK
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(book(tmp_path / "whole.xlsx", HEADING, ROW).read_bytes()[:-200])
    assert refusal(cut) == workbook_check.NOT_A_WORKBOOK
    for name, said in (
        ("a.xls", "旧版"),
        ("a.xlsm", "宏"),
        ("a.pdf", "只能导入"),
        ("a", "只能导入"),
    ):
        path = tmp_path / name
        path.write_bytes(b"x")
        assert said in refusal(path)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert "空的" in refusal(empty)
    image = tmp_path / "image.csv"
    image.write_bytes(b"\x89PNG\0\0\xff\xff")
    assert "文字编码" in refusal(image)


def test_too_many_rows_and_bytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{','.join(HEADING)}\n" + f"{','.join(ROW)}\n" * 6, encoding="utf-8")
    monkeypatch.setattr(collected, "MOST_ROWS", 6)
    assert len(read(path)) == 6
    monkeypatch.setattr(collected, "MOST_ROWS", 5)
    assert "请分成几个文件" in refusal(path)
    monkeypatch.setattr(collected, "MOST_BYTES", 50)
    assert "32兆字节" in refusal(path)
