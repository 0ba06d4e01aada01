"""What the system has to say: notices, errors, empty lists, waiting."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import link_button
from rxapp.components.bound import Text, classes, filled
from rxapp.components.icons import icon


def notice(
    *children: Any, tone: str = "info", title: Text = "", testid: str = "notice"
) -> rx.Component:
    """A framed message; `tone` is info, good, warn or bad, shown by icon as well as colour."""
    return rx.el.div(
        icon(tone),
        rx.el.div(filled(title, rx.el.p(rx.el.strong(title))), rx.el.div(*children)),
        class_name=classes("notice", f"notice-{tone}"),
        data_testid=testid,
    )


def error_box(*, error: Text, testid: str = "error") -> rx.Component:
    """The sentence of what went wrong; announced when it appears, nothing while empty."""
    return rx.el.div(
        filled(error, notice(error, tone="bad", testid=f"{testid}-text")),
        role="alert",
        class_name="alert",
        data_testid=testid,
    )


def done_box(*, message: Text, testid: str = "done") -> rx.Component:
    """The sentence of what was done; announced politely, nothing while empty."""
    return rx.el.div(
        filled(message, notice(message, tone="good", testid=f"{testid}-text")),
        role="status",
        class_name="alert",
        data_testid=testid,
    )


def empty_state(
    *,
    title: Text,
    text: Text = "",
    action: Text = "",
    href: Text = "",
    icon_name: str = "empty",
    testid: str = "empty",
) -> rx.Component:
    """What an empty list says: that it is empty, why, and what to do."""
    return rx.el.div(
        icon(icon_name),
        rx.el.p(rx.el.strong(title)),
        filled(text, rx.el.p(text)),
        filled(href, link_button(action, href=href, kind="primary", testid=f"{testid}-go")),
        class_name="empty",
        data_testid=testid,
    )


def loading(*, label: str = "正在加载", testid: str = "loading") -> rx.Component:
    """A card still waiting for its content; appears only when the wait is noticeable."""
    bones = [rx.el.div(class_name="bone") for _ in range(4)]
    return rx.el.div(
        rx.el.span(label, class_name="hidden-text"),
        rx.el.div(*bones, aria_hidden="true"),
        role="status",
        class_name="card loading",
        data_testid=testid,
    )


def demo_banner(*, text: Text = "演示环境，人员和学时均为虚构") -> rx.Component:
    """Says on every page that this is not the real thing."""
    return rx.el.p(text, class_name="demo", data_testid="demo-banner")


def shortened_notice() -> rx.Component:
    """Says that a lesson's length does not match its hours, which only the demo allows."""
    return notice("演示：片长已缩短", tone="warn", testid="shortened")
