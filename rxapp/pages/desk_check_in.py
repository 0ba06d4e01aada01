"""签到二维码: the code of the moment, large enough for a whole room."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card
from rxapp.components.messages import notice
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.check_ins import CheckInDeskState


def page() -> rx.Component:
    """Opened and ended by hand; in between the page's script keeps the code fresh."""
    state: Any = CheckInDeskState
    view: Any = state.view
    return staffed(
        once_loaded(
            CheckInDeskState,
            view,
            rx.cond(
                view.refusal != "",
                notice(view.refusal, tone="bad", testid="refusal"),
                rx.cond(view.is_open, _screen(state, view), _closed(state, view)),
            ),
            rx.el.p(link_button("返回名册", href=state.back, testid="back", icon_name="back")),
            otherwise=("返回培训名册", routes.DESK_ROSTERS),
        ),
        title="签到",
        active=routes.DESK_ROSTERS,
    )


def _closed(state: Any, view: Any) -> rx.Component:
    return card(
        rx.el.p(f"{view.title}　{view.day}"),
        rx.el.p(
            "开放后，屏幕上的二维码每15秒更换一次，学员登录后用手机扫描签到。"
            "转发的照片最多30秒内有效。",
            class_name="soft",
        ),
        button("开始签到", on_click=state.begin, kind="primary", testid="check-in-begin"),
        title="今天的签到",
        testid="check-in-closed",
    )


def _screen(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(rx.el.b(view.title), data_testid="check-in-title"),
            rx.el.p(view.day, "　请登录后用手机扫描签到"),
            rx.el.img(
                alt="签到二维码", hidden=True, class_name="check-in-code",
                custom_attrs={"data-rx-part": "code"}, data_testid="check-in-code",
            ),
            rx.el.p(class_name="soft", custom_attrs={"data-rx-part": "left"}),
            rx.el.p(
                class_name="check-in-count", role="status",
                custom_attrs={"data-rx-part": "count"}, data_testid="check-in-count",
            ),
            rx.el.p(
                class_name="field-error", role="alert",
                custom_attrs={"data-rx-part": "told"}, data_testid="check-in-told",
            ),
            button("全屏显示", kind="quiet", testid="full-screen",
                   custom_attrs={"data-rx": "full-screen"}),
            class_name="check-in",
            custom_attrs={"data-rx": "check-in", "data-source": state.source},
            data_testid="check-in",
        ),
        button("结束签到", on_click=state.end, kind="danger", testid="check-in-end"),
        class_name="stack",
    )  # fmt: skip
