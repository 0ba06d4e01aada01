"""Forms sent over plain HTTP: the script of the page sends them and says what is wrong."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.vars.base import Var
from reflex_components_core.el.elements.base import BaseHTML

from rxapp.components.actions import button


class PlainForm(BaseHTML):
    """A form element without the framework's own submit handling, which would swallow the post."""

    tag = "form"
    action: Var[str]
    method: Var[str]
    no_validate: Var[bool]


def post_form(
    *children: Any,
    action: str,
    submit_label: str,
    testid: str,
    kind: str = "primary btn-block",
) -> rx.Component:
    """A form posted to `action`; the script fills its message area and its fields' errors."""
    return PlainForm.create(
        rx.el.p(
            role="alert",
            class_name="form-message",
            data_rx_message="",
            data_testid=f"{testid}-message",
        ),
        *children,
        button(submit_label, type="submit", kind=kind, testid=f"{testid}-submit"),
        action=action,
        method="post",
        # The sentences are ours and in Chinese; the browser's own bubbles are not.
        no_validate=True,
        class_name="form",
        data_rx="form",
        data_testid=testid,
    )


def hidden(*, name: str, value: str | rx.Var) -> rx.Component:
    """A value sent along unseen."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)
