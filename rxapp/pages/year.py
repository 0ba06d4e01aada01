"""One year of 年度完成情况, with its certificate."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card, certificate_card, section
from rxapp.components.form import post_form
from rxapp.components.messages import empty_state, notice
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed, once_loaded
from rxapp.pages.home import rings_item
from rxapp.pages.years import certificates_table
from rxapp.state.hours import YearState


def page() -> rx.Component:
    """The year's rings, what is missing, every credit with its source, the certificate."""
    view: Any = YearState.view
    return framed(
        once_loaded(
            YearState,
            view,
            card(
                rx.el.div(rx.foreach(view.rings, rings_item), class_name="rings"),
                rx.cond(view.row.average != "", rx.el.p(view.row.average, class_name="soft")),
                rx.el.p(view.row.next_step, class_name="next-step", data_testid="next-step"),
                rx.cond(
                    view.row.closed != "",
                    rx.el.p(view.row.closed, class_name="soft", data_testid="closed"),
                ),
            ),
            _certificate(view),
            section(_credits(view), title="学习档案"),
        ),
        title=rx.cond(view, f"{view.row.label}完成情况", "年度完成情况"),
        active=routes.YEARS,
    )


def _certificate(view: Any) -> rx.Component:
    issued: Any = YearState.certificates
    return certificate_card(
        rx.cond(
            view.row.certifiable,
            rx.fragment(
                rx.el.p("学时已完成，可开具学时证明并打印，供职称评审、岗位聘用等使用。"),
                # Whoever holds a valid one needs another only when the ledger has changed.
                rx.cond(YearState.has_valid, _issue(view, kind=""), _issue(view)),
            ),
            notice(view.row.next_step, tone="warn", title="暂时不能开具", testid="not-yet"),
        ),
        rx.cond(issued.length() > 0, certificates_table(issued)),
        title="学时证明",
    )


def _issue(view: Any, kind: str = "primary btn-block") -> rx.Component:
    return post_form(
        action=f"/api/certificate/{view.row.year}",
        submit_label="开具学时证明",
        kind=kind,
        testid="issue",
    )


def _credits(view: Any) -> rx.Component:
    return rx.cond(
        view.credits.length() > 0,
        table(
            caption="学习档案",
            caption_hidden=True,
            columns=[
                Column("内容"), Column("科目", short=True), Column("学时", numeric=True),
                Column("来源"), Column("日期", short=True),
            ],
            rows=view.credits,
            cells=lambda row: (row.title, row.subject, row.hours, row.source, row.earned_on),
            testid="credits",
        ),
        empty_state(
            title="这一年度还没有学时",
            text="学完课程后，学时自动记在这里。",
            action="去学习",
            href=routes.PUBLIC_COURSES,
        ),
    )  # fmt: skip
