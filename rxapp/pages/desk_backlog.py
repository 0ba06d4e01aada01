"""审核进度: where claims wait, and how long."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import more_button
from rxapp.components.cards import list_row, row_list, section
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.pages.desking import staffed
from rxapp.state.backlog import BacklogState


def page() -> rx.Component:
    """The levels with their sums, then the offices, the longest wait first."""
    state: Any = BacklogState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.loaded, _backlog(state), loading()),
        title="审核进度",
        active=routes.DESK_BACKLOG,
        intro="本局及下级各单位等待审核的学时申报，等待最久的在前；没有积压的单位不列出。",
    )


def _backlog(state: Any) -> rx.Component:
    return section(
        rx.el.div(
            _level(state, "", "全部", state.waiting),
            rx.foreach(
                state.levels, lambda one: _level(state, one.key, one.label, one.waiting)
            ),
            role="group",
            aria_label="按环节查看",
            class_name="tabs",
            data_testid="levels",
        ),
        rx.cond(
            state.rows.length() > 0,
            row_list(rx.foreach(state.rows, _row), testid="backlog"),
            empty_state(
                title="没有等待审核的申报", text="各单位都已办完，或这一环节目前没有申报。",
                testid="no-backlog",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
        title="等待审核",
        aside=rx.el.span(f"共{state.waiting}项", custom_attrs={"data-testid": "backlog-count"}),
        class_name="stack",
    )  # fmt: skip


def _level(state: Any, key: Any, label: Any, waiting: Any) -> rx.Component:
    return rx.el.button(
        label, " ", waiting, "项",
        type="button",
        on_click=state.choose(key),
        aria_pressed=rx.cond(state.level == key, "true", "false"),
        data_testid=f"level-{key}" if isinstance(key, rx.Var) else f"level-{key or 'all'}",
    )  # fmt: skip


def _row(row: Any) -> rx.Component:
    return list_row(
        title=row.name,
        detail=f"{row.levels}，最早的{row.since}起",
        value=f"{row.waiting}项",
        href=f"/desk/organisations/{row.id}",
        state=row.age,
        tone=rx.cond(row.late, "warn", "plain"),
        testid="backlog-row",
    )
