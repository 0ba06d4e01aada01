"""诚信档案: one person looked up by name and number; a bureau's own list."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, more_button
from rxapp.components.cards import badge, card, section
from rxapp.components.field import field, text_area
from rxapp.components.messages import done_box, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.cases import LONGEST_REASON
from rxapp.state.integrity import IntegrityState


def page() -> rx.Component:
    """The look-up for everybody who may, the list for a bureau."""
    state: Any = IntegrityState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                card(_form(state), title="查询", testid="look-up"),
                rx.cond(state.answer, _answer(state.answer)),
                rx.cond(state.chosen > 0, _cancel(state)),
                rx.cond(state.rows.length() > 0, _list(state)),
                class_name="stack-wide",
            ),
            loading(),
        ),
        title="诚信档案",
        active=routes.DESK_INTEGRITY,
        intro="职称评审诚信档案：虚假申报学时的记录3年，期满自动失效。每次查询都有记录，本人可以看到。",
    )


def _form(state: Any) -> rx.Component:
    return rx.el.form(
        field(name="name", label="姓名", error=state.field_errors["name"], max_length=80),
        field(
            name="identity_number", label="身份证号码", error=state.field_errors["identity_number"],
            max_length=40,
        ),
        button("查询", type="submit", kind="primary", icon_name="search", testid="look-up-submit"),
        on_submit=state.look_up,
        no_validate=True,
        class_name="form",
        data_testid="look-up-form",
    )  # fmt: skip


def _answer(answer: Any) -> rx.Component:
    return card(
        rx.cond(
            answer.name != "",
            rx.el.p(rx.el.b(answer.name), f"　{answer.identity_mask}"),
        ),
        rx.el.p(answer.sentence, role="status", data_testid="answer"),
        rx.cond(answer.rows.length() > 0, records(answer.rows, testid="answer-records")),
        title="查询结果",
    )


def records(rows: Any, *, testid: str) -> rx.Component:
    """Records with their reason and their last day."""
    return table(
        caption="诚信档案记录", caption_hidden=True,
        columns=[
            Column("记录单位"), Column("理由"), Column("依据"), Column("记录日期", short=True),
            Column("到期日", short=True), Column("状态", short=True),
        ],
        rows=rows,
        cells=lambda row: (
            row.office, row.reason, row.basis, row.decided_on, row.expires_on, _state(row),
        ),
        testid=testid,
    )  # fmt: skip


def _state(row: Any) -> rx.Component:
    return rx.fragment(
        badge(text=row.state, tone=rx.cond(row.in_force, "bad", "plain")),
        rx.cond(row.cancel_reason != "", rx.el.p(row.cancel_reason, class_name="small")),
    )


def _list(state: Any) -> rx.Component:
    return section(
        table(
            caption="管理范围内的记录", caption_hidden=True, names_short=True,
            columns=[
                Column("姓名"), Column("单位"), Column("理由"), Column("记录日期", short=True),
                Column("到期日", short=True), Column("状态", short=True), Column("办理"),
            ],
            rows=state.rows,
            cells=lambda row: (
                link(row.name, href=f"/desk/cases/{row.case_id}", testid="record-case"), row.unit,
                row.reason, row.decided_on, row.expires_on, _state(row),
                rx.cond(
                    row.state != "已撤销",
                    button("撤销记录", on_click=state.choose(row.id), testid="choose-record"),
                ),
            ),
            testid="records",
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="管理范围内的记录",
    )  # fmt: skip


def _cancel(state: Any) -> rx.Component:
    return card(
        rx.el.form(
            rx.el.p("认定被撤销或改正的，说明理由后撤销记录，并告知本人：", state.chosen_name),
            text_area(
                name="cancel_reason", label="理由", max_length=LONGEST_REASON,
                error=state.field_errors["cancel_reason"],
            ),
            button("撤销记录", type="submit", kind="danger", testid="cancel-submit"),
            on_submit=state.cancel,
            no_validate=True,
            class_name="form",
        ),
        title="撤销记录",
        testid="cancel-card",
    )  # fmt: skip
