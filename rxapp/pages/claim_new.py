"""学时申报, the first step: what is claimed, before anything is asked."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link, link_button
from rxapp.components.cards import section
from rxapp.components.messages import error_box, loading, notice
from rxapp.pages.framing import framed
from rxapp.rules.conversion_catalogue import FILED_ONLY, REFERENCE
from rxapp.state.claiming import ClaimNewState


def page() -> rx.Component:
    """Every category with what it brings; pressed, it opens the form for it."""
    state: Any = ClaimNewState
    return framed(
        error_box(error=state.error),
        notice(
            rx.el.p(FILED_ONLY),
            rx.el.p(
                "在本系统学完的课程自动记入。有2016—2019年原证书的，请用",
                link("录入原证书", href=routes.CLAIM_OLD, testid="to-old"),
                "，一次填多行。",
            ),
            title="不需要在这里申报的",
            testid="filed-only",
        ),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.foreach(
                    state.groups, lambda group: section(_rules(group, state), title=group.category)
                ),
                class_name="stack-wide",
                data_testid="groups",
            ),
            loading(),
        ),
        link_button("返回我的申报", href=routes.CLAIMS, testid="back"),
        title="选择申报类别",
        active=routes.CLAIMS,
        intro="选好类别后只填这一类需要的内容，学时自动折算。",
    )


def _rules(group: Any, state: Any) -> rx.Component:
    return rx.el.ul(
        rx.foreach(group.rules, lambda rule: rx.el.li(_rule(rule, state))), class_name="choices"
    )


def _rule(rule: Any, state: Any) -> rx.Component:
    return rx.el.button(
        rx.el.span(
            rx.el.b(rule.name),
            rx.cond(rule.years != "", rx.el.span("　", rule.years, class_name="soft small")),
            class_name="block",
        ),
        rx.el.span(rule.terms, class_name="soft small block"),
        rx.cond(rule.reference, rx.el.span(REFERENCE, class_name="soft small block")),
        type="button",
        on_click=state.begin(rule.key),
        class_name="btn rule-choice",
        data_testid=f"rule-{rule.key}",
    )
