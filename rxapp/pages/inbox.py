"""消息."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button
from rxapp.components.cards import badge
from rxapp.components.messages import empty_state
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.inbox import InboxState


def page() -> rx.Component:
    """The own messages, the newest first."""
    state: Any = InboxState
    return framed(
        once_loaded(
            InboxState,
            state.loaded,
            rx.cond(
                state.unread > 0,
                button("全部标为已读", on_click=state.read_all, testid="read-all"),
            ),
            rx.cond(
                state.rows.length() > 0,
                rx.el.ul(
                    rx.foreach(state.rows, _message), class_name="list inbox",
                    data_testid="messages",
                ),
                empty_state(title="没有消息", text="审核结果和需要办理的事项会显示在这里。"),
            ),
            rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        ),
        title="消息",
        active=routes.MESSAGES,
    )  # fmt: skip


def _message(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.strong(row.title),
                rx.cond(row.unread, rx.fragment(" ", badge(text="未读", tone="accent"))),
            ),
            rx.el.p(row.at, class_name="soft small"),
            class_name="row row-between",
        ),
        rx.el.p(row.body),
        rx.cond(
            row.href != "",
            button("前往办理", on_click=InboxState.read(row.id), testid="message-open"),
            rx.cond(
                row.unread,
                button("标为已读", on_click=InboxState.read(row.id), testid="message-read"),
            ),
        ),
        class_name="message",
        data_testid="message",
    )
