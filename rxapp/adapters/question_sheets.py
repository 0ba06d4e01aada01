"""Tables of questions: a template out, what people filled in back in, row by row."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from rxapp.adapters import sheets_out, workbook_check
from rxapp.errors import Invalid
from rxapp.rules.question_forms import COLUMNS, FIELDS, KINDS, LETTERS, NEEDED, NO, YES

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 1_000
HEADING_WITHIN = 10
EXAMPLE = "示例："
_HINTS = {
    "kind": "单选题、多选题或判断题", "stem": "题目全文，不超过500字",
    "right": "选项的字母：单选填一个，多选填几个（例如 ABD），判断填“正确”或“错误”",
    "review_from": "答错时回看的起点，分:秒，例如 2:30；不填的由平台平均分配",
    "review_to": "回看的终点，分:秒",
}  # fmt: skip
_EXAMPLES = (
    ("单选题", f"{EXAMPLE}继续教育每年累计应不少于多少学时？", ("30学时", "60学时", "90学时"), "C"),
    ("判断题", f"{EXAMPLE}专业技术人员应按规定参加继续教育。", (YES, NO), YES),
)  # fmt: skip

Row = tuple[int, dict[str, str]]


def read(content: bytes, *, name: str) -> list[Row]:
    """Every row below the heading, by its line in the file; Invalid (field file) for no such table.

    The template's example rows are left out.
    """
    if len(content) > MOST_BYTES:
        raise _refused("文件超过2兆字节，请分成几个文件导入。")
    suffix = Path(name).suffix.lower()
    if suffix in (".xls", ".et"):
        raise _refused(workbook_check.OLD)
    if suffix not in (".xlsx", ".csv"):
        raise _refused("只能导入 .xlsx 或 .csv 文件，请另存后再上传。")
    lines = _csv_lines(content) if suffix == ".csv" else _sheet_lines(content)
    return _rows(lines)


def write_template(path: Path) -> None:
    """An empty table with two examples that are left out on the way in, and hints."""
    with sheets_out.workbook(path, "弹题", "填写说明") as (table, hints):
        table.heading([label for _, label in COLUMNS])
        for kind, stem, options, right in _EXAMPLES:
            empty = [""] * (len(LETTERS) - len(options))
            table.row([kind, stem, *options, *empty, right])
        table.sheet.set_column(1, 1, 50, table.text)
        table.sheet.data_validation(
            1, 0, MOST_ROWS, 0, {"validate": "list", "source": list(KINDS.values())}
        )
        hints.sheet.set_column(0, 1, 60)
        hints.row(["列名", "怎样填写"])
        for key, label in COLUMNS:
            hints.row([label, _HINTS.get(key, "选项内容；判断题可以不填选项")])
        hints.row(["", f"题目以“{EXAMPLE}”开头的行导入时自动跳过，可以删除。"])


def _rows(lines: Sequence[Sequence[str]]) -> list[Row]:
    places, heading = _find_heading(lines)
    found = []
    for line, cells in enumerate(lines[heading:], start=heading + 1):
        typed = {
            key: cells[place][: FIELDS[key]] if place < len(cells) else ""
            for key, place in places.items()
        }
        if any(each.strip() for each in typed.values()) and not typed["stem"].startswith(EXAMPLE):
            found.append((line, typed))
    if not found:
        raise _refused("表头之下没有题目，请填写后再上传。")
    if len(found) > MOST_ROWS:
        raise _refused(f"一次最多导入{MOST_ROWS}行，请分成几个文件导入。")
    return found


def _find_heading(lines: Sequence[Sequence[str]]) -> tuple[dict[str, int], int]:
    labels = {label: key for key, label in COLUMNS}
    for number, cells in enumerate(lines[:HEADING_WITHIN], start=1):
        names = ["".join(cell.split()) for cell in cells]
        if all(needed in names for needed in NEEDED):
            return {labels[each]: names.index(each) for each in names if each in labels}, number
    raise _refused("没有找到“题型、题目、正确答案”的表头，请使用下载的模板填写。")


def _csv_lines(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _refused("无法识别文件的文字编码，请另存为 UTF-8 编码的 CSV。")
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        raise _refused("文件不是有效的 CSV 表格，请另存为 CSV 后再导入。") from None


def _sheet_lines(content: bytes) -> list[list[str]]:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        copy.write(content)
        copy.flush()
        workbook_check.require_safe(Path(copy.name))
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        # With the empty rows at the top, so that lines count as the spreadsheet shows them.
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError, IndexError):
        raise _refused(workbook_check.NOT_A_WORKBOOK) from None
    return [list(_texts(row)) for row in rows]


def _texts(row: Sequence[Any]) -> Iterator[str]:
    for cell in row:
        if isinstance(cell, bool):
            yield YES if cell else NO
        elif isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
            yield str(int(cell))
        elif isinstance(cell, time):
            # A spreadsheet takes 2:30 for half past two: the hand meant minutes and seconds.
            yield f"{cell.hour}:{cell.minute:02d}"
        elif isinstance(cell, timedelta):
            yield f"{cell // timedelta(hours=1)}:{cell // timedelta(minutes=1) % 60:02d}"
        else:
            yield "" if cell is None else str(cell)


def _refused(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
