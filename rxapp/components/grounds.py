"""A form for one act of a bureau, with its reason and its legal basis."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button
from rxapp.components.field import field, text_area
from rxapp.rules.cases import BASIS, LONGEST_BASIS, LONGEST_REASON


def act_form(
    *before: Any, key: str, title: str, explained: str, submit_label: str, errors: Any,
    on_submit: Any, turns: Any, reason: str = "理由", reason_name: str = "reason",
    most: int = LONGEST_REASON, basis: bool = True, kind: str = "primary",
) -> rx.Component:  # fmt: skip
    """One act behind its title; `turns` counts by key how often it was done: then it begins anew.

    Another act that is half filled in stays as it is.
    """
    grounds = field(
        name=f"{key}_basis", label="依据", value=BASIS, max_length=LONGEST_BASIS,
        error=errors[f"{key}_basis"],
    )  # fmt: skip
    return rx.el.details(
        rx.el.summary(title, data_testid=f"{key}-open"),
        rx.el.form(
            rx.el.p(explained, class_name="soft"),
            *before,
            text_area(
                name=f"{key}_{reason_name}", label=reason, max_length=most,
                error=errors[f"{key}_{reason_name}"],
            ),
            grounds if basis else rx.fragment(),
            button(submit_label, type="submit", kind=kind, testid=f"{key}-submit"),
            on_submit=on_submit,
            no_validate=True,
            class_name="form",
            data_testid=f"{key}-form",
        ),
        key=f"{key}-{turns[key]}",
        class_name="card act no-print",
        data_testid=f"{key}-act",
    )  # fmt: skip
