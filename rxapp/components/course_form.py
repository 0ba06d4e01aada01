"""A course being made: its facts kept one by one, its lessons, what is still missing."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button, link
from rxapp.components.cards import card
from rxapp.components.field import field, select_field, text_area
from rxapp.components.messages import notice
from rxapp.rules.subjects import Subject

SUBJECTS = [(subject.value, subject.label) for subject in Subject]


def facts(state: Any, view: Any) -> rx.Component:
    """Title, summary, year, subject, series and hours; each is kept when it is left."""
    return card(
        rx.el.div(
            _text(state, "title", "课程名称", max_length=120),
            rx.el.div(
                _text(state, "year", "年度", input_mode="numeric", max_length=4),
                select_field(
                    name="subject", label="科目", options=SUBJECTS, value=state.typed["subject"],
                    on_change=lambda value: state.keep("subject", value), testid="fact-subject",
                ),
                _text(state, "series", "系列或行业领域", max_length=60),
                _text(state, "hours", "学时", input_mode="decimal", max_length=6,
                      hint=f"视频合计 {view.film_time}，最多可计 {view.most_hours} 学时"),
                class_name="field-grid",
            ),
            text_area(
                name="summary", label="课程简介", required=False, max_length=600, rows="3",
                value=state.typed["summary"], testid="fact-summary",
                on_blur=lambda value: state.keep("summary", value),
            ),
            rx.el.p("填写的内容离开输入框时自动保存。", class_name="soft small"),
            key=f"facts-{view.id}-{state.drawn}",
            class_name="form",
        ),
        title="课程信息",
        testid="facts",
    )  # fmt: skip


def missing_list(view: Any) -> rx.Component:
    """What stands in the way of sending it in; each leads to its lesson."""
    return rx.cond(
        view.missing.length() > 0,
        notice(
            rx.el.ul(
                rx.foreach(
                    view.missing,
                    lambda each: rx.el.li(
                        rx.cond(
                            each.lesson_id > 0,
                            link(
                                each.sentence,
                                href=f"/desk/courses/{view.id}?lesson={each.lesson_id}",
                            ),
                            each.sentence,
                        )
                    ),
                ),
                class_name="plain-notes",
            ),
            title=f"提交前还缺{view.missing.length()}项",
            tone="warn",
            testid="missing",
        ),
        notice("内容已齐全，可以提交审核。", tone="good", testid="whole"),
    )


def lessons(state: Any, view: Any) -> rx.Component:
    """The lessons in their order, and a place for one more."""
    return card(
        rx.cond(
            view.lessons.length() > 0,
            rx.el.ul(
                rx.foreach(view.lessons, lambda each: _lesson(state, view, each)),
                class_name="list",
            ),
            rx.el.p("还没有课时，请先添加。", class_name="soft"),
        ),
        rx.cond(
            view.editable,
            rx.el.form(
                field(
                    name="lesson", label="新课时的名称", max_length=120, testid="lesson-title",
                    error=state.field_errors["lesson"],
                ),
                button("添加课时", type="submit", testid="lesson-add"),
                key=f"lesson-{view.id}-{view.lessons.length()}",
                on_submit=state.add_lesson,
                no_validate=True,
                class_name="form",
            ),
        ),
        title="课时",
        testid="lessons",
    )  # fmt: skip


def _lesson(state: Any, view: Any, each: Any) -> rx.Component:
    title = f"{each.position}. {each.title}"
    return rx.el.li(
        rx.cond(
            each.poster != "",
            rx.el.img(src=each.poster, alt="", class_name="lesson-poster"),
        ),
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    link(
                        title, href=f"/desk/courses/{view.id}?lesson={each.id}",
                        testid="lesson-open",
                    ),
                    class_name="list-row-title",
                ),
                rx.el.p(
                    rx.cond(each.duration != "", f"视频 {each.duration}", "还没有视频"),
                    f"，弹题{each.questions}道",
                    rx.cond(each.questions < each.needed, f"，至少要有{each.needed}道", ""),
                    class_name="soft small",
                ),
                class_name="list-row-text",
            ),
            rx.cond(
                view.editable,
                rx.el.div(
                    button(
                        "上移", on_click=state.move(each.id, "up"), disabled=each.is_first,
                        testid="lesson-up", aria_label=rx.Var.create("上移") + title,
                    ),
                    button(
                        "下移", on_click=state.move(each.id, "down"), disabled=each.is_last,
                        testid="lesson-down", aria_label=rx.Var.create("下移") + title,
                    ),
                    class_name="row",
                ),
            ),
            class_name="list-row-body",
        ),
        class_name="list-row still",
    )  # fmt: skip


def _text(state: Any, name: str, label: str, *, hint: Any = "", **props: Any) -> rx.Component:
    return field(
        name=name, label=label, hint=hint, value=state.typed[name], testid=f"fact-{name}",
        on_blur=lambda value: state.keep(name, value), **props,
    )  # fmt: skip
