"""工作台 · 培训项目: one's own classes, and a new one by its first day."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button, more_button
from rxapp.components.cards import badge, card, section
from rxapp.components.field import field, select_field
from rxapp.components.messages import empty_state, error_box, loading, notice
from rxapp.components.project_form import organiser_choice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.projects import Status
from rxapp.state.projects import ProjectNewState, ProjectsState

STATES = [(each.value, each.label) for each in Status]


def page() -> rx.Component:
    """The list, with its filters and the way to a new one."""
    state: Any = ProjectsState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.loaded, _list(state), loading()),
        title="培训项目",
        active=routes.DESK_PROJECTS,
        intro="培训项目应于开班5个工作日前备案，事前不备案的项目不得认定学时。",
    )


def _list(state: Any) -> rx.Component:
    return section(
        rx.el.div(
            link_button(
                "新的培训项目", href=routes.DESK_PROJECT_NEW, kind="primary", testid="project-new"
            ),
            link_button("年度培训计划", href=routes.DESK_PLANS, testid="to-plans"),
            link_button("培训需求", href=routes.DESK_NEEDS, testid="to-needs"),
            class_name="row",
        ),
        _filters(state),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="培训项目", caption_hidden=True,
                columns=[
                    Column("名称"), Column("培训日期"), Column("学时", numeric=True),
                    Column("报名", short=True), Column("类别", short=True),
                    Column("状态", short=True), Column("办理", short=True),
                ],
                rows=state.rows,
                cells=_cells,
                testid="projects",
            ),
            empty_state(
                title="没有符合条件的培训项目",
                text="举办培训班前，先填写开班日期，再填写备案表。",
                action="新的培训项目",
                href=routes.DESK_PROJECT_NEW,
            ),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="本单位的项目",
        class_name="stack",
    )  # fmt: skip


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            select_field(
                name="status", label="状态", options=STATES, blank="全部", required=False,
                value=state.status, key=f"status-{state.status}", testid="project-status",
            ),
            field(
                name="q", label="名称", kind="search", required=False, value=state.query,
                key=f"q-{state.query}", max_length=60, testid="project-q",
            ),
            button("查找", type="submit", icon_name="search", testid="project-find"),
            class_name="filters",
        ),
        on_submit=state.narrow,
        role="search",
        aria_label="查找培训项目",
        data_testid="project-filters",
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    href = f"/desk/projects/{row.id}"
    return (
        link(row.title, href=href, testid="project"),
        row.dates, row.hours, row.places, row.kind, badge(text=row.state, tone=row.tone),
        link(row.todo, href=href, testid="project-open", aria_label=f"{row.todo}：{row.title}"),
    )  # fmt: skip


def new_page() -> rx.Component:
    """The first day is asked before anything else."""
    state: Any = ProjectNewState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.loaded, _ask(state), loading()),
        title="新的培训项目",
        active=routes.DESK_PROJECTS,
        intro="先填写开班日期，核对最迟备案日，再填写备案表。",
    )


def _ask(state: Any) -> rx.Component:
    return rx.el.div(
        card(
            rx.el.form(
                organiser_choice(state.organisers),
                field(
                    name="starts_on", label="开班日期", kind="date",
                    value=state.typed["starts_on"], error=state.field_errors["starts_on"],
                    hint="培训班的第一天", testid="starts_on",
                ),
                button("查看最迟备案日", type="submit", kind="primary", testid="ask"),
                on_submit=state.ask,
                no_validate=True,
                class_name="form",
                data_testid="ask-form",
            ),
            title="开班日期",
        ),
        rx.cond(
            state.asked,
            card(
                rx.el.p(state.asked.sentence, data_testid="deadline"),
                rx.cond(
                    state.asked.late,
                    notice(
                        "按周一至周五计算已超过最迟备案日。因工作日历尚未公布，仍可报备，由审核人员核对。",
                        tone="warn",
                        testid="late",
                    ),
                ),
                button(
                    "填写备案表", kind="primary", on_click=state.begin, testid="project-begin"
                ),
                title="可以备案",
                testid="asked",
            ),
        ),
        class_name="stack-wide",
    )  # fmt: skip
