"""A file of collected people with a few mistakes in it, to try bringing people in with."""

from pathlib import Path

import xlsxwriter

from rxapp.demo import accounts
from rxapp.rules.collected import COLUMNS, Kind
from rxapp.rules.identity import identity_check_character

# A region that was never given to a county: nobody can bear a number of it.
REGION = "370894"
EMPLOYER = "运河市第一人民医院"
_PROFILE = ("2018", "卫生健康", "卫生技术", "中级", "大学本科", "医师")
_GOOD = ("丁知微", "方子期", "石望舒", "余见山")
# Two people with one mobile: taken in, and the clerk is told.
_SHARING, _SHARED = ((5, "宋溪亭"), (6, "陶令仪")), "15400000066"


def write(path: Path) -> None:
    """Write the file, the same each time; nothing is done when it is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet, text = book.add_worksheet("人员"), book.add_format({"num_format": "@"})
    sheet.set_column(0, len(COLUMNS[Kind.PEOPLE]), 20, text)
    sheet.write_row(0, 0, [column.name for column in COLUMNS[Kind.PEOPLE]])
    for line, row in enumerate(_rows(), start=1):
        for place, cell in enumerate(row):
            sheet.write(line, place, cell)
    book.close()


def _rows() -> list[tuple[str | int, ...]]:
    good = [_row(name, _number(place)) for place, name in enumerate(_GOOD, start=1)]
    shared = [_row(name, _number(place), mobile=_SHARED) for place, name in _SHARING]
    return [*good, *shared, *_understood(), *_wrong()]


def _understood() -> list[tuple[str | int, ...]]:
    """Unusual, and still taken: an old short number, one in full width."""
    wide = "".join(chr(ord(each) + 0xFEE0) for each in _number(21))
    return [_row("郑小满", REGION + "850612" + "022"), _row("何清明", wide)]


def _wrong() -> list[tuple[str | int, ...]]:
    number = _number(31)
    other_end = "1" if number[-1] != "1" else "2"
    elsewhere = next(part for part in accounts.demo_accounts() if part.key == "complete")
    return [
        _row("许谷雨", number[:-1] + other_end),
        _row("吕小寒", _number(32)[:-1]),
        _row("严立夏", _number(33, "20991301")),
        _row("金芒种", int(_number(34)[:17] + "0")),
        _row("魏白露", _number(35), mobile="1540000"),
        _row("姜霜降", _number(36), employer="运河市第一人民医院分院"),
        _row("丁知微", _number(1)),
        _row(elsewhere.name, elsewhere.identity_number),
        _row("", _number(37)),
    ]


def _row(
    name: str, number: str | int, *, mobile: str = "", employer: str = EMPLOYER
) -> tuple[str | int, ...]:
    return (name, number, mobile, employer, *_PROFILE)


def _number(place: int, born: str = "19880315") -> str:
    first = f"{REGION}{born}{place:03d}"
    return first + identity_check_character(first)
