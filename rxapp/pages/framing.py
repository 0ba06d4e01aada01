"""What every page is framed with: the shell, waiting, and what went wrong."""

from typing import Any

import reflex as rx

from rxapp.components.actions import link_button
from rxapp.components.messages import error_box, loading
from rxapp.components.shell import filling, plain_shell, shell
from rxapp.state.handlers import Screen
from rxapp.state.shell import ShellState


def framed(
    *children: Any, title: Any, active: str = "", intro: Any = "", lasting: bool = False
) -> rx.Component:
    """A page of somebody signed in; `lasting` when it says the same to everybody at any time."""
    return shell(
        *children,
        title=title,
        active=active,
        intro=intro,
        name=ShellState.name,
        signed_in=ShellState.signed_in,
        is_staff=ShellState.is_staff,
        unread=ShellState.unread,
        demo=ShellState.demo,
        filled_for=None if lasting else _filling(),
    )


def plain(
    *children: Any, title: Any, intro: Any = "", narrow: bool = True, lasting: bool = False
) -> rx.Component:
    """A page for anyone; `lasting` when it says the same to everybody at any time."""
    return plain_shell(
        *children,
        title=title,
        intro=intro,
        demo=ShellState.demo,
        narrow=narrow,
        filled_for=None if lasting else _filling(),
    )


def _filling() -> rx.Component:
    return filling(place=ShellState.place, filled=ShellState.is_hydrated)


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
