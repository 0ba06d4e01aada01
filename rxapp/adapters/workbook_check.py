"""Whether a workbook is safe to open: judged from the zip itself, before any reader sees it.

A reader makes a table as wide and as high as the furthest cell, so one cell in a far corner would
take all memory there is; so would one long text that a million cells point to.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from rxapp.errors import Invalid
from rxapp.rules.collected import HEADING_WITHIN, MOST_ROWS

MOST_ENTRIES = 500
MOST_UNPACKED = 400 * 1024 * 1024
# Tables repeat themselves a lot; only bombs do it a thousandfold.
MOST_TIMES = 200
SMALL = 1024 * 1024
MOST_COLUMNS = 64
LAST_ROW = MOST_ROWS + HEADING_WITHIN
MOST_CELLS = 4_000_000
MOST_TEXT = 200_000_000
CHUNK = 256 * 1024

OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
# A hyperlink is only text to us; every other link asks for a file of somebody else.
_HARMLESS_LINKS = ("/hyperlink",)

NOT_A_WORKBOOK = "文件不是有效的 Excel 工作簿（.xlsx），请用 Excel 或 WPS 另存为 .xlsx 后再上传。"
OLD = "这是旧版 .xls 或加了密码的工作簿，请取消密码并另存为 .xlsx 后再上传。"
MACROS = "工作簿中含有宏或嵌入的对象，为安全起见未打开，请另存为不含宏的 .xlsx 后再上传。"
LINKS = "工作簿链接了其他文件，为安全起见未打开，请断开链接或只复制数值到模板后再上传。"
TOO_LARGE = "工作簿展开后过大，为安全起见未打开，请把数据复制到模板中再上传。"
TOO_WIDE = (
    f"表格中最远的单元格在第{{row}}行第{{column}}列，超出可导入的范围（{MOST_ROWS}行、"
    f"{MOST_COLUMNS}列）。请把数据复制到模板中再上传。"
)


def require_safe(path: Path) -> None:
    """Refuse, with a sentence, a workbook that is old, locked, active or larger than it says."""
    with path.open("rb") as file:
        begins = file.read(8)
    if begins == OLD_FORMAT:
        raise _refused(OLD)
    try:
        with zipfile.ZipFile(path) as book:
            entries = book.infolist()
            _require_entries(entries)
            texts = _Texts()
            # The texts first: a sheet is judged by how long the texts are that it points to.
            for entry in sorted(entries, key=lambda each: not _is_texts(each)):
                _require_sound(book, entry, texts)
    except (zipfile.BadZipFile, expat.ExpatError, OSError, RuntimeError, ValueError, EOFError):
        raise _refused(NOT_A_WORKBOOK) from None


class _Texts:
    """How long each of the workbook's shared texts is."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.spent = 0

    def spend(self, size: int) -> None:
        self.spent += size
        if self.spent > MOST_TEXT:
            raise _refused(TOO_LARGE)


def _require_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename.lower().replace("\\", "/") for entry in entries]
    if len(names) != len(set(names)) or len(names) > MOST_ENTRIES:
        raise _refused(NOT_A_WORKBOOK)
    if "xl/workbook.xml" not in names:
        raise _refused(NOT_A_WORKBOOK)
    if any(entry.flag_bits & 1 for entry in entries):
        raise _refused(OLD)
    if any("vbaproject" in name or "/embeddings/" in name or "/activex/" in name for name in names):
        raise _refused(MACROS)
    if any("/externallinks/" in name for name in names):
        raise _refused(LINKS)
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _refused(TOO_LARGE)
    for entry in entries:
        if entry.file_size > max(SMALL, entry.compress_size * MOST_TIMES):
            raise _refused(TOO_LARGE)


def _require_sound(book: zipfile.ZipFile, entry: zipfile.ZipInfo, texts: _Texts) -> None:
    name = entry.filename.lower()
    if name.endswith(".rels"):
        _parse(book, entry, start=_relation)
    elif _is_texts(entry):
        _parse_texts(book, entry, texts)
    elif name.endswith(".xml"):
        _Sheet(texts).parse(book, entry)


def _is_texts(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith("sharedstrings.xml")


def _relation(name: str, given: dict[str, str]) -> None:
    if name != "Relationship":
        return
    kind, target = given.get("Type", ""), given.get("Target", "").lower()
    outside = given.get("TargetMode", "").lower() == "external"
    if outside and not kind.endswith(_HARMLESS_LINKS):
        raise _refused(LINKS)
    # A sheet under another name would be read without having been looked at.
    if kind.endswith(("/worksheet", "/sharedStrings")) and not target.endswith(".xml"):
        raise _refused(NOT_A_WORKBOOK)
    if kind.endswith("/sharedStrings") and not target.endswith("sharedstrings.xml"):
        raise _refused(NOT_A_WORKBOOK)


def _parse_texts(book: zipfile.ZipFile, entry: zipfile.ZipInfo, texts: _Texts) -> None:
    def start(name: str, _given: dict[str, str]) -> None:
        if name == "si":
            texts.sizes.append(0)

    def said(text: str) -> None:
        if texts.sizes:
            texts.sizes[-1] += len(text)

    _parse(book, entry, start=start, said=said)


class _Sheet:
    """Follows the cells of one sheet: how far out they lie and how much text they hold."""

    def __init__(self, texts: _Texts) -> None:
        self.texts = texts
        self.row = self.column = self.furthest_row = self.furthest_column = 0
        self.shared = self.inside = False
        self.number = ""

    def parse(self, book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        _parse(book, entry, start=self.start, said=self.said, end=self.end)

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "c":
            self._cell(given)
        elif name == "row":
            number = given.get("r", "")
            self.row = int(number) if number.isdigit() and len(number) < 10 else self.row + 1
            self.column = 0
        elif name in ("v", "t", "f"):
            self.inside, self.number = True, ""

    def said(self, text: str) -> None:
        if not self.inside:
            return
        if self.shared:
            self.number += text[:12]
        else:
            self.texts.spend(len(text))

    def end(self, name: str) -> None:
        if name not in ("v", "t", "f"):
            return
        self.inside = False
        if self.shared and name == "v" and self.number.strip().isdigit():
            place = int(self.number)
            if place < len(self.texts.sizes):
                self.texts.spend(self.texts.sizes[place])

    def _cell(self, given: dict[str, str]) -> None:
        self.shared = given.get("t") == "s"
        address = _ADDRESS.fullmatch(given.get("r", ""))
        if address:
            self.column, self.row = _column_number(address[1]), int(address[2])
        elif "r" in given:
            raise _refused(NOT_A_WORKBOOK)
        else:
            self.column += 1
        self.furthest_row = max(self.furthest_row, self.row)
        self.furthest_column = max(self.furthest_column, self.column)
        if self.row > LAST_ROW or self.column > MOST_COLUMNS:
            raise _refused(TOO_WIDE.format(row=self.row, column=self.column))
        if self.furthest_row * self.furthest_column > MOST_CELLS:
            raise _refused(TOO_WIDE.format(row=self.furthest_row, column=self.furthest_column))


def _parse(
    book: zipfile.ZipFile, entry: zipfile.ZipInfo, *,
    start: Callable[[str, dict[str, str]], None],
    said: Callable[[str], None] | None = None, end: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, given: start(name.rpartition(":")[2], given)
    parser.StartDoctypeDeclHandler = _no_doctype
    if said:
        parser.CharacterDataHandler = said
    if end:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    read = 0
    with book.open(entry) as file:
        while chunk := file.read(CHUNK):
            read += len(chunk)
            # The size in the directory is only what the sender said it was.
            if read > entry.file_size:
                raise _refused(TOO_LARGE)
            parser.Parse(chunk, False)
        parser.Parse(b"", True)


def _no_doctype(*_: object) -> None:
    raise _refused(NOT_A_WORKBOOK)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _refused(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
