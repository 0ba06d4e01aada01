"""监督检查: the work list of one sample, the claim that is open, the printed result."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, filter_group, link_button, more_button
from rxapp.components.cards import badge, card, definition_list, progress, stats
from rxapp.components.evidence_view import evidence_view
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.rules.inspections import Finding
from rxapp.state.inspecting import InspectingState

NARROWED = [
    ("", "全部"), ("open", "尚未检查"), *[(each.value, each.label) for each in Finding],
]  # fmt: skip


def page() -> rx.Component:
    """The claim, and beside it (on a phone below) what is said of it and the list it is from."""
    state: Any = InspectingState
    view: Any = state.view
    return staffed(
        once_loaded(
            InspectingState,
            view,
            rx.el.div(
                progress(percent=view.percent, label="检查进度", testid="inspected"),
                stats(items=view.counts, testid="counts"),
                rx.el.details(
                    rx.el.summary("抽取办法和随机种子"), _facts(view, "facts"),
                    data_testid="how",
                ),
                class_name="stack no-print",
            ),
            rx.el.div(done_box(message=state.done), class_name="no-print"),
            rx.el.div(
                rx.cond(state.item, _item(state.item), _nothing_open()),
                rx.el.div(
                    rx.cond(state.item, _conclusion(state, state.item)),
                    _list(state),
                    class_name="stack-wide",
                ),
                class_name="inspect no-print",
            ),
            _end(state, view),
            rx.cond(state.result, _result(view, state.result)),
        ),
        link_button("返回监督检查", href=routes.DESK_SUPERVISION, testid="to-supervision"),
        title="监督检查",
        active=routes.DESK_SUPERVISION,
        intro=rx.cond(view, f"{view.status}，已检查{view.found}项，共{view.drawn}项", ""),
    )  # fmt: skip


def _facts(view: Any, testid: str) -> rx.Component:
    return rx.el.div(
        rx.el.dl(
            rx.foreach(
                view.facts, lambda fact: rx.el.div(rx.el.dt(fact.label), rx.el.dd(fact.text))
            ),
            class_name="pairs",
            data_testid=testid,
        ),
        rx.el.p("抽取办法：", view.method, class_name="soft"),
        class_name="stack",
    )


def _list(state: Any) -> rx.Component:
    return card(
        filter_group(
            label="只看", options=NARROWED, chosen=state.wanted, on_choose=state.narrow,
            testid="narrow",
        ),
        rx.cond(
            state.rows.length() > 0,
            rx.el.ol(
                rx.foreach(state.rows, lambda row: _row(state, row)),
                class_name="inspect-list", data_testid="work-list",
            ),
            rx.el.p("没有符合条件的申报。", class_name="soft"),
        ),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
        title="样本",
    )  # fmt: skip


def _row(state: Any, row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(f"{row.place}. {row.title}", class_name="list-row-title"),
            rx.el.span(row.detail, class_name="soft small"),
            rx.cond(row.stratum != "", rx.el.span(row.stratum, class_name="soft small")),
            badge(text=row.finding, tone=row.tone),
            type="button",
            on_click=state.open(row.id),
            aria_current=rx.cond(state.item.id == row.id, "true", "false"),
            data_testid="work-item",
        ),
        rx.cond(row.case_href != "", _to_case(row.case_href)),
    )


def _item(item: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            f"第{item.place}项",
            rx.cond(item.claim, f"：{item.claim.lines[0].text}", ""),
            id="item", tab_index=-1, data_testid="item-title",
        ),
        rx.cond(
            item.claim,
            rx.fragment(_claim(item.claim), _proofs(item.claim), _steps(item.claim)),
            notice("这项申报已转到其他单位管理，看不到详细内容。", tone="warn", testid="elsewhere"),
        ),
        class_name="card",
        aria_label="正在检查的申报",
        data_testid="item",
    )  # fmt: skip


def _conclusion(state: Any, item: Any) -> rx.Component:
    return card(
        rx.cond(item.may_find, _finding(state, item), _found(item)),
        title=f"第{item.place}项的检查结论",
        testid="conclusion",
    )


def _claim(claim: Any) -> rx.Component:
    return rx.el.div(
        definition_list(
            rows=[
                ("姓名", f"{claim.name}（{claim.identity_mask}）"), ("单位", claim.unit),
                ("类别", claim.category), ("折算", claim.words),
                ("已计入", f"{claim.hours}学时"), ("状态", claim.status),
                ("受理编号", claim.number),
            ],
            testid="claim-facts",
        ),
        rx.el.dl(
            rx.foreach(
                claim.lines, lambda line: rx.el.div(rx.el.dt(line.label), rx.el.dd(line.text))
            ),
            class_name="pairs",
            data_testid="claim-lines",
        ),
        rx.foreach(claim.warnings, lambda said: notice(said, tone="warn", testid="warning")),
        class_name="stack",
    )  # fmt: skip


def _proofs(claim: Any) -> rx.Component:
    # The viewer's script listens wherever claims are looked at.
    return rx.el.div(evidence_view(claim), data_rx="review")


def _steps(claim: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3("谁审核，谁负责"),
        table(
            caption="办理过程", caption_hidden=True,
            columns=[
                Column("时间", short=True), Column("环节"), Column("意见", short=True),
                Column("单位"), Column("办理人", short=True), Column("理由"),
            ],
            rows=claim.steps,
            cells=lambda step: (step.at, step.step, step.act, step.office, step.who, step.note),
            testid="claim-steps",
        ),
        class_name="stack",
    )  # fmt: skip


def _finding(state: Any, item: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            item.said != "",
            rx.el.p(f"已记录：{item.finding}（{item.said}），可以更改。", data_testid="said"),
        ),
        rx.el.div(
            rx.el.label("应为学时", rx.el.span("（学时有误时填写）"), html_for="right-hours"),
            rx.el.input(
                id="right-hours", value=state.right_hours, on_change=state.write_hours,
                max_length=8, input_mode="decimal", class_name="input input-num",
                aria_describedby="right-hours-error", data_testid="right-hours",
            ),
            _fault("right-hours", state.field_errors["right_hours"]),
            class_name="field",
        ),
        rx.el.div(
            rx.el.label("理由", rx.el.span("（发现问题时必填）"), html_for="finding-note"),
            rx.el.textarea(
                id="finding-note", value=state.note, on_change=state.write, max_length=400,
                class_name="input", aria_describedby="finding-note-error",
                data_testid="finding-note",
            ),
            _fault("finding-note", state.field_errors["note"]),
            class_name="field",
        ),
        rx.el.div(
            *[_press(state, item, finding) for finding in Finding], class_name="row",
            role="group", aria_label="检查结论",
        ),
        rx.cond(item.case_href != "", _to_case(item.case_href)),
        class_name="stack",
    )  # fmt: skip


def _fault(name: str, sentence: Any) -> rx.Component:
    return rx.el.p(
        sentence, id=f"{name}-error", role="alert", class_name="field-error",
        data_testid=f"{name}-error",
    )  # fmt: skip


def _press(state: Any, item: Any, finding: Finding) -> rx.Component:
    return button(
        finding.label,
        on_click=state.record(item.id, finding.value, item.version),
        kind="primary" if finding is Finding.IN_ORDER else "",
        testid=f"find-{finding.value}",
    )


def _found(item: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.b(item.finding),
            rx.cond(item.right_hours != "", f"，应为{item.right_hours}学时", ""),
            rx.cond(item.note != "", f"：{item.note}", ""), data_testid="finding",
        ),
        rx.el.p(item.said, class_name="soft"),
        rx.cond(item.case_href != "", _to_case(item.case_href)),
        class_name="stack",
    )  # fmt: skip


def _to_case(href: Any) -> rx.Component:
    return link_button("转入处理", href=href, testid="to-case")


def _nothing_open() -> rx.Component:
    return card(rx.el.p("全部检查完毕，可以查看结果并办结。"), testid="nothing-open")


def _end(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        button("检查结果", on_click=state.summarise, testid="summarise"),
        rx.cond(
            view.is_open,
            button(
                "办结", on_click=state.close(view.version), kind="primary",
                disabled=view.found < view.drawn, testid="close",
            ),
        ),
        class_name="row no-print",
    )  # fmt: skip


def _result(view: Any, result: Any) -> rx.Component:
    return card(
        _facts(view, "result-facts"),
        stats(items=view.counts, testid="result-counts"),
        rx.cond(
            result.lines.length() > 0,
            table(
                caption="发现的问题",
                columns=[
                    Column("受理编号"), Column("姓名和单位"), Column("名称"), Column("结论"),
                    Column("理由"), Column("检查人", short=True),
                ],
                rows=result.lines,
                cells=lambda line: (
                    f"{line.place}. {line.number}", f"{line.name}，{line.unit}", line.title,
                    f"{line.finding}（{line.hours}）", line.note, line.who,
                ),
                testid="faults",
            ),
            rx.el.p("没有发现问题。"),
        ),
        rx.el.details(
            rx.el.summary("抽中的受理编号（按抽取顺序）"),
            rx.el.p(result.numbers.join("　"), class_name="small num"),
            class_name="printed",
            data_testid="numbers",
        ),
        rx.el.p(
            button(
                "打印", icon_name="print", testid="print", custom_attrs={"data-rx": "print"}
            )
        ),
        title="监督检查结果",
        testid="result",
        class_name="result",
    )  # fmt: skip
