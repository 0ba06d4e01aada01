"""A place for one file that proves something; it goes up as soon as it is chosen."""

from __future__ import annotations

import reflex as rx


def uploader(*, purpose: str, label: str, hint: str, required: bool = True) -> rx.Component:
    """Choose or photograph one file; the page's script sends it and keeps its ticket."""
    optional = [] if required else [rx.el.span("（选填）", class_name="field-optional")]
    return rx.el.div(
        rx.el.label(label, *optional, html_for=f"{purpose}-file"),
        rx.el.p(hint, id=f"{purpose}-hint", class_name="field-hint"),
        rx.el.input(
            id=f"{purpose}-file",
            type="file",
            accept="image/*,application/pdf",
            class_name="input",
            aria_describedby=f"{purpose}-hint {purpose}-error",
            data_testid=f"{purpose}-file",
            custom_attrs={"data-rx": "evidence"},
        ),
        rx.el.input(
            type="hidden", name=purpose, default_value="", custom_attrs={"data-rx-ticket": ""}
        ),
        rx.el.p(
            role="status",
            class_name="soft",
            custom_attrs={"data-rx-told": ""},
            data_testid=f"{purpose}-told",
        ),
        # Filled by the script with a picture of the first page.
        rx.el.div(custom_attrs={"data-rx-shown": ""}, data_testid=f"{purpose}-shown"),
        rx.el.p(
            id=f"{purpose}-error",
            role="alert",
            class_name="field-error",
            data_rx_error_for=purpose,
            data_testid=f"{purpose}-error",
        ),
        class_name="field",
        custom_attrs={"data-rx-upload": purpose},
    )
