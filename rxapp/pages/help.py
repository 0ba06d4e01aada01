"""操作手册: an overview, and a handbook per part somebody plays."""

from __future__ import annotations

import reflex as rx

from rxapp import routes
from rxapp.components.actions import tabs
from rxapp.components.cards import card, list_row, row_list
from rxapp.handbook import base, bureau, clerk, department, edition, learner, panel
from rxapp.handbook.part import Part
from rxapp.pages.framing import framed

# What a book is called, whom it is for in the tabs, where it is, what it says.
BOOKS = (
    ("学员手册", "学员", routes.HELP_LEARNER, learner),
    ("单位管理员手册", "单位", routes.HELP_EMPLOYER, clerk),
    ("主管部门手册", "主管部门", routes.HELP_DEPARTMENT, department),
    ("继续教育基地手册", "基地", routes.HELP_BASE, base),
    ("人力资源社会保障局手册", "人社局", routes.HELP_BUREAU, bureau),
    ("职称评审手册", "职称评审", routes.HELP_PANEL, panel),
)
TITLES = {path: title for title, _, path, _ in BOOKS}


def page() -> rx.Component:
    """Every handbook, with the version it is true for."""
    return framed(
        row_list(
            *[
                list_row(
                    title=title, detail=book.INTRO, href=path, icon_name="book",
                    testid=f"book-{path.rpartition('/')[2]}",
                )
                for title, _, path, book in BOOKS
            ],
            testid="books",
        ),
        rx.el.p(edition.read().words, class_name="soft small", data_testid="edition"),
        title="操作手册",
        active=routes.HELP,
        lasting=True,
        intro="按您的身份选择。管理员同时也是学员，两本都会用到。",
    )  # fmt: skip


def for_learner() -> rx.Component:
    """For professionals."""
    return _book(routes.HELP_LEARNER, learner.INTRO, learner.PARTS)


def employer() -> rx.Component:
    """For clerks of employers."""
    return _book(routes.HELP_EMPLOYER, clerk.INTRO, clerk.PARTS)


def for_department() -> rx.Component:
    """For clerks of competent departments."""
    return _book(routes.HELP_DEPARTMENT, department.INTRO, department.PARTS)


def for_base() -> rx.Component:
    """For clerks of training bases."""
    return _book(routes.HELP_BASE, base.INTRO, base.PARTS)


def for_bureau() -> rx.Component:
    """For clerks of bureaus."""
    return _book(routes.HELP_BUREAU, bureau.INTRO, bureau.PARTS)


def for_panel() -> rx.Component:
    """For title-review panels."""
    return _book(routes.HELP_PANEL, panel.INTRO, panel.PARTS)


def _book(path: str, intro: str, parts: tuple[Part, ...]) -> rx.Component:
    items = [("全部手册", routes.HELP, False)]
    items += [(label, href, href == path) for _, label, href, _ in BOOKS]
    return framed(
        tabs(label="手册", items=items),
        rx.el.div(
            *[
                card(*[rx.el.p(paragraph) for paragraph in part.paragraphs], title=part.title)
                for part in parts
            ],
            class_name="stack-wide",
        ),
        title=TITLES[path],
        active=routes.HELP,
        lasting=True,
        intro=intro,
    )
