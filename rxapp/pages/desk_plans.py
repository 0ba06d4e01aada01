"""工作台 · 年度培训计划: one's own plans; one of them typed item by item or brought in whole."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, file_link, link
from rxapp.components.cards import badge, card, definition_list, list_row, row_list, section
from rxapp.components.collect_form import table_form
from rxapp.components.field import field, select_field
from rxapp.components.form import hidden
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.project_form import (
    FORMS,
    PROFESSIONS,
    SUBJECTS,
    organiser_choice,
)
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.plans import LABELS, LONGEST_NOTE, LONGEST_TITLE
from rxapp.state.plans import PlansState


def page() -> rx.Component:
    """The plans, or the one that is open."""
    state: Any = PlansState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(state.loaded, rx.cond(state.view, _one(state, state.view), _all(state)), loading()),
        title="年度培训计划",
        active=routes.DESK_PLANS,
        intro="每年年初上报。计划外的培训班可以“一事一报”，同样要在开班5个工作日前备案。",
    )


def _all(state: Any) -> rx.Component:
    return rx.el.div(
        section(
            rx.cond(
                state.choices.length() > 0,
                row_list(
                    rx.foreach(
                        state.choices,
                        lambda row: list_row(
                            title=row.label, href=f"{routes.DESK_PLANS}?plan={row.id}",
                            state=row.state, tone=row.tone, testid="plan",
                        ),
                    ),
                    testid="plan-list",
                ),
                empty_state(title="还没有年度培训计划", text="请在下方选择年度，开始填写。"),
            ),
            title="本单位的计划",
        ),
        card(
            rx.el.form(
                organiser_choice(state.organisers),
                select_field(
                    name="year", label="年度", options=state.years, blank="",
                    error=state.field_errors["year"], testid="plan-year",
                ),
                button("填写计划", type="submit", kind="primary", testid="plan-begin"),
                on_submit=state.open_year,
                no_validate=True,
                class_name="form",
            ),
            title="填写一年的计划",
        ),
        class_name="stack-wide",
    )  # fmt: skip


def _one(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        card(
            definition_list(
                rows=[
                    ("举办单位", view.organiser), ("年度", view.year),
                    ("状态", badge(text=view.state, tone=view.tone)), ("合计学时", view.hours),
                    ("审核意见", rx.cond(view.note != "", view.note, "无")),
                ]
            ),
            rx.el.div(
                rx.cond(
                    view.editable,
                    button("上报", kind="primary", on_click=state.submit, testid="plan-submit"),
                ),
                rx.cond(
                    view.may_withdraw,
                    button("撤回", on_click=state.withdraw, testid="plan-withdraw"),
                ),
                link("全部计划", href=routes.DESK_PLANS, testid="plan-all"),
                class_name="row",
            ),
            title=f"{view.year}年度培训计划",
        ),
        _items(state, view),
        rx.cond(view.faults.length() > 0, _faults(view)),
        rx.cond(view.editable, rx.fragment(_add(state), _bring_in(view))),
        class_name="stack-wide",
    )  # fmt: skip


def _items(state: Any, view: Any) -> rx.Component:
    return section(
        rx.cond(
            view.classes.length() > 0,
            table(
                caption="计划举办的培训班", caption_hidden=True,
                columns=[
                    Column("名称"), Column("月份", short=True), Column("科目", short=True),
                    Column("行业领域", short=True), Column("形式", short=True),
                    Column("学时", numeric=True), Column("人数", numeric=True),
                    Column("办理", short=True),
                ],
                rows=view.classes,
                cells=lambda row: _cells(state, view, row),
                testid="plan-items",
            ),
            empty_state(title="计划中还没有培训班", text="请逐项添加，或用表格导入。"),
        ),
        title="计划举办的培训班",
    )  # fmt: skip


def _cells(state: Any, view: Any, row: Any) -> tuple[Any, ...]:
    file = link(
        "办理备案", href=f"{routes.DESK_PROJECT_NEW}?item={row.id}", testid="item-file",
        aria_label=f"办理备案：{row.title}",
    )  # fmt: skip
    made = link(row.state, href=f"/desk/projects/{row.project_id}", testid="item-made")
    take_out = button(
        "移除", on_click=state.remove(row.id), testid="item-remove", aria_label=f"移除{row.title}"
    )
    done = rx.cond(
        view.editable,
        take_out,
        rx.cond(row.project_id > 0, made, rx.cond(view.approved, file, row.state)),
    )
    return (row.title, row.month, row.subject, row.field, row.form, row.hours, row.people, done)


def _faults(view: Any) -> rx.Component:
    return section(
        notice("其余各行已导入。更正后可以整份重新导入，已在计划中的不会重复。", tone="warn"),
        table(
            caption="没有导入的内容", caption_hidden=True,
            columns=[Column("行"), Column("列", short=True), Column("原因")],
            rows=view.faults,
            cells=lambda row: (f"第{row.line}行", row.column, row.sentence),
            testid="plan-faults",
        ),
        title="没有导入的内容",
        class_name="stack",
    )  # fmt: skip


def _add(state: Any) -> rx.Component:
    error = state.field_errors
    return card(
        rx.el.form(
            rx.el.div(
                field(name="title", label=LABELS["title"], error=error["title"],
                      max_length=LONGEST_TITLE, testid="title"),
                select_field(name="subject", label="科目", options=SUBJECTS,
                             error=error["subject"], testid="subject"),
                select_field(name="field", label="行业领域", options=PROFESSIONS, required=False,
                             error=error["field"], testid="field"),
                select_field(name="form", label="培训形式", options=FORMS, error=error["form"],
                             testid="form"),
                select_field(name="month", label="计划月份", error=error["month"], testid="month",
                             options=[(f"{n}", f"{n}月") for n in range(1, 13)]),
                field(name="hours", label="学时", error=error["hours"], input_mode="decimal",
                      max_length=6, testid="hours"),
                field(name="people", label="人数", error=error["people"], input_mode="numeric",
                      max_length=6, testid="people"),
                field(name="note", label="备注", required=False, error=error["note"],
                      max_length=LONGEST_NOTE, testid="note"),
                class_name="field-grid",
            ),
            button("添加", type="submit", testid="item-add"),
            key=f"item-{state.drawn}",
            on_submit=state.add,
            no_validate=True,
            class_name="form",
            data_testid="item-form",
        ),
        title="添加一项",
    )  # fmt: skip


def _bring_in(view: Any) -> rx.Component:
    return card(
        rx.el.p(
            file_link("下载模板", href=routes.PLAN_TEMPLATE, testid="plan-template"),
        ),
        table_form(
            hidden(name="kind", value=f"{view.id}"),
            action=routes.PLAN_UPLOAD,
            label="表格文件",
            hint="Excel 工作簿或 CSV 文件，不超过1兆字节；有误的行会逐一列出，其余各行照常导入",
            send="导入",
            kind="",
            testid="plan-import",
        ),
        title="用表格导入",
    )  # fmt: skip
