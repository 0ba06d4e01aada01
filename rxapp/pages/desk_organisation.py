"""单位: one organisation's page."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import badge, card, definition_list
from rxapp.components.choosing import chooser
from rxapp.components.field import field, select_field, text_area
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.organisations import OrganisationState

ACTIONS = [
    ("move", "移到另一上级单位"), ("merge", "并入另一单位"), ("suspend", "暂停"),
    ("resume", "恢复"), ("close", "注销"),
]  # fmt: skip


def page() -> rx.Component:
    """What it is, who acts for it, its history, and what the level above may do."""
    state: Any = OrganisationState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            OrganisationState,
            view,
            rx.cond(
                view.merged_into != "",
                notice("该单位已并入", view.merged_into, "。", tone="warn", testid="merged"),
            ),
            card(
                _about(view),
                link_button(
                    "查看人员",
                    href=f"{routes.DESK_PEOPLE}?organisation={view.id}",
                    testid="to-people",
                ),
                title="基本信息",
            ),
            card(_clerks(view), title="管理员"),
            rx.cond(view.may_edit, _edit(state, view)),
            rx.cond(view.may_edit, _change_state(state)),
            card(_history(view), title="变更记录"),
        ),
        link_button("返回单位列表", href=routes.DESK_ORGANISATIONS, testid="to-organisations"),
        title=rx.cond(view, view.name, "单位"),
        active=routes.DESK_ORGANISATIONS,
    )


def _about(view: Any) -> rx.Component:
    return definition_list(
        rows=[
            ("状态", badge(text=view.status, tone=rx.cond(view.active, "good", "warn"))),
            ("类别", view.capacities), ("隶属关系", view.line),
            ("统一社会信用代码", rx.cond(view.credit_code != "", view.credit_code, "未填写")),
            ("地址", rx.cond(view.address != "", view.address, "未填写")),
            ("联系人", rx.cond(view.contact_name != "", view.contact_name, "未填写")),
            ("联系电话", rx.cond(view.contact_phone != "", view.contact_phone, "未填写")),
            ("人员", f"{view.people}名"), ("直属下级单位", f"{view.below}个"),
        ]
    )  # fmt: skip


def _clerks(view: Any) -> rx.Component:
    return rx.cond(
        view.clerks.length() > 0,
        table(
            caption="管理员", caption_hidden=True, names_short=True,
            columns=[Column("姓名"), Column("启用时间", short=True)],
            rows=view.clerks, cells=lambda row: (row.name, row.since), testid="clerks",
        ),
        rx.el.p("没有管理员，待办事项由上级单位办理。", class_name="soft"),
    )  # fmt: skip


def _edit(state: Any, view: Any) -> rx.Component:
    return card(
        rx.el.form(
            _field(state, "name", "单位名称", view.name, max_length=120),
            _field(state, "credit_code", "统一社会信用代码", view.credit_code, required=False),
            _field(state, "address", "地址", view.address, required=False, max_length=200),
            _field(state, "contact_name", "联系人", view.contact_name, required=False),
            _field(state, "contact_phone", "联系电话", view.contact_phone, required=False),
            button("保存信息", type="submit", kind="primary", testid="organisation-save"),
            # A new key after each save, so that the shown values are the kept ones.
            key=f"edit-{view.id}-{view.version}",
            on_submit=state.edit,
            no_validate=True,
            class_name="form",
            data_testid="organisation-edit",
        ),
        title="更正信息",
    )


def _field(state: Any, name: str, label: str, value: Any, **props: Any) -> rx.Component:
    return field(
        name=name, label=label, value=value, error=state.field_errors[name],
        testid=f"organisation-{name}", **props,
    )  # fmt: skip


def _change_state(state: Any) -> rx.Component:
    return card(
        chooser(
            label="移动或合并时，先查找另一单位",
            on_search=state.find_other, on_choose=state.choose,
            choices=state.choices, searched=state.searched, chosen_name=state.chosen_name,
            testid="other",
        ),
        rx.el.form(
            select_field(
                name="action", label="办理事项", options=ACTIONS, testid="organisation-action"
            ),
            rx.el.p(
                state.field_errors["to"], role="alert", class_name="field-error",
                data_testid="to-error",
            ),
            text_area(
                name="note", label="理由", hint="会保存在变更记录中", required=False,
                error=state.field_errors["note"], max_length=400, testid="organisation-note",
            ),
            button("办理", type="submit", kind="danger", testid="organisation-do"),
            on_submit=state.change_state,
            no_validate=True,
            class_name="form",
            data_testid="organisation-state",
        ),
        title="移动、合并、暂停和注销",
    )  # fmt: skip


def _history(view: Any) -> rx.Component:
    return rx.cond(
        view.changes.length() > 0,
        table(
            caption="变更记录", caption_hidden=True,
            columns=[
                Column("时间", short=True), Column("事项", short=True), Column("内容"),
                Column("理由"), Column("办理人", short=True),
            ],
            rows=view.changes,
            cells=lambda row: (row.at, row.what, row.detail, row.note, row.who),
            testid="organisation-changes",
        ),
        rx.el.p("还没有变更。", class_name="soft"),
    )  # fmt: skip
