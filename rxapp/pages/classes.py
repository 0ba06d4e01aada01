"""培训班: what learners may choose from, and one class with its places."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button
from rxapp.components.cards import badge, card, list_row, row_list, section
from rxapp.components.field import field, select_field
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.project_facts import fact_list
from rxapp.components.project_form import PROFESSIONS, SUBJECTS
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.classes import ClassesState, ClassState


def page() -> rx.Component:
    """The classes to choose from, one's own first."""
    state: Any = ClassesState
    return framed(
        error_box(error=state.error),
        rx.cond(state.loaded, _all(state), loading()),
        title="培训班",
        active=routes.PROFESSIONAL_COURSES,
        intro="已备案、可以认定学时的面授、远程和实地观摩培训，开班前可以报名。",
    )


def _all(state: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            state.own.length() > 0,
            section(row_list(rx.foreach(state.own, _row), testid="own-classes"), title="我的报名"),
        ),
        section(
            _filters(state),
            rx.cond(
                state.rows.length() > 0,
                row_list(rx.foreach(state.rows, _row), testid="classes"),
                empty_state(
                    title="没有符合条件的培训班",
                    text="举办单位备案通过后显示在这里，可以换一个条件再查。",
                    action="全部培训班",
                    href=routes.CLASSES,
                ),
            ),
            rx.cond(state.next_after != "", more_button(on_click=state.more)),
            title="可以参加的培训班",
        ),
        class_name="stack-wide",
    )


def _filters(state: Any) -> rx.Component:
    wanted = state.wanted
    return rx.el.form(
        rx.el.div(
            select_field(
                name="subject", label="科目", options=SUBJECTS, blank="全部", required=False,
                value=wanted["subject"], key=f"subject-{wanted['subject']}", testid="by-subject",
            ),
            select_field(
                name="field", label="行业领域", options=PROFESSIONS, blank="全部", required=False,
                value=wanted["field"], key=f"field-{wanted['field']}", testid="by-field",
            ),
            field(
                name="month", label="开班月份", kind="month", required=False,
                value=wanted["month"], key=f"month-{wanted['month']}", testid="by-month",
            ),
            field(
                name="q", label="名称或举办单位", kind="search", required=False, value=wanted["q"],
                key=f"q-{wanted['q']}", max_length=60, testid="by-q",
            ),
            button("查找", type="submit", icon_name="search", testid="classes-find"),
            class_name="filters",
        ),
        on_submit=state.search,
        role="search",
        aria_label="查找培训班",
        data_testid="class-filters",
    )  # fmt: skip


def _row(row: Any) -> rx.Component:
    return list_row(
        title=row.title,
        detail=f"{row.dates}，{row.hours}学时，{row.subject}，{row.form}，{row.organiser}，{row.left}",
        href=f"/classes/{row.id}",
        state=row.state,
        tone=row.tone,
        testid="class",
    )


def class_page() -> rx.Component:
    """One class."""
    state: Any = ClassState
    view = state.view
    return framed(
        done_box(message=state.done),
        once_loaded(
            ClassState,
            view,
            card(
                rx.el.p(badge(text=view.state, tone=view.tone)),
                rx.el.p(
                    rx.el.b(view.hours), " 学时，", view.dates, class_name="hours-line"
                ),
                rx.el.p(f"名额{view.capacity}人，已报名{view.enrolled}人", data_testid="places"),
                notice(view.said, testid="class-said"),
                rx.cond(
                    view.may_enrol,
                    button("报名", kind="primary", on_click=state.enrol, testid="enrol"),
                ),
                rx.cond(
                    view.may_leave, button("取消报名", on_click=state.leave, testid="leave")
                ),
                title="报名",
            ),
            card(fact_list(view.facts), title="培训安排"),
            otherwise=("返回培训班", routes.CLASSES),
        ),
        title=rx.cond(view, view.title, "培训班"),
        active=routes.PROFESSIONAL_COURSES,
        intro=rx.cond(view, view.organiser, ""),
    )  # fmt: skip
