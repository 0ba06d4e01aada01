"""工作台 · 折算规则: every rule, by category."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link
from rxapp.components.cards import badge, section
from rxapp.components.icons import icon
from rxapp.components.messages import error_box, loading, notice
from rxapp.pages.desking import staffed
from rxapp.rules.conversion_catalogue import REFERENCE
from rxapp.state.rule_editing import RulesState


def page() -> rx.Component:
    """The rules; one leads to its page."""
    state: Any = RulesState
    return staffed(
        error_box(error=state.error),
        notice(
            "标有“参考标准”的，是系统预置的参考标准，待市人社局确认；核对后发布，即为本市的标准。",
            testid="reference-notice",
        ),
        button("新建规则", on_click=state.begin, kind="primary", testid="rule-new"),
        rx.cond(
            state.loaded,
            rx.el.div(rx.foreach(state.groups, _group), class_name="stack-wide"),
            loading(),
        ),
        title="折算规则",
        active=routes.DESK_RULES,
        intro="学时申报按这些规则折算。修改后发布新的一版，以前的版本保留，已计入的学时不变。",
    )


def _group(group: Any) -> rx.Component:
    return section(
        rx.el.ul(rx.foreach(group.rules, _rule), class_name="list"), title=group.category
    )


def _rule(rule: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    link(rule.name, href=f"/desk/rules/{rule.key}", testid=f"rule-{rule.key}"),
                    class_name="list-row-title",
                ),
                rx.el.p(rule.words, class_name="soft small"),
                class_name="list-row-text",
            ),
            rx.el.div(
                _mark(rule.reference, "参考标准", "plain", title=REFERENCE),
                _mark(rule.has_draft, "有草稿", "accent"),
                _mark(rule.version == 0, "尚未发布", "warn"),
                _mark((rule.version > 0) & ~rule.is_on, "已停用", "bad"),
                class_name="list-row-end",
            ),
            class_name="list-row-body",
        ),
        icon("arrow"),
        class_name="list-row",
    )


def _mark(shown: Any, text: str, tone: str, *, title: str = "") -> rx.Component:
    return rx.cond(shown, rx.el.span(badge(text=text, tone=tone), title=title))
