"""信息更正: the person asks, with a proof."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, definition_list
from rxapp.components.field import field
from rxapp.components.form import post_form
from rxapp.components.messages import done_box, error_box, loading, notice
from rxapp.components.uploader import uploader
from rxapp.pages.framing import framed
from rxapp.state.corrections import CorrectionState


def page() -> rx.Component:
    """How the newest request stands, or a new one."""
    state: Any = CorrectionState
    view: Any = state.view
    return framed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.cond(view, _standing(state, view), rx.fragment()),
                rx.cond(view & view.open, rx.fragment(), _new()),
                class_name="stack-wide",
            ),
            loading(),
        ),
        link_button("返回我的", href=routes.ME, testid="to-me"),
        title="信息更正",
        active=routes.ME,
        intro="姓名或身份证号码登记有误的，凭证明材料申请更正，由单位和人力资源社会保障局审核。",
    )


def _standing(state: Any, view: Any) -> rx.Component:
    return card(
        definition_list(
            rows=[
                ("受理编号", view.number),
                ("状态", rx.el.b(view.status, data_testid="correction-status")),
                ("目前", view.turn), ("自", view.since),
            ]
        ),
        rx.cond(view.reason != "", notice(view.reason, tone="warn", title="理由")),
        rx.cond(
            view.open,
            button(
                "撤回申请", kind="danger", on_click=state.withdraw, testid="correction-withdraw"
            ),
        ),
        title="办理情况",
    )  # fmt: skip


def _new() -> rx.Component:
    return post_form(
        card(
            field(
                name="name", label="更正后的姓名", hint="姓名无误的不用填", required=False,
                max_length=80,
            ),
            field(
                name="identity_number", label="更正后的身份证号码", hint="号码无误的不用填",
                required=False, max_length=40,
            ),
            field(name="note", label="说明", required=False, max_length=200),
            uploader(
                purpose="identity", label="身份证明",
                hint="居民身份证或户籍证明，拍照或 PDF，不超过10兆字节",
            ),
            title="申请信息更正",
        ),
        action=routes.APPLY_CORRECTION,
        submit_label="提交申请",
        testid="correction",
    )  # fmt: skip
