"""工作台 · 工作日历: a year day by day, changed by versions."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.cards import card, section
from rxapp.components.field import choice_group, field
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.calendar import CalendarState

WEEKDAYS = "一二三四五六日"
KINDS = [("off", "休息"), ("worked", "上班"), ("plain", "恢复为按周一至周五")]


def page() -> rx.Component:
    """The year, the form of one day, what the draft changes, the months, the versions."""
    state: Any = CalendarState
    view = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            CalendarState,
            view,
            _years(view),
            rx.cond(
                view.version == 0,
                notice(
                    "这一年的工作日历尚未公布，备案期限按周一至周五计算，超过期限的不自动拒绝。",
                    tone="warn",
                    testid="unpublished",
                ),
            ),
            rx.el.div(_day(state, view), _draft(state, view), class_name="side-by-side"),
            section(
                rx.el.div(rx.foreach(view.months, _month), class_name="months"),
                title=f"{view.year}年",
                aside=rx.cond(view.version > 0, f"第{view.version}版", "未公布"),
            ),
            rx.cond(view.versions.length() > 0, _versions(view)),
            otherwise=("返回工作台", routes.DESK),
        ),
        title="工作日历",
        active=routes.DESK_CALENDAR,
        intro="培训项目“开班5个工作日前”按此计算。每次发布是新的一版，已报备的仍按当时的版本。",
    )


def _years(view: Any) -> rx.Component:
    return rx.el.nav(
        rx.el.ul(
            rx.foreach(
                view.years,
                lambda year: rx.el.li(
                    rx.el.a(
                        f"{year}年", href=f"{routes.DESK_CALENDAR}?year={year}",
                        aria_current=rx.cond(year == f"{view.year}", "page", "false"),
                    )
                ),
            )
        ),
        aria_label="年份",
        class_name="tabs no-print",
        data_testid="years",
    )  # fmt: skip


def _day(state: Any, view: Any) -> rx.Component:
    error = state.field_errors
    return card(
        rx.el.form(
            field(name="day", label="日期", kind="date", error=error["day"], testid="day"),
            choice_group(name="kind", label="这一天", options=KINDS, value="off", testid="kind"),
            rx.el.p(error["kind"], role="alert", class_name="field-error"),
            field(
                name="name", label="名称", required=False, error=error["name"], max_length=20,
                hint="例如“国庆节”“国庆节调休”", testid="name",
            ),
            button("记下", type="submit", testid="mark"),
            key=f"day-{view.year}-{state.drawn}",
            on_submit=state.mark,
            no_validate=True,
            class_name="form",
            data_testid="day-form",
        ),
        title="更改一天",
    )  # fmt: skip


def _draft(state: Any, view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.stale,
            notice("草稿开始后已发布过新的版本，请放弃后重新填写。", tone="warn", testid="stale"),
        ),
        rx.cond(
            view.changes.length() > 0,
            rx.fragment(
                table(
                    caption="改动", caption_hidden=True,
                    columns=[Column("日期", short=True), Column("现行"), Column("改为")],
                    rows=view.changes,
                    cells=lambda row: (row.day, row.before, row.after),
                    testid="changes",
                ),
                _touched(view),
                rx.el.form(
                    field(
                        name="note", label="依据或说明", error=state.field_errors["note"],
                        max_length=200, testid="note",
                    ),
                    button("发布", type="submit", kind="primary", testid="publish"),
                    key=f"publish-{view.year}-{view.version}",
                    on_submit=state.publish,
                    no_validate=True,
                    class_name="form",
                ),
                button("放弃改动", on_click=state.discard, testid="discard"),
            ),
            rx.el.p("没有未发布的改动。", class_name="soft"),
        ),
        title="未发布的改动",
        testid="draft",
    )  # fmt: skip


def _touched(view: Any) -> rx.Component:
    return rx.cond(
        view.touched.length() > 0,
        table(
            caption="最迟备案日会改变的项目",
            columns=[
                Column("项目"), Column("开班", short=True), Column("现行最迟", short=True),
                Column("改为", short=True),
            ],
            rows=view.touched,
            cells=lambda row: (row.title, row.starts, row.before, row.after),
            testid="touched",
        ),
        rx.el.p("没有正在办理的项目因此改变最迟备案日。", class_name="soft"),
    )  # fmt: skip


def _month(month: Any) -> rx.Component:
    return rx.el.table(
        rx.el.caption(month.title),
        rx.el.thead(rx.el.tr(*[rx.el.th(day, scope="col") for day in WEEKDAYS])),
        rx.el.tbody(rx.foreach(month.weeks, lambda week: rx.el.tr(rx.foreach(week, _cell)))),
        class_name="month card",
        data_testid="month",
    )


def _cell(cell: Any) -> rx.Component:
    word = rx.cond(cell.worked, "班", "休")
    return rx.el.td(
        rx.cond(
            cell.number != "",
            rx.fragment(
                rx.el.b(cell.number),
                rx.cond(cell.special, rx.el.span(f"{word}{cell.name}", class_name="small")),
                rx.cond(cell.drafted, rx.el.span("未发布", class_name="small late")),
            ),
        ),
        class_name=rx.cond(
            cell.number == "", "", rx.cond(cell.worked, "worked", "off")
        ),
    )  # fmt: skip


def _versions(view: Any) -> rx.Component:
    return section(
        table(
            caption="发布过的版本", caption_hidden=True,
            columns=[
                Column("版本"), Column("时间", short=True), Column("发布人", short=True),
                Column("依据或说明"),
            ],
            rows=view.versions,
            cells=lambda row: (f"第{row.version}版", row.at, row.who, row.note),
            testid="versions",
        ),
        title="发布过的版本",
    )  # fmt: skip
