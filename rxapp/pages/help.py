"""帮助: the handbooks, served inside the app."""

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card, section
from rxapp.handbook import clerk, learner
from rxapp.handbook.part import Part
from rxapp.pages.framing import framed
from rxapp.state.shell import ShellState


def page() -> rx.Component:
    """The learner's handbook, and the clerk's for whoever works at a desk."""
    return framed(
        _parts(learner.PARTS),
        rx.cond(
            ShellState.is_staff,
            section(
                rx.el.p(clerk.INTRO, class_name="soft"), _parts(clerk.PARTS), title="单位管理员手册"
            ),
        ),
        title="学员手册",
        active=routes.HELP,
        intro=learner.INTRO,
    )


def _parts(parts: tuple[Part, ...]) -> rx.Component:
    return rx.el.div(
        *[
            card(*[rx.el.p(paragraph) for paragraph in part.paragraphs], title=part.title)
            for part in parts
        ],
        class_name="stack-wide",
    )
