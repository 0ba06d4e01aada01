"""工作台 · 培训需求: employers post what their people need, bases answer with a class."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button, tabs
from rxapp.components.cards import badge, card, definition_list, section
from rxapp.components.field import field, select_field, text_area
from rxapp.components.form import hidden
from rxapp.components.messages import done_box, empty_state, error_box, loading
from rxapp.components.project_form import PROFESSIONS, SUBJECTS
from rxapp.pages.desking import staffed
from rxapp.state.needs import NeedsState

OWN, OPEN = f"{routes.DESK_NEEDS}?place=own", f"{routes.DESK_NEEDS}?place=open"


def page() -> rx.Component:
    """The needs, and the form of a new one."""
    state: Any = NeedsState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(state.loaded, _all(state), loading()),
        title="培训需求",
        active=routes.DESK_NEEDS,
        intro="用人单位提出需要的培训，继续教育基地用已备案的培训班答复。",
    )


def _all(state: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            state.may_post & state.may_answer,
            tabs(
                label="培训需求",
                items=[
                    ("本单位的需求", OWN, state.place == "own"),
                    ("各单位的需求", OPEN, state.place == "open"),
                ],
                testid="need-places",
            ),
        ),
        section(
            rx.cond(
                state.rows.length() > 0,
                rx.el.div(
                    rx.foreach(state.rows, lambda row: _need(state, row)), class_name="stack",
                    data_testid="needs",
                ),
                empty_state(
                    title="没有培训需求",
                    text=rx.cond(
                        state.place == "open", "用人单位发布后显示在这里。", "请在下方发布。"
                    ),
                ),
            ),
            rx.cond(state.next_before > 0, more_button(on_click=state.more)),
            title=rx.cond(state.place == "open", "各单位的需求", "本单位的需求"),
        ),
        rx.cond(state.may_post, _post(state)),
        class_name="stack-wide",
    )  # fmt: skip


def _need(state: Any, row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.title),
            badge(text=row.state, tone=row.tone),
            class_name="row row-between",
        ),
        definition_list(
            rows=[
                ("单位", row.organiser), ("科目", row.subject), ("行业领域", row.field),
                ("人数", row.people), ("希望完成日期", row.wanted_by), ("发布", row.at),
                ("说明", rx.cond(row.note != "", row.note, "无")),
            ]
        ),
        rx.cond(
            row.answers.length() > 0,
            rx.el.ul(
                rx.foreach(
                    row.answers,
                    lambda each: rx.el.li(
                        rx.el.a(
                            each.title, href=f"/classes/{each.project_id}",
                            data_testid="answer-class",
                        ),
                        f"（{each.organiser}，{each.dates}，{each.state}）",
                    ),
                ),
                class_name="case-files",
                aria_label="答复",
                data_testid="answers",
            ),
        ),
        rx.cond(
            (state.place == "open") & state.may_answer & ~row.mine, _answer(state, row)
        ),
        rx.cond(
            row.mine & (row.status != "closed"),
            button("关闭", on_click=state.close(row.id), testid="need-close",
                   aria_label=f"关闭：{row.title}"),
        ),
        testid="need",
    )  # fmt: skip


def _answer(state: Any, row: Any) -> rx.Component:
    return rx.cond(
        state.classes.length() > 0,
        rx.el.form(
            hidden(name="need", value=f"{row.id}"),
            rx.el.label(
                rx.el.span("用本单位的培训班答复"),
                rx.el.select(
                    rx.foreach(
                        state.classes, lambda each: rx.el.option(each[1], value=each[0])
                    ),
                    name="project", class_name="input", data_testid="answer-project",
                ),
                class_name="field",
            ),
            button("答复", type="submit", kind="primary", testid="answer-submit",
                   aria_label=f"答复：{row.title}"),
            key=f"answer-{row.id}-{row.version}",
            on_submit=state.answer,
            class_name="form",
        ),
        rx.el.p("本单位没有已备案、尚未开班的培训班，备案通过后可以答复。", class_name="soft"),
    )  # fmt: skip


def _post(state: Any) -> rx.Component:
    error = state.field_errors
    return card(
        rx.el.form(
            field(name="title", label="需要的培训", error=error["title"], max_length=80,
                  hint="例如“静脉输液新技术培训”", testid="title"),
            select_field(name="subject", label="科目", options=SUBJECTS, error=error["subject"],
                         testid="subject"),
            select_field(name="field", label="行业领域", options=PROFESSIONS, required=False,
                         error=error["field"], testid="field"),
            field(name="people", label="人数", error=error["people"], input_mode="numeric",
                  max_length=6, testid="people"),
            field(name="wanted_by", label="希望完成日期", kind="date", required=False,
                  error=error["wanted_by"], testid="wanted_by"),
            text_area(name="note", label="说明", required=False, error=error["note"],
                      max_length=300, hint="例如时间、形式上的要求", testid="note"),
            button("发布", type="submit", kind="primary", testid="need-post"),
            key=f"need-{state.drawn}",
            on_submit=state.post,
            no_validate=True,
            class_name="form",
            data_testid="need-form",
        ),
        title="发布需求",
    )  # fmt: skip
