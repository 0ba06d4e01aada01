"""没有这个页面."""

import reflex as rx

from rxapp import routes
from rxapp.components.messages import empty_state
from rxapp.pages.framing import plain


def page() -> rx.Component:
    """What an unknown address leads to."""
    return plain(
        empty_state(
            title="地址可能有误，或内容已被移除",
            action="返回首页",
            href=routes.HOME,
        ),
        title="没有这个页面",
        lasting=True,
    )
