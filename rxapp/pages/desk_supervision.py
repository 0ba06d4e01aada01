"""监督检查: the samples of a bureau, the form that draws another, the signals beside them."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, more_button, tabs
from rxapp.components.cards import card, list_row, row_list, section
from rxapp.components.choosing import chooser
from rxapp.components.field import field, select_field, text_area
from rxapp.components.messages import empty_state, error_box, loading, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.sampling import Stratify
from rxapp.state.supervising import DRAW, LIST, SIGNALS, SignalsState, SupervisionState

STRATIFY = [(each.value, each.label) for each in Stratify]
NOT_STORED = (
    "以下信息只供参考，不是结论，也不会自动产生任何处理。观看过程中逐次上报的进度不保存，"
    "因此只能从弹题的回答看出异常。"
)


def page() -> rx.Component:
    """One of three parts, chosen by the address."""
    state: Any = SupervisionState
    return staffed(
        tabs(
            label="监督检查",
            items=[
                ("抽查", routes.DESK_SUPERVISION, state.part == LIST),
                ("新的抽查", f"{routes.DESK_SUPERVISION}?part={DRAW}", state.part == DRAW),
                ("参考信息", f"{routes.DESK_SUPERVISION}?part={SIGNALS}", state.part == SIGNALS),
            ],
            testid="parts",
        ),
        error_box(error=state.error),
        rx.cond(
            state.loaded,
            rx.match(
                state.part, (DRAW, _draw(state)), (SIGNALS, _signals(SignalsState)), _list(state)
            ),
            loading(),
        ),
        title="监督检查",
        active=routes.DESK_SUPERVISION,
        intro="随机抽查已通过的学时申报，逐项核对，发现问题的转入处理。",
    )


def _list(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            row_list(rx.foreach(state.rows, _sample), testid="inspections"),
            empty_state(
                title="还没有抽查",
                text="抽取一批已通过的申报，逐项检查并记录结论。",
                action="新的抽查",
                href=f"{routes.DESK_SUPERVISION}?part={DRAW}",
            ),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="抽查",
    )


def _sample(row: Any) -> rx.Component:
    return list_row(
        title=row.title,
        detail=f"{row.office}，{row.by}，{row.drawn_at}",
        href=f"/desk/supervision/{row.id}",
        state=row.status,
        tone=rx.cond(row.is_open, "accent", "plain"),
        value=f"已检查{row.found}/{row.drawn}，有问题{row.faults}",
        testid="inspection",
    )


def _draw(state: Any) -> rx.Component:
    return rx.cond(
        state.typed.length() > 0,
        card(
            _place(state),
            _reviewer(state),
            rx.el.form(
                rx.el.div(*_narrowing(state), class_name="filters"),
                rx.el.div(*_amount(state), class_name="filters"),
                text_area(
                    name="note", label="说明", required=False, max_length=400,
                    error=state.field_errors["note"], testid="draw-note",
                ),
                rx.el.div(
                    rx.cond(
                        state.seen,
                        notice(state.seen.sentence, testid="preview"),
                    ),
                    role="status",
                ),
                button("随机抽取", type="submit", kind="primary", testid="draw"),
                on_submit=state.draw,
                no_validate=True,
                class_name="form",
                data_testid="draw-form",
            ),
            title="新的抽查",
        ),
    )  # fmt: skip


def _place(state: Any) -> rx.Component:
    return rx.el.div(
        chooser(
            label="范围（县市区、主管部门或单位；不选为本局全部管理范围）",
            on_search=state.find_place, on_choose=state.choose_place, choices=state.choices,
            searched=state.searched, chosen_name=state.place_name, testid="place",
        ),
        rx.cond(
            state.place_name != "",
            button("改为全部范围", on_click=state.choose_place(0), testid="place-all"),
        ),
        rx.el.p(
            state.field_errors["q"], role="alert", class_name="field-error",
            data_testid="place-error",
        ),
        class_name="stack",
    )  # fmt: skip


def _reviewer(state: Any) -> rx.Component:
    return rx.cond(
        state.reviewer_name != "",
        notice(
            rx.el.p("只抽取", rx.el.b(state.reviewer_name, data_testid="reviewer"), "通过的申报。"),
            button("不限审核人", on_click=state.forget_reviewer, testid="reviewer-all"),
            testid="reviewer-only",
        ),
    )


def _narrowing(state: Any) -> list[rx.Component]:
    return [
        field(
            name="first", label="通过日期自", kind="date", value=state.typed["first"],
            error=state.field_errors["first"], testid="draw-first",
            on_change=lambda value: state.fill("first", value),
        ),
        field(
            name="last", label="至", kind="date", value=state.typed["last"],
            error=state.field_errors["last"], testid="draw-last",
            on_change=lambda value: state.fill("last", value),
        ),
        select_field(
            name="rule", label="申报类别", options=state.rules, blank="全部", required=False,
            testid="draw-rule", on_change=lambda value: state.fill("rule", value),
        ),
    ]  # fmt: skip


def _amount(state: Any) -> list[rx.Component]:
    return [
        select_field(
            name="by", label="抽取方式", options=[("number", "按数量"), ("percent", "按百分比")],
            blank="", value=state.typed["by"], testid="draw-by",
            on_change=lambda value: state.fill("by", value),
        ),
        field(
            name="amount", label="数量（项）或百分比", value=state.typed["amount"],
            error=state.field_errors["amount"], input_mode="numeric", max_length=4,
            testid="draw-amount", on_change=lambda value: state.fill("amount", value),
        ),
        select_field(
            name="stratify", label="分层", options=STRATIFY, blank="",
            value=state.typed["stratify"], error=state.field_errors["stratify"],
            testid="draw-stratify", on_change=lambda value: state.fill("stratify", value),
        ),
    ]  # fmt: skip


def _signals(state: Any) -> rx.Component:
    return rx.el.div(
        error_box(error=state.error, testid="signals-error"),
        notice(NOT_STORED, testid="not-stored"),
        rx.cond(
            state.loaded,
            rx.el.div(
                _reviewers(state), section(_period(state), title="按日期查看其他信息"),
                _bursts(state), _repeats(state), _learners(state), class_name="stack-wide",
            ),
            loading(),
        ),
        class_name="stack-wide",
    )  # fmt: skip


def _period(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            field(
                name="first", label="自", kind="date", value=state.typed["first"],
                error=state.field_errors["first"], key=f"first-{state.typed['first']}",
                testid="signals-first",
            ),
            field(
                name="last", label="至", kind="date", value=state.typed["last"],
                error=state.field_errors["last"], key=f"last-{state.typed['last']}",
                testid="signals-last",
            ),
            button("查看", type="submit", icon_name="search", testid="signals-find"),
            class_name="filters",
        ),
        on_submit=state.search,
        no_validate=True,
        role="search",
        aria_label="参考信息的期间",
    )  # fmt: skip


def _reviewers(state: Any) -> rx.Component:
    return section(
        rx.el.div(
            select_field(
                name="month", label="月份", options=state.months, blank="", value=state.month,
                error=state.field_errors["month"], testid="signals-month",
                on_change=state.choose_month,
            ),
            class_name="pick",
        ),
        rx.cond(
            state.reviewers.length() > 0,
            table(
                caption="审核人", caption_hidden=True, names_short=True,
                columns=[
                    Column("审核人"), Column("单位"), Column("办理", numeric=True),
                    Column("通过率", numeric=True), Column("平均用时", numeric=True),
                    Column("用时中位数", numeric=True), Column("查看"),
                ],
                rows=state.reviewers,
                cells=lambda row: (
                    link(row.name, href=row.href, testid="reviewer-person"), row.office,
                    row.decisions, row.pass_rate, row.mean, row.median, _sample_of(row),
                ),
                testid="reviewers",
            ),
            rx.el.p("这个月没有审核记录。", class_name="soft"),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
        rx.el.p(
            "用时从打开申报起算，只计能确定用时的；中位数按最近五百次计算。",
            class_name="soft small",
        ),
        title="审核人的通过率和用时",
    )  # fmt: skip


def _bursts(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.bursts.length() > 0,
            table(
                caption="一分钟内办理六项以上", caption_hidden=True, names_short=True,
                columns=[
                    Column("审核人"), Column("单位"), Column("时间", short=True),
                    Column("一分钟内", numeric=True), Column("当天办理", numeric=True),
                    Column("查看"),
                ],
                rows=state.bursts,
                cells=lambda row: (
                    link(row.name, href=row.href, testid="burst-person"), row.office, row.at,
                    row.count, row.decisions, _sample_of(row),
                ),
                testid="bursts",
            ),
            _nothing(),
        ),
        title="一分钟内办理六项以上",
    )  # fmt: skip


def _repeats(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.repeats.length() > 0,
            table(
                caption="同一份材料用于多项申报", caption_hidden=True,
                columns=[
                    Column("申报"), Column("姓名", short=True), Column("单位"),
                    Column("状态", short=True), Column("日期", short=True), Column("情况"),
                ],
                rows=state.repeats,
                cells=lambda row: (
                    link(row.title, href=row.href, testid="repeat-claim"), row.name, row.unit,
                    row.status, row.at, row.others,
                ),
                testid="repeats",
            ),
            _nothing(),
        ),
        title="同一份材料用于多项申报",
    )  # fmt: skip


def _learners(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.learners.length() > 0,
            table(
                caption="答题异常", caption_hidden=True, names_short=True,
                columns=[
                    Column("姓名"), Column("单位"), Column("日期", short=True), Column("情况"),
                ],
                rows=state.learners,
                cells=lambda row: (
                    link(row.name, href=row.href, testid="learner"), row.unit, row.day, row.why,
                ),
                testid="learners",
            ),
            _nothing(),
        ),
        rx.cond(
            state.more_marks,
            rx.el.p("每类只列出最近二十条，请缩短期间查看其余的。", class_name="soft"),
        ),
        title="答题过快或昼夜不停",
    )  # fmt: skip


def _sample_of(row: Any) -> rx.Component:
    return link("抽查此人通过的申报", href=row.sample_href, testid="sample-of")


def _nothing() -> rx.Component:
    return rx.el.p("这个期间内没有。", class_name="soft")
