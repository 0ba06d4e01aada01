"""One lesson and its player."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button
from rxapp.components.messages import notice
from rxapp.components.player import player
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.courses import LessonState


def page() -> rx.Component:
    """The player, with the lesson's place in its course."""
    view: Any = LessonState.view
    return framed(
        once_loaded(
            LessonState,
            view,
            rx.el.p(
                view.course_title,
                f"　第{view.position}课时，共{view.lessons}课时",
                class_name="soft",
            ),
            rx.cond(
                view.closed != "",
                notice(view.closed, tone="warn", testid="closed"),
                _player(view),
            ),
            _neighbours(view),
            otherwise=("查看全部课程", routes.PUBLIC_COURSES),
        ),
        title=rx.cond(view, view.title, "课时"),
    )


def _player(view: Any) -> rx.Component:
    return player(
        lesson_id=view.id,
        title=view.title,
        course_url=f"/course/{view.course_id}",
        next_url=rx.cond(view.next_lesson_id, f"/learn/{view.next_lesson_id}", ""),
    )


def _neighbours(view: Any) -> rx.Component:
    return rx.el.nav(
        rx.cond(
            view.previous_lesson_id,
            link_button("上一课时", href=f"/learn/{view.previous_lesson_id}", testid="previous"),
        ),
        link_button("返回课程", href=f"/course/{view.course_id}", testid="to-course"),
        rx.cond(
            view.next_lesson_id,
            link_button("下一课时", href=f"/learn/{view.next_lesson_id}", testid="next"),
        ),
        aria_label="课时",
        class_name="row",
    )
