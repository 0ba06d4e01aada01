"""我的信息: who looked at the full number."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button
from rxapp.components.cards import section
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed
from rxapp.state.transfers import OwnDataState


def page() -> rx.Component:
    """Every disclosure of one's own numbers."""
    state: Any = OwnDataState
    return framed(
        error_box(error=state.error),
        rx.cond(state.loaded, _rows(state), loading()),
        link_button("返回我的", href=routes.ME, testid="to-me"),
        title="谁看过我的号码",
        active=routes.ME,
        intro="身份证号码和手机号码平时只显示一部分。管理员查看完整号码须填写理由，记录在这里。",
    )


def _rows(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="查看记录", caption_hidden=True,
                columns=[
                    Column("时间", short=True), Column("单位"), Column("内容", short=True),
                    Column("理由"),
                ],
                rows=state.rows,
                cells=lambda row: (row.at, row.office, row.what, row.reason),
                testid="disclosures",
            ),
            empty_state(title="没有人查看过您的完整号码", text="有人查看时，记录会出现在这里。"),
        ),
        title="查看记录",
    )  # fmt: skip
