"""The form in which a clerk enters a claim for somebody else."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button, search_form
from rxapp.components.cards import card
from rxapp.components.claim_form import claim_form


def contest_card(state: Any) -> rx.Component:
    """Finding a recognised contest; what is chosen is put into the form and kept."""
    return card(
        search_form(
            label="查找竞赛", hint="竞赛名称", on_submit=state.find_contest, testid="contest-find"
        ),
        rx.el.p(
            state.field_errors["q"], class_name="field-error", role="alert",
            data_testid="contest-error",
        ),
        rx.el.ul(
            rx.foreach(
                state.contests,
                lambda one: rx.el.li(
                    button(
                        one.name, rx.el.span("（", one.level_label, "，", one.year, "）"),
                        testid="contest-choice",
                        custom_attrs={
                            "data-rx": "claim-set", "data-name": "contest", "data-value": one.id,
                        },
                    )
                ),
            ),
            class_name="choices",
        ),
        rx.cond(
            state.entry.contest != "",
            rx.el.p(
                "已选择：", rx.el.b(state.entry.contest, data_testid="contest-chosen"),
                role="status",
            ),
        ),
        title="竞赛",
    )  # fmt: skip


def entry_form(state: Any, view: Any) -> rx.Component:
    """The fields the category asks for and its proofs; the script keeps what is typed."""
    return claim_form(
        state, view, name="entry",
        note="为多人填报的，每个人都能看到这些材料，请不要上传涉及他人隐私的内容。",
    )  # fmt: skip
