"""Choosing a contest from the register; what is chosen goes into the claim's form."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button, search_form
from rxapp.components.cards import card


def contest_search(state: Any, view: Any) -> rx.Component:
    """A search box of its own, never inside the claim's form, and the contest that was chosen."""
    return card(
        rx.el.p(
            "竞赛须由行业主管部门组织、人力资源社会保障部门认可，从登记中选择。", class_name="soft"
        ),
        search_form(
            label="查找竞赛", hint="竞赛名称或拼音首字母", on_submit=state.find_contest,
            testid="contest-search",
        ),
        rx.cond(
            state.found.length() > 0,
            rx.el.ul(
                rx.foreach(state.found, lambda row: rx.el.li(_choice(row))), class_name="choices"
            ),
            rx.cond(
                state.searched,
                rx.el.p("没有找到，请换一个词，或申请登记。", class_name="soft", role="status"),
            ),
        ),
        rx.el.p(
            rx.cond(
                view.contest != "",
                rx.fragment("已选择：", rx.el.b(view.contest, data_testid="contest-chosen")),
                "尚未选择竞赛。",
            ),
            role="status",
        ),
        link_button("没有列出，申请登记", href=routes.CLAIM_CONTEST, testid="to-contests"),
        title="选择竞赛",
        testid="contest-card",
    )  # fmt: skip


def _choice(row: Any) -> rx.Component:
    return rx.el.button(
        rx.el.span(row.name, class_name="block"),
        rx.el.span(
            f"{row.level_label}，{row.year}年，{row.organiser}", class_name="soft small block"
        ),
        type="button",
        class_name="btn rule-choice",
        custom_attrs={"data-rx": "claim-set", "data-name": "contest", "data-value": row.id},
        data_testid="contest-choice",
    )
