"""Taking a list out as a workbook: masked, or with full numbers for a reason that is recorded."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.field import checkbox, field
from rxapp.components.form import PlainForm, hidden
from rxapp.components.messages import error_box
from rxapp.state.exporting import ExportState


def export_people() -> rx.Component:
    """The people of one's own subtree."""
    return _export(
        checkbox(name="full", label="导出完整的身份证号码和手机号码", testid="export-full"),
        field(
            name="reason", label="导出完整号码的理由", required=False, max_length=100,
            hint="导出完整号码时必填，会记入操作日志，本人可以看到", testid="export-reason",
        ),
        kind="people",
        action=routes.EXPORT_PEOPLE,
    )  # fmt: skip


def export_organisations() -> rx.Component:
    """The organisations of one's own subtree."""
    return _export(kind="organisations", action=routes.EXPORT_ORGANISATIONS)


def export_audit(wanted: Any) -> rx.Component:
    """The records that the screen's filters show, and the older ones they fit."""
    names = ("person", "action", "kind", "office", "first", "last")
    filters = [hidden(name=name, value=wanted[name]) for name in names]
    return _bare(*filters, label="导出 Excel", action=routes.EXPORT_AUDIT)


def export_behind(organisation_id: Any, year: Any) -> rx.Component:
    """Who of one employer is behind in a year."""
    chosen = (
        hidden(name="organisation_id", value=organisation_id),
        hidden(name="year", value=year),
    )
    return _bare(*chosen, label="导出 Excel", action=routes.EXPORT_BEHIND)


def export_statistics(organisation_id: Any, year: Any) -> rx.Component:
    """How an office and all below it stand in a year."""
    chosen = (
        hidden(name="organisation_id", value=organisation_id),
        hidden(name="year", value=year),
    )
    return _bare(*chosen, label="导出 Excel", action=routes.EXPORT_STATISTICS)


def export_roster(project_id: Any) -> rx.Component:
    """Who attended one class."""
    chosen = hidden(name="project_id", value=project_id)
    return _bare(chosen, label="导出 Excel", action=routes.EXPORT_ROSTER)


def export_own() -> rx.Component:
    """All that is kept about oneself."""
    return _bare(label="下载我的信息", action=routes.EXPORT_OWN)


def _bare(*fields: rx.Component, label: str, action: str) -> rx.Component:
    return PlainForm.create(
        rx.el.p(
            role="alert", class_name="form-message", data_rx_message="",
            data_testid="export-message",
        ),
        *fields,
        button(label, type="submit", testid="export-submit"),
        action=action,
        method="post",
        no_validate=True,
        class_name="no-print",
        data_rx="export",
        data_testid="export",
    )  # fmt: skip


def _export(*fields: rx.Component, kind: str, action: str) -> rx.Component:
    state: Any = ExportState
    return rx.el.div(
        error_box(error=state.error, testid="export-error"),
        button("导出名单", on_click=state.open(kind), testid="export-open"),
        rx.cond(state.opened == kind, _form(fields, state.summary, action)),
        class_name="export no-print",
    )


def _form(fields: tuple[rx.Component, ...], summary: Any, action: str) -> rx.Component:
    return PlainForm.create(
        rx.el.p(
            role="alert", class_name="form-message", data_rx_message="",
            data_testid="export-message",
        ),
        rx.el.p(summary, class_name="soft", data_testid="export-summary"),
        *fields,
        button("导出 Excel", type="submit", kind="primary", testid="export-submit"),
        action=action,
        method="post",
        no_validate=True,
        class_name="form card",
        data_rx="export",
        data_testid="export",
    )  # fmt: skip
