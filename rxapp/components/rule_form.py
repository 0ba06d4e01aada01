"""The form of a rule of conversion: each field is kept as soon as it is left."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.field import field, select_field, text_area
from rxapp.rules.conversion_forms import SUBJECTS, TEXTS
from rxapp.rules.conversions import Method

METHODS = [(method.value, method.label) for method in Method]
LEVELS_HINT = (
    "一行一个级别，名称后空一格写学时，例如“国家级 30”。按位次的，依次写第一名、第二名……的学时，"
    "例如“国家级 64 56 48”。"
)
EVIDENCE_HINT = (
    "一行一种。可以不传的，后面写“（选填）”；有了它就不需要其他材料的，后面写“（单独即可）”。"
)


def rule_fields(state: Any, view: Any) -> rx.Component:
    """Every field, and only those the way of computing needs."""
    method = state.typed["method"]
    by_level = (method == "by_level") | (method == "by_rank")
    return rx.fragment(
        _group(
            "名称和科目",
            _text(state, "name", "名称"),
            _text(state, "category", "类别", hint="同一类别的规则排在一起，可以共用类别上限"),
            _subjects(state),
            _text(state, "basis", "依据", hint="文件名称和条款"),
            _tick(state, "reference", "参考标准，待市人社局确认"),
        ),
        _group(
            "折算方式",
            rx.cond(
                view.registered,
                rx.el.p("竞赛按登记的级别折算。", class_name="soft"),
                select_field(
                    name="method", label="折算方式", options=METHODS, blank="",
                    value=state.typed["method"], error=state.field_errors["method"],
                    on_change=lambda value: state.keep("method", value), testid="method",
                ),
            ),
            rx.cond(method == "fixed", _hours(state, "hours", "每项学时")),
            rx.cond(by_level, _box(state, "levels", "级别和学时", LEVELS_HINT)),
            rx.cond(method == "per_unit", _unit(state)),
            rx.cond(
                method == "as_filed",
                rx.el.p("由申报人填写证明材料上的学时，不超过下面的上限。", class_name="soft"),
            ),
            _hours(state, "first_persons", "只计前几名", hint="不限名次的留空", required=False),
        ),
        _group(
            "另加学时",
            _text(state, "addition_label", "另加的内容", hint="例如“提交论文”，没有的留空",
                  required=False),
            _hours(state, "addition_least", "最少另加", required=False),
            _hours(state, "addition_most", "最多另加", required=False),
        ),
        _group(
            "上限",
            _hours(state, "cap_day", "每天上限", hint="填写后，申报时须填天数", required=False),
            _hours(state, "cap_achievement", "每项上限", required=False),
            _hours(state, "cap_year", "每年上限", hint="这条规则一年的合计", required=False),
            _hours(state, "cap_category", "类别上限", hint="这个类别一年的合计", required=False),
            _tick(state, "highest_only", "同一年度有多项的，只计最高的一项"),
        ),
        _group(
            "年度",
            _hours(state, "spread_years", "可选年度数",
                   hint="填1，计入取得的当年；填2以上，由本人在当年和其后的年度中选择一年，"
                   "一项成果只计一次"),
            _hours(state, "earned_from", "起始年度", hint="没有限制的留空", required=False),
            _hours(state, "earned_until", "截止年度", hint="没有限制的留空", required=False),
        ),
        _group(
            "证明材料和须知",
            _box(state, "evidence", "证明材料", EVIDENCE_HINT),
            text_area(
                **_wired(state, "advice"), label="填报须知", required=False,
                hint="显示在申报页面上，没有的留空",
            ),
        ),
    )  # fmt: skip


def _unit(state: Any) -> rx.Component:
    return rx.fragment(
        _text(state, "unit_label", "计量的内容", hint="例如“本人撰写字数”“实际授课学时”"),
        _hours(state, "unit_size", "每多少计一次", hint="例如每 10000 字，填 10000；授课填 1"),
        _hours(state, "unit_hours", "每次学时"),
        _tick(state, "unit_whole", "不足一次的部分不计"),
    )


def _group(title: str, *children: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(rx.el.h3(title)),
        rx.el.div(*children, class_name="field-grid"),
        class_name="field-group",
    )


def _subjects(state: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p("计入的科目", id="subjects-label", class_name="choose-label"),
        rx.el.div(
            *[_tick(state, name, subject.label) for name, subject in SUBJECTS.items()],
            role="group",
            aria_labelledby="subjects-label",
            aria_describedby="subjects-error",
            class_name="row",
        ),
        rx.el.p(
            state.field_errors["subjects"], id="subjects-error", role="alert",
            class_name="field-error", data_testid="subjects-error",
        ),
        class_name="field wide",
    )  # fmt: skip


def _tick(state: Any, name: str, label: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            default_checked=state.typed[name] == "1",
            on_change=lambda on: state.keep(name, rx.cond(on, "1", "")),
            data_testid=name,
        ),
        rx.el.span(label),
        class_name="choice",
    )


def _text(
    state: Any, name: str, label: str, *, hint: str = "", required: bool = True
) -> rx.Component:
    return field(**_wired(state, name), label=label, hint=hint, required=required)


def _hours(
    state: Any, name: str, label: str, *, hint: str = "", required: bool = True
) -> rx.Component:
    return field(
        **_wired(state, name), label=label, hint=hint, required=required, input_mode="decimal"
    )


def _box(state: Any, name: str, label: str, hint: str) -> rx.Component:
    return text_area(**_wired(state, name), label=label, hint=hint, rows="6")


def _wired(state: Any, name: str) -> dict[str, Any]:
    return {
        "name": name, "value": state.typed[name], "error": state.field_errors[name],
        "max_length": TEXTS[name], "on_blur": lambda value: state.keep(name, value),
        "testid": name,
    }  # fmt: skip
