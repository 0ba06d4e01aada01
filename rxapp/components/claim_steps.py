"""What was filled in on a claim, and every word that was said on it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.table import Column, table


def pairs(lines: Any) -> rx.Component:
    """What was filled in, name beside value."""
    return rx.el.dl(
        rx.foreach(lines, lambda line: rx.el.div(rx.el.dt(line.label), rx.el.dd(line.text))),
        class_name="pairs",
        data_testid="lines",
    )


def steps(rows: Any) -> rx.Component:
    """Who said what for which office, and when: who decides answers for it."""
    return table(
        caption="办理过程", caption_hidden=True,
        columns=[
            Column("时间", short=True), Column("环节", short=True), Column("办理", short=True),
            Column("单位"), Column("办理人", short=True), Column("学时", short=True),
            Column("理由"),
        ],
        rows=rows,
        cells=lambda row: (
            row.at, row.step, row.act, row.office, row.who, row.hours, row.note
        ),
        testid="steps",
    )  # fmt: skip
