"""Finding an organisation and choosing it from the few that fit."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button, search_form
from rxapp.components.bound import Flag, Items, Text, each


def chooser(
    *, label: str, on_search: Any, on_choose: Any, choices: Items, searched: Flag,
    chosen_name: Text, testid: str, hint: str = "名称、拼音首字母或统一社会信用代码",
) -> rx.Component:  # fmt: skip
    """A search box, at most ten results to press, and what was chosen.

    A choice has `id`, `name` and `above`; `on_choose` takes the id. A form of its own: never put
    it inside another form.
    """
    return rx.el.div(
        rx.el.p(rx.el.b(label), class_name="choose-label"),
        search_form(label=label, hint=hint, on_submit=on_search, testid=testid),
        rx.cond(
            choices.length() > 0,  # type: ignore[union-attr]
            rx.el.ul(
                each(choices, lambda row: rx.el.li(_choice(row, on_choose, testid))),
                class_name="choices",
            ),
            rx.cond(
                searched,
                rx.el.p("没有找到，请换一个词再查。", class_name="soft", role="status"),
            ),
        ),
        rx.cond(
            chosen_name != "",
            rx.el.p(
                "已选择：",
                rx.el.b(chosen_name, data_testid=f"{testid}-chosen"),
                role="status",
            ),
        ),
        class_name="stack choose",
    )


def _choice(row: Any, on_choose: Any, testid: str) -> rx.Component:
    return button(
        rx.el.span(row.name),
        rx.cond(row.above != "", rx.el.span("（", row.above, "）", class_name="soft small")),
        on_click=on_choose(row.id),
        testid=f"{testid}-choice",
    )
