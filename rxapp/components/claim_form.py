"""A claim being filled in, by its owner or a clerk for him; the script keeps what is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card
from rxapp.components.claim_fields import fields
from rxapp.components.claim_files import proof
from rxapp.components.form import PlainForm, hidden
from rxapp.components.messages import notice


def claim_form(
    state: Any, view: Any, *, note: str, name: str, before: Sequence[Any] = (),
    end: Sequence[Any] = (), **props: Any,
) -> rx.Component:  # fmt: skip
    """The fields the category asks for, the proofs, what it comes to; `name` begins the test ids.

    `note` is said above the proofs, `before` stands first, `end` below the message.
    """
    return PlainForm.create(
        hidden(name="claim", value=view.id),
        # Set by the script when a contest is chosen outside the form.
        rx.cond(
            view.asked.contains("contest"),
            rx.el.input(type="hidden", name="contest", default_value=view.typed["contest"]),
        ),
        *before,
        card(*fields(view), title="填写内容", class_name="form"),
        card(
            rx.el.p("照片或 PDF 均可，每份不超过10兆字节，最多9份。", note, class_name="soft"),
            rx.foreach(view.needs, lambda need: proof(need, view.id)),
            title="证明材料",
            testid="proofs",
        ),
        _worth(view),
        rx.el.p(
            role="alert", class_name="form-message", data_rx_message="",
            data_testid=f"{name}-message",
        ),
        *end,
        rx.el.p(
            role="status", class_name="soft small", custom_attrs={"data-rx-kept": ""},
            data_testid="kept",
        ),
        # Pressed by the script after something was kept.
        rx.el.button(
            "更新", type="button", hidden=True, on_click=state.refresh,
            custom_attrs={"data-rx": "claim-refresh"},
        ),
        no_validate=True,
        class_name="form",
        # Another claim is another form: nothing typed in one may stay standing in the next.
        key=view.id.to_string(),
        data_rx="claim",
        custom_attrs={"data-version": view.version, "data-save": routes.CLAIM_SAVE},
        data_testid=f"{name}-form",
        **props,
    )  # fmt: skip


def _worth(view: Any) -> rx.Component:
    """What it comes to so far, and what stands against it."""
    return rx.el.div(
        rx.cond(
            view.words != "",
            notice(
                rx.el.p(view.words, data_testid="words"),
                rx.cond(view.effect != "", rx.el.p(view.effect, data_testid="effect")),
                rx.foreach(view.limits, lambda said: rx.el.p(said, data_testid="limit")),
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
