"""The file of a matter: its lines one below the other, and the places to say something in it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import anchor
from rxapp.components.bound import Items
from rxapp.components.cards import badge
from rxapp.components.field import text_area
from rxapp.components.form import hidden, post_form
from rxapp.components.uploader import uploader
from rxapp.rules.cases import LONGEST_TEXT, MOST_FILES


def case_lines(*, lines: Items, testid: str = "case-lines") -> rx.Component:
    """Every line with who, when, on what basis, and its files to open."""
    return rx.el.ol(rx.foreach(lines, _line), class_name="case-lines", data_testid=testid)


def case_files(*, files: Items, testid: str = "case-files") -> rx.Component:
    """Files to open, each with the name it came with."""
    return rx.el.ul(
        rx.foreach(
            files,
            lambda file: rx.el.li(
                anchor(
                    file.name, f"（共{file.pages}页）",
                    href=file.file, target="_blank", testid="case-file",
                )
            ),
        ),
        class_name="case-files",
        data_testid=testid,
    )  # fmt: skip


def word_form(
    *, action: str, label: str, hint: str, name: str, value: Any, submit_label: str, testid: str
) -> rx.Component:
    """A box for what is said, places for files, and the one button that hands it in.

    `name` and `value` say what it is said to: a matter or an order.
    """
    return post_form(
        hidden(name=name, value=value),
        text_area(name="text", label=label, hint=hint, max_length=LONGEST_TEXT, rows=8),
        file_fields(),
        action=action,
        submit_label=submit_label,
        testid=testid,
    )


def file_fields() -> rx.Component:
    """Places for files: one in view, the others behind a press."""
    return rx.fragment(
        _file(1),
        rx.el.details(
            rx.el.summary("再附材料"),
            rx.el.div(*[_file(place) for place in range(2, MOST_FILES + 1)], class_name="form"),
        ),
    )


def _file(place: int) -> rx.Component:
    return uploader(
        purpose="case", name=f"file_{place}", label=f"证明材料{place}", required=False,
        hint="拍照或选择图片、PDF，不超过10兆字节",
    )  # fmt: skip


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.b(line.kind),
            rx.cond(line.late, rx.fragment(" ", badge(text="逾期", tone="warn"))),
            class_name="case-kind",
        ),
        rx.el.p(f"{line.at}　{line.office}　{line.who}", class_name="soft small"),
        rx.cond(line.fact != "", rx.el.p(line.fact)),
        rx.cond(line.text != "", rx.el.p(line.text, class_name="said")),
        rx.cond(line.basis != "", rx.el.p("依据：", line.basis, class_name="soft small")),
        rx.cond(line.files.length() > 0, case_files(files=line.files)),
    )
