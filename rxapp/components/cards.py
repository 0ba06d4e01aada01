"""Cards, rows and figures that carry a page's content."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import link
from rxapp.components.bound import Items, Number, Text, classes, each, either, filled
from rxapp.components.icons import icon


def card(*children: Any, title: Text = "", testid: str = "", **props: Any) -> rx.Component:
    """A framed part of a page, with a heading of the second level when it has a title."""
    named = {"data_testid": testid} if testid else {}
    return rx.el.section(
        filled(title, rx.el.h2(title)),
        *children,
        class_name=classes("card", props.pop("class_name", "")),
        **named,
        **props,
    )


def section(
    *children: Any, title: Text, aside: Any = "", testid: str = "", **props: Any
) -> rx.Component:
    """An unframed part of a page: a heading, something small beside it, and the content."""
    named = {"data_testid": testid} if testid else {}
    beside = [] if isinstance(aside, str) and not aside else [rx.el.div(aside, class_name="soft")]
    return rx.el.section(
        rx.el.div(rx.el.h2(title), *beside, class_name="section-head"), *children, **named, **props
    )


def card_grid(*children: Any, testid: str = "cards") -> rx.Component:
    """Cards beside each other where there is room."""
    return rx.el.div(*children, class_name="cards", data_testid=testid)


def course_card(
    *,
    href: Text,
    title: Text,
    series: Text,
    hours: Text,
    percent: Number = 0,
    state: Text = "",
    tone: Text = "plain",
    level: int = 2,
    provider: Text = "",
    note: Text = "",
    testid: Text = "course",
) -> rx.Component:
    """A course to open; `state` is a word such as 学习中 and `tone` its badge's colour.

    `provider` is who teaches, `note` what is to be said of the edition. `level` is 2 right below
    the page's title, 3 within a section.
    """
    heading = rx.el.h2 if level == 2 else rx.el.h3
    return rx.el.article(
        rx.el.div(
            rx.el.span(series, class_name="soft small"),
            filled(state, badge(text=state, tone=tone)),
            class_name="row row-between",
        ),
        heading(link(title, href=href, testid=testid)),
        filled(provider, rx.el.p(provider, class_name="soft small")),
        filled(note, rx.el.p(note, class_name="small")),
        rx.el.div(
            rx.el.p(rx.el.b(hours), " 学时", class_name="hours"),
            progress(percent=percent, label="学习进度"),
            class_name="course-end",
        ),
        class_name="card course",
    )


def row_list(*children: Any, testid: str = "list") -> rx.Component:
    """A framed list of rows."""
    return rx.el.ul(*children, class_name="list", data_testid=testid)


def list_row(
    *,
    title: Text,
    detail: Text = "",
    value: Text = "",
    href: Text = "",
    icon_name: str = "",
    state: Text = "",
    tone: Text = "plain",
    testid: Text = "row",
) -> rx.Component:
    """One line of a list; the whole line is pressed when it leads somewhere."""
    shown = [icon(icon_name)] if icon_name else []
    return rx.el.li(
        *shown,
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    filled(href, link(title, href=href, testid=testid), rx.el.span(title)),
                    class_name="list-row-title",
                ),
                filled(detail, rx.el.p(detail, class_name="soft small")),
                class_name="list-row-text",
            ),
            rx.el.div(
                filled(state, badge(text=state, tone=tone)),
                filled(value, rx.el.span(value, class_name="hours")),
                class_name="list-row-end",
            ),
            class_name="list-row-body",
        ),
        filled(href, icon("arrow")),
        class_name="list-row",
    )


def stats(*, items: Items, testid: str = "stats") -> rx.Component:
    """Figures side by side; an item is (label, value, unit)."""
    return rx.el.dl(each(items, _stat), class_name="stats", data_testid=testid)


def definition_list(*, rows: Items, testid: str = "pairs") -> rx.Component:
    """Terms and what they are; a row is (term, value)."""
    return rx.el.dl(each(rows, _pair), class_name="pairs", data_testid=testid)


def badge(*, text: Text, tone: Text = "plain") -> rx.Component:
    """One word of status; `tone` is plain, accent, good, warn or bad."""
    return rx.el.span(text, class_name=classes("badge", f"badge-{tone}"))


def progress(*, percent: Number, label: Text, testid: str = "progress") -> rx.Component:
    """A bar with its percentage in text."""
    return rx.el.div(
        rx.el.progress(value=percent, max=100, aria_label=label),
        rx.el.span(f"{percent}%", aria_hidden="true"),
        class_name="progress",
        data_testid=testid,
    )


def certificate_card(
    *children: Any, title: Text, sample: bool | rx.Var = False, testid: str = "certificate"
) -> rx.Component:
    """The card of a certificate, the one place with the seal's red; a sample says so."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title),
            either(sample, rx.el.span("样例", class_name="seal")),
            class_name="row row-between",
        ),
        *children,
        class_name="card certificate",
        data_testid=testid,
    )


def _stat(item: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(item[0]), rx.el.dd(rx.el.b(item[1]), " ", item[2]), class_name="stat")


def _pair(row: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(row[0]), rx.el.dd(row[1]))
