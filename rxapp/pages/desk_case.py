"""处理与整改: one matter, for its bureau or for the organisation that is heard."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, file_link, link_button
from rxapp.components.cards import badge, card, definition_list
from rxapp.components.case_file import case_files, case_lines, word_form
from rxapp.components.field import field, select_field
from rxapp.components.grounds import act_form
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.rules.cases import LONGEST_TEXT
from rxapp.state.cases import CaseState


def page() -> rx.Component:
    """All that was said, the claim with who answered for it, the decision, what may follow."""
    state: Any = CaseState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            CaseState,
            view,
            rx.cond(view.may.why_not != "", notice(view.may.why_not, tone="warn")),
            rx.el.div(
                matter(view),
                card(case_lines(lines=view.lines), title="办理过程"),
                class_name="side-by-side",
            ),
            _claim(view),
            rx.cond(view.may.answer, _reply(view)),
            rx.cond(view.may.decide, _decide(state, view)),
            rx.cond(view.may.act, _measures(state, view)),
            rx.cond(view.may.withdraw, _withdraw(state)),
            rx.cond(view.may.close, _close(state)),
            otherwise=("返回处理与整改", routes.DESK_CASES),
        ),
        link_button("返回处理与整改", href=routes.DESK_CASES, testid="to-cases"),
        title=rx.cond(view, f"{view.subject}：{view.finding}", "监督检查事项"),
        active=routes.DESK_CASES,
        intro=rx.cond(view, f"编号 {view.number}，{view.office}办理", ""),
    )


def matter(view: Any) -> rx.Component:
    """What is held against whom, where it stands, and the file to print."""
    return card(
        definition_list(
            rows=[
                ("状态", rx.el.span(badge(text=view.status, tone=view.tone), data_testid="status")),
                ("当事人", view.subject),
                ("所在单位", rx.cond(view.unit != "", view.unit, "（单位事项）")),
                ("发现的问题", view.finding), ("事实", rx.el.p(view.allegation, class_name="said")),
                ("依据", view.basis), ("答复期限", view.answer_by),
                ("认定结果", rx.cond(view.found != "", view.found, "尚未作出决定")),
            ]
        ),
        file_link(
            "下载全部材料（PDF）", href=view.paper, icon_name="print", testid="paper"
        ),
        title="事项",
        testid="matter",
    )  # fmt: skip


def _claim(view: Any) -> rx.Component:
    claim = view.claim
    return rx.cond(
        claim,
        card(
            definition_list(
                rows=[
                    ("受理编号", claim.number), ("名称", claim.title), ("折算规则", claim.rule),
                    ("规则依据", claim.basis), ("年度", claim.year), ("科目", claim.subject),
                    ("学时", claim.hours), ("单位", claim.unit),
                    ("状态", rx.el.b(claim.status, data_testid="claim-status")),
                ]
            ),
            rx.cond(
                claim.files.length() > 0, case_files(files=claim.files, testid="claim-files")
            ),
            table(
                caption="谁审核，谁负责",
                columns=[
                    Column("时间", short=True), Column("环节"), Column("意见", short=True),
                    Column("单位"), Column("办理人", short=True), Column("说明"),
                ],
                rows=claim.steps,
                cells=lambda row: (row.at, row.step, row.act, row.office, row.who, row.note),
                testid="claim-steps",
            ),
            title="涉及的学时申报",
            testid="claim",
        ),
    )  # fmt: skip


def _reply(view: Any) -> rx.Component:
    return card(
        word_form(
            action=routes.CASE_REPLY, label="陈述和申辩", name="case", value=f"{view.id}",
            hint=f"请在{view.answer_by}前答复；作出决定前可以多次补充。", submit_label="提交答复",
            testid="reply",
        ),
        title="本单位的答复",
        class_name="no-print",
    )  # fmt: skip


def _decide(state: Any, view: Any) -> rx.Component:
    return act_form(
        select_field(
            name="decide_found", label="认定结果", options=view.findings,
            error=state.field_errors["decide_found"],
        ),
        key="decide", title="作出处理决定", reason="决定的内容和理由", reason_name="text",
        most=LONGEST_TEXT, submit_label="作出决定", errors=state.field_errors,
        on_submit=state.decide, turns=state.turns,
        explained="决定会告知当事人。撤销学时、责令整改等处理，在决定之后逐项作出。",
    )  # fmt: skip


def _measures(state: Any, view: Any) -> rx.Component:
    errors: Any = state.field_errors
    common: Any = {"errors": errors, "turns": state.turns}
    return rx.el.section(
        rx.el.h2("处理"),
        rx.cond(
            view.unfinished != "",
            notice(
                rx.el.p(view.unfinished),
                button("继续驳回", on_click=state.go_on, testid="go-on"),
                tone="warn",
                testid="unfinished",
            ),
        ),
        rx.cond(
            view.may.revoke,
            act_form(
                key="revoke", title="撤销学时", submit_label="撤销学时", kind="danger",
                on_submit=state.revoke, **common,
                explained="学习档案记入一笔冲销；已开具的学时证明，核验时显示已更新或已撤销。",
            ),
        ),
        rx.cond(view.may.correct, _correct(state, common)),
        rx.cond(
            view.may.record,
            act_form(
                key="record", title="记入职称评审诚信档案", submit_label="记入诚信档案",
                kind="danger", on_submit=state.record, **common,
                explained="自今日起记录3年，期满自动失效；职称评审机构和本人可以看到。",
            ),
        ),
        _dismiss(state, view, common),
        _order(state, view, common),
        _hold(state, view, common),
        class_name="stack",
        data_testid="measures",
    )  # fmt: skip


def _correct(state: Any, common: Any) -> rx.Component:
    return act_form(
        field(
            name="correct_hours", label="正确的学时", input_mode="decimal", max_length=8,
            hint="应少于现有的学时", error=state.field_errors["correct_hours"],
        ),
        key="correct", title="更正学时", submit_label="更正学时", on_submit=state.correct,
        explained="原记录冲销，按正确的学时重新记入，申报仍为已通过。", **common,
    )  # fmt: skip


def _dismiss(state: Any, view: Any, common: Any) -> rx.Component:
    return act_form(
        _organisation("dismiss", state, view),
        key="dismiss", title="驳回该单位待审核的全部申报", submit_label="驳回全部待审核申报",
        kind="danger", on_submit=state.dismiss, **common,
        explained="本人可以再次提交，首次提交的日期保留；该单位限期整改的，解除后才能提交。"
        "要同时责令主管部门整改的，请先驳回。",
    )  # fmt: skip


def _order(state: Any, view: Any, common: Any) -> rx.Component:
    return act_form(
        _organisation("order", state, view),
        field(
            name="order_due_on", label="整改期限", kind="date",
            error=state.field_errors["order_due_on"],
        ),
        key="order", title="责令限期整改", submit_label="责令限期整改", on_submit=state.order,
        explained="该单位暂停学时审核，待审核的申报转上级单位，直到解除整改。", **common,
    )  # fmt: skip


def _hold(state: Any, view: Any, common: Any) -> rx.Component:
    return rx.cond(
        view.words.length() > 0,
        act_form(
            select_field(
                name="hold_decision", label="审核意见", options=view.words,
                error=state.field_errors["hold_decision"],
            ),
            key="hold", title="追究审核责任", submit_label="记录审核责任", on_submit=state.hold,
            explained="谁审核，谁负责。记录会告知审核人，其上级单位和本局可以看到。", **common,
        ),
    )  # fmt: skip


def _withdraw(state: Any) -> rx.Component:
    return act_form(
        key="withdraw", title="撤回这件事项", submit_label="撤回", reason_name="note", basis=False,
        errors=state.field_errors, turns=state.turns, on_submit=state.withdraw, kind="",
        explained="查明没有问题或立案有误的，说明理由后撤回，并告知当事人。",
    )  # fmt: skip


def _close(state: Any) -> rx.Component:
    return act_form(
        key="close", title="办结这件事项", submit_label="办结", reason_name="note", basis=False,
        errors=state.field_errors, turns=state.turns, on_submit=state.close, kind="",
        explained="各项处理都已作出的，可以办结；办结后不能再作处理。",
    )  # fmt: skip


def _organisation(key: str, state: Any, view: Any) -> rx.Component:
    name = f"{key}_organisation"
    return select_field(
        name=name, label="单位", options=view.organisations,
        error=state.field_errors[name],
    )  # fmt: skip
