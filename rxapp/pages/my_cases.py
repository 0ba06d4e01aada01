"""监督检查: what concerns oneself, and one matter in which one is heard."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button
from rxapp.components.cards import card, list_row, row_list, section
from rxapp.components.case_file import case_lines, word_form
from rxapp.components.messages import done_box, empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desk_case import matter
from rxapp.pages.desk_integrity import records
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.hearing import MyCasesState, MyCaseState


def page() -> rx.Component:
    """The matters, the records, who looked them up, what one answers for as a reviewer."""
    state: Any = MyCasesState
    return framed(
        error_box(error=state.error),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.cond(
                    state.rows.length() > 0,
                    row_list(rx.foreach(state.rows, _row), testid="my-cases"),
                    empty_state(
                        title="没有监督检查事项", text="对您的学时申报立案的，会在这里告知您。",
                        testid="no-cases",
                    ),
                ),
                rx.cond(
                    state.records.length() > 0,
                    section(records(state.records, testid="my-records"), title="诚信档案"),
                ),
                rx.cond(state.looks.length() > 0, _looks(state)),
                rx.cond(state.responsibility.length() > 0, _responsibility(state)),
                class_name="stack-wide",
            ),
            loading(),
        ),
        link_button("返回我的", href=routes.ME, testid="to-me"),
        title="监督检查",
        active=routes.ME,
        intro="与您有关的监督检查事项、诚信档案和查询记录。",
    )  # fmt: skip


def case_page() -> rx.Component:
    """One matter: what is held against oneself, what was said, and the answer."""
    state: Any = MyCaseState
    view: Any = state.view
    return framed(
        done_box(message=state.done),
        once_loaded(
            MyCaseState,
            view,
            matter(view),
            rx.cond(view.may.answer, _answer(view)),
            card(case_lines(lines=view.lines), title="办理过程"),
            otherwise=("返回监督检查", routes.MY_CASES),
        ),
        link_button("返回监督检查", href=routes.MY_CASES, testid="to-my-cases"),
        title="监督检查事项",
        active=routes.ME,
        intro=rx.cond(view, f"编号 {view.number}，{view.office}办理", ""),
    )


def _row(row: Any) -> rx.Component:
    return list_row(
        title=f"{row.about}：{row.finding}", detail=f"答复期限{row.answer_by}", href=row.href,
        state=row.status, tone=row.tone, testid="my-case",
    )  # fmt: skip


def _answer(view: Any) -> rx.Component:
    return card(
        word_form(
            action=routes.CASE_ANSWER, label="陈述和申辩", name="case", value=f"{view.id}",
            hint=f"请在{view.answer_by}前答复；作出决定前可以多次补充，逾期答复会注明。",
            submit_label="提交答复", testid="answer",
        ),
        title="您的答复",
        class_name="no-print",
    )  # fmt: skip


def _looks(state: Any) -> rx.Component:
    return section(
        table(
            caption="谁查询过我的诚信档案", caption_hidden=True,
            columns=[Column("单位"), Column("时间", short=True), Column("事由")],
            rows=state.looks,
            cells=lambda row: (row.office, row.at, row.reason),
            testid="looks",
        ),
        title="谁查询过我的诚信档案",
    )  # fmt: skip


def _responsibility(state: Any) -> rx.Component:
    return section(
        table(
            caption="审核责任", caption_hidden=True,
            columns=[
                Column("申报"), Column("环节", short=True), Column("理由"), Column("依据"),
                Column("时间", short=True),
            ],
            rows=state.responsibility,
            cells=lambda row: (row.claim, row.step, row.reason, row.basis, row.at),
            testid="my-responsibility",
        ),
        title="审核责任",
    )  # fmt: skip
