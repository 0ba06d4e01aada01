"""What every page of the desk is framed with: its own navigation under the heading."""

from typing import Any

import reflex as rx

from rxapp.components.actions import link, link_button
from rxapp.components.messages import notice
from rxapp.pages.framing import framed
from rxapp.routes import MY_FACTOR
from rxapp.state.shell import ShellState


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
        rx.el.nav(
            rx.el.ul(
                rx.foreach(
                    ShellState.desk_menu,
                    lambda entry: rx.el.li(
                        link(
                            entry[1],
                            href=entry[0],
                            aria_current=rx.cond(entry[0] == active, "page", "false"),
                        )
                    ),
                )
            ),
            aria_label="工作台",
            class_name="tabs no-print",
            data_testid="desk-menu",
        ),
        *children,
        title=title,
        active=active,
        intro=intro,
    )
