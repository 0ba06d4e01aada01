"""Tables of questions: a template out, what people filled in back in, row by row."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from rxapp.adapters import sheets_in, sheets_out
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
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(content)
        copy.flush()
        for lines in sheets_in.read_tables(Path(copy.name), name=name, text=_text):
            for _, cells in islice(lines, HEADING_WITHIN):
                if places := _find_places(cells):
                    return _rows(lines, places)
    raise _refused("没有找到“题型、题目、正确答案”的表头，请使用下载的模板填写。")


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


def _rows(lines: Iterator[tuple[int, tuple[str, ...]]], places: dict[str, int]) -> list[Row]:
    found = []
    for line, cells in lines:
        typed = {
            key: cells[place][: FIELDS[key]] if place < len(cells) else ""
            for key, place in places.items()
        }
        if any(each.strip() for each in typed.values()) and not typed["stem"].startswith(EXAMPLE):
            found.append((line, typed))
        if len(found) > MOST_ROWS:
            raise _refused(f"一次最多导入{MOST_ROWS}行，请分成几个文件导入。")
    if not found:
        raise _refused("表头之下没有题目，请填写后再上传。")
    return found


def _find_places(cells: Sequence[str]) -> dict[str, int]:
    """Where each column is, when this line is the heading; else nothing."""
    labels = {label: key for key, label in COLUMNS}
    names = ["".join(cell.split()) for cell in cells]
    if not all(needed in names for needed in NEEDED):
        return {}
    return {labels[each]: names.index(each) for each in names if each in labels}


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return YES if cell else NO
    if isinstance(cell, time):
        # A spreadsheet takes 2:30 for half past two: the hand meant minutes and seconds.
        return f"{cell.hour}:{cell.minute:02d}"
    if isinstance(cell, timedelta):
        return f"{cell // timedelta(hours=1)}:{cell // timedelta(minutes=1) % 60:02d}"
    return sheets_in.text_of(cell)


def _refused(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
