"""Pieces of notices: the text itself, words with marks where they were found, one line at home."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import anchor, link
from rxapp.components.cards import badge
from rxapp.components.icons import icon


def rich_text(html: Any, *, testid: str = "text") -> rx.Component:
    """HTML the server has made safe; the one place where a page sets it as it is."""
    return rx.html(html, class_name="prose", data_testid=testid)


def pieces(parts: Any) -> rx.Component:
    """Words in pieces, what was looked for marked."""
    return rx.fragment(
        rx.foreach(parts, lambda part: rx.cond(part[1], rx.el.mark(part[0]), rx.el.span(part[0])))
    )


def headline(line: Any) -> rx.Component:
    """The newest notice that asks to be read, in one line; nothing when there is none."""
    return rx.cond(
        line,
        rx.cond(
            line.href != "",
            rx.el.p(
                icon("message"),
                link(line.text, href=line.href, testid="headline", class_name="clip"),
                rx.cond(
                    line.unread > 0,
                    link(f"{line.unread}条未读", href=routes.NEWS, testid="headline-unread"),
                    link("全部通知", href=routes.NEWS, testid="headline-all"),
                ),
                class_name="headline no-print",
                data_testid="headline-line",
            ),
        ),
    )


def news_row(row: Any) -> rx.Component:
    """A notice in the list; the whole row is pressed."""
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                link(pieces(row.title), href=row.href, testid="notice"),
                rx.cond(row.pinned, rx.fragment(" ", badge(text="置顶", tone="warn"))),
                rx.cond(row.unread, rx.fragment(" ", badge(text="未读", tone="accent"))),
                class_name="list-row-title",
            ),
            rx.el.p(pieces(row.excerpt), class_name="soft small"),
            rx.el.p(
                row.on,
                "　",
                row.office,
                rx.cond(row.updated != "", f"　{row.updated}", ""),
                class_name="soft small",
            ),
            class_name="list-row-text",
        ),
        class_name="list-row news-row",
        data_testid="news-row",
    )


def file_list(files: Any) -> rx.Component:
    """Attachments to save."""
    return rx.el.ul(
        rx.foreach(
            files,
            lambda file: rx.el.li(
                anchor(file.name, href=file.href, testid="notice-file", download=True),
                rx.el.span(f"（{file.size}）", class_name="soft small"),
            ),
        ),
        class_name="plain-notes",
        data_testid="notice-files",
    )
