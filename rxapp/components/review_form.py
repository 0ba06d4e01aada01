"""A claim before a reviewer: what was filled in, the points to answer for, the verdict."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button
from rxapp.components.cards import card
from rxapp.components.claim_steps import steps
from rxapp.components.field import field
from rxapp.components.form import hidden

# What stands in the reason box at the moment of the press.
_TYPED_NOTE = rx.Var(_js_expr="document.getElementById('note').value", _var_type=str)


def review_form(state: Any, view: Any) -> rx.Component:
    """All that is decided on, in reading order; buttons only for whoever's turn it is."""
    return rx.el.div(
        card(_content(view), title="申报内容", testid="content"),
        rx.cond(view.acts.length() > 0, _verdict(state, view)),
        rx.cond(view.may_take_back, take_back_form(state, view.id)),
        rx.el.details(rx.el.summary("办理过程"), steps(view.steps), data_testid="history"),
        class_name="stack",
    )


def take_back_form(state: Any, claim_id: Any) -> rx.Component:
    """Taking one's last word back, with a reason."""
    return rx.el.details(
        rx.el.summary("收回刚才的意见"),
        rx.el.form(
            hidden(name="claim", value=claim_id),
            field(
                name="back", label="收回的理由", error=state.field_errors["note"], max_length=200,
                hint="下一环节办理或开具学时证明之前可以收回",
            ),
            button("收回意见", type="submit", testid="take-back"),
            on_submit=state.take_back,
            class_name="form",
        ),
        data_testid="taking-back",
    )  # fmt: skip


def _content(view: Any) -> rx.Component:
    return rx.fragment(
        rx.el.p(rx.el.b(view.words), data_testid="words"),
        rx.cond(view.effect != "", rx.el.p(view.effect, class_name="soft")),
        rx.el.dl(
            _pair("本人", f"{view.name}　{view.identity_mask}"),
            _pair("单位", view.unit),
            _pair("职称", view.person_title),
            rx.foreach(view.lines, lambda line: _pair(line.label, line.text)),
            _pair("依据", view.basis),
            _pair("受理编号", view.number),
            _pair("环节", f"{view.step}，{view.office}，自{view.since}"),
            class_name="pairs",
        ),
    )


def _pair(label: Any, text: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(text))


def _verdict(state: Any, view: Any) -> rx.Component:
    return rx.el.form(
        hidden(name="claim", value=view.id.to_string()),
        hidden(name="version", value=view.version.to_string()),
        rx.el.fieldset(
            rx.el.legend("逐项核对，有不符的取消勾选"),
            rx.el.div(rx.foreach(view.points, _point), class_name="point-list"),
            rx.el.p(
                state.field_errors["points"], role="alert", class_name="field-error",
                data_testid="points-error",
            ),
            class_name="field points",
        ),
        field(
            name="hours", label="认可的学时", value=view.hours, error=state.field_errors["hours"],
            input_mode="decimal", max_length=8, hint="可以核减，核减须写明理由",
        ),
        _note(state),
        rx.el.details(
            rx.el.summary("退回时逐项写明问题（选填）"),
            rx.foreach(view.lines, _remark),
            _remark_field("files", "证明材料"),
        ),
        # The act of the pressed button; the keys set it too.
        rx.el.input(
            type="hidden", name="act", default_value="pass", custom_attrs={"data-rx-act": ""}
        ),
        rx.el.div(rx.foreach(view.acts, _act), class_name="row verdicts"),
        on_submit=state.decide,
        class_name="card form review-form",
        data_testid="verdict",
        custom_attrs={"data-rx-verdict": ""},
    )  # fmt: skip


def _point(point: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox", name=f"point_{point.value}", value="1", default_checked=True,
            data_testid=f"point-{point.value}",
        ),
        rx.el.span(point.label),
        class_name="choice",
    )  # fmt: skip


def _note(state: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(
            "理由",
            rx.el.span("（退回、不予通过和核减时必填）", class_name="field-optional"),
            html_for="note",
        ),
        rx.el.textarea(
            id="note", name="note", max_length=400, class_name="input", data_testid="note",
            aria_describedby="note-error",
        ),
        rx.el.p(
            state.field_errors["note"], id="note-error", role="alert", class_name="field-error",
            data_testid="note-error",
        ),
        rx.el.details(
            rx.el.summary("常用语"),
            rx.el.ul(
                rx.foreach(state.phrases, lambda phrase: rx.el.li(_phrase(state, phrase))),
                class_name="phrases",
            ),
            rx.el.button(
                "把上面的理由存为常用语", type="button", class_name="btn",
                on_click=state.keep_phrase(_TYPED_NOTE),
                data_testid="phrase-keep",
            ),
            data_testid="phrases",
        ),
        class_name="field",
    )  # fmt: skip


def _phrase(state: Any, phrase: Any) -> rx.Component:
    return rx.fragment(
        rx.el.button(
            phrase.text, type="button", class_name="btn btn-quiet phrase",
            custom_attrs={"data-rx": "phrase"}, data_testid="phrase",
        ),
        rx.cond(
            phrase.id > 0,
            button(
                "删除", rx.el.span(phrase.text, class_name="hidden-text"), kind="quiet",
                on_click=state.drop_phrase(phrase.id), testid="phrase-drop",
            ),
        ),
    )  # fmt: skip


def _remark(line: Any) -> rx.Component:
    return _remark_field(line.key, line.label)


def _remark_field(key: Any, label: Any) -> rx.Component:
    # Without an id of its own: the framework would send a second entry for it.
    return rx.el.label(
        label,
        rx.el.input(
            name=f"remark_{key}", max_length=200, class_name="input", data_testid=f"remark-{key}"
        ),
        class_name="field",
    )


def _act(choice: Any) -> rx.Component:
    return rx.el.button(
        rx.match(
            choice.value,
            ("pass", "核对无误，通过（P）"),
            ("return", "退回修改（T）"),
            ("reject", "不予通过（R）"),
            choice.label,
        ),
        type="submit",
        class_name=rx.match(
            choice.value, ("pass", "btn btn-primary"), ("reject", "btn btn-danger"), "btn"
        ),
        data_testid=f"decide-{choice.value}",
        custom_attrs={"data-rx-act-of": choice.value},
    )
