"""运行情况: whether all is well, and if not, whom to call with what."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.cards import definition_list, list_row, row_list, section
from rxapp.components.messages import empty_state, error_box, loading, notice
from rxapp.handbook import edition
from rxapp.pages.desking import staffed
from rxapp.state.operations import OperationsState


def page() -> rx.Component:
    """One look first, then what stands behind it."""
    state: Any = OperationsState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.loaded & (state.at != ""), _operations(state), loading()),
        title="运行情况",
        active=routes.DESK_OPERATIONS,
        intro="平台本身是否正常。需要处理的，同时发消息给本局管理员。",
    )


def _operations(state: Any) -> rx.Component:
    return rx.el.div(
        _verdict(state),
        rx.el.p(
            f"查看时间{state.at} ",
            button("重新查看", on_click=state.load, kind="quiet", testid="look-again"),
            class_name="row row-between",
        ),
        _rows("当前状态", state.health, "health"),
        _rows("备份", state.backups, "backups"),
        _rows("后台任务", state.jobs, "jobs"),
        _rows("等待办理", state.queues, "queues"),
        section(
            rx.cond(
                state.slow.length() > 0,
                row_list(rx.foreach(state.slow, _slow), testid="slow"),
                empty_state(
                    title="还没有记录", text="平台运行几分钟后，这里列出各项操作的用时。",
                    testid="no-slow",
                ),
            ),
            title="近一小时操作用时",
            aside="100次中有95次在此时间内完成，慢的在前",
            class_name="stack",
        ),
        section(
            rx.el.div(
                definition_list(rows=[("平台", edition.read().version)], testid="version"),
                definition_list(rows=state.versions, testid="versions"),
            ),
            title="版本",
            class_name="stack",
        ),
        class_name="stack-wide",
    )  # fmt: skip


def _verdict(state: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            state.troubles.length() > 0,
            notice(
                rx.el.ul(
                    rx.foreach(state.troubles, rx.el.li),
                    class_name="stack",
                    data_testid="troubles",
                ),
                title=f"有{state.troubles.length()}项需要处理",
                tone="bad",
                testid="not-well",
            ),
            notice("平台运行正常，没有需要处理的事项。", tone="good", testid="well"),
        ),
        role="status",
    )


def _rows(title: str, rows: Any, testid: str) -> rx.Component:
    return section(row_list(rx.foreach(rows, _row), testid=testid), title=title, class_name="stack")


def _row(row: Any) -> rx.Component:
    return list_row(title=row.label, detail=row.detail, state=row.state, tone=row.tone)


def _slow(row: Any) -> rx.Component:
    return list_row(title=row.area, detail=f"共{row.count}次", state=row.within, tone=row.tone)
