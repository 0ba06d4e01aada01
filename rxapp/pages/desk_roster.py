"""One class: who attended which days, posting its hours, and putting them right."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import badge, card, definition_list, progress
from rxapp.components.messages import done_box, notice
from rxapp.components.roster_lines import corrections, lines
from rxapp.components.roster_posting import posting
from rxapp.components.roster_writing import one_line, supplementing, writing
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.rosters import AttendanceState


def page() -> rx.Component:
    """From the class to its lines; what may not be done is not offered and says why."""
    state: Any = AttendanceState
    view: Any = state.view
    return staffed(
        once_loaded(
            AttendanceState,
            view,
            done_box(message=state.done),
            _about(state, view),
            rx.cond(view.may_write, writing(state, view)),
            # Its fields bear the same names as the open line's: one of the two at a time.
            rx.cond(
                state.chosen,
                one_line(state, view),
                rx.cond(view.may_correct, supplementing(state, view)),
            ),
            lines(state, view),
            rx.cond(view.may_write, posting(state, view)),
            rx.cond(state.corrections.length() > 0, corrections(state)),
            otherwise=("返回培训名册", routes.DESK_ROSTERS),
        ),
        title="培训名册",
        active=routes.DESK_ROSTERS,
    )


def _about(state: Any, view: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(view.title, data_testid="class-title"),
            badge(text=view.state_label, tone=view.tone),
            class_name="row row-between",
        ),
        definition_list(
            rows=[
                ("举办单位", view.unit), ("培训日期", view.dates), ("科目", view.subject),
                ("学时", view.hours), ("名册人数", view.people),
            ]
        ),
        rx.cond(view.refusal != "", notice(view.refusal, tone="bad", testid="refusal")),
        rx.cond(
            (view.refusal == "") & (view.too_early != ""),
            notice(view.too_early, tone="info", testid="too-early"),
        ),
        rx.cond(view.posted != "", rx.el.p(view.posted, class_name="soft", data_testid="posted")),
        rx.cond(view.state == "posting", _going(state, view)),
        rx.el.div(
            link_button("返回培训名册", href=routes.DESK_ROSTERS, testid="back", icon_name="back"),
            link_button(
                "打印名册", href=f"/desk/rosters/{view.id}/list", testid="to-list"
            ),
            class_name="row no-print",
        ),
        testid="about",
    )  # fmt: skip


def _going(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        progress(
            percent=rx.cond(view.people > 0, view.done * 100 // view.people, 0),
            label="登记进度", testid="posting-progress",
        ),
        rx.el.p(
            "已登记", view.done, "人。可以离开本页，登记在后台继续。",
            role="status", data_testid="posting-position",
        ),
        # The script of the page presses it every second while it is there.
        button("刷新", on_click=state.refresh, testid="refresh",
               custom_attrs={"data-rx": "refresh"}),
        class_name="stack",
    )  # fmt: skip
