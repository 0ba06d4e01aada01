"""查询申请: how an application stands, without an account."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, definition_list
from rxapp.components.field import field
from rxapp.components.messages import done_box, error_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.framing import plain
from rxapp.state.applying import StatusState


def page() -> rx.Component:
    """Type the receipt number; see whose turn it is and since when."""
    state: Any = StatusState
    view: Any = state.view
    return plain(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(view, _found(state, view), rx.fragment()),
        card(_ask(state), title="查询申请"),
        title="申请办理进度",
    )


def _ask(state: Any) -> rx.Component:
    return rx.el.form(
        field(
            name="number", label="受理编号", hint="见提交申请后的回执，13位字母和数字",
            error=state.field_errors["number"], max_length=40, spell_check=False,
        ),
        button("查询", type="submit", testid="ask"),
        on_submit=state.ask,
        no_validate=True,
        class_name="form",
        data_testid="ask-form",
    )  # fmt: skip


def _found(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            state.fresh,
            notice(
                "申请已提交。请抄下或截图保存受理编号，凭编号随时查询办理进度。",
                tone="good",
                testid="submitted",
            ),
        ),
        card(
            definition_list(
                rows=[
                    ("受理编号", rx.el.b(view.number, data_testid="receipt-number")),
                    ("事项", view.kind), ("状态", rx.el.b(view.status, data_testid="status")),
                    ("目前", rx.cond(view.open, view.turn, "已办结")), ("自", view.since),
                ]
            ),
            rx.cond(
                view.reason != "",
                notice(view.reason, tone="warn", title="理由", testid="reason"),
            ),
            rx.cond(
                view.returned,
                link_button(
                    "修改后重新提交", href=f"{view.correct_at}?n={view.number}", kind="primary",
                    testid="correct",
                ),
            ),
            title="办理情况",
        ),
        card(
            table(
                caption="办理过程", caption_hidden=True,
                columns=[Column("时间", short=True), Column("办理"), Column("理由")],
                rows=view.steps, cells=lambda row: (row.at, row.text, row.note), testid="steps",
            ),
            title="办理过程",
        ),
        rx.cond(view.open, card(_withdraw(state), title="撤回申请")),
        class_name="stack-wide",
    )  # fmt: skip


def _withdraw(state: Any) -> rx.Component:
    return rx.el.form(
        field(
            name="mobile", label="提交申请时的手机号码", kind="tel",
            error=state.field_errors["mobile"], max_length=24, testid="withdraw-mobile",
        ),
        button("撤回申请", type="submit", kind="danger", testid="withdraw"),
        on_submit=state.withdraw,
        no_validate=True,
        class_name="form",
    )  # fmt: skip


def links() -> rx.Component:
    """What the sign-in page offers to whoever has no account."""
    return rx.el.p(
        link_button("个人注册", href=routes.REGISTER, testid="to-register"),
        link_button("单位注册", href=routes.REGISTER_ORGANISATION, testid="to-register-unit"),
        link_button("查询申请", href=routes.APPLICATION_STATUS, testid="to-status"),
        class_name="row",
    )
