"""Rings: how far a year's hours have come, each with its number in text."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import link_button
from rxapp.components.bound import Items, Number, Text, classes, each, filled

# The arc is dashed against a path declared 100 long, so that a percentage is a length.
_CIRCLE = {"cx": "50", "cy": "50", "r": "45", "path_length": 100}


def ring(
    *,
    label: Text,
    have: Text,
    need: Text,
    percent: Number,
    kind: Text = "total",
    note: Text = "",
) -> rx.Component:
    """One ring; `have` and `need` are hours as text, `percent` is 100 only when reached.

    `kind` is public, professional, total or period; `note` is the line below, such as 还差 8 学时.
    """
    return rx.el.div(
        rx.el.div(_dial(percent), _number(have, need), class_name="ring-dial"),
        rx.el.p(label, class_name="ring-label"),
        filled(note, rx.el.p(note, class_name="ring-note")),
        role="img",
        aria_label=f"{label}：已有 {have} 学时，应有 {need} 学时。{note}",
        class_name=classes("ring", f"ring-{kind}"),
        data_percent=f"{percent}",
        data_testid=f"ring-{kind}",
    )


def rings(*, items: Items) -> rx.Component:
    """Rings side by side; an item has bucket, label, have, need, percent and note."""
    return rx.el.div(each(items, _ring_of), class_name="rings", data_testid="rings")


def next_step(
    *, text: Text, href: Text = "", action: Text = "", testid: str = "next-step"
) -> rx.Component:
    """One sentence on what to do next, with the button that leads there."""
    return rx.el.div(
        rx.el.p(text),
        filled(href, link_button(action, href=href, kind="primary", testid=f"{testid}-go")),
        class_name="next-step",
        data_testid=testid,
    )


def _ring_of(item: Any) -> rx.Component:
    return ring(
        label=item.label,
        have=item.have,
        need=item.need,
        percent=item.percent,
        kind=item.bucket,
        note=item.note,
    )


def _dial(percent: Number) -> rx.Component:
    return rx.el.svg(
        rx.el.svg.circle(**_CIRCLE, class_name="ring-track"),
        rx.el.svg.circle(
            **_CIRCLE, class_name="ring-arc", custom_attrs={"strokeDasharray": f"{percent} 100"}
        ),
        view_box="0 0 100 100",
        aria_hidden="true",
    )


def _number(have: Text, need: Text) -> rx.Component:
    return rx.el.div(rx.el.b(have), rx.el.span("/ ", need), class_name="ring-number")
