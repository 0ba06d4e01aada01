"""工作台 · 竞赛登记: what was proposed is recognised or refused, what is missing added."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, filter_group, more_button, search_form
from rxapp.components.cards import badge, card, definition_list, section
from rxapp.components.contest_form import contest_fields
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.contests import ContestStatus
from rxapp.state.contests import RegisterState

STATES = [(status.value, status.label) for status in ContestStatus]
TONES = (("recognised", "good"), ("refused", "bad"))


def page() -> rx.Component:
    """What waits, the register, one contest opened, a form for a new one."""
    state: Any = RegisterState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.cond(state.chosen, _one(state, state.chosen), _all(state)),
            loading(),
        ),
        title="竞赛登记",
        active=routes.DESK_CONTESTS,
        intro="认可后的竞赛才能申报学时。撤销认可、更正登记，都不影响已计入的学时。",
    )


def _all(state: Any) -> rx.Component:
    return rx.el.div(
        section(
            search_form(
                label="查找竞赛", hint="名称、拼音首字母或年度", on_submit=state.search,
                value=state.query, testid="register-search",
            ),
            filter_group(
                label="状态", options=[*STATES, ("all", "全部")], chosen=state.status,
                on_choose=state.filter, testid="register-state",
            ),
            _rows(state),
            title="登记",
            class_name="stack",
        ),
        card(
            rx.el.form(
                contest_fields(errors=state.field_errors),
                button("登记并认可", type="submit", kind="primary", testid="contest-add"),
                key=f"new-{state.drawn}",
                on_submit=state.add,
                no_validate=True,
                class_name="form",
                data_testid="contest-form",
            ),
            title="直接登记",
        ),
        class_name="stack-wide",
    )  # fmt: skip


def _rows(state: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="竞赛登记", caption_hidden=True,
                columns=[
                    Column("竞赛"), Column("级别", short=True), Column("年度", short=True),
                    Column("组织部门"), Column("申请人", short=True), Column("状态", short=True),
                    Column("办理"),
                ],
                rows=state.rows,
                cells=_cells,
                testid="register",
            ),
            empty_state(
                title="没有符合条件的竞赛",
                text="有人申请登记时会列在“待认可”中；也可以在下方直接登记。",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.name, row.level_label, row.year, row.organiser, row.proposer, _state(row),
        button(
            "办理", on_click=RegisterState.choose(row.id), testid="contest-open",
            aria_label=rx.Var.create("办理") + row.name,
        ),
    )  # fmt: skip


def _state(row: Any) -> rx.Component:
    return badge(text=row.state, tone=rx.match(row.status, *TONES, "warn"))


def _one(state: Any, row: Any) -> rx.Component:
    return rx.el.div(
        card(
            definition_list(
                rows=[
                    ("级别", row.level_label), ("举办年度", row.year), ("组织部门", row.organiser),
                    ("申请人", row.proposer), ("申请日期", row.at),
                    ("说明", rx.cond(row.note != "", row.note, "无")), ("状态", _state(row)),
                    ("理由", rx.cond(row.reason != "", row.reason, "无")),
                ]
            ),
            text_area(
                name="reason", label="理由", required=False, max_length=200,
                hint="不予认可的，必须填写，会告知申请人", error=state.field_errors["reason"],
                value=state.reason, on_blur=state.write, testid="contest-reason",
            ),
            rx.el.div(
                rx.cond(
                    row.status != "recognised",
                    button(
                        "认可", kind="primary", on_click=state.decide("recognise"),
                        testid="contest-recognise",
                    ),
                ),
                rx.cond(
                    row.status != "refused",
                    button(
                        rx.cond(row.status == "recognised", "撤销认可", "不予认可"),
                        kind="danger", on_click=state.decide("refuse"), testid="contest-refuse",
                    ),
                ),
                button("返回列表", on_click=state.close, testid="contest-close"),
                class_name="row",
            ),
            title=row.name,
            testid="contest-one",
        ),
        card(
            rx.el.form(
                contest_fields(errors=state.field_errors, chosen=row, note=False),
                button("保存更正", type="submit", testid="contest-correct"),
                key=f"correct-{row.id}-{row.version}",
                on_submit=state.correct,
                no_validate=True,
                class_name="form",
            ),
            title="更正登记",
        ),
        class_name="stack-wide",
    )  # fmt: skip
