"""期限设置: the city's own periods."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.cards import card
from rxapp.components.field import field
from rxapp.components.form import hidden
from rxapp.components.messages import done_box, error_box, loading
from rxapp.pages.desking import staffed
from rxapp.rules.city_values import RULES, CityValue
from rxapp.state.auditing import ValuesState


def page() -> rx.Component:
    """Each period in a small form of its own."""
    state: Any = ValuesState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(*[_value(state, key.value) for key in RULES], class_name="stack-wide"),
            loading(),
        ),
        title="期限设置",
        active=routes.DESK_VALUES,
        intro="全市统一的期限，修改后即时生效，并记入操作日志。",
    )


def _value(state: Any, key: str) -> rx.Component:
    rule = RULES[CityValue(key)]
    return card(
        rx.el.form(
            hidden(name="key", value=key),
            field(
                name=key, label=f"{rule.label}（{rule.unit}）", value=state.typed[key],
                hint=f"{rule.hint}可填{rule.least}至{rule.most}{rule.unit}。",
                error=state.field_errors[key], input_mode="numeric", max_length=4, testid=key,
            ),
            button("保存", type="submit", testid=f"{key}-save"),
            # A new key after each save, so that the shown value is the kept one.
            key=f"{key}-{state.versions[key]}",
            on_submit=state.save,
            no_validate=True,
            class_name="form",
            data_testid=f"{key}-form",
        )
    )  # fmt: skip
