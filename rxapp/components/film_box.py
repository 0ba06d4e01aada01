"""Where a film or a package is sent in piece by piece; the page's script sends it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.bound import Text


def film_box(
    *, kind: str, target: Any, label: Text, accept: str, hint: str, testid: str
) -> rx.Component:
    """Choose a file; it goes up at once, with how far it is, and goes on after an interruption."""
    return rx.el.div(
        rx.el.label(
            label,
            rx.el.input(
                type="file", accept=accept, class_name="file-input", data_testid=testid,
                aria_describedby=f"{testid}-hint {testid}-error",
                custom_attrs={"data-rx": "film-file"},
            ),
            class_name="btn btn-primary file-button",
        ),
        rx.el.p(hint, id=f"{testid}-hint", class_name="field-hint"),
        rx.el.div(
            rx.el.p(
                role="status", custom_attrs={"data-rx-told": ""}, data_testid=f"{testid}-told"
            ),
            rx.el.progress(max=100, value=0, aria_label="上传进度", data_rx_progress=""),
            rx.el.button(
                "暂停", type="button", class_name="btn", custom_attrs={"data-rx-pause": ""},
                data_testid=f"{testid}-pause",
            ),
            cancelling(testid=f"{testid}-cancel"),
            hidden=True,
            class_name="stack",
            custom_attrs={"data-rx-uploading": ""},
        ),
        rx.el.button(
            "继续上传", type="button", hidden=True, class_name="btn",
            custom_attrs={"data-rx-again": ""}, data_testid=f"{testid}-again",
        ),
        rx.el.p(
            id=f"{testid}-error", role="alert", class_name="field-error",
            custom_attrs={"data-rx-fault": ""}, data_testid=f"{testid}-error",
        ),
        class_name="field",
        custom_attrs={"data-rx": "film", "data-kind": kind, "data-target": target},
    )  # fmt: skip


def cancelling(*, testid: str, upload: Any = None) -> rx.Component:
    """Stop an upload and let go of what came in; `upload` is one that was left half-sent."""
    known = {} if upload is None else {"data-upload": upload.id}
    return rx.el.details(
        rx.el.summary("取消上传"),
        rx.el.p("已上传的部分一并删除，需要时从头上传。"),
        rx.el.button(
            "确认取消", type="button", class_name="btn btn-danger", data_testid=testid,
            custom_attrs={"data-rx-cancel": "", **known},
        ),
        data_testid=f"{testid}-asked",
    )  # fmt: skip


def seen_button(*, testid: str, upload: Any) -> rx.Component:
    """Clear away what was said of an upload that came to nothing."""
    return rx.el.button(
        "知道了", type="button", class_name="btn", data_testid=testid,
        custom_attrs={"data-rx-cancel": "", "data-upload": upload.id},
    )  # fmt: skip


def file_button(*, to: Any, label: Text, accept: str, testid: str, max_bytes: int) -> rx.Component:
    """A button that chooses one small file, sent at once to `to`; what is wrong is said below."""
    return rx.el.div(
        rx.el.label(
            label,
            rx.el.input(
                type="file", accept=accept, class_name="file-input", data_testid=testid,
                aria_describedby=f"{testid}-error",
                custom_attrs={"data-rx": "course-file", "data-to": to, "data-most": max_bytes},
            ),
            class_name="btn file-button",
        ),
        rx.el.p(role="status", class_name="soft small", custom_attrs={"data-rx-told": ""}),
        rx.el.p(
            id=f"{testid}-error", role="alert", class_name="field-error",
            custom_attrs={"data-rx-fault": ""}, data_testid=f"{testid}-error",
        ),
        class_name="field",
        custom_attrs={"data-rx-box": ""},
    )  # fmt: skip


def refresher(on_click: Any) -> rx.Component:
    """Pressed by the script after something was sent."""
    return rx.el.button(
        "更新", type="button", hidden=True, on_click=on_click,
        custom_attrs={"data-rx": "course-refresh"},
    )  # fmt: skip
