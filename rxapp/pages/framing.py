"""What every page is framed with: the shell, waiting, and what went wrong."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link, link_button
from rxapp.components.messages import error_box, loading, notice
from rxapp.components.shell import plain_shell, shell
from rxapp.state.handlers import Screen
from rxapp.state.shell import ShellState


def framed(*children: Any, title: Any, active: str = "", intro: Any = "") -> rx.Component:
    """A page of somebody signed in."""
    waits = [_factor_waits()] if active.startswith(routes.DESK) else []
    return shell(
        *waits,
        *children,
        title=title,
        active=active,
        intro=intro,
        name=ShellState.name,
        signed_in=ShellState.signed_in,
        is_staff=ShellState.is_staff,
        unread=ShellState.unread,
        demo=ShellState.demo,
    )


def _factor_waits() -> rx.Component:
    return rx.cond(
        ShellState.needs_factor,
        notice(
            "人社部门的管理权限需要先设置动态验证码，设置后立即生效。",
            rx.el.p(link("设置动态验证码", href=routes.MY_FACTOR, testid="desk-to-factor")),
            tone="warn",
            testid="factor-waits",
        ),
    )


def plain(*children: Any, title: Any, intro: Any = "", narrow: bool = True) -> rx.Component:
    """A page for anyone."""
    return plain_shell(*children, title=title, intro=intro, demo=ShellState.demo, narrow=narrow)


def once_loaded(
    state: type[Screen], view: Any, *children: Any, otherwise: tuple[str, str] = ("", "")
) -> rx.Component:
    """The content once it is there; until then a sign of waiting, or what went wrong.

    `otherwise` is where to go on when it is not there: what to call it, and its path.
    """
    label, href = otherwise
    onward = link_button(label, href=href, testid="onward") if href else rx.fragment()
    return rx.fragment(
        error_box(error=state.error),
        rx.cond(
            view,
            rx.el.div(*children, class_name="stack-wide"),
            rx.cond(state.loaded, onward, loading()),
        ),
    )
