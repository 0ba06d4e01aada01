"""人员: one person's page."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, definition_list
from rxapp.components.field import field, select_field
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.rules.person_status import CLOSE_REASONS, PersonStatus
from rxapp.state.people import PersonState


def page() -> rx.Component:
    """Who it is, how far in each year, what happened; a full number with a reason."""
    state: Any = PersonState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        rx.cond(state.shown != "", _shown(state)),
        once_loaded(
            PersonState,
            view,
            card(_about(view), title="个人资料"),
            card(_standings(view), title="年度完成情况"),
            card(_reveal(state), title="查看完整号码"),
            rx.cond(view.may_issue, card(_codes(state, view), title="一次性代码")),
            rx.cond(view.may_edit, card(_status(state, view), title="登记状态")),
            rx.cond(view.may_close, card(_close(state, view), title="隐去个人信息")),
            card(_lines(view.history, "history"), title="单位和状态"),
            card(_lines(view.applications, "applications"), title="申请"),
            card(_lines(view.audit, "audit"), title="操作记录"),
        ),
        link_button("返回人员列表", href=routes.DESK_PEOPLE, testid="to-people"),
        title=rx.cond(view, view.name, "人员"),
        active=routes.DESK_PEOPLE,
        intro=rx.cond(view, view.organisation, ""),
    )


def _shown(state: Any) -> rx.Component:
    return notice(
        rx.el.p(
            state.shown_what, "：", rx.el.b(state.shown, data_testid="full-number"),
            class_name="code-line",
        ),
        rx.el.p("已记录查看的人、时间和理由，本人可以看到。离开本页后不再显示。"),
        tone="warn",
        testid="shown",
    )  # fmt: skip


def _codes(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            state.code != "",
            notice(
                rx.el.p(rx.el.b(state.code, data_testid="code"), class_name="code-line"),
                rx.el.p("请当面告知本人，24小时内有效，只能使用一次。离开本页后不再显示。"),
                testid="issued",
            ),
        ),
        rx.el.p("本人凭一次性代码激活账号、启用管理权限或重置密码；开具新代码后，旧代码失效。"),
        rx.el.div(
            _issue(state, view.activation_code, "开具激活码", "activation"),
            _issue(state, view.staff_code, "开具启用码", "staff"),
            _issue(state, view.reset_code, "重置密码", "reset"),
            class_name="row",
        ),
        class_name="stack",
    )


def _issue(state: Any, allowed: Any, label: str, purpose: str) -> rx.Component:
    return rx.cond(allowed, button(label, on_click=state.issue(purpose), testid=f"issue-{purpose}"))


def _about(view: Any) -> rx.Component:
    return definition_list(
        rows=[
            ("姓名", view.name), ("身份证号码", view.identity_mask), ("手机号码", view.mobile_mask),
            ("所在单位", view.organisation), ("状态", view.status), ("账号", view.account),
            ("行业领域", view.field), ("职称", view.title), ("学历", view.education),
            ("岗位", view.post), ("担任管理员", view.serves),
        ]
    )  # fmt: skip


def _standings(view: Any) -> rx.Component:
    return table(
        caption="年度完成情况", caption_hidden=True, names_short=True,
        columns=[
            Column("年度"), Column("公需科目", numeric=True), Column("专业科目", numeric=True),
            Column("总学时", numeric=True), Column("状态", short=True),
        ],
        rows=view.standings,
        cells=lambda row: (row.year, row.public, row.professional, row.total, row.state),
        testid="standings",
    )  # fmt: skip


def _reveal(state: Any) -> rx.Component:
    return rx.el.form(
        select_field(
            name="what", label="号码", options=[("identity", "身份证号码"), ("mobile", "手机号码")],
            value="identity", blank="", testid="reveal-what",
        ),
        field(
            name="reason", label="理由", hint="会记录并告知本人", max_length=200,
            error=state.field_errors["reason"], testid="reveal-reason",
        ),
        button("查看", type="submit", testid="reveal"),
        on_submit=state.reveal,
        no_validate=True,
        class_name="form",
    )  # fmt: skip


def _status(state: Any, view: Any) -> rx.Component:
    return rx.el.form(
        select_field(
            name="status", label="状态",
            options=[(each.value, each.label) for each in PersonStatus],
            error=state.field_errors["status"], testid="set-status",
        ),
        field(
            name="begins_on", label="开始日期", kind="date",
            error=state.field_errors["begins_on"], testid="status-begins",
        ),
        field(name="note", label="说明", required=False, max_length=200, testid="status-note"),
        button("登记", type="submit", testid="status-save"),
        key=f"status-{view.id}-{view.version}",
        on_submit=state.set_status,
        no_validate=True,
        class_name="form",
    )  # fmt: skip


def _close(state: Any, view: Any) -> rx.Component:
    return rx.el.form(
        notice(
            "姓名、身份证号码、手机号码和申请材料将永久隐去，不能恢复。学时、学时证明和操作日志保留。",
            tone="warn",
        ),
        select_field(
            name="close_reason", label="理由", options=list(CLOSE_REASONS.items()),
            error=state.field_errors["close_reason"], testid="close-reason",
        ),
        field(
            name="name", label="再填写一次该人员的姓名", max_length=80,
            error=state.field_errors["name"], testid="close-name",
        ),
        button("隐去个人信息", type="submit", kind="danger", testid="close"),
        key=f"close-{view.id}-{view.version}",
        on_submit=state.close,
        no_validate=True,
        class_name="form",
    )  # fmt: skip


def _lines(rows: Any, testid: str) -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        table(
            caption="记录", caption_hidden=True,
            columns=[Column("时间", short=True), Column("事项")],
            rows=rows, cells=lambda row: (row.at, row.what), testid=testid,
        ),
        rx.el.p("没有记录。", class_name="soft"),
    )  # fmt: skip
