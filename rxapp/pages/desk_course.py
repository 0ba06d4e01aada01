"""工作台 · 课程制作: one course, its facts, lessons, films and questions."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, file_link, link_button
from rxapp.components.cards import badge, card, definition_list
from rxapp.components.course_form import facts, lessons, missing_list
from rxapp.components.film_box import refresher
from rxapp.components.lesson_form import checking_notice, lesson_panel
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desk_courses import TONES
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.course_making import CourseMakingState


def page() -> rx.Component:
    """The course, or one of its lessons opened."""
    state: Any = CourseMakingState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            CourseMakingState,
            view,
            rx.cond(state.panel, lesson_panel(state, view, state.panel), _course(state, view)),
            otherwise=("返回课程制作", routes.DESK_COURSES),
        ),
        refresher(state.refresh),
        title=rx.cond(view, view.title, "课程"),
        active=routes.DESK_COURSES,
        intro=rx.cond(view, f"第{view.edition}版　{view.state}", ""),
    )


def _course(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            view.note != "",
            notice(rx.el.p(view.note), title=f"{view.state}，理由：", tone="warn", testid="note"),
        ),
        rx.cond(view.stopped != "", notice(view.stopped, testid="stopped")),
        rx.cond(view.checking, checking_notice(state)),
        rx.cond(view.editable, missing_list(view)),
        rx.cond(view.editable, facts(state, view), _told(view)),
        lessons(state, view),
        _acts(state, view),
        course_steps(view),
        class_name="stack-wide",
    )


def _told(view: Any) -> rx.Component:
    return card(course_facts(view), title="课程信息", testid="facts")


def course_facts(view: Any) -> rx.Component:
    """What a course is, as it was sent in."""
    return definition_list(
        rows=[
            ("制作单位", view.teacher), ("年度", view.typed["year"]),
            ("科目", view.subject_label), ("系列或行业领域", view.typed["series"]),
            ("学时", view.typed["hours"]),
            ("视频合计", f"{view.film_time}，最多可计 {view.most_hours} 学时"),
            ("课程简介", rx.cond(view.typed["summary"] != "", view.typed["summary"], "无")),
            ("课程编号", view.code),
            ("状态", badge(text=view.state, tone=rx.match(view.status, *TONES, "plain"))),
        ]
    )  # fmt: skip


def _acts(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            view.editable,
            button("提交审核", kind="primary", on_click=state.submit, testid="course-submit"),
        ),
        rx.cond(view.may_recall, button("收回修改", on_click=state.recall, testid="course-recall")),
        rx.cond(view.may_renew, button("制作新版", on_click=state.renew, testid="course-renew")),
        link_button("预览", href=f"/desk/courses/{view.id}/preview", testid="course-preview"),
        rx.cond(
            view.may_export,
            file_link("导出课程包", href=f"/files/courses/{view.id}.zip", testid="course-export"),
        ),
        link_button("返回课程制作", href=routes.DESK_COURSES, testid="to-courses"),
        rx.cond(
            view.editable,
            rx.el.details(
                rx.el.summary("删除草稿"),
                rx.el.p("课时、视频和弹题一并删除，不能恢复。"),
                button("确认删除", kind="danger", on_click=state.discard, testid="course-discard"),
                data_testid="course-removal",
            ),
        ),
        class_name="row",
    )


def course_steps(view: Any) -> rx.Component:
    """Everything that was done with a course."""
    return rx.cond(
        view.steps.length() > 0,
        card(
            table(
                caption="办理过程", caption_hidden=True,
                columns=[
                    Column("时间", short=True), Column("办理人", short=True),
                    Column("办理", short=True), Column("说明"),
                ],
                rows=view.steps,
                cells=lambda step: (step.at, step.who, step.act, step.note),
                testid="course-steps",
            ),
            title="办理过程",
        ),
    )  # fmt: skip
