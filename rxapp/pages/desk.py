"""工作台."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import more_button
from rxapp.components.cards import list_row, row_list, section
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.pages.desking import staffed
from rxapp.state.desk import DeskState


def page() -> rx.Component:
    """What waits for one's offices, oldest first."""
    state: Any = DeskState
    return staffed(
        error_box(error=state.error),
        rx.cond(
            state.loaded,
            rx.fragment(
                rx.cond(state.may_file, _classes(state)),
                rx.cond(
                    state.may_review,
                    rx.fragment(_claims(state), _queue(state)),
                    rx.cond(state.may_file, rx.fragment(), _nothing()),
                ),
            ),
            loading(),
        ),
        title="工作台",
        active=routes.DESK,
        intro=state.office,
    )


def _claims(state: Any) -> rx.Component:
    return row_list(
        list_row(
            title=f"学时审核：{state.claims}项等待",
            href=routes.DESK_CLAIMS,
            icon_name="claim",
            testid="claims-waiting",
        ),
        rx.cond(
            state.oldest != "",
            list_row(
                title=f"本局及下级单位共{state.below}项申报等待审核",
                detail=f"最早的一项{state.oldest}",
                href=routes.DESK_BACKLOG,
                icon_name="clock",
                testid="backlog-summary",
            ),
        ),
        rx.cond(
            state.completion != "",
            list_row(
                title=state.completion,
                detail=state.completion_detail,
                href=routes.DESK_STATISTICS,
                icon_name="ring",
                testid="completion-summary",
            ),
        ),
        rx.cond(
            state.courses > 0,
            list_row(
                title=f"课程审核：{state.courses}门等待",
                href=routes.DESK_COURSE_REVIEWS,
                icon_name="book",
                testid="courses-waiting",
            ),
        ),
        testid="claims-summary",
    )


def _classes(state: Any) -> rx.Component:
    return row_list(
        rx.cond(
            state.may_judge,
            rx.fragment(
                list_row(
                    title=f"备案审核：{state.filings}项等待", href=routes.DESK_FILINGS,
                    icon_name="checklist", testid="filings-waiting",
                ),
                list_row(
                    title=f"年度培训计划：{state.plans}份等待审核",
                    href=f"{routes.DESK_FILINGS}?place=plans", icon_name="checklist",
                    testid="plans-waiting",
                ),
            ),
        ),
        list_row(
            title=rx.cond(
                state.returned > 0, f"培训项目：{state.returned}项已退回，等待修改", "培训项目"
            ),
            detail="开班5个工作日前备案",
            href=rx.cond(
                state.returned > 0, f"{routes.DESK_PROJECTS}?status=returned", routes.DESK_PROJECTS
            ),
            icon_name="book",
            testid="own-projects",
        ),
        testid="classes-summary",
    )  # fmt: skip


def _queue(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            row_list(rx.foreach(state.rows, _row), testid="waiting"),
            empty_state(
                title="没有待办事项",
                text="人员和单位的注册、变更和更正申请提交后，显示在这里。",
                testid="nothing-waits",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
        title="待办事项",
        aside=rx.el.span(f"本单位{state.waiting}项", custom_attrs={"data-testid": "waiting-count"}),
    )


def _row(row: Any) -> rx.Component:
    return list_row(
        title=f"{row.kind}：{row.title}",
        detail=rx.cond(
            row.from_below,
            f"{row.step}，{row.since}起由{row.office}办理，已超过期限",
            f"{row.step}，{row.since}提交到本单位",
        ),
        href=f"/desk/application/{row.id}",
        state=row.age,
        tone=rx.cond(row.late, "warn", "plain"),
        testid="waiting-row",
    )


def _nothing() -> rx.Component:
    return empty_state(
        title="目前没有需要在这里办理的事项",
        text="有需要办理的事项时，显示在这里。",
    )
