"""A roster to print."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import section
from rxapp.components.export_form import export_roster
from rxapp.components.messages import notice
from rxapp.components.roster_lines import plain_lines
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.rosters import RosterListState


def page() -> rx.Component:
    """Everybody, with a place to sign; a very long one is taken out as a workbook instead."""
    state: Any = RosterListState
    view: Any = state.view
    return staffed(
        once_loaded(
            RosterListState,
            view,
            rx.el.div(
                button("打印", testid="print", custom_attrs={"data-rx": "print"}),
                link_button(
                    "返回名册", href=f"/desk/rosters/{view.id}", testid="back", icon_name="back"
                ),
                export_roster(view.id),
                class_name="row no-print",
            ),
            rx.cond(
                state.is_cut,
                notice(
                    "名册较长，这里只列出前1000人，完整名册请导出。", tone="warn", testid="cut"
                ),
            ),
            section(
                rx.el.p(f"{view.unit}　{view.dates}　{view.hours}学时　共{view.people}人"),
                plain_lines(state),
                title=view.title,
                class_name="stack",
            ),
            otherwise=("返回培训名册", routes.DESK_ROSTERS),
        ),
        title="打印名册",
        active=routes.DESK_ROSTERS,
    )  # fmt: skip
