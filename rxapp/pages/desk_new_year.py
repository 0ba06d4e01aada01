"""开启新年度: what copying the last year would bring, and which courses go over."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import badge, card, definition_list, section
from rxapp.components.messages import done_box, empty_state, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.years import NewYearState


def page() -> rx.Component:
    """The summary first, then one press."""
    state: Any = NewYearState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            NewYearState,
            view,
            rx.cond(
                view.closed != "",
                notice(view.closed, testid="not-yet"),
                rx.fragment(_summary(view), _courses(state, view), _press(state, view)),
            ),
        ),
        link_button("返回年度设置", href=routes.DESK_YEARS, testid="to-years"),
        title="开启新年度",
        active=routes.DESK_YEARS,
        intro="复制上一年度的要求、期限和课程。新年度的课程从学习期限的第一天起开放，学时另行计算。",
    )


def _summary(view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.opened != "",
            notice(
                f"{view.year}年度已于{view.opened}开启，还可以继续沿用课程。",
                tone="good", testid="opened",
            ),
            rx.el.p(f"由{view.before}年度复制，期限顺延一年。开启后可以在年度设置中修改。"),
        ),
        definition_list(rows=view.lines, testid="new-year-lines"),
        title=f"{view.year}年度的要求和期限",
    )  # fmt: skip


def _courses(state: Any, view: Any) -> rx.Component:
    return section(
        rx.cond(
            view.courses.length() > 0,
            rx.fragment(
                button("全选或全不选", on_click=state.toggle_all, testid="toggle-all"),
                table(
                    caption="沿用的课程", caption_hidden=True,
                    columns=[
                        Column("课程"), Column("科目", short=True), Column("系列"),
                        Column("学时", numeric=True), Column("状态", short=True),
                    ],
                    rows=view.courses,
                    cells=lambda row: _cells(state, row),
                    testid="courses",
                ),
            ),
            empty_state(title="上一年度没有已发布的课程", text="发布课程后，可以在这里沿用。"),
        ),
        title=f"沿用{view.before}年度的课程",
        class_name="stack",
    )  # fmt: skip


def _cells(state: Any, row: Any) -> tuple[Any, ...]:
    named = rx.cond(
        row.there,
        rx.el.span(row.title),
        rx.el.label(
            rx.el.input(
                type="checkbox", checked=state.chosen.contains(row.id),
                on_change=lambda _checked: state.toggle(row.id), data_testid="course-tick",
            ),
            rx.el.span(row.title),
            class_name="choice",
        ),
    )  # fmt: skip
    done = rx.cond(row.there, badge(text="已沿用", tone="good"), badge(text="未沿用"))
    return (named, row.subject, row.series, row.hours, done)


def _press(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(f"已勾选{state.chosen.length()}门课程。", role="status", data_testid="chosen"),
        button(
            rx.cond(view.opened != "", "沿用所选课程", f"开启{view.year}年度"),
            kind="primary", on_click=state.open_it, testid="open-year",
        ),
        class_name="stack",
    )  # fmt: skip
