"""工作台 · 管理员: who works for an organisation."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, search_form
from rxapp.components.cards import badge, card, section
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, empty_state, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.staff import StaffState


def page() -> rx.Component:
    """The clerks, who was invited, finding somebody, the record of handing over."""
    state: Any = StaffState
    view = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            StaffState,
            view,
            rx.cond(state.taker_id > 0, _confirm(view)),
            rx.cond(state.leaving_id > 0, _confirm_removal(view)),
            section(_clerks(view), title="现任管理员", testid="clerks"),
            rx.cond(view.invitations.length() > 0, _invitations(view)),
            _finding(view),
            rx.cond(view.handovers.length() > 0, _handovers(view)),
            otherwise=("返回工作台", routes.DESK),
        ),
        title="管理员",
        active=routes.DESK_STAFF,
        intro=rx.cond(view, view.organisation, ""),
    )


def _clerks(view: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            view.clerks.length() > 0,
            table(
                caption="现任管理员",
                caption_hidden=True,
                names_short=True,
                columns=[
                    Column("姓名"), Column("身份证号码", short=True),
                    Column("手机号码", short=True), Column("状态", short=True),
                    Column("动态验证码", short=True), Column("办理"),
                ],
                rows=view.clerks,
                cells=lambda row: _clerk(view, row),
                testid="clerk-list",
            ),
            empty_state(
                title="该单位目前没有管理员",
                text="请在下方查找人员并邀请，期间由上级单位代为办理。",
            ),
        ),
    )  # fmt: skip


def _clerk(view: Any, row: Any) -> tuple[Any, ...]:
    return (
        rx.fragment(row.name, rx.cond(row.mine, _mine())),
        row.identity_mask,
        row.mobile_mask,
        rx.fragment(row.state, rx.cond(row.since != "", rx.fragment("，", row.since, "起"))),
        row.factor,
        rx.fragment(
            rx.cond(
                row.removable,
                button(
                    "移除", kind="danger",
                    on_click=StaffState.choose_leaving(row.membership_id, row.name),
                    testid="clerk-remove", aria_label=rx.Var.create("移除") + row.name,
                ),
            ),
            rx.cond(
                view.own & ~row.mine & (row.state == "在任"),
                button(
                    "交接给他", on_click=StaffState.choose_taker(row.person_id, row.name),
                    testid="clerk-take", aria_label=rx.Var.create("交接给") + row.name,
                ),
            ),
        ),
    )  # fmt: skip


def _mine() -> rx.Component:
    return rx.fragment(" ", badge(text="本人", tone="accent"))


def _invitations(view: Any) -> rx.Component:
    return section(
        table(
            caption="已发出的邀请",
            caption_hidden=True,
            names_short=True,
            columns=[
                Column("姓名"), Column("身份证号码", short=True), Column("邀请日期", short=True),
                Column("状态"), Column("办理"),
            ],
            rows=view.invitations,
            cells=lambda row: (
                row.name, row.identity_mask, row.made, row.state,
                button("撤回", on_click=StaffState.withdraw(row.id), testid="invitation-withdraw"),
            ),
            testid="invitations",
        ),
        title="已发出的邀请",
    )  # fmt: skip


def _finding(view: Any) -> rx.Component:
    state: Any = StaffState
    return section(
        rx.el.p(
            "查找本单位及下属单位的人员，邀请其担任管理员；要离任的，可把工作交接给接任的人。",
            class_name="soft",
        ),
        search_form(
            label="查找人员", hint="姓名或完整的身份证号码", on_submit=state.search,
            value=state.query, testid="staff-search",
        ),
        rx.cond(
            state.found.length() > 0,
            table(
                caption="查找结果",
                caption_hidden=True,
                names_short=True,
                columns=[
                    Column("姓名"), Column("身份证号码", short=True), Column("单位"),
                    Column("岗位"), Column("办理"),
                ],
                rows=state.found,
                cells=lambda row: (
                    row.name, row.identity_mask, row.organisation, row.post, _choices(view, row)
                ),
                testid="found",
            ),
            rx.cond(
                state.searched,
                empty_state(
                    title="没有找到该人员",
                    text="请核对姓名或身份证号码；只能查找本单位及下属单位的人员。",
                ),
            ),
        ),
        title="邀请管理员",
    )  # fmt: skip


def _choices(view: Any, row: Any) -> rx.Component:
    return rx.cond(
        row.why_not == "",
        rx.el.div(
            button("邀请", on_click=StaffState.invite(row.id), testid="invite"),
            rx.cond(
                view.own,
                button(
                    "交接给他", on_click=StaffState.choose_taker(row.id, row.name),
                    testid="take-over",
                ),
            ),
            class_name="row",
        ),
        rx.el.span(row.why_not, class_name="soft small"),
    )  # fmt: skip


def _confirm(view: Any) -> rx.Component:
    return card(
        notice(
            rx.el.p(
                "把", view.organisation, "的管理员工作交接给", rx.el.b(StaffState.taker),
                "，现有", view.waiting, "件待办事项。",
            ),
            rx.el.p("您在该单位的管理权限立即结束。对方还不是管理员的，接受邀请后才能办理。"),
            tone="warn",
            testid="handover-notice",
        ),
        rx.el.form(
            text_area(name="note", label="交接说明", required=False, max_length=200),
            rx.el.div(
                button("确认交接", type="submit", kind="danger", testid="handover-confirm"),
                button("不交接", on_click=StaffState.keep, testid="handover-keep"),
                class_name="row",
            ),
            on_submit=StaffState.hand_over,
            class_name="form",
        ),
        title="工作交接",
    )  # fmt: skip


def _confirm_removal(view: Any) -> rx.Component:
    state: Any = StaffState
    return card(
        notice(
            "移除后，", rx.el.b(state.leaving), "在", view.organisation,
            "的管理权限立即停止，其发出的邀请一并撤回；学习和个人功能不受影响。",
            tone="warn", testid="removal-notice",
        ),
        rx.el.div(
            button(
                "确认移除", kind="danger", on_click=state.remove(state.leaving_id),
                testid="removal-confirm",
            ),
            button("不移除", on_click=state.keep, testid="removal-keep"),
            class_name="row",
        ),
        title="移除管理员",
    )  # fmt: skip


def _handovers(view: Any) -> rx.Component:
    return section(
        table(
            caption="交接记录",
            caption_hidden=True,
            columns=[
                Column("时间", short=True), Column("移交人"), Column("接任人"),
                Column("待办事项", numeric=True), Column("说明"),
            ],
            rows=view.handovers,
            cells=lambda row: (row.at, row.giver, row.taker, row.waiting, row.note),
            testid="handovers",
        ),
        title="交接记录",
    )  # fmt: skip
