"""操作日志."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button
from rxapp.components.cards import card, definition_list, section
from rxapp.components.export_form import export_audit
from rxapp.components.field import field, select_field
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.audit_words import KINDS, LABELS
from rxapp.state.auditing import AuditState


def page() -> rx.Component:
    """Who did what, when, to what; and the head of the chain, to be printed."""
    state: Any = AuditState
    return staffed(
        error_box(error=state.error),
        _filters(state),
        rx.cond(state.loaded, _rows(state), loading()),
        rx.cond(state.head, _head(state)),
        title="操作日志",
        active=routes.DESK_AUDIT,
        intro="只增不改。记录相互连接，任何一条被改动都能查出。",
    )


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            field(name="person", label="姓名或完整身份证号码", required=False, testid="by-person"),
            select_field(
                name="action", label="操作", options=list(LABELS.items()), blank="全部",
                required=False, testid="by-action",
            ),
            select_field(
                name="kind", label="对象", options=list(KINDS.items()), blank="全部",
                required=False, testid="by-kind",
            ),
            field(name="office", label="办理单位", required=False, testid="by-office"),
            field(
                name="first", label="起始日期", kind="date", required=False,
                error=state.field_errors["first"], testid="by-first",
            ),
            field(
                name="last", label="截止日期", kind="date", required=False,
                error=state.field_errors["last"], testid="by-last",
            ),
            button("查找", type="submit", icon_name="search", testid="audit-find"),
            class_name="filters",
        ),
        on_submit=state.search,
        role="search",
        aria_label="查找操作日志",
        class_name="no-print",
    )  # fmt: skip


def _rows(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="操作日志", caption_hidden=True,
                columns=[
                    Column("时间", short=True), Column("操作"), Column("操作人", short=True),
                    Column("单位"), Column("对象"),
                ],
                rows=state.rows,
                cells=lambda row: (row.at, row.action, row.who, row.office, row.about),
                testid="events",
            ),
            empty_state(title="没有符合条件的记录", text="请放宽条件后再查。"),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        export_audit(state.wanted),
        title="记录",
    )  # fmt: skip


def _head(state: Any) -> rx.Component:
    return card(
        definition_list(
            rows=[
                ("截至", state.head.at), ("记录序号", f"{state.head.position}"),
                ("校验值", rx.el.code(state.head.digest, class_name="digest")),
            ]
        ),
        rx.el.p("每日打印本页存档，可以证明此前的记录没有被改动。", class_name="soft"),
        title="日志校验值",
        testid="chain-head",
    )  # fmt: skip
