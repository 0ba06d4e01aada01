"""The lines of a roster, each with its days to tick, and what was put right on them."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button, more_button, search_form
from rxapp.components.cards import badge, section
from rxapp.components.export_form import export_roster
from rxapp.components.messages import empty_state
from rxapp.components.table import Column, table


def lines(state: Any, view: Any) -> rx.Component:
    """Everybody on the roster, some at a time."""
    return section(
        rx.cond(
            (view.people > 0) | (state.query != ""),
            search_form(
                label="查找人员", hint="姓名或拼音首字母", value=state.query,
                on_submit=state.search, testid="find-line",
            ),
        ),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="名册", caption_hidden=True, names_short=True,
                columns=[
                    Column("姓名"), Column("身份证号码", short=True), Column("出勤"),
                    Column("学时", numeric=True), Column("考核", short=True), Column("情况"),
                    Column("办理"),
                ],
                rows=state.rows,
                cells=lambda row: _cells(state, view, row),
                testid="lines",
            ),
            empty_state(
                title="名册中没有人员",
                text="可以导入名册，或者取入报名人员和签到记录。",
                testid="no-lines",
            ),
        ),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
        rx.cond(view.people > 0, export_roster(view.id)),
        title="名册",
        aside=rx.el.span(f"共{view.people}人", custom_attrs={"data-testid": "line-count"}),
        class_name="stack",
    )  # fmt: skip


def corrections(state: Any) -> rx.Component:
    """What was put right after posting."""
    return section(
        table(
            caption="更正记录", caption_hidden=True, names_short=True,
            columns=[
                Column("姓名"), Column("更正", short=True), Column("理由"),
                Column("办理人", short=True), Column("时间", short=True),
            ],
            rows=state.corrections,
            cells=lambda row: (row.name, row.change, row.reason, row.by, row.at),
            testid="corrections",
        ),
        title="更正记录",
    )  # fmt: skip


def plain_lines(state: Any) -> rx.Component:
    """The roster as it is printed, with a place to sign."""
    return table(
        caption="名册", caption_hidden=True, names_short=True,
        columns=[
            Column("姓名"), Column("身份证号码", short=True), Column("工作单位"),
            Column("出勤"), Column("学时", numeric=True), Column("考核", short=True),
            Column("签名"),
        ],
        rows=state.rows,
        cells=lambda row: (
            row.name, row.identity_mask, row.unit, row.attended, row.hours, row.test_label, "　",
        ),
        testid="printed",
    )  # fmt: skip


def _cells(state: Any, view: Any, row: Any) -> tuple[Any, ...]:
    said = rx.el.span(
        badge(text=row.state_label, tone=row.tone),
        rx.el.span(" ", row.source, class_name="soft small"),
        rx.cond(row.own, rx.el.span(" 您本人", class_name="small")),
        rx.cond(row.overlaps != "", rx.el.span(" ", row.overlaps, class_name="small")),
        rx.cond(row.note != "", rx.el.span(" 备注：", row.note, class_name="small")),
    )
    may = view.may_write | view.may_correct
    return (
        row.name, row.identity_mask,
        rx.cond(view.may_write, _days(state, view, row), row.attended),
        row.hours, row.test_label, said,
        rx.cond(
            may,
            button(
                rx.cond(view.may_correct, "更正", "修改"), on_click=state.open(row.id),
                testid="line-open", aria_label=rx.Var.create("办理") + row.name,
            ),
            rx.fragment(),
        ),
    )  # fmt: skip


def _days(state: Any, view: Any, row: Any) -> rx.Component:
    known = (row.days.length() > 0) | (row.attended == "没有记录")
    return rx.el.span(
        rx.foreach(
            view.days,
            lambda day: rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=row.days.contains(day.value),
                    on_change=lambda _checked: state.tick(
                        row.id, day.value, rx.cond(row.days.contains(day.value), "", "1")
                    ),
                    aria_label=row.name + rx.Var.create(" ") + day.label,
                    data_testid="tick",
                ),
                rx.el.span(day.label),
                class_name="day-tick",
            ),
        ),
        rx.cond(known, rx.fragment(), rx.el.span(row.attended, class_name="soft small")),
        class_name="day-ticks",
    )
