"""培训名册: the approved classes, each with how far its roster is."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link, more_button, tabs
from rxapp.components.cards import badge
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.state.rosters import RostersState

REVIEWED = f"{routes.DESK_ROSTERS}?place=reviewed"


def page() -> rx.Component:
    """One's own classes; for a bureau also those it approved."""
    state: Any = RostersState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.loaded, _list(state), loading()),
        title="培训名册",
        active=routes.DESK_ROSTERS,
        intro="培训结束后在这里核对出勤、登记学时。开班前没有备案的培训不能登记学时。",
    )


def _list(state: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            state.may_review,
            tabs(
                label="范围",
                items=[
                    ("本单位举办", routes.DESK_ROSTERS, state.place == "own"),
                    ("本局备案", REVIEWED, state.place == "reviewed"),
                ],
                testid="roster-places",
            ),
        ),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="培训项目", caption_hidden=True,
                columns=[
                    Column("培训项目"), Column("举办单位"), Column("培训日期"),
                    Column("学时", numeric=True), Column("名册", short=True),
                ],
                rows=state.rows,
                cells=lambda row: (
                    link(row.title, href=f"/desk/rosters/{row.id}", testid="roster"), row.unit,
                    row.dates, row.hours, badge(text=row.state, tone=row.tone),
                ),
                testid="rosters",
            ),
            empty_state(
                title="没有已备案的培训项目", text="培训项目备案通过后列在这里。",
                testid="no-rosters",
            ),
        ),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
        class_name="stack",
    )  # fmt: skip
