"""工作台."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button, search_form
from rxapp.components.cards import section
from rxapp.components.messages import empty_state, error_box, loading, notice
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed
from rxapp.state.desk import DeskState


def page() -> rx.Component:
    """The people of one's own office and below, and one-time codes for them."""
    state: Any = DeskState
    return framed(
        error_box(error=state.error),
        rx.cond(state.code != "", _code()),
        rx.cond(
            state.loaded,
            rx.cond(state.may_read, _people(), _nothing()),
            loading(),
        ),
        title="工作台",
        active=routes.DESK,
        intro=state.office,
    )


def _code() -> rx.Component:
    return notice(
        rx.el.p(
            DeskState.code_for, "的一次性代码：", rx.el.b(DeskState.code, data_testid="code"),
            class_name="code-line",
        ),
        rx.el.p("请当面或电话告知本人，24小时内使用一次有效。离开本页后不再显示。"),
        tone="good",
        title="已开具",
        testid="issued",
    )  # fmt: skip


def _people() -> rx.Component:
    state: Any = DeskState
    return section(
        search_form(label="按姓名查找", on_submit=state.search, value=state.query),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="人员",
                caption_hidden=True,
                names_short=True,
                columns=[
                    Column("姓名"), Column("身份证号码", short=True),
                    Column("手机号码", short=True), Column("单位"),
                    Column("账号", short=True), Column("办理"),
                ],
                rows=state.rows,
                cells=_cells,
                testid="people",
            ),
            empty_state(title="没有符合条件的人员", text="请核对姓名后再查。"),
        ),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
        title="人员",
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.name, row.identity_mask, row.mobile_mask, row.organisation, row.state,
        rx.cond(DeskState.may_issue, _actions(row), rx.fragment()),
    )  # fmt: skip


def _actions(row: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.activation_code,
            button(
                "开具激活码",
                on_click=DeskState.issue(row.id, "activation"),
                testid="issue-activation",
            ),
        ),
        rx.cond(
            row.staff_code,
            button("开具启用码", on_click=DeskState.issue(row.id, "staff"), testid="issue-staff"),
        ),
    )


def _nothing() -> rx.Component:
    return empty_state(
        title="目前没有需要在这里办理的事项",
        text="课程、培训项目和名册在相应功能开通后显示在这里。",
    )
