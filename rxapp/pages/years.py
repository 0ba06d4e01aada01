"""年度完成情况."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import file_link, link_button
from rxapp.components.cards import badge, card, section
from rxapp.components.messages import empty_state
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.hours import YearsState

STATUS_TONES = (("有效", "good"), ("已更新", "warn"), ("已撤销", "bad"))


def page() -> rx.Component:
    """Every year that is owed, newest first, and the certificates issued."""
    state: Any = YearsState
    return framed(
        once_loaded(
            state,
            state.loaded & (state.error == ""),
            rx.foreach(state.rows, _year),
            section(
                rx.cond(
                    state.certificates.length() > 0,
                    certificates_table(state.certificates),
                    empty_state(
                        title="还没有开具学时证明",
                        text="年度学时完成后，在该年度页面开具并打印。",
                        testid="no-certificates",
                    ),
                ),
                title="已开具的学时证明",
            ),
        ),
        title="年度完成情况",
        active=routes.YEARS,
        intro="每年应完成公需科目不少于30学时、专业科目不少于60学时，合计不少于90学时。",
    )


def certificates_table(rows: Any) -> rx.Component:
    """Certificates with their state and file."""
    return table(
        caption="学时证明",
        caption_hidden=True,
        columns=[
            Column("编号"), Column("年度", short=True), Column("开具时间", short=True),
            Column("状态", short=True), Column("文件"),
        ],
        rows=rows,
        cells=lambda row: (
            row.number,
            f"{row.year}",
            row.issued_at,
            badge(text=row.status, tone=rx.match(row.status, *STATUS_TONES, "plain")),
            file_link("下载", href=row.file, testid="certificate-file"),
        ),
        testid="certificates",
    )  # fmt: skip


def _year(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(row.label),
            rx.cond(
                row.complete,
                badge(text="已完成", tone="good"),
                badge(text="未完成", tone="warn"),
            ),
            class_name="row row-between",
        ),
        rx.el.p(
            "公需 ", rx.el.b(row.public), "，专业 ", rx.el.b(row.professional), "，合计 ",
            rx.el.b(row.total), " 学时", class_name="hours-line",
        ),
        rx.cond(row.average != "", rx.el.p(row.average, class_name="soft")),
        rx.el.ul(rx.foreach(row.missing, lambda said: rx.el.li(said)), class_name="missing"),
        rx.cond(row.closed != "", rx.el.p(row.closed, class_name="soft", data_testid="closed")),
        link_button("查看学时明细", href=f"/years/{row.year}", testid="to-year"),
        testid="year",
    )  # fmt: skip
