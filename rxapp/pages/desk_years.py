"""年度设置: every year's requirements and windows, and the windows that were extended."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button, more_button
from rxapp.components.cards import badge, card, section
from rxapp.components.field import field, select_field, text_area
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.revocation import revocation
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.extensions import LONGEST_REASON, Window
from rxapp.state.years import YearsDeskState

WINDOWS = [(each.value, each.label) for each in Window]


def page() -> rx.Component:
    """The years, then what was extended."""
    state: Any = YearsDeskState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                _years(state),
                rx.cond(state.chosen > 0, _revoke(state)),
                _extended(state),
                _extend(state),
                class_name="stack-wide",
            ),
            loading(),
        ),
        title="年度设置",
        active=routes.DESK_YEARS,
        intro="每个年度的学时要求和学习、申报的期限。修改即时生效，已计入的学时不变。",
    )


def _years(state: Any) -> rx.Component:
    return section(
        table(
            caption="各年度", caption_hidden=True,
            columns=[
                Column("年度", short=True), Column("学时要求"), Column("学习期限"),
                Column("申报期限"), Column("办理"),
            ],
            rows=state.lines,
            cells=lambda row: (
                row.label, row.asks, row.learning, row.claiming,
                link(
                    "修改", href=f"/desk/years/{row.year}", testid="year-edit",
                    aria_label=f"修改{row.label}",
                ),
            ),
            testid="years",
        ),
        rx.cond(
            state.unopened != "",
            notice(
                f"{state.unopened}年度还没有开启，暂按上一年度的要求执行。开启后可以修改。",
                tone="warn", testid="unopened",
            ),
        ),
        rx.el.div(
            link_button("开启新年度", href=routes.DESK_NEW_YEAR, testid="to-new-year"),
            class_name="row",
        ),
        title="各年度",
        class_name="stack",
    )  # fmt: skip


def _extended(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="延长的期限", caption_hidden=True,
                columns=[
                    Column("年度", short=True), Column("期限", short=True), Column("范围"),
                    Column("延长到", short=True), Column("理由"), Column("办理人", short=True),
                    Column("状态", short=True), Column("办理"),
                ],
                rows=state.rows,
                cells=_cells,
                testid="extensions",
            ),
            empty_state(
                title="没有延长过期限",
                text="遇到停电、平台故障等情况，可以在下面为全市或者一个县延长。",
                testid="no-extensions",
            ),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="延长的期限",
        class_name="stack",
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.year, row.window, row.area, row.until,
        rx.fragment(
            row.reason,
            rx.cond(
                row.revoke_reason != "",
                rx.el.p("撤销理由：", row.revoke_reason, class_name="small"),
            ),
        ),
        rx.fragment(row.by, rx.el.span(" ", row.at, class_name="soft small")),
        badge(text=row.state, tone=row.tone),
        rx.cond(
            row.state == "有效",
            button("撤销", on_click=YearsDeskState.choose(row.id), testid="extension-choose"),
            "—",
        ),
    )  # fmt: skip


def _revoke(state: Any) -> rx.Component:
    return revocation(
        state, title="撤销延长", most=LONGEST_REASON, testid="extension-revoke",
        explained="撤销后，今天24时起恢复原来的期限；此前开始的学习和提交的申报不受影响。",
    )  # fmt: skip


def _extend(state: Any) -> rx.Component:
    errors = state.field_errors
    return card(
        rx.el.form(
            select_field(
                name="year", label="年度", options=state.years, error=errors["year"],
                testid="extend-year",
            ),
            select_field(
                name="window", label="哪一项期限", options=WINDOWS, error=errors["window"],
                testid="extend-window",
            ),
            select_field(
                name="county", label="范围", options=state.areas, error=errors["county"],
                hint="选择县（市、区）的，只对该县人社局管理范围内的人员有效",
                testid="extend-county",
            ),
            field(
                name="until", label="延长到", kind="date", error=errors["until"],
                hint="含当天", testid="extend-until",
            ),
            text_area(
                name="reason", label="理由", error=errors["reason"], max_length=LONGEST_REASON,
                testid="extend-reason",
            ),
            button("延长期限", type="submit", kind="primary", testid="extend-submit"),
            key=f"extend-{state.drawn}",
            on_submit=state.extend,
            no_validate=True,
            class_name="form",
            data_testid="extend-form",
        ),
        title="延长期限",
    )  # fmt: skip
