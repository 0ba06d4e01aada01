"""工作台 · 备案审核: filings and annual plans, the list beside the one that is open."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button, tabs
from rxapp.components.cards import badge, card, definition_list, list_row, row_list
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.project_facts import edition_list, fact_list, file_list, late_notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.working_days import ARTICLE
from rxapp.state.filings import FilingsState

WAITING, DONE, PLANS = (
    f"{routes.DESK_FILINGS}?place={place}" for place in ("waiting", "done", "plans")
)


def page() -> rx.Component:
    """The places, the list, and what is open."""
    state: Any = FilingsState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        tabs(
            label="备案审核",
            items=[
                (f"待审核（{state.waiting}）", WAITING, state.place == "waiting"),
                (f"年度培训计划（{state.plans_waiting}）", PLANS, state.place == "plans"),
                ("已办理", DONE, state.place == "done"),
            ],
            testid="places",
        ),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.el.div(_list(state), class_name="queue-rows"),
                rx.cond(
                    state.filing, rx.el.div(_filing(state, state.filing), class_name="queue-claim")
                ),
                rx.cond(
                    state.plan, rx.el.div(_plan(state, state.plan), class_name="queue-claim")
                ),
                class_name=rx.cond(state.open, "queue-open", ""),
            ),
            loading(),
        ),
        title="备案审核",
        active=routes.DESK_FILINGS,
        intro=f"按{ARTICLE}，培训项目应于开班5个工作日前备案。开班前没有审核通过的，不得认定学时。",
    )  # fmt: skip


def _list(state: Any) -> rx.Component:
    nothing = empty_state(
        title="没有符合条件的备案",
        text="举办单位报备后显示在这里，最早的在前。",
        testid="nothing-waits",
    )
    rows = rx.cond(
        state.rows.length() > 0,
        row_list(rx.foreach(state.rows, lambda row: _row(state, row)), testid="filings"),
        nothing,
    )
    plans = rx.cond(
        state.plans.length() > 0,
        row_list(rx.foreach(state.plans, _plan_row), testid="plans"),
        nothing,
    )
    return rx.fragment(
        rx.cond(state.place == "plans", plans, rows),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
    )


def _row(state: Any, row: Any) -> rx.Component:
    waits = state.place == "waiting"
    return list_row(
        title=row.title,
        detail=f"{row.organiser}，{row.what}，{row.starts}开班，{row.hours}学时，{row.since}报备",
        href=f"{routes.DESK_FILINGS}?place={state.place}&filing={row.id}",
        state=rx.cond(waits, row.age, row.state),
        tone=rx.cond(waits, rx.cond(row.late, "warn", "plain"), row.tone),
        value=rx.cond(row.unsure, "日历未公布", ""),
        testid="filing",
    )


def _plan_row(row: Any) -> rx.Component:
    return list_row(
        title=f"{row.organiser}，{row.year}年度",
        detail=f"{row.since}上报",
        href=f"{PLANS}&plan={row.id}",
        state=row.age,
        testid="plan",
    )


def _filing(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        card(
            definition_list(
                rows=[
                    ("举办单位", view.organiser), ("受理编号", view.number), ("类别", view.kind),
                    ("报备", f"{view.filed} {view.filer}"), ("备案期限", view.calendar),
                    ("已报名", f"{view.enrolled}人"),
                    ("状态", badge(text=view.state, tone=view.tone)),
                ]
            ),
            late_notice(view.late),
            rx.cond(
                view.change,
                notice(
                    "这是变更备案，有变更的内容已标出；审核通过前，原备案继续有效。",
                    testid="is-change",
                ),
            ),
            title=view.title,
            testid="filing-one",
        ),
        card(fact_list(view.facts), file_list(view.files), title="备案内容"),
        rx.cond(view.waits, _verdict(state, view.own)),
        card(edition_list(view.editions), title="报备记录"),
        class_name="stack",
    )  # fmt: skip


def _verdict(state: Any, own: Any) -> rx.Component:
    return card(
        rx.cond(
            own,
            notice("本人填报的备案由本局其他人员审核。", tone="warn", testid="own"),
            rx.fragment(
                _opinion(state),
                rx.el.div(
                    button("准予备案", kind="primary", on_click=state.decide("approve"),
                           testid="approve"),
                    button("退回修改", on_click=state.decide("return"), testid="return"),
                    button("不予备案", kind="danger", on_click=state.decide("reject"),
                           testid="reject"),
                    class_name="row",
                ),
            ),
        ),
        title="审核",
        testid="verdict",
    )  # fmt: skip


def _opinion(state: Any) -> rx.Component:
    return text_area(
        name="reason", label="意见", required=False, max_length=200,
        hint="退回或不予备案的，必须填写，会告知举办单位", error=state.field_errors["reason"],
        value=state.note, on_blur=state.write, testid="opinion",
    )  # fmt: skip


def _plan(state: Any, review: Any) -> rx.Component:
    plan = review.plan
    return rx.el.div(
        card(
            definition_list(
                rows=[
                    ("举办单位", plan.organiser), ("年度", plan.year),
                    ("合计学时", plan.hours), ("状态", badge(text=plan.state, tone=plan.tone)),
                    ("审核意见", rx.cond(plan.note != "", plan.note, "无")),
                ]
            ),
            title="年度培训计划",
            testid="plan-one",
        ),
        table(
            caption="计划举办的培训班", caption_hidden=True,
            columns=[
                Column("名称"), Column("月份", short=True), Column("科目", short=True),
                Column("形式", short=True), Column("学时", numeric=True),
                Column("人数", numeric=True), Column("备注"),
            ],
            rows=plan.classes,
            cells=lambda row: (
                row.title, row.month, row.subject, row.form, row.hours, row.people, row.note,
            ),
            testid="plan-items",
        ),
        rx.cond(
            review.waits,
            card(
                rx.cond(
                    review.own,
                    notice("本人上报的计划由本局其他人员审核。", tone="warn", testid="own"),
                    rx.fragment(
                        _opinion(state),
                        rx.el.div(
                            button("审核通过", kind="primary",
                                   on_click=state.decide_plan("approve"), testid="plan-approve"),
                            button("退回修改", on_click=state.decide_plan("return"),
                                   testid="plan-return"),
                            class_name="row",
                        ),
                    ),
                ),
                title="审核",
            ),
        ),
        class_name="stack",
    )  # fmt: skip
