"""People collected by an employer, as a CSV file with Chinese column names."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rxapp.errors import Invalid

LARGEST = 64 * 1024 * 1024

COLUMNS = {
    "name": ("姓名", "人员姓名"),
    "identity_number": ("身份证号码", "身份证号", "身份证"),
    "mobile": ("手机号码", "手机号", "手机", "联系电话"),
    "organisation": ("单位名称", "工作单位", "所在单位", "单位"),
    "owes_from": ("应学起始年度", "起始年度"),
    "field": ("行业领域", "专业领域"),
    "title_series": ("职称系列",),
    "title_level": ("职称级别", "职称等级"),
    "education": ("学历",),
    "post": ("岗位", "职务"),
}
NEEDED = ("name", "identity_number", "organisation")


@dataclass(frozen=True)
class RawRow:
    """One line of the file, as typed; `line` counts from 1 with the heading."""

    line: int
    values: dict[str, str]


def read_rows(path: Path) -> Iterator[RawRow]:
    """Every non-empty line below the heading; Invalid for a file that is not such a table."""
    if path.stat().st_size > LARGEST:
        raise Invalid({"file": "文件超过64兆字节，请分成几个文件导入。"})
    lines = csv.reader(io.StringIO(decode(path.read_bytes())))
    try:
        places = _places(next(lines, []))
        for cells in lines:
            values = {key: _cell(cells, place) for key, place in places.items()}
            if any(values.values()):
                yield RawRow(lines.line_num, values)
    except csv.Error:
        raise Invalid({"file": "文件不是有效的 CSV 表格，请另存为 CSV 后再导入。"}) from None


def decode(raw: bytes) -> str:
    """The text of a file in UTF-8 (with or without its mark) or GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid({"file": "无法识别文件的文字编码，请另存为 UTF-8 编码的 CSV。"})


def _places(heading: list[str]) -> dict[str, int]:
    found = {_folded(cell): place for place, cell in enumerate(heading)}
    places = {
        key: found[_folded(name)]
        for key, names in COLUMNS.items()
        for name in names
        if _folded(name) in found
    }
    missing = [COLUMNS[key][0] for key in NEEDED if key not in places]
    if missing:
        raise Invalid({"file": f"表头缺少：{'、'.join(missing)}。请核对第一行的列名。"})
    return places


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _cell(cells: list[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""
