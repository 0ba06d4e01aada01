"""One question being typed, and how a question looks with its answer."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button
from rxapp.components.bound import filled
from rxapp.rules.question_forms import KINDS, LETTERS, NO, YES

TRUTH = ((YES, YES), (NO, NO))


def question_form(state: Any) -> rx.Component:
    """The form of one question; only what its kind needs is asked for."""
    asked, errors = state.asked, state.field_errors
    return rx.el.form(
        _kinds(state),
        _box("stem", "题目", asked, errors, 500),
        # Both stay on the page: what was typed is there again when the kind is changed back.
        _truths(asked, away=asked["kind"] != "true_false"),
        _options(asked, errors, away=asked["kind"] == "true_false"),
        _error("right", errors),
        _review(asked, errors),
        rx.el.div(
            button("保存题目", type="submit", kind="primary", testid="question-save"),
            rx.cond(
                state.asked_id > 0,
                button("不改了", on_click=state.close_question, testid="question-close"),
            ),
            class_name="row",
        ),
        key=f"question-{state.panel.lesson.id}-{state.drawn}",
        on_submit=state.save_question,
        no_validate=True,
        class_name="form",
        data_testid="question-form",
    )


def question_view(question: Any, *end: Any, answer_shown: bool = True) -> rx.Component:
    """A question in the look of the quiz; its answer stands below or unfolds."""
    right = rx.el.p("正确答案：", rx.el.b(question.right), data_testid="right-answer")
    review = rx.el.p(
        "回看片段：",
        question.review,
        rx.cond(question.even, "（平均分配）", ""),
        class_name="soft small",
    )
    return rx.el.div(
        rx.el.fieldset(
            rx.el.legend(
                rx.el.span(
                    "第", question.number, "题　", question.kind_label,
                    class_name="player-quiz-kind",
                ),
                question.stem,
            ),
            rx.el.div(
                rx.foreach(question.options, lambda option: _shown(question, option)),
                class_name="player-quiz-options",
            ),
        ),
        rx.cond(question.review != "", review),
        right if answer_shown else rx.el.details(rx.el.summary("正确答案"), right),
        *end,
        class_name="player asked",
        data_testid="question",
    )  # fmt: skip


def _shown(question: Any, option: Any) -> rx.Component:
    kind = rx.cond(question.kind == "multiple", "checkbox", "radio")
    return rx.el.label(
        rx.el.input(type=kind, name=f"shown-{question.id}"),
        rx.el.span(option.letter, class_name="player-choice-number"),
        rx.el.span(option.text),
        class_name="player-choice",
    )


def _kinds(state: Any) -> rx.Component:
    choices = [
        rx.el.label(
            rx.el.input(
                type="radio", name="kind", value=kind.value,
                default_checked=state.asked["kind"] == kind.value,
                on_change=state.choose_kind(kind.value),
                data_testid=f"kind-{kind.value}",
            ),
            rx.el.span(label),
            class_name="choice",
        )
        for kind, label in KINDS.items()
    ]  # fmt: skip
    return rx.el.fieldset(
        rx.el.legend("题型"),
        rx.el.div(*choices, class_name="row"),
        _error("kind", state.field_errors),
        class_name="field",
    )


def _truths(asked: Any, *, away: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("正确答案"),
        rx.el.div(*[_truth(value, label, asked) for value, label in TRUTH], class_name="row"),
        custom_attrs={"hidden": away},
        disabled=away,
        class_name="field",
    )


def _options(asked: Any, errors: Any, *, away: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("选项"),
        rx.el.p("填写选项，勾选正确的；多选题勾选所有正确的。", class_name="field-hint"),
        *[_option(letter, asked) for letter in LETTERS],
        _error("options", errors),
        custom_attrs={"hidden": away},
        disabled=away,
        class_name="field",
    )


def _review(asked: Any, errors: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("回看片段", rx.el.span("（选填）", class_name="field-optional")),
        rx.el.p(
            "答错时回看的起止时间，分:秒，例如 2:30；都不填的，由平台按视频长度平均分配。",
            class_name="field-hint",
        ),
        rx.el.div(
            _short("review_from", "起点", asked), _short("review_to", "终点", asked),
            class_name="side-fields",
        ),
        _error("review_from", errors),
        _error("review_to", errors),
        _error("review", errors),
        class_name="field",
    )  # fmt: skip


def _option(letter: str, asked: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(
            rx.el.input(
                type="checkbox", name=f"right_{letter}", value=letter,
                default_checked=asked["right"].contains(letter), aria_label=f"选项{letter}正确",
                data_testid=f"right-{letter}",
            ),
            rx.el.span(letter),
            class_name="choice",
        ),
        rx.el.input(
            name=f"option_{letter}", type="text", default_value=asked[f"option_{letter}"],
            aria_label=f"选项{letter}", max_length=200, auto_complete="off", class_name="input",
            data_testid=f"option-{letter}",
        ),
        class_name="option-line",
    )  # fmt: skip


def _truth(value: str, label: str, asked: Any) -> rx.Component:
    first = "A" if value == YES else "B"
    return rx.el.label(
        rx.el.input(
            type="radio", name="right", value=value, default_checked=asked["right"] == value,
            data_testid=f"truth-{first}",
        ),
        rx.el.span(label),
        class_name="choice",
    )  # fmt: skip


def _box(name: str, label: str, asked: Any, errors: Any, longest: int) -> rx.Component:
    # Named and not numbered: a control with an id would be sent twice.
    return rx.el.div(
        rx.el.label(
            rx.el.span(label),
            rx.el.textarea(
                name=name, default_value=asked[name], max_length=longest, rows="2",
                class_name="input", data_testid=name,
                aria_invalid=filled(errors[name], "true", "false"),
            ),
        ),
        _error(name, errors),
        class_name="field",
    )  # fmt: skip


def _short(name: str, label: str, asked: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(
            name=name, type="text", default_value=asked[name], max_length=8, auto_complete="off",
            class_name="input", data_testid=name,
        ),
    )  # fmt: skip


def _error(name: str, errors: Any) -> rx.Component:
    return rx.el.p(
        errors[name], role="alert", class_name="field-error", data_testid=f"{name}-error"
    )
