"""办理: one application before one's office."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import anchor, button, link_button
from rxapp.components.cards import badge, card
from rxapp.components.choosing import chooser
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.deciding import DecidingState

TONES = {"approve": "primary", "reject": "danger", "object": "danger"}


def page() -> rx.Component:
    """What was filled in, with the evidence beside it, and the verdict below."""
    state: Any = DecidingState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            DecidingState,
            view,
            rx.el.div(
                rx.el.div(
                    card(_lines(view), title="申请内容"),
                    rx.cond(view.choices.length() > 0, _verdict(state, view)),
                    class_name="stack-wide",
                ),
                rx.cond(state.evidence.length() > 0, card(_evidence(state), title="证明材料")),
                class_name="side-by-side",
            ),
            card(_history(view), title="办理过程"),
        ),
        link_button("返回工作台", href=routes.DESK, testid="to-desk"),
        title=rx.cond(view, f"{view.kind}：{view.title}", "申请"),
        active=routes.DESK,
        intro=rx.cond(view, f"{view.status}，{view.step}，自{view.since}由{view.office}办理", ""),
    )


def _lines(view: Any) -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            view.lines,
            lambda line: rx.el.div(
                rx.el.dt(line.label),
                rx.el.dd(
                    line.text,
                    rx.cond(
                        line.note != "",
                        rx.el.p(badge(text="请注意", tone="warn"), " ", line.note),
                    ),
                ),
            ),
        ),
        class_name="pairs",
        data_testid="lines",
    )


def _evidence(state: Any) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            state.evidence,
            lambda file: rx.el.li(
                anchor(
                    rx.el.img(src=file.preview, alt=file.label, class_name="evidence"),
                    href=file.file,
                    target="_blank",
                    testid="evidence",
                ),
                rx.el.p(file.label, f"（共{file.pages}页，点击查看全部）", class_name="small"),
                rx.cond(
                    file.used_before,
                    notice("同一份文件在其他申请中用过，请核对。", tone="warn", testid="used"),
                ),
            ),
        ),
        class_name="stack",
    )


def _verdict(state: Any, view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.may_pass_on,
            rx.el.details(
                rx.el.summary("不归本单位办理，转交其他单位"),
                chooser(
                    label="查找应当办理的单位", on_search=state.find_office,
                    on_choose=state.choose, choices=state.choices, searched=state.searched,
                    chosen_name=state.chosen_name, testid="pass-to",
                ),
                button(
                    "转交",
                    on_click=state.decide("pass_on", view.version),
                    disabled=state.chosen == 0,
                    testid="decide-pass_on",
                ),
            ),
        ),
        rx.el.div(
            rx.el.label("理由", rx.el.span("（退回、不予通过和转交时必填）"), html_for="note"),
            rx.el.textarea(
                id="note", value=state.note, on_change=state.write, max_length=400,
                class_name="input", data_testid="note", aria_describedby="note-error",
            ),
            rx.el.p(
                state.field_errors["note"], id="note-error", role="alert",
                class_name="field-error", data_testid="note-error",
            ),
            class_name="field",
        ),
        rx.el.div(
            rx.foreach(
                view.choices,
                lambda choice: rx.el.button(
                    choice.label,
                    type="button",
                    on_click=state.decide(choice.key, view.version),
                    class_name=rx.match(
                        choice.key, *[(k, f"btn btn-{v}") for k, v in TONES.items()], "btn"
                    ),
                    data_testid=f"decide-{choice.key}",
                ),
            ),
            class_name="row",
        ),
        title="审核意见",
    )  # fmt: skip


def _history(view: Any) -> rx.Component:
    return table(
        caption="办理过程", caption_hidden=True,
        columns=[
            Column("时间", short=True), Column("环节"), Column("意见", short=True),
            Column("单位"), Column("办理人", short=True), Column("理由"),
        ],
        rows=view.decisions,
        cells=lambda row: (row.at, row.step, row.verdict, row.office, row.who, row.note),
        testid="decisions",
    )  # fmt: skip
