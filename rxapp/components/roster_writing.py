"""How people come onto a roster, and one of its lines opened to be changed."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button, link_button
from rxapp.components.cards import card
from rxapp.components.field import field, select_field

RESULTS = [("未考核", "未考核"), ("合格", "合格"), ("不合格", "不合格")]


def writing(state: Any, view: Any) -> rx.Component:
    """The ways onto the roster: a file, those enrolled, those who checked in, one by hand."""
    return card(
        rx.el.div(
            link_button(
                "导入名册", href=f"/desk/rosters/{view.id}/import", kind="primary",
                testid="to-import",
            ),
            button(
                f"取入报名人员（{view.enrolled}人）", on_click=state.take_enrolled,
                testid="take-enrolled",
            ),
            button("取入签到记录", on_click=state.take_checked_in, testid="take-checked-in"),
            rx.cond(
                view.is_day,
                link_button(
                    "打开签到二维码", href=f"/desk/rosters/{view.id}/check-in",
                    testid="to-check-in",
                ),
            ),
            rx.cond(
                view.people > 0,
                button("没有记录的记为全勤", on_click=state.attend_all, testid="attend-all"),
            ),
            class_name="row",
        ),
        rx.el.details(
            rx.el.summary("逐个添加"),
            rx.el.form(
                field(name="name", label="姓名", error=state.field_errors["name"], max_length=60,
                      testid="add-name"),
                field(
                    name="identity_number", label="身份证号码", max_length=30,
                    error=state.field_errors["identity_number"], auto_capitalize="characters",
                    hint="必须是已在本系统登记的人员", testid="add-number",
                ),
                button("加入名册", type="submit", testid="add-submit"),
                key=f"add-{view.id}-{state.drawn}",
                on_submit=state.add,
                no_validate=True,
                class_name="form",
            ),
            data_testid="adding",
        ),
        title="记录出勤",
        class_name="no-print",
        testid="writing",
    )  # fmt: skip


def supplementing(state: Any, view: Any) -> rx.Component:
    """Somebody who was forgotten, put on a closed roster with a reason."""
    errors: Any = state.field_errors
    return card(
        rx.el.details(
            rx.el.summary("补登遗漏人员", data_testid="supplement-open"),
            rx.el.form(
                rx.el.p("名册已关闭。确实参加了培训、名册中没有的，逐人补登，理由记入更正记录。"),
                field(name="name", label="姓名", error=errors["name"], max_length=60,
                      testid="supplement-name"),
                field(
                    name="identity_number", label="身份证号码", max_length=30,
                    error=errors["identity_number"], auto_capitalize="characters",
                    hint="必须是已在本系统登记的人员", testid="supplement-number",
                ),
                field(
                    name="hours", label="补登学时", input_mode="decimal", max_length=8,
                    error=errors["hours"], hint=f"培训共{view.hours}学时，不能超过",
                    testid="supplement-hours",
                ),
                field(
                    name="reason", label="补登的理由", max_length=200, error=errors["reason"],
                    hint="4至200个字", testid="supplement-reason",
                ),
                button("补登学时", type="submit", kind="danger", testid="supplement-submit"),
                key=f"supplement-{view.id.to_string()}-{state.drawn}",
                on_submit=state.supplement,
                no_validate=True,
                class_name="form",
            ),
        ),
        title="补登",
        class_name="no-print",
        testid="supplementing",
    )  # fmt: skip


def one_line(state: Any, view: Any) -> rx.Component:
    """The open line: its hours, result and note; once posted, its hours with a reason."""
    row: Any = state.chosen
    return card(
        rx.el.p(f"{row.identity_mask}　{row.unit}　出勤：{row.attended}", class_name="soft"),
        rx.cond(view.may_correct, _correcting(state, row), _saving(state, row)),
        title=row.name,
        class_name="no-print",
        testid="one-line",
    )


def _saving(state: Any, row: Any) -> rx.Component:
    return rx.el.form(
        field(
            name="hours", label="学时", required=False, value=row.typed_hours,
            input_mode="decimal", max_length=8,
            hint="不填按出勤日期计算，只能少填", error=state.field_errors["hours"],
            testid="line-hours",
        ),
        select_field(
            name="test", label="考核结果", options=RESULTS, value=row.test_label, blank="",
            error=state.field_errors["test"], testid="line-test",
        ),
        field(
            name="note", label="备注", required=False, value=row.note, max_length=100,
            error=state.field_errors["note"], testid="line-note",
        ),
        rx.el.div(
            button("保存", type="submit", kind="primary", testid="line-save"),
            button("移出名册", on_click=state.remove(row.id), kind="danger", testid="line-remove"),
            button("返回", on_click=state.close, kind="quiet", testid="line-close"),
            class_name="row",
        ),
        # A day ticked meanwhile does not draw it anew: what is being typed stays.
        key=f"line-{row.id.to_string()}",
        on_submit=state.save,
        no_validate=True,
        class_name="form",
    )  # fmt: skip


def _correcting(state: Any, row: Any) -> rx.Component:
    return rx.el.form(
        field(
            name="hours", label="更正后的学时", value=row.hours, input_mode="decimal",
            max_length=8, hint="填0撤销这名人员的学时", error=state.field_errors["hours"],
            testid="correct-hours",
        ),
        field(
            name="reason", label="更正的理由", max_length=200, error=state.field_errors["reason"],
            hint="记入更正记录，4至200个字", testid="correct-reason",
        ),
        rx.el.div(
            button("更正学时", type="submit", kind="danger", testid="correct-submit"),
            button("返回", on_click=state.close, kind="quiet", testid="line-close"),
            class_name="row",
        ),
        key=f"correct-{row.id}-{row.version}",
        on_submit=state.correct,
        no_validate=True,
        class_name="form",
    )  # fmt: skip
