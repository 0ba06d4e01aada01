"""A place for one file that proves something; it goes up as soon as it is chosen."""

from __future__ import annotations

import reflex as rx


def uploader(
    *, purpose: str, label: str, hint: str, required: bool = True, name: str = ""
) -> rx.Component:
    """Choose or photograph one file; the page's script sends it and keeps its ticket.

    `name` is what the ticket is sent as, where a form has several files of one purpose.
    """
    name = name or purpose
    optional = [] if required else [rx.el.span("（选填）", class_name="field-optional")]
    return rx.el.div(
        rx.el.label(label, *optional, html_for=f"{name}-file"),
        rx.el.p(hint, id=f"{name}-hint", class_name="field-hint"),
        rx.el.input(
            id=f"{name}-file",
            type="file",
            accept="image/*,application/pdf",
            class_name="input",
            aria_describedby=f"{name}-hint {name}-error",
            data_testid=f"{name}-file",
            custom_attrs={"data-rx": "evidence"},
        ),
        rx.el.input(
            type="hidden", name=name, default_value="", custom_attrs={"data-rx-ticket": ""}
        ),
        rx.el.p(
            role="status",
            class_name="soft",
            custom_attrs={"data-rx-told": ""},
            data_testid=f"{name}-told",
        ),
        # Filled by the script with a picture of the first page.
        rx.el.div(custom_attrs={"data-rx-shown": ""}, data_testid=f"{name}-shown"),
        rx.el.p(
            id=f"{name}-error",
            role="alert",
            class_name="field-error",
            data_rx_error_for=name,
            data_testid=f"{name}-error",
        ),
        class_name="field",
        custom_attrs={"data-rx-upload": purpose},
    )
