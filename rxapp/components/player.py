"""The place on a page where a lesson is watched."""

from typing import Any

import reflex as rx


def player(*, lesson_id: Any, title: Any, course_url: Any, next_url: Any = "") -> rx.Component:
    """The empty frame that the player fills; another lesson gets a new frame.

    React must keep it empty: what is inside belongs to the script. An empty `next_url` means
    that there is no next lesson.
    """
    return rx.el.section(
        key=lesson_id,
        class_name="player",
        custom_attrs={
            "data-rx": "player",
            "data-testid": "player",
            "data-lesson": lesson_id,
            "data-title": title,
            "data-course-url": course_url,
            "data-next-url": next_url,
            "aria-label": title,
        },
    )
