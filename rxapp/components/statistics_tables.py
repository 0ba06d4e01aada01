"""The tables of 完成情况: hours by source, offices below, groups of people, weeks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from rxapp.components.actions import link
from rxapp.components.charts import share_bar
from rxapp.components.messages import empty_state
from rxapp.components.table import Column, table

COUNTED = (
    Column("应学", numeric=True), Column("已激活", numeric=True), Column("已学习", numeric=True),
    Column("已完成", numeric=True), Column("未完成", numeric=True),
    Column("完成比例", numeric=True), Column("学时合计", numeric=True),
)  # fmt: skip


def hours_table(rows: Any) -> rx.Component:
    """The hours that came from each source, by bucket."""
    return table(
        caption="学时来源",
        caption_hidden=True,
        columns=[
            Column("来源"), Column("公需必修", numeric=True), Column("公需选修", numeric=True),
            Column("专业", numeric=True), Column("合计", numeric=True),
        ],
        rows=rows,
        cells=lambda row: (
            row.label, row.required, row.elective, row.professional,
            rx.el.span(
                rx.cond(row.percent > 0, share_bar(row.percent)), rx.el.b(row.total),
                class_name="share",
            ),
        ),
        testid="hours",
    )  # fmt: skip


def below_table(rows: Any, *, address: Callable[[Any], Any]) -> rx.Component:
    """The offices below, each leading on to its own figures."""
    return rx.cond(
        rows.length() > 0,
        table(
            caption="下级单位",
            caption_hidden=True,
            columns=[Column("单位"), *COUNTED],
            rows=rows,
            cells=lambda row: (
                link(row.name, href=address(row), testid="below-unit"),
                *_counted(row.count),
            ),
            testid="below",
        ),
        empty_state(
            title="没有这一类单位", text="没有应学人员和学时的单位不列出。", testid="no-below"
        ),
    )


def groups_table(rows: Any, *, label: str) -> rx.Component:
    """People by field or by title level."""
    return rx.cond(
        rows.length() > 0,
        table(
            caption=label,
            caption_hidden=True,
            columns=[Column(label), *COUNTED],
            rows=rows,
            cells=lambda row: (row.label, *_counted(row.count)),
            testid="groups",
        ),
        empty_state(title="没有应学人员", text="有应学人员后，显示在这里。"),
    )


def weeks_table(rows: Any) -> rx.Component:
    """Who activated and completed in each week, and the hours earned."""
    return table(
        caption="每周",
        caption_hidden=True,
        columns=[
            Column("周"), Column("激活人数", numeric=True), Column("完成人数", numeric=True),
            Column("学时", numeric=True),
        ],
        rows=rows,
        cells=lambda row: (row.label, row.activated, row.complete, row.hours),
        testid="weeks",
    )  # fmt: skip


def share(text: Any, percent: Any) -> rx.Component:
    """A share as a bar with its number beside it."""
    return rx.el.span(share_bar(percent), rx.el.span(text), class_name="share")


def _counted(count: Any) -> tuple[Any, ...]:
    return (
        count.owing, count.activated, count.studying, count.complete, count.behind,
        share(count.share, count.percent), count.hours,
    )  # fmt: skip
