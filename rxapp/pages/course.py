"""One course."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button
from rxapp.components.cards import card, list_row, progress, section
from rxapp.components.messages import notice, shortened_notice
from rxapp.pages.catalogue import TONES
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.courses import CourseState


def page() -> rx.Component:
    """What the course is, its lessons, and where to go on."""
    view: Any = CourseState.view
    return framed(
        once_loaded(
            CourseState,
            view,
            rx.cond(view.shortened, shortened_notice()),
            rx.cond(view.closed != "", notice(view.closed, tone="warn", testid="closed")),
            rx.foreach(view.notes, lambda note: notice(note, tone="warn", testid="edition-note")),
            rx.cond(
                view.newest_id,
                link_button("查看新版", href=f"/course/{view.newest_id}", testid="to-newest"),
            ),
            _about(view),
            section(rx.el.ul(rx.foreach(view.lessons, _lesson), class_name="list"), title="课时"),
            otherwise=("查看全部课程", routes.PUBLIC_COURSES),
        ),
        title=rx.cond(view, view.title, "课程"),
    )


def _about(view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.poster != "", rx.el.img(src=view.poster, alt="", class_name="course-poster")
        ),
        rx.el.p(
            f"{view.year}年度", " · ", view.subject, " · ", view.series, class_name="soft"
        ),
        rx.el.p(rx.el.b(view.hours), " 学时", class_name="hours", data_testid="course-hours"),
        rx.el.p(view.summary),
        rx.el.p("提供单位：", view.provider, class_name="soft small"),
        progress(percent=view.percent, label="学习进度"),
        rx.cond(
            view.next_lesson_id & view.may_go_on & view.may_learn,
            link_button(
                rx.cond(view.percent > 0, "继续学习", "开始学习"),
                href=f"/learn/{view.next_lesson_id}", kind="primary", icon_name="play",
                testid="go-learn",
            ),
            rx.cond(
                view.state == "已完成",
                notice("本课程已学完，学时已自动记入学习档案。", tone="good", testid="done"),
            ),
        ),
    )  # fmt: skip


def _lesson(row: Any) -> rx.Component:
    return list_row(
        title=f"{row.position}. {row.title}",
        detail=f"时长 {row.duration}，已学 {row.percent}%",
        href=f"/learn/{row.id}",
        state=row.state,
        tone=rx.match(row.state, *TONES.items(), "plain"),
        icon_name="play",
        testid="lesson",
    )
