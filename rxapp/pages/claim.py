"""学时申报: one claim, filled in while it can be changed, then followed."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button
from rxapp.components.cards import badge, card
from rxapp.components.claim_form import claim_form
from rxapp.components.claim_steps import pairs, steps
from rxapp.components.contest_search import contest_search
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, notice
from rxapp.pages.framing import framed, once_loaded
from rxapp.rules.conversion_catalogue import REFERENCE
from rxapp.state.claiming import ClaimState


def page() -> rx.Component:
    """The form, or how the claim stands, who must act and since when."""
    state: Any = ClaimState
    view: Any = state.view
    return framed(
        done_box(message=state.done),
        once_loaded(
            ClaimState,
            view,
            _standing(view),
            rx.cond(view.editable & view.asked.contains("contest"), contest_search(state, view)),
            rx.cond(view.editable, _form(state, view), _sent(view)),
            rx.cond(view.may_appeal, _appeal(state)),
            _actions(state, view),
            rx.cond(view.steps.length() > 0, card(steps(view.steps), title="办理过程")),
            otherwise=("返回我的申报", routes.CLAIMS),
        ),
        title=rx.cond(view, view.name, "学时申报"),
        active=routes.CLAIMS,
        intro=rx.cond(view, rx.cond(view.number != "", f"受理编号 {view.number}", ""), ""),
    )


def _standing(view: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            view.reason != "",
            notice(
                rx.el.p(view.reason), title=f"{view.status}，理由：", tone="warn", testid="reason"
            ),
        ),
        rx.cond(
            view.to_confirm,
            notice(
                "这是单位管理员代您填报的，请逐项核对内容和材料，可以修改；确认后才提交审核。",
                tone="warn",
                testid="to-confirm",
            ),
        ),
        rx.cond(
            ~view.is_draft,
            rx.el.p(
                badge(text=view.status, tone="accent"), "　", view.turn,
                rx.cond(view.since != "", f"，自{view.since}", ""),
                data_testid="standing",
            ),
        ),
    )  # fmt: skip


def _form(state: Any, view: Any) -> rx.Component:
    return claim_form(
        state, view, name="claim", note="照片中的位置信息会被去除。",
        before=(
            _rule(view),
            rx.cond(view.advice != "", notice(view.advice, tone="warn", testid="advice")),
        ),
        end=(
            button(
                rx.cond(view.to_confirm, "属实，确认并提交", "提交申报"), type="submit",
                kind="primary btn-block", testid="claim-submit",
            ),
        ),
        action=routes.CLAIM_SUBMIT,
        method="post",
    )  # fmt: skip


def _rule(view: Any) -> rx.Component:
    return rx.el.p(
        view.category, "，", view.method, "折算，依据：",
        rx.cond(view.reference, REFERENCE, view.basis),
        class_name="soft",
        data_testid="rule",
    )  # fmt: skip


def _sent(view: Any) -> rx.Component:
    return rx.fragment(
        card(pairs(view.lines), rx.el.p(view.words), title="申报内容", testid="content"),
        card(
            rx.foreach(
                view.needs,
                lambda need: rx.foreach(
                    need.files,
                    lambda file: rx.el.p(
                        link(f"{file.label}：{file.name}", href=file.file, target="_blank")
                    ),
                ),
            ),
            title="证明材料",
        ),
    )


def _appeal(state: Any) -> rx.Component:
    return card(
        rx.el.p("对不予通过的意见有异议的，可以向上一级单位申请复核一次。"),
        rx.el.form(
            text_area(
                name="appeal", label="申请复核的理由", error=state.field_errors["appeal"],
                max_length=400,
            ),
            button("申请复核", type="submit", kind="primary", testid="appeal-submit"),
            on_submit=state.appeal,
            class_name="form",
        ),
        title="申请复核",
        testid="appeal-card",
    )  # fmt: skip


def _actions(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            view.may_withdraw,
            button(
                rx.cond(view.to_confirm, "不属实，拒绝", "撤回申报"),
                on_click=state.withdraw,
                testid="withdraw",
            ),
        ),
        rx.cond(
            view.is_draft,
            button("删除草稿", on_click=state.remove, testid="remove"),
            button("复制为新的申报", on_click=state.copy, testid="copy"),
        ),
        link_button("返回我的申报", href=routes.CLAIMS, testid="back"),
        class_name="row",
    )
