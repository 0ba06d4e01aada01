"""工作台 · 课程审核: what waits for the bureau, and every course by its state."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import filter_group, link, more_button
from rxapp.components.cards import badge
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desk_courses import TONES
from rxapp.pages.desking import staffed
from rxapp.rules.courses import Status
from rxapp.state.course_reviews import CourseReviewsState

SHOWN = (Status.SUBMITTED, Status.RETURNED, Status.PUBLISHED, Status.SUPERSEDED, Status.WITHDRAWN)
STATES = [(status.value, status.label) for status in SHOWN]


def page() -> rx.Component:
    """The queue; each course leads to its preview, where it is decided on."""
    state: Any = CourseReviewsState
    return staffed(
        error_box(error=state.error),
        filter_group(
            label="状态", options=STATES, chosen=state.status, on_choose=state.filter,
            testid="review-state",
        ),
        rx.cond(state.loaded, _rows(state), loading()),
        title="课程审核",
        active=routes.DESK_COURSE_REVIEWS,
        intro=f"等待审核的课程共{state.waiting}门。观看视频、核对弹题和学时后发布或退回。",
    )  # fmt: skip


def _rows(state: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="课程", caption_hidden=True,
                columns=[
                    Column("课程"), Column("制作单位"), Column("科目", short=True),
                    Column("年度", short=True), Column("学时", numeric=True),
                    Column("提交日期", short=True), Column("状态", short=True),
                ],
                rows=state.rows,
                cells=_cells,
                testid="reviews",
            ),
            empty_state(
                title="没有这样的课程", text="继续教育基地和各局提交的课程列在“待审核”中。",
                testid="no-reviews",
            ),
        ),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        link(
            row.title, rx.cond(row.edition > 1, f"（第{row.edition}版）", ""),
            href=f"/desk/courses/{row.id}/preview", testid="review-open",
        ),
        row.teacher, row.subject, row.year, row.hours, row.since,
        badge(text=row.state, tone=rx.match(row.status, *TONES, "plain")),
    )  # fmt: skip
