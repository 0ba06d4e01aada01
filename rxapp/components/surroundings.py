"""What stands around every page in place of the framework: a lost connection, a broken page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex_base.vars.function import ArgsFunctionOperation
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_connection_errors

from rxapp.components.actions import anchor


def wraps(outage: Any) -> dict[tuple[int, str], Callable[[bool], rx.Component | None]]:
    """For `rx.App(app_wraps=…)`: our boundary and our notices, in the framework's places.

    `outage` is the state that says what is away.
    """
    return {
        (55, "ErrorBoundary"): lambda _stateful: _boundary(),
        (5, "Overlay"): lambda stateful: _notices(outage) if stateful else None,
    }


def head() -> list[rx.Component]:
    """For `rx.App(head_components=…)`: the icon and the colour of the browser's own bar."""
    return [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/icon-180.png"),
        _bar_colour("#f5f2ea", "light"),
        _bar_colour("#101617", "dark"),
    ]


def outage_notice(outage: Any) -> rx.Component:
    """Says that the service cannot be reached in full; app.js presses the button until it can."""
    said = rx.el.div(
        rx.el.p(outage.sentence, data_testid="outage"),
        rx.el.button(
            "重试", type="button", class_name="btn", on_click=outage.again(outage.missed),
            custom_attrs={"data-rx": "again"},
        ),
        class_name="offline",
        role="alert",
    )  # fmt: skip
    return rx.fragment(rx.cond(outage.sentence, said))


def _notices(outage: Any) -> rx.Component:
    return rx.fragment(connection_notice(), outage_notice(outage))


def connection_notice() -> rx.Component:
    """Says that the connection is lost and coming back; shown after a moment, gone by itself."""
    return rx.el.div(
        rx.cond(
            has_connection_errors,
            rx.el.p("网络中断，正在重新连接，已填写的内容仍在。", class_name="offline"),
        ),
        role="status",
        data_testid="connection",
    )


def _bar_colour(colour: str, scheme: str) -> rx.Component:
    # The values of --paper in look.css, which the browser's bar cannot read.
    media = f"(prefers-color-scheme: {scheme})"
    return rx.el.meta(name="theme-color", content=colour, custom_attrs={"media": media})


def _boundary() -> rx.Component:
    shown: Any = ArgsFunctionOperation.create(("event_args",), rx.Var.create(_broken_page()))
    return ErrorBoundary.create(fallback_render=shown)


def _broken_page() -> rx.Component:
    return rx.el.main(
        rx.el.h1("页面没有显示成功"),
        rx.el.p("已保存的内容和已计入的学时不受影响。请重新打开，仍不成功请联系单位管理员。"),
        rx.el.p(anchor("重新打开", href="", testid="reload", class_name="btn btn-primary")),
        class_name="main narrow stack",
        data_testid="broken",
    )
