"""处理与整改: the matters, the orders, the records of responsibility; a new matter."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button, more_button, tabs
from rxapp.components.cards import badge, card, definition_list, section
from rxapp.components.case_file import case_lines, file_fields, word_form
from rxapp.components.field import field, select_field, text_area
from rxapp.components.form import hidden, post_form
from rxapp.components.grounds import act_form
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.cases import (
    BASIS,
    LONGEST_BASIS,
    LONGEST_TEXT,
    OF_CLAIMS,
    OF_ORGANISATIONS,
    Status,
)
from rxapp.state.cases import CasesState

FINDINGS = [(each.value, each.label) for each in dict.fromkeys((*OF_CLAIMS, *OF_ORGANISATIONS))]


def page() -> rx.Component:
    """What a bureau, or the organisation that is heard, has to do with here."""
    state: Any = CasesState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.cond(state.new, _new(state.new)),
                rx.cond(state.order, _order(state, state.order)),
                _cases(state),
                _orders(state),
                _records(state),
                class_name="stack-wide",
            ),
            loading(),
        ),
        title="处理与整改",
        active=routes.DESK_CASES,
        intro="监督检查发现的问题：先告知、听取陈述和申辩，再作决定；处理逐项作出，各有理由和依据。",
    )


def _cases(state: Any) -> rx.Component:
    return section(
        _filters(state),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="事项", caption_hidden=True,
                columns=[
                    Column("当事人"), Column("涉及"), Column("发现的问题"),
                    Column("状态", short=True), Column("答复期限", short=True),
                    Column("立案时间", short=True),
                ],
                rows=state.rows,
                cells=lambda row: (
                    link(row.subject, href=row.href, testid="case"), row.about, row.finding,
                    badge(text=row.status, tone=row.tone), row.answer_by, row.opened,
                ),
                testid="cases",
            ),
            empty_state(
                title="没有监督检查事项", text="抽查或核查发现问题的，由人力资源社会保障局立案。",
                testid="no-cases",
            ),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="事项",
        class_name="stack",
        aside=rx.cond(
            state.may_open,
            link_button("立案", href=f"{routes.DESK_CASES}?open=1", kind="primary", testid="open"),
        ),
    )  # fmt: skip


def _filters(state: Any) -> rx.Component:
    every = [("全部", routes.DESK_CASES, state.status == "")]
    return tabs(
        label="按状态筛选",
        items=every
        + [
            (each.label, f"{routes.DESK_CASES}?status={each.value}", state.status == each.value)
            for each in Status
        ],
        testid="case-filter",
    )


def _orders(state: Any) -> rx.Component:
    return rx.cond(
        state.orders.length() > 0,
        section(
            table(
                caption="限期整改", caption_hidden=True,
                columns=[
                    Column("单位"), Column("编号", short=True), Column("期限", short=True),
                    Column("状态", short=True),
                ],
                rows=state.orders,
                cells=lambda row: (
                    link(row.organisation, href=row.href, testid="order"), row.number, row.due_on,
                    badge(text=row.status, tone=row.tone),
                ),
                testid="orders",
            ),
            rx.cond(
                state.orders_before > 0,
                more_button(on_click=state.more_orders, testid="more-orders"),
            ),
            title="限期整改",
        ),
    )  # fmt: skip


def _records(state: Any) -> rx.Component:
    return rx.cond(
        state.records.length() > 0,
        section(
            table(
                caption="审核责任", caption_hidden=True, names_short=True,
                columns=[
                    Column("审核人"), Column("单位"), Column("申报"), Column("环节", short=True),
                    Column("理由"), Column("时间", short=True),
                ],
                rows=state.records,
                cells=lambda row: (
                    row.name, row.office, row.claim, row.step, row.reason, row.at,
                ),
                testid="responsibility",
            ),
            rx.cond(
                state.records_before > 0,
                more_button(on_click=state.more_records, testid="more-records"),
            ),
            title="审核责任（谁审核，谁负责）",
        ),
    )  # fmt: skip


def _new(new: Any) -> rx.Component:
    return card(
        post_form(
            hidden(name="item", value=f"{new.item}"),
            rx.cond(
                new.claim > 0,
                rx.fragment(
                    hidden(name="claim", value=f"{new.claim}"),
                    rx.el.p(rx.el.b(new.about), data_testid="about"),
                ),
                rx.fragment(
                    field(
                        name="number", label="学时申报的受理编号", required=False, max_length=40,
                        hint="对个人的一项申报立案的，填写受理编号",
                    ),
                    field(
                        name="organisation", label="单位全称", required=False, max_length=120,
                        value=new.organisation, hint="对单位的学时审核工作立案的，填写单位名称",
                    ),
                ),
            ),
            select_field(name="finding", label="发现的问题", options=FINDINGS, value=new.finding),
            text_area(
                name="allegation", label="发现的问题和事实", value=new.allegation,
                hint="当事人会看到，据此陈述和申辩", max_length=LONGEST_TEXT,
            ),
            field(name="basis", label="依据", value=BASIS, max_length=LONGEST_BASIS),
            file_fields(),
            action=routes.CASE_OPEN,
            submit_label="立案并告知",
            testid="new-case",
        ),
        title="立案",
        testid="new",
    )  # fmt: skip


def _order(state: Any, order: Any) -> rx.Component:
    return card(
        definition_list(
            rows=[
                ("状态", rx.el.span(
                    badge(text=order.status, tone=order.tone),
                    rx.cond(order.overdue, badge(text="已逾期", tone="bad")),
                    data_testid="order-status",
                )),
                ("单位", order.organisation), ("作出部门", order.office), ("编号", order.number),
                ("理由", order.reason), ("依据", order.basis), ("整改期限", order.due_on),
                ("已转上级", f"{order.moved}项申报"),
            ]
        ),
        rx.cond(order.case != "", link("查看事项", href=order.case, testid="order-case")),
        rx.cond(
            order.left & order.may_decide,
            notice(
                rx.el.p("该单位还有待审核的申报没有转上级。"),
                button("继续转上级", on_click=state.hand_up, testid="hand-up"),
                tone="warn",
            ),
        ),
        rx.el.h3("办理过程"),
        case_lines(lines=order.lines, testid="order-lines"),
        rx.cond(order.may_report, _report(order)),
        rx.cond(order.may_decide, _settle(state)),
        title="限期整改",
        testid="order-card",
    )  # fmt: skip


def _report(order: Any) -> rx.Component:
    return word_form(
        action=routes.ORDER_REPORT, label="整改报告", name="order", value=f"{order.id}",
        hint=f"请在{order.due_on}前报告整改情况并附证明材料；解除前可以多次补充。",
        submit_label="提交整改报告", testid="report",
    )  # fmt: skip


def _settle(state: Any) -> rx.Component:
    common: Any = {
        "errors": state.field_errors, "turns": state.turns, "basis": False,
    }  # fmt: skip
    return rx.el.div(
        act_form(
            key="lift", title="解除整改", submit_label="解除整改", on_submit=state.lift,
            explained="该单位恢复学时审核；已转上级的申报由上级办结。", **common,
        ),
        act_form(
            field(
                name="extend_due_on", label="新的整改期限", kind="date",
                error=state.field_errors["extend_due_on"],
            ),
            key="extend", title="延长期限", submit_label="延长期限", on_submit=state.extend,
            explained="期限只能延长，理由会告知该单位。", kind="", **common,
        ),
        class_name="stack",
    )  # fmt: skip
