"""帮助: the handbook, served inside the app."""

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card
from rxapp.handbook import learner
from rxapp.pages.framing import framed


def page() -> rx.Component:
    """The learner's handbook."""
    return framed(
        *[
            card(*[rx.el.p(paragraph) for paragraph in part.paragraphs], title=part.title)
            for part in learner.PARTS
        ],
        title="学员手册",
        active=routes.HELP,
        intro=learner.INTRO,
    )
