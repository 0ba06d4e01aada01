"""帮助: the handbooks, one page per part somebody plays."""

from __future__ import annotations

import reflex as rx

from rxapp import routes
from rxapp.components.actions import tabs
from rxapp.components.cards import card
from rxapp.handbook import bureau, clerk, department, learner
from rxapp.handbook.part import Part
from rxapp.pages.framing import framed

BOOKS = (
    ("学员", routes.HELP),
    ("单位", routes.HELP_EMPLOYER),
    ("主管部门", routes.HELP_DEPARTMENT),
    ("人社局", routes.HELP_BUREAU),
)


def page() -> rx.Component:
    """For professionals."""
    return _book("学员手册", routes.HELP, learner.INTRO, learner.PARTS)


def employer() -> rx.Component:
    """For clerks of employers."""
    return _book("单位管理员手册", routes.HELP_EMPLOYER, clerk.INTRO, clerk.PARTS)


def for_department() -> rx.Component:
    """For clerks of competent departments."""
    return _book("主管部门手册", routes.HELP_DEPARTMENT, department.INTRO, department.PARTS)


def for_bureau() -> rx.Component:
    """For clerks of bureaus."""
    return _book("人力资源社会保障局手册", routes.HELP_BUREAU, bureau.INTRO, bureau.PARTS)


def _book(title: str, path: str, intro: str, parts: tuple[Part, ...]) -> rx.Component:
    return framed(
        tabs(label="手册", items=[(label, href, href == path) for label, href in BOOKS]),
        rx.el.div(
            *[
                card(*[rx.el.p(paragraph) for paragraph in part.paragraphs], title=part.title)
                for part in parts
            ],
            class_name="stack-wide",
        ),
        title=title,
        active=routes.HELP,
        intro=intro,
    )
