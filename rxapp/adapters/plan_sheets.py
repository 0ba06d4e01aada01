"""A plan's classes as people send them in a table, and the empty table to fill in."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rxapp.adapters import sheets_in, sheets_out
from rxapp.errors import Invalid
from rxapp.rules import plans
from rxapp.rules.plans import CHOICES, COLUMNS, EXAMPLE, HEADING_WITHIN

TEMPLATE_ROWS = 500


def read(path: Path, *, name: str) -> list[tuple[int, dict[str, str]]]:
    """Every class of the table with its line; Invalid with one sentence when it is none."""
    best: dict[str, int] = {}
    for lines in sheets_in.read_tables(path, name=name):
        for _, cells in islice(lines, HEADING_WITHIN):
            places = plans.find_places(cells)
            if plans.is_heading(places):
                return _rows(lines, places)
            best = max(best, places, key=len)
    raise Invalid(
        {"file": f"这不像是年度培训计划表，没有找到列：{plans.missing(best)}。请使用模板填写。"}
    )


def write_template(path: Path) -> None:
    """An empty table with its heading, an example that is left out on the way in, and hints."""
    with sheets_out.workbook(path, "年度培训计划", "填写说明") as (table, hints):
        table.heading([names[0] for names, _, _ in COLUMNS.values()])
        first, *rest = [example for _, _, example in COLUMNS.values()]
        table.row([EXAMPLE + first, *rest])
        for place, key in enumerate(COLUMNS):
            if key in CHOICES:
                table.sheet.data_validation(
                    1, place, TEMPLATE_ROWS, place,
                    {"validate": "list", "source": list(CHOICES[key]), "error_type": "warning",
                     "error_title": "请从列表中选择", "error_message": "所填内容不在列表中。"},
                )  # fmt: skip
        hints.sheet.set_column(0, 1, 40)
        hints.row(["列名", "怎样填写"])
        for key, (names, hint, _) in COLUMNS.items():
            offered = f"：{'、'.join(CHOICES[key])}" if key == "field" else ""
            hints.row([names[0], f"{hint}{offered}"])
        hints.row(["", f"名称以“{EXAMPLE}”开头的行导入时自动跳过，可以删除。"])


def _rows(
    lines: Iterator[tuple[int, tuple[str, ...]]], places: dict[str, int]
) -> list[tuple[int, dict[str, str]]]:
    found = []
    for line, cells in lines:
        values = {
            key: cells[place].strip() if place < len(cells) else ""
            for key, place in places.items()
        }  # fmt: skip
        if any(values.values()) and not values["title"].startswith(EXAMPLE):
            found.append((line, values))
        if len(found) > plans.MOST_ITEMS:
            raise Invalid({"file": f"文件超过{plans.MOST_ITEMS}行，请分成几个文件导入。"})
    return found
