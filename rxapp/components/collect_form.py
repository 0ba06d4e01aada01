"""The forms that send a table in, with the progress of its upload."""

from __future__ import annotations

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.bound import Flag, either
from rxapp.components.field import choice_group, field
from rxapp.components.form import PlainForm, hidden

KINDS = (("people", "人员"), ("organisations", "单位"))


def collect_form(*, organisations_too: Flag) -> rx.Component:
    """A file to choose and its kind; the script sends it as it is and says how far it got."""
    return table_form(
        either(
            organisations_too,
            choice_group(name="kind", label="导入内容", options=KINDS, value="people"),
            hidden(name="kind", value="people"),
        ),
        action=routes.COLLECT_UPLOAD,
        label="文件",
        hint="Excel 工作簿或 CSV 文件，不超过32兆字节、20万行；上传后先核对，确认后才导入",
    )


def table_form(
    *fields: rx.Component, action: str, label: str, hint: str, send: str = "上传并核对",
    kind: str = "primary", testid: str = "collect",
) -> rx.Component:  # fmt: skip
    """A workbook or CSV file to choose, sent to `action` with what stands beside it."""
    return PlainForm.create(
        rx.el.p(
            role="alert", class_name="form-message", data_rx_message="",
            data_testid=f"{testid}-message",
        ),
        *fields,
        field(name="file", label=label, kind="file", accept=".xlsx,.csv", hint=hint),
        rx.el.div(
            rx.el.progress(max=100, value=0, aria_label="上传进度", data_rx_progress=""),
            hidden=True,
            class_name="progress",
            data_rx_uploading="",
        ),
        button(send, type="submit", kind=kind, testid=f"{testid}-submit"),
        action=action,
        method="post",
        no_validate=True,
        class_name="form",
        data_rx="collect",
        data_testid=testid,
    )  # fmt: skip
