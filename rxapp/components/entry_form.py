"""The form in which a clerk enters a claim for somebody else."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, search_form
from rxapp.components.cards import card
from rxapp.components.claim_fields import fields
from rxapp.components.claim_files import proof
from rxapp.components.form import PlainForm, hidden
from rxapp.components.messages import notice


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
    return PlainForm.create(
        hidden(name="claim", value=view.id),
        rx.cond(
            state.entry.registered,
            rx.el.input(type="hidden", name="contest", default_value=view.typed["contest"]),
        ),
        card(*fields(view), title="填写内容", class_name="form"),
        card(
            rx.el.p(
                "照片或 PDF 均可，每份不超过10兆字节，最多9份。为多人填报的，每个人都能看到这些"
                "材料，请不要上传涉及他人隐私的内容。",
                class_name="soft",
            ),
            rx.foreach(view.needs, lambda need: proof(need, view.id)),
            title="证明材料",
            testid="proofs",
        ),
        _worth(view),
        rx.el.p(
            role="alert", class_name="form-message", data_rx_message="",
            data_testid="entry-message",
        ),
        rx.el.p(
            role="status", class_name="soft small", custom_attrs={"data-rx-kept": ""},
            data_testid="kept",
        ),
        rx.el.button(
            "更新", type="button", hidden=True, on_click=state.refresh,
            custom_attrs={"data-rx": "claim-refresh"},
        ),
        no_validate=True,
        class_name="form",
        key=view.id.to_string(),
        data_rx="claim",
        custom_attrs={"data-version": view.version, "data-save": routes.CLAIM_SAVE},
        data_testid="entry-form",
    )  # fmt: skip


def _worth(view: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            view.words != "",
            notice(
                rx.el.p(view.words, data_testid="words"),
                rx.foreach(view.limits, lambda said: rx.el.p(said)),
                tone="good",
                title="折算结果",
                testid="worth",
            ),
            rx.el.p("填写完整后，这里显示折算的学时。", class_name="soft"),
        ),
        rx.foreach(view.warnings, lambda said: notice(said, tone="warn", testid="warning")),
        class_name="stack",
        role="status",
    )
