"""The fields of a claim: only those its category asks for."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.field import field, select_field, text_area


def fields(view: Any) -> list[Any]:
    """Every field there can be, each shown when the rule asks for it."""
    return [
        _when(view, "title", _text(view, "title", "名称", "写证书、文件或成果上的名称", 120)),
        _when(
            view, "organiser",
            _text(view, "organiser", "组织单位", "培训通知上的举办单位，写全称", 120),
        ),
        _when(view, "earned_on", _day(view)),
        _when(view, "level", _choice(view, "level", "级别", view.levels)),
        _when(view, "subject", _choice(view, "subject", "计入科目", view.subjects)),
        _when(view, "rank", _number(view, "rank", "本人位次", "您在作者或完成人中排第几位", 3)),
        _when(view, "units", _number(view, "units", view.unit, "", 12)),
        _when(view, "filed", _number(view, "filed", "证明材料上的学时", "1学时为45分钟", 8)),
        _when(view, "days", _number(view, "days", "培训天数", "", 3)),
        _when(view, "added", _number(view, "added", view.addition, "没有的不填", 5, blank=True)),
        _when(
            view,
            "year",
            rx.cond(view.years.length() > 0, _choice(view, "year", "计入年度", view.years)),
        ),
        _when(
            view, "proof_number",
            _text(view, "proof_number", "证书编号", "证书或文件上的编号", 60, blank=True),
        ),
        _when(view, "note", _note(view)),
    ]  # fmt: skip


def _when(view: Any, name: str, shown: Any) -> Any:
    return rx.cond(view.asked.contains(name), shown)


def _text(
    view: Any, name: str, label: str, hint: str, most: int, *, blank: bool = False
) -> rx.Component:
    return field(
        name=name, label=label, hint=hint, value=view.typed[name], error=view.remarks[name],
        required=not blank, max_length=most, testid=f"claim-{name}",
    )  # fmt: skip


def _number(
    view: Any, name: str, label: Any, hint: str, most: int, *, blank: bool = False
) -> rx.Component:
    return field(
        name=name, label=label, hint=hint, value=view.typed[name], error=view.remarks[name],
        required=not blank, max_length=most, input_mode="decimal", testid=f"claim-{name}",
    )  # fmt: skip


def _day(view: Any) -> rx.Component:
    return field(
        name="earned_on", label="取得日期", kind="date", value=view.typed["earned_on"],
        error=view.remarks["earned_on"], testid="claim-earned_on",
        hint="证明材料上的日期；培训的写最后一天",
    )  # fmt: skip


def _choice(view: Any, name: str, label: str, options: Any) -> rx.Component:
    return select_field(
        name=name, label=label, value=view.typed[name], error=view.remarks[name],
        options=options, testid=f"claim-{name}",
    )  # fmt: skip


def _note(view: Any) -> rx.Component:
    return text_area(
        name="note", label="说明", value=view.typed["note"], error=view.remarks["note"],
        required=False, max_length=400, testid="claim-note",
    )  # fmt: skip
