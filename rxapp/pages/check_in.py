"""签到: what the phone shows that scanned the code."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button
from rxapp.components.cards import card, definition_list
from rxapp.components.messages import error_box, loading, notice
from rxapp.pages.framing import plain
from rxapp.state.check_ins import CheckInState


def page() -> rx.Component:
    """Checked in, sign in first, or scan again."""
    state: Any = CheckInState
    return plain(
        error_box(error=state.error),
        rx.cond(
            state.loaded,
            rx.cond(
                state.receipt,
                _receipt(state.receipt),
                rx.cond(
                    state.signed_out,
                    _first("请先登录，登录后重新扫描老师屏幕上的二维码。", "去登录",
                           routes.SIGN_IN, "to-sign-in"),
                    rx.cond(
                        state.unready,
                        _first("请先激活账号，激活后重新扫描老师屏幕上的二维码。", "去激活",
                               routes.ACTIVATE, "to-activate"),
                        rx.fragment(),
                    ),
                ),
            ),
            loading(),
        ),
        title="培训签到",
    )  # fmt: skip


def _receipt(receipt: Any) -> rx.Component:
    return card(
        notice("已签到。", tone="good", testid="checked-in"),
        definition_list(
            rows=[
                ("培训项目", receipt.title), ("日期", receipt.day), ("签到时间", receipt.at),
            ]
        ),
        rx.cond(
            receipt.is_enrolled,
            rx.fragment(),
            rx.el.p(
                "您没有报名这个培训项目，已如实记录，请向老师说明。", data_testid="not-enrolled"
            ),
        ),
        testid="receipt",
    )  # fmt: skip


def _first(text: str, label: str, href: str, testid: str) -> rx.Component:
    return card(
        notice(text, tone="warn", testid="first"),
        link_button(label, href=href, kind="primary", testid=testid),
    )
