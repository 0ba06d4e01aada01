"""What every page of the desk is framed with: its own navigation under the heading."""

from typing import Any

import reflex as rx

from rxapp.components.actions import link, link_button
from rxapp.components.messages import notice
from rxapp.pages.framing import framed
from rxapp.routes import MY_FACTOR
from rxapp.state.shell import DESK_GROUPS, ShellState


def staffed(*children: Any, title: Any, active: str, intro: Any = "") -> rx.Component:
    """A page of the desk; the entries are those the rights allow."""
    return framed(
        rx.cond(
            ShellState.needs_factor,
            notice(
                rx.el.p("人力资源社会保障局的管理员须先启用动态验证码，再办理业务。"),
                link_button("去启用", href=MY_FACTOR, kind="primary", testid="to-factor"),
                tone="warn",
                testid="needs-factor",
            ),
        ),
        _menu(active),
        *children,
        title=title,
        active=active,
        intro=intro,
    )


def _menu(active: str) -> rx.Component:
    state: Any = ShellState
    group = DESK_GROUPS.get(active, "")
    return rx.el.nav(
        rx.cond(
            state.desk_groups.length() > 0,
            rx.fragment(
                rx.el.ul(
                    rx.foreach(
                        state.desk_groups,
                        lambda head: _entry(head, rx.cond(head.group == group, "true", "false")),
                    ),
                    class_name="desk-groups",
                ),
                rx.el.ul(
                    rx.foreach(
                        state.desk_menu,
                        lambda entry: rx.cond(
                            entry.group == group, _entry(entry, _here(entry, active))
                        ),
                    ),
                ),
            ),
            rx.el.ul(
                rx.foreach(state.desk_menu, lambda entry: _entry(entry, _here(entry, active)))
            ),
        ),
        aria_label="工作台",
        class_name="tabs desk-menu no-print",
        data_testid="desk-menu",
    )


def _here(entry: Any, active: str) -> Any:
    return rx.cond(entry.path == active, "page", "false")


def _entry(entry: Any, current: Any) -> rx.Component:
    return rx.el.li(link(entry.label, href=entry.path, aria_current=current))
