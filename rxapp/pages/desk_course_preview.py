"""工作台 · 预览: a course as a learner would see it, with its answers; here the bureau decides."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, file_link, link_button
from rxapp.components.cards import card, section
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, notice, shortened_notice
from rxapp.components.question_form import question_view
from rxapp.pages.desk_course import course_facts, course_steps
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.course_reviews import CoursePreviewState


def page() -> rx.Component:
    """What the course is, its films and questions, the bureau's word."""
    state: Any = CoursePreviewState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            CoursePreviewState,
            view,
            notice("预览不计学时，正确答案只有制作单位和审核人员能看到。", testid="preview-notice"),
            rx.cond(view.shortened, shortened_notice()),
            card(course_facts(view), title="课程信息", testid="facts"),
            rx.cond(view.missing.length() > 0, _missing(view)),
            rx.foreach(state.panels, _lesson),
            rx.cond(state.is_bureau, _verdict(state, view)),
            course_steps(view),
            otherwise=("返回课程制作", routes.DESK_COURSES),
        ),
        rx.el.div(
            rx.cond(
                state.is_bureau,
                link_button("返回课程审核", href=routes.DESK_COURSE_REVIEWS, testid="to-reviews"),
                link_button("返回课程制作", href=routes.DESK_COURSES, testid="to-courses"),
            ),
            rx.cond(
                view & view.may_export,
                file_link("导出课程包", href=f"/files/courses/{view.id}.zip", testid="export"),
            ),
            class_name="row",
        ),
        title=rx.cond(view, view.title, "课程"),
        active=routes.DESK_COURSES,
        intro=rx.cond(view, f"第{view.edition}版　{view.state}", ""),
    )


def _missing(view: Any) -> rx.Component:
    return notice(
        rx.el.ul(
            rx.foreach(view.missing, lambda each: rx.el.li(each.sentence)),
            class_name="plain-notes",
        ),
        title="还没有填好的内容",
        tone="warn",
        testid="missing",
    )


def _lesson(panel: Any) -> rx.Component:
    lesson = panel.lesson
    return section(
        rx.cond(
            lesson.film != "",
            rx.el.video(
                src=lesson.film, poster=lesson.poster, controls=True, preload="none",
                class_name="film", aria_label=lesson.title, data_testid="film",
                custom_attrs={"playsInline": True},
            ),
            rx.el.p("还没有视频。", class_name="soft"),
        ),
        rx.el.details(
            rx.el.summary(f"弹题{lesson.questions}道，按视频长度至少要有{lesson.needed}道"),
            rx.el.div(
                rx.foreach(panel.questions, lambda each: question_view(each, answer_shown=False)),
                class_name="stack",
            ),
            data_testid="lesson-questions",
        ),
        title=f"第{lesson.position}课时：{lesson.title}",
        aside=lesson.duration,
        class_name="stack",
    )  # fmt: skip


def _verdict(state: Any, view: Any) -> rx.Component:
    waits, holds = view.status == "submitted", view.status == "published"
    return rx.cond(
        waits | holds,
        card(
            rx.cond(
                waits & ~state.may_publish,
                notice(
                    "您参与制作了这门课程，应由本局其他有权发布的管理员审核发布。",
                    tone="warn",
                    testid="own-course",
                ),
            ),
            text_area(
                name="reason", label="理由", required=False, max_length=200,
                hint=rx.cond(
                    holds,
                    "撤下的，必须填写，会告知制作单位。撤下后不再接受新学，已开始的可以学完，"
                    "已记入的学时不变。",
                    "退回的，必须填写，会告知制作单位",
                ),
                error=state.field_errors["reason"], value=state.reason, on_blur=state.write,
                testid="course-reason",
            ),
            rx.el.div(
                rx.cond(
                    waits,
                    rx.fragment(
                        button(
                            "发布", kind="primary", on_click=state.decide("publish"),
                            disabled=~state.may_publish, testid="course-publish",
                        ),
                        button("退回", on_click=state.decide("return"), testid="course-return"),
                    ),
                    button(
                        "撤下", kind="danger", on_click=state.decide("withdraw"),
                        testid="course-withdraw",
                    ),
                ),
                class_name="row",
            ),
            title=rx.cond(waits, "审核", "撤下课程"),
            testid="verdict",
        ),
    )  # fmt: skip
