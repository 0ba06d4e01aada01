"""Whether a document or workbook may be handed on: judged from the zip itself, never opened.

Refused is what acts by itself (macros, embedded objects, fields that start programs), what asks
for a file of somebody else, and what is not whole.
"""

import io
import re
import zipfile
from xml.parsers import expat

from rxapp.errors import Invalid

ZIP = b"PK\x03\x04"
OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_ENTRIES, MOST_UNPACKED, MOST_TIMES, SMALL = 2000, 300 * 1024 * 1024, 200, 1024 * 1024
LONGEST_XML = 100 * 1024 * 1024
CHUNK = 256 * 1024
# A longer field is looked at piece by piece, each with the end of the one before.
LONGEST_FIELD, OVERLAP = 4000, 20
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# By the part that makes it what it is: its ending, what it is, and the type that part must have.
KINDS = {
    "word/document.xml": (".docx", _WORD, f"{_WORD}.main+xml"),
    "xl/workbook.xml": (".xlsx", _SHEET, f"{_SHEET}.main+xml"),
}
_ACTIVE = ("vbaproject", "vbadata", "/activex/", "/embeddings/", "oleobject", "/macrosheets/")
_SENT = ("http://", "https://", "mailto:", "#")
# Fields and formulas by which a file starts a program.
_STARTS = re.compile(r"\bDDE(AUTO)?\b|\|\s*'", re.IGNORECASE)

OTHER = "压缩文件中没有可识别的文档或工作簿，请上传 .docx 或 .xlsx 文件。"
OLD = "这是旧版格式或加了密码的文件，请取消密码并另存为 .docx 或 .xlsx 后再上传。"
ACTIVE = "文件中含有宏或嵌入的对象，为安全起见不能发布，请删除后另存再上传。"
LINKS = "文件链接了其他文件，为安全起见不能发布，请断开链接后再上传。"
BROKEN = "文件已损坏或不完整，请重新保存后再上传。"
TOO_LARGE = "文件展开后过大，为安全起见不能发布，请减小后再上传。"


def judge(content: bytes) -> tuple[str, str]:
    """The ending and the type of a document or workbook; Invalid (field file) for anything else."""
    if content[:8] == OLD_FORMAT:
        raise _refused(OLD)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            suffix, media_type, main = _kind(book.infolist())
            for entry in book.infolist():
                _require_sound(book, entry)
            _require_type(book, main)
    except (zipfile.BadZipFile, expat.ExpatError, OSError, RuntimeError, ValueError, EOFError,
            NotImplementedError, KeyError):  # fmt: skip
        raise _refused(BROKEN) from None
    return suffix, media_type


def _kind(entries: list[zipfile.ZipInfo]) -> tuple[str, str, str]:
    names = [entry.filename.lower().replace("\\", "/") for entry in entries]
    if len(names) != len(set(names)) or len(names) > MOST_ENTRIES:
        raise _refused(BROKEN)
    if any(entry.flag_bits & 1 for entry in entries):
        raise _refused(OLD)
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise _refused(BROKEN)
    kinds = [KINDS[name] for name in names if name in KINDS]
    if len(kinds) != 1 or "[content_types].xml" not in names:
        raise _refused(OTHER)
    if any(word in f"/{name}" for name in names for word in _ACTIVE):
        raise _refused(ACTIVE)
    if any("/externallinks/" in name for name in names):
        raise _refused(LINKS)
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _refused(TOO_LARGE)
    if any(entry.file_size > max(SMALL, entry.compress_size * MOST_TIMES) for entry in entries):
        raise _refused(TOO_LARGE)
    return kinds[0]


def _require_sound(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    name = entry.filename.lower()
    parser = _Part() if name.endswith((".xml", ".rels")) else None
    read = 0
    # Read to its end: a wrong checksum is found there.
    with book.open(entry) as file:
        while chunk := file.read(CHUNK):
            read += len(chunk)
            if read > entry.file_size or (parser and read > LONGEST_XML):
                raise _refused(TOO_LARGE)
            if parser:
                parser.feed(chunk)
    if parser and read:
        parser.close()


def _require_type(book: zipfile.ZipFile, main: str) -> None:
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _name, given: found.append(given.get("ContentType", ""))
    parser.StartDoctypeDeclHandler = _no_doctype
    name = next(n for n in book.namelist() if n.lower() == "[content_types].xml")
    parser.Parse(book.read(name), True)
    if main not in found or any("macro" in kind.lower() for kind in found):
        raise _refused(ACTIVE if any("macro" in kind.lower() for kind in found) else OTHER)


class _Part:
    """Follows one part of the file: what it points to, what it would start."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said
        self.parser.StartDoctypeDeclHandler = _no_doctype
        # A field's words may be cut into many runs.
        self.inside = ""
        self.field = ""

    def feed(self, chunk: bytes) -> None:
        self.parser.Parse(chunk, False)

    def close(self) -> None:
        self.parser.Parse(b"", True)
        self._judge()

    def _start(self, full: str, given: dict[str, str]) -> None:
        name = full.rpartition(":")[2]
        if name == "Relationship":
            _require_harmless(given)
        if name in ("instrText", "f"):
            self.inside = name
        if name == "f" or (name == "fldChar" and _value(given, "fldCharType") == "begin"):
            self._judge()
        if name == "fldSimple":
            self.field += f" {_value(given, 'instr')}"

    def _said(self, text: str) -> None:
        if not self.inside:
            return
        self.field += text
        if len(self.field) > LONGEST_FIELD:
            last = self.field[-OVERLAP:]
            self._judge()
            self.field = last

    def _end(self, full: str) -> None:
        if full.rpartition(":")[2] == self.inside:
            self.inside = ""

    def _judge(self) -> None:
        if _STARTS.search(self.field):
            raise _refused(ACTIVE)
        self.field = ""


def _require_harmless(given: dict[str, str]) -> None:
    kind, target = given.get("Type", "").lower(), given.get("Target", "").strip().lower()
    if given.get("TargetMode", "").lower() != "external":
        return
    if not kind.endswith("/hyperlink") or not target.startswith(_SENT):
        raise _refused(LINKS)


def _value(given: dict[str, str], name: str) -> str:
    return next((text for key, text in given.items() if key.rpartition(":")[2] == name), "")


def _no_doctype(*_: object) -> None:
    raise _refused(BROKEN)


def _refused(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
