"""What is said of a contest: the same fields for whoever proposes it and for the bureau."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.field import field, select_field, text_area
from rxapp.rules.contests import LEVELS, LONGEST_NAME, LONGEST_NOTE

OPTIONS = list(LEVELS.items())


def contest_fields(*, errors: Any, chosen: Any = None, note: bool = True) -> rx.Component:
    """Name, level, organiser, year and a remark; `chosen` is a contest to begin with."""
    said = {name: getattr(chosen, name) if chosen is not None else "" for name in
            ("name", "level", "organiser", "year")}  # fmt: skip
    return rx.fragment(
        field(
            name="name", label="竞赛全称", value=said["name"], error=errors["name"],
            hint="与文件或证书上的名称一致，写明届次", max_length=LONGEST_NAME,
            testid="contest-name",
        ),
        select_field(
            name="level", label="级别", options=OPTIONS, value=said["level"],
            error=errors["level"], testid="contest-level",
        ),
        field(
            name="organiser", label="组织竞赛的行业主管部门", value=said["organiser"],
            error=errors["organiser"], max_length=LONGEST_NAME, testid="contest-organiser",
        ),
        field(
            name="year", label="举办年度", value=said["year"], error=errors["year"],
            input_mode="numeric", max_length=4, testid="contest-year",
        ),
        text_area(
            name="note", label="说明", required=False, error=errors["note"],
            hint="例如通知的文号，便于核实", max_length=LONGEST_NOTE, testid="contest-note",
        ) if note else rx.fragment(),
    )  # fmt: skip
