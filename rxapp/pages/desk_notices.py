"""工作台 · 信息发布: the bureau's notices by state, and a new one."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, filter_group, more_button
from rxapp.components.cards import list_row, row_list
from rxapp.components.messages import empty_state, error_box
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.rules.notices import Status
from rxapp.state.notices import NoticesState

STATES = [("all", "全部"), *((status.value, status.label) for status in Status)]
TONES = (("published", "good"), ("scheduled", "accent"), ("withdrawn", "bad"))


def page() -> rx.Component:
    """Every notice of one's own office and those below it."""
    state: Any = NoticesState
    return staffed(
        error_box(error=state.error),
        rx.el.div(
            button("起草通知", kind="primary", on_click=state.begin, testid="notice-begin"),
            class_name="row",
        ),
        filter_group(
            label="状态", options=STATES, chosen=rx.cond(state.status == "", "all", state.status),
            on_choose=state.filter, testid="notice-state",
        ),
        once_loaded(
            NoticesState,
            state.loaded,
            rx.cond(
                state.rows.length() > 0,
                row_list(rx.foreach(state.rows, _row), testid="notices"),
                empty_state(
                    title="没有通知", text="点“起草通知”开始，内容随时自动保存。",
                    testid="no-notices",
                ),
            ),
            rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        ),
        title="信息发布",
        active=routes.DESK_NOTICES,
        intro="县（市、区）的通知只发给本县（市、区），市的通知可以发给所有人。",
    )  # fmt: skip


def _row(row: Any) -> rx.Component:
    return list_row(
        title=row.title,
        detail=rx.cond(row.changed, f"{row.detail}，有未发布的修改", row.detail),
        href=row.href,
        state=row.state,
        tone=rx.match(row.status, *TONES, "plain"),
        testid="notice-row",
    )
