"""Tables as people send them: .xlsx and .csv, read row by row with their line in the file."""

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine

from rxapp.adapters import workbook_check
from rxapp.errors import Invalid
from rxapp.rules import collected
from rxapp.rules.collected import Kind

SUFFIXES = (".xlsx", ".csv")
ENCODINGS = ("utf-8-sig", "gb18030")
CHUNK = 1 << 20
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of the file, as typed; `line` counts from 1 as the spreadsheet shows it."""

    line: int
    values: dict[str, str]
    cells: tuple[str, ...] = ()
    # Columns that need text but hold a number, which has lost its last digits.
    rounded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sheet:
    """A table whose columns were found; its rows can be gone through again and again."""

    path: Path
    suffix: str
    kind: Kind
    heading: tuple[str, ...]
    places: dict[str, int]
    heading_line: int
    _table: Any = field(default=None, repr=False, compare=False)

    def rows(self) -> Iterator[RawRow]:
        """Every line below the heading that holds anything, without the template's example."""
        count = 0
        for line, cells in _lines(self.path, self.suffix, self._table):
            if line <= self.heading_line:
                continue
            row = self._row(line, cells)
            if row is not None:
                count += 1
                _require_room(count)
                yield row

    def count(self) -> int:
        """How many rows there are."""
        return sum(1 for _ in self.rows())

    def _row(self, line: int, cells: Sequence[Any]) -> RawRow | None:
        texts = [text_of(cell) for cell in cells]
        values = {key: _at(texts, place).strip() for key, place in self.places.items()}
        if not any(values.values()) or values.get("name", "").startswith(collected.EXAMPLE):
            return None
        return RawRow(line, values, tuple(texts), self._rounded(cells, values))

    def _rounded(self, cells: Sequence[Any], values: dict[str, str]) -> frozenset[str]:
        return frozenset(
            each.key
            for each in collected.COLUMNS[self.kind]
            if each.as_text and each.key in self.places
            if _is_number(_at(cells, self.places[each.key]))
            or collected.is_rounded(values[each.key])
        )


def open_sheet(path: Path, *, name: str, kind: Kind) -> Sheet:
    """The first table of the file that has the needed columns; Invalid with one sentence if none.

    `name` is what the sender called the file: its ending says how to read it.
    """
    suffix = Path(name).suffix.lower()
    _require_kind(path, suffix)
    if suffix == ".csv":
        return _found(path, suffix, kind, [None])
    workbook_check.require_safe(path)
    return _found(path, suffix, kind, _tables(path))


def read_tables(
    path: Path, *, name: str, text: Callable[[Any], str] | None = None
) -> Iterator[Iterator[tuple[int, tuple[str, ...]]]]:
    """Every visible table of a file, line by line as texts, for whoever knows its own columns.

    `text` says a cell in words of one's own.
    """
    said = text or text_of
    suffix = Path(name).suffix.lower()
    _require_kind(path, suffix)
    tables: Sequence[Any] = [None]
    if suffix != ".csv":
        workbook_check.require_safe(path)
        tables = _tables(path)
    for table in tables:
        lines = _lines(path, suffix, table)
        yield ((line, tuple(map(said, cells))) for line, cells in lines)


def _require_kind(path: Path, suffix: str) -> None:
    if path.stat().st_size > collected.MOST_BYTES:
        raise _refused("文件超过32兆字节，请分成几个文件导入。")
    if path.stat().st_size == 0:
        raise _refused("文件是空的，请核对后重新选择。")
    if suffix in (".xls", ".et"):
        raise _refused(workbook_check.OLD)
    if suffix in (".xlsm", ".xlsb", ".xltm"):
        raise _refused(workbook_check.MACROS)
    if suffix not in SUFFIXES:
        raise _refused("只能导入 .xlsx 或 .csv 文件，请另存后再上传。")


def _found(path: Path, suffix: str, kind: Kind, tables: Sequence[Any]) -> Sheet:
    best: dict[str, int] = {}
    for table in tables:
        for line, cells in islice(_lines(path, suffix, table), collected.HEADING_WITHIN):
            heading = tuple(text_of(cell) for cell in cells)
            places = collected.find_places(kind, heading)
            if not collected.missing(kind, places):
                return Sheet(path, suffix, kind, heading, places, line, table)
            best = max(best, places, key=len)
    raise collected.wrong_sheet(kind, best)


def _tables(path: Path) -> list[Any]:
    try:
        with path.open("rb") as file:
            book = python_calamine.CalamineWorkbook.from_filelike(file)
            seen = [each for each in book.sheets_metadata if _is_visible(each)]
            return [book.get_sheet_by_name(each.name) for each in seen[:3]]
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _refused(workbook_check.NOT_A_WORKBOOK) from None


def _is_visible(sheet: Any) -> bool:
    return (
        sheet.visible == python_calamine.SheetVisibleEnum.Visible
        and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    )


def _lines(path: Path, suffix: str, table: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    if suffix == ".csv":
        return _csv_lines(path)
    # Empty rows at the top are left out by the reader, and counted here.
    return enumerate(table.iter_rows(), start=1) if table.start else iter(())


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=_encoding(path), newline="") as file:
        lines = csv.reader(file, delimiter=_delimiter(path))
        try:
            for cells in lines:
                yield lines.line_num, cells
        except (csv.Error, UnicodeError):
            raise _refused("文件不是有效的 CSV 表格，请另存为 CSV 后再导入。") from None


def _encoding(path: Path) -> str:
    """UTF-8 with or without its mark, else GB18030; the whole file has to fit."""
    with path.open("rb") as file:
        wide = file.read(2) in UTF16
    for encoding in ("utf-16",) if wide else ENCODINGS:
        if _decodes(path, encoding):
            return encoding
    raise _refused("无法识别文件的文字编码，请另存为 UTF-8 编码的 CSV。")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if b"\0" in chunk and encoding in ENCODINGS:
                    return False
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(path: Path) -> str:
    with path.open(encoding=_encoding(path)) as file:
        first = file.readline(4000)
    return max(",\t;", key=first.count)


def text_of(cell: Any) -> str:
    """A cell as it reads: whole numbers without a point, days without an hour."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e21:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _at(cells: Sequence[Any], place: int) -> Any:
    return cells[place] if place < len(cells) else ""


def _require_room(count: int) -> None:
    if count > collected.MOST_ROWS:
        raise _refused(f"文件超过{collected.MOST_ROWS}行，请分成几个文件导入。")


def _refused(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
