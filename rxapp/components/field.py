"""Form fields: label, input, hint and the place where what is wrong is said."""

from __future__ import annotations

from typing import Any, Literal

import reflex as rx

from rxapp.components.bound import Flag, Items, Text, each, filled

Kind = Literal[
    "text", "tel", "email", "number", "date", "time", "month", "search", "url", "password", "file"
]


def field(
    *,
    name: str,
    label: Text,
    kind: Kind = "text",
    hint: Text = "",
    error: Text = "",
    value: Text = "",
    required: bool = True,
    autocomplete: str = "off",
    testid: str = "",
    **props: Any,
) -> rx.Component:
    """A labelled input; `value` is what it starts with, `error` a sentence or empty.

    `props` go to the input: input_mode, max_length, placeholder, read_only, on_change, …
    """
    control = rx.el.input(
        **_wiring(name, hint, error, required, testid),
        type=kind,
        default_value=value,
        auto_complete=autocomplete,
        class_name="input input-num" if kind in {"tel", "number"} else "input",
        **props,
    )
    return _framed(name, label, hint, error, required, control)


def text_area(
    *,
    name: str,
    label: Text,
    hint: Text = "",
    error: Text = "",
    value: Text = "",
    required: bool = True,
    testid: str = "",
    **props: Any,
) -> rx.Component:
    """A labelled box for several lines."""
    control = rx.el.textarea(
        **_wiring(name, hint, error, required, testid),
        default_value=value,
        class_name="input",
        **props,
    )
    return _framed(name, label, hint, error, required, control)


def password_field(
    *,
    name: str,
    label: Text,
    hint: Text = "",
    error: Text = "",
    autocomplete: str = "current-password",
    testid: str = "",
    **props: Any,
) -> rx.Component:
    """A password input with a button that shows what was typed."""
    control = rx.el.input(
        **_wiring(name, hint, error, True, testid),
        type="password",
        auto_complete=autocomplete,
        auto_capitalize="none",
        spell_check=False,
        class_name="input",
        **props,
    )
    row = rx.el.div(control, _reveal(name, testid or name), class_name="with-button")
    return _framed(name, label, hint, error, True, row)


def select_field(
    *,
    name: str,
    label: Text,
    options: Items,
    hint: Text = "",
    error: Text = "",
    value: Text = "",
    blank: str = "请选择",
    required: bool = True,
    testid: str = "",
    **props: Any,
) -> rx.Component:
    """A list to choose one from; an option is (value, label)."""
    first = [rx.el.option(blank, value="")] if blank else []
    control = rx.el.select(
        *first,
        each(options, lambda option: rx.el.option(option[1], value=option[0])),
        **_wiring(name, hint, error, required, testid),
        default_value=value,
        class_name="input",
        **props,
    )
    return _framed(name, label, hint, error, required, control)


def choice_group(
    *,
    name: str,
    label: Text,
    options: Items,
    kind: Literal["radio", "checkbox"] = "radio",
    hint: Text = "",
    error: Text = "",
    value: Text = "",
    testid: str = "",
) -> rx.Component:
    """Options all in view, one (`radio`) or several (`checkbox`) to tick; (value, label) each."""
    return rx.el.fieldset(
        rx.el.legend(label),
        _hint(name, hint),
        each(options, lambda option: _choice(name, option, kind, value, testid or name)),
        _error(name, error),
        aria_describedby=_described_by(name, hint),
        class_name="field",
        data_testid=testid or name,
    )


def checkbox(
    *, name: str, label: Any, error: Text = "", checked: Flag = False, testid: str = ""
) -> rx.Component:
    """One box to tick, with its sentence."""
    return rx.el.div(
        rx.el.label(
            rx.el.input(
                **_wiring(name, "", error, False, testid),
                type="checkbox",
                value="1",
                default_checked=checked,
            ),
            rx.el.span(label),
            class_name="choice",
        ),
        _error(name, error),
        class_name="field",
    )


def _framed(
    name: str, label: Text, hint: Text, error: Text, required: bool, control: rx.Component
) -> rx.Component:
    optional = [] if required else [rx.el.span("（选填）", class_name="field-optional")]
    return rx.el.div(
        rx.el.label(label, *optional, html_for=name),
        _hint(name, hint),
        control,
        _error(name, error),
        class_name="field",
    )


def _wiring(name: str, hint: Text, error: Text, required: bool, testid: str) -> dict[str, Any]:
    wired: dict[str, Any] = {
        "id": name,
        "name": name,
        "aria_describedby": _described_by(name, hint),
        "data_testid": testid or name,
    }
    if required:
        wired["aria_required"] = "true"
    # Left out without an error, so that the script of a plain form may set it.
    if isinstance(error, rx.Var) or error:
        wired["aria_invalid"] = filled(error, "true", "false")
    return wired


def _described_by(name: str, hint: Text) -> str:
    hinted = isinstance(hint, rx.Var) or hint
    return f"{name}-hint {name}-error" if hinted else f"{name}-error"


def _hint(name: str, hint: Text) -> Any:
    return filled(hint, rx.el.p(hint, id=f"{name}-hint", class_name="field-hint"))


def _error(name: str, error: Text) -> rx.Component:
    # Rendered even when empty: screen readers only announce what changes in a known place.
    said = [error] if isinstance(error, rx.Var) or error else []
    return rx.el.p(
        *said,
        id=f"{name}-error",
        role="alert",
        class_name="field-error",
        data_rx_error_for=name,
        data_testid=f"{name}-error",
    )


def _reveal(name: str, testid: str) -> rx.Component:
    return rx.el.button(
        "显示",
        type="button",
        class_name="btn",
        aria_label="显示密码",
        aria_pressed="false",
        aria_controls=name,
        data_rx="reveal",
        data_testid=f"{testid}-reveal",
    )


def _choice(
    name: str, option: Any, kind: Literal["radio", "checkbox"], value: Text, testid: str
) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type=kind,
            name=name,
            value=option[0],
            default_checked=value == option[0],
            data_testid=f"{testid}-{option[0]}",
        ),
        rx.el.span(option[1]),
        class_name="choice",
    )
