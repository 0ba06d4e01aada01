"""Taking a list out as a workbook: masked, or with full numbers for a reason that is recorded."""

from __future__ import annotations

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.field import checkbox, field
from rxapp.components.form import PlainForm


def export_people() -> rx.Component:
    """The people of one's own subtree; open only where somebody may export."""
    return _export(
        checkbox(name="full", label="导出完整的身份证号码和手机号码", testid="export-full"),
        field(
            name="reason", label="导出完整号码的理由", required=False, max_length=100,
            hint="导出完整号码时必填，会记入操作日志，本人可以看到", testid="export-reason",
        ),
        action=routes.EXPORT_PEOPLE,
        hint="导出本单位及下级单位的全部人员，号码隐去中间各位。",
    )  # fmt: skip


def export_organisations() -> rx.Component:
    """The organisations of one's own subtree."""
    return _export(action=routes.EXPORT_ORGANISATIONS, hint="导出本单位及下级单位的全部机构。")


def _export(*fields: rx.Component, action: str, hint: str) -> rx.Component:
    return rx.el.details(
        rx.el.summary("导出名单", class_name="btn", data_testid="export-open"),
        PlainForm.create(
            rx.el.p(
                role="alert", class_name="form-message", data_rx_message="",
                data_testid="export-message",
            ),
            rx.el.p(hint, class_name="soft"),
            *fields,
            button("导出 Excel", type="submit", kind="primary", testid="export-submit"),
            action=action,
            method="post",
            no_validate=True,
            class_name="form card",
            data_rx="export",
            data_testid="export",
        ),
        class_name="export no-print",
    )  # fmt: skip
