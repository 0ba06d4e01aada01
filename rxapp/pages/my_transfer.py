"""单位变更: the person asks."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, definition_list
from rxapp.components.choosing import chooser
from rxapp.components.field import field
from rxapp.components.messages import done_box, error_box, loading, notice
from rxapp.pages.framing import framed
from rxapp.state.transfers import TransferState


def page() -> rx.Component:
    """How the newest request stands, or a new one."""
    state: Any = TransferState
    view: Any = state.view
    return framed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.cond(view, _standing(state, view), rx.fragment()),
                rx.cond(view & view.open, rx.fragment(), _new(state)),
                class_name="stack-wide",
            ),
            loading(),
        ),
        link_button("返回我的", href=routes.ME, testid="to-me"),
        title="单位变更",
        active=routes.ME,
        intro="调入单位接收、调出单位确认后生效。学时、证明和档案随本人，不受影响。",
    )


def _standing(state: Any, view: Any) -> rx.Component:
    return card(
        definition_list(
            rows=[
                ("受理编号", view.number), ("调入单位", view.target),
                ("状态", rx.el.b(view.status, data_testid="transfer-status")),
                ("目前", view.turn), ("自", view.since),
            ]
        ),
        rx.cond(
            view.lapses_on != "",
            notice(view.lapses_on, "前调出单位没有答复的，自动确认。", testid="lapses"),
        ),
        rx.cond(view.reason != "", notice(view.reason, tone="warn", title="理由")),
        rx.cond(
            view.open,
            button("撤回申请", kind="danger", on_click=state.withdraw, testid="transfer-withdraw"),
        ),
        title="办理情况",
    )  # fmt: skip


def _new(state: Any) -> rx.Component:
    return card(
        chooser(
            label="查找并选择调入单位", on_search=state.find, on_choose=state.choose,
            choices=state.choices, searched=state.searched, chosen_name=state.chosen_name,
            testid="to-employer",
        ),
        rx.el.form(
            rx.el.p(
                state.field_errors["to"], role="alert", class_name="field-error",
                data_testid="to-error",
            ),
            field(
                name="note", label="说明", required=False, max_length=200, testid="transfer-note"
            ),
            button("提交申请", type="submit", kind="primary", testid="transfer-ask"),
            on_submit=state.ask,
            class_name="form",
        ),
        title="申请单位变更",
    )  # fmt: skip
