"""What a filing says, line by line, and what became of each filing of a class."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import anchor
from rxapp.components.cards import badge
from rxapp.components.messages import notice


def fact_list(facts: Any, *, testid: str = "facts") -> rx.Component:
    """Each line of a filing; a changed one says what holds until then."""
    return rx.el.dl(rx.foreach(facts, _fact), class_name="pairs", data_testid=testid)


def file_list(files: Any) -> rx.Component:
    """The materials, to open; nothing where there are none."""
    return rx.cond(
        files.length() > 0,
        rx.el.ul(
            rx.foreach(
                files,
                lambda file: rx.el.li(
                    anchor(file.name, href=file.href, target="_blank", testid="material")
                ),
            ),
            class_name="case-files",
            data_testid="materials",
        ),
        rx.el.p("没有上传材料。", class_name="soft"),
    )


def edition_list(editions: Any) -> rx.Component:
    """Every filing of a class, the newest first, each with the calendar it was judged by."""
    return rx.el.ol(rx.foreach(editions, _edition), class_name="case-lines", data_testid="editions")


def late_notice(sentence: Any) -> rx.Component:
    """Says that a filing may have come too late; nothing where it did not."""
    return rx.cond(sentence != "", notice(sentence, tone="warn", testid="late"))


def _fact(fact: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label),
        rx.el.dd(
            rx.el.span(fact.text, class_name="said"),
            rx.cond(
                fact.changed,
                rx.el.p(
                    badge(text="有变更", tone="warn"),
                    rx.el.span(f" 原为：{fact.before}", class_name="soft said"),
                    data_testid="changed",
                ),
            ),
        ),
    )


def _edition(edition: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.b(f"第{edition.edition}次报备"), " ", badge(text=edition.state, tone=edition.tone)
        ),
        rx.el.p(f"{edition.filed} {edition.filer}报备", class_name="small"),
        rx.el.p(edition.calendar, class_name="soft small"),
        rx.cond(
            edition.decided != "", rx.el.p(f"{edition.decided}办理", class_name="small")
        ),
        rx.cond(edition.note != "", rx.el.p(f"意见：{edition.note}")),
    )  # fmt: skip
