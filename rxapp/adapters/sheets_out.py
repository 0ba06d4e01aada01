"""Workbooks we hand out: every cell a plain text or number, never a formula or a link."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter

from rxapp.adapters.sheets_in import RawRow
from rxapp.rules import collected
from rxapp.rules.collected import COLUMNS, LINE, REASON, Kind

# Rows leave for the disk as they are written, so a long list costs no memory.
_PLAIN = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
WIDTHS = (10, 20, 40)
TEMPLATE_ROWS = 2000
LONGEST_CHOICES = 255


class Table:
    """One sheet, written from top to bottom."""

    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._text = book.add_format({"num_format": "@"})
        self._bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#E4EEEC"})
        self._line = 0

    @property
    def sheet(self) -> Any:
        """The sheet of the library, for what only a template needs."""
        return self._sheet

    @property
    def text(self) -> Any:
        """The format that keeps a number as it was typed."""
        return self._text

    def heading(self, names: Sequence[str]) -> None:
        """Write the row of column names."""
        for place, name in enumerate(names):
            self._sheet.set_column(place, place, _width(name), self._text)
        self._write(names, self._bold)

    def row(self, values: Sequence[object]) -> None:
        """Write the next row, texts as texts."""
        self._write(values, self._text)

    def _write(self, values: Sequence[object], form: Any) -> None:
        for place, value in enumerate(values):
            if isinstance(value, int) and not isinstance(value, bool):
                self._sheet.write_number(self._line, place, value)
            elif value not in ("", None):
                self._sheet.write_string(self._line, place, str(value)[:32_000], form)
        self._line += 1


@contextmanager
def workbook(path: Path, *names: str) -> Iterator[list[Table]]:
    """A workbook at `path` with sheets of these names; whole on disk when the block ends."""
    book = xlsxwriter.Workbook(str(path), {**_PLAIN, "tmpdir": str(path.parent)})
    try:
        yield [Table(book, name) for name in names]
    finally:
        book.close()


def write_template(path: Path, kind: Kind) -> None:
    """An empty table with its heading, an example that is left out on the way in, and hints."""
    columns = COLUMNS[kind]
    with workbook(path, kind.label, "填写说明") as (table, hints):
        table.heading([each.name for each in columns])
        example = [each.example for each in columns]
        table.row([collected.EXAMPLE + example[0], *example[1:]])
        for place, each in enumerate(columns):
            _offer(table, place, each.choices)
        hints.sheet.set_column(0, 1, WIDTHS[2])
        hints.row(["列名", "怎样填写"])
        for each in columns:
            hints.row([each.name, _hint(each.hint, each.choices)])
        hints.row(["", f"名称以“{collected.EXAMPLE}”开头的行导入时自动跳过，可以删除。"])


def write_faults(
    path: Path, heading: Sequence[str], wrong: Iterable[tuple[RawRow, Sequence[str]]]
) -> int:
    """Wrong rows as they were, each with its line and reasons behind it; returns how many."""
    # A corrected file comes back with last time's reasons still in it.
    kept = [place for place, name in enumerate(heading) if name not in (REASON, LINE)]
    count = 0
    with workbook(path, "待更正") as (table,):
        table.heading([*(heading[place] for place in kept), LINE, REASON])
        for row, reasons in wrong:
            cells = [row.cells[place] if place < len(row.cells) else "" for place in kept]
            table.row([*cells, str(row.line), "；".join(reasons)])
            count += 1
    return count


def _offer(table: Table, place: int, choices: tuple[str, ...]) -> None:
    if not choices or len(",".join(choices)) > LONGEST_CHOICES:
        return
    table.sheet.data_validation(
        1, place, TEMPLATE_ROWS, place,
        {"validate": "list", "source": list(choices), "error_type": "warning",
         "error_title": "请从列表中选择", "error_message": "所填内容不在列表中。"},
    )  # fmt: skip


def _hint(hint: str, choices: tuple[str, ...]) -> str:
    return f"{hint}：{'、'.join(choices)}" if choices else hint


def _width(name: str) -> int:
    if "身份证" in name or "代码" in name or "名称" in name or "单位" in name:
        return WIDTHS[1]
    return WIDTHS[2] if name == REASON else max(WIDTHS[0], len(name) * 2 + 2)
