"""Charts drawn as SVG; each stands beside a table that says the same in numbers."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.bound import Items, Number, Text, each


def share_bar(percent: Number) -> rx.Component:
    """A bar as long as a percentage; the number itself stands beside it as text."""
    return rx.el.svg(
        rx.el.svg.rect(x="0", y="0", width="100", height="10", class_name="chart-track"),
        rx.el.svg.rect(x="0", y="0", width=f"{percent}", height="10", class_name="chart-bar"),
        view_box="0 0 100 10",
        preserve_aspect_ratio="none",
        class_name="share-bar",
        aria_hidden="true",
    )


def column_chart(*, title: Text, first: Text, last: Text, items: Items) -> rx.Component:
    """Columns over time; an item has x, width, y and height in a field of 100 by 100."""
    return rx.el.div(
        rx.el.p(title, class_name="small"),
        rx.el.svg(
            each(items, _column),
            rx.el.svg.line(x1="0", y1="100", x2="100", y2="100", class_name="chart-axis"),
            view_box="0 0 100 100",
            preserve_aspect_ratio="none",
            class_name="column-chart",
        ),
        rx.el.div(rx.el.span(first), rx.el.span(last), class_name="row row-between small soft"),
        aria_hidden="true",
        class_name="chart",
    )


def _column(item: Any) -> rx.Component:
    return rx.el.svg.rect(
        x=item.x, y=item.y, width=item.width, height=item.height, class_name="chart-bar"
    )
