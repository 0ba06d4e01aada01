"""登记学时: what it will do, shown before it is done."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button
from rxapp.components.cards import card, stats
from rxapp.components.messages import notice


def posting(state: Any, view: Any) -> rx.Component:
    """The button that shows the summary, or the summary with the word that closes the roster."""
    return card(
        rx.cond(
            state.summary,
            _summary(state),
            rx.el.div(
                rx.el.p("先核对汇总，确认后登记。登记后名册关闭，有差错的只能逐人更正。"),
                rx.cond(
                    view.too_early != "",
                    rx.el.p(view.too_early, class_name="soft"),
                    button("核对并登记学时", on_click=state.ask, kind="primary", testid="ask"),
                ),
                class_name="stack",
            ),
        ),
        title="登记学时",
        class_name="no-print",
        testid="posting",
    )


def _summary(state: Any) -> rx.Component:
    summary: Any = state.summary
    return rx.el.div(
        stats(
            items=[
                ("登记人数", summary.people, "人"), ("学时合计", summary.hours, "学时"),
                ("没有出勤", summary.without_count, "人"),
                ("考核不合格", summary.failed_count, "人"),
                ("同日有其他培训", summary.overlapping, "人"),
            ],
            testid="summary",
        ),
        rx.cond(
            summary.own != "",
            notice(f"其中包括您本人，{summary.own}学时。", tone="warn", testid="own-line"),
        ),
        rx.cond(
            summary.beyond > 0,
            notice(
                f"登记人数比备案的招收人数多{summary.beyond}人，请核实。超出的人数会记入操作日志。",
                tone="warn", testid="beyond",
            ),
        ),
        _names("没有出勤，不登记", summary.without, summary.without_count, "without"),
        _names("考核不合格，不登记", summary.failed, summary.failed_count, "failed"),
        _names("同日有其他培训，请核实", summary.overlaps, summary.overlapping, "overlaps"),
        rx.el.div(
            button("确认登记并关闭名册", on_click=state.post, kind="primary", testid="post"),
            button("再核对一下", on_click=state.close, kind="quiet", testid="not-yet"),
            class_name="row",
        ),
        class_name="stack",
    )  # fmt: skip


def _names(label: str, names: Any, count: Any, testid: str) -> rx.Component:
    return rx.cond(
        count > 0,
        rx.el.details(
            rx.el.summary(f"{label}（{count}人）"),
            rx.el.ul(rx.foreach(names, rx.el.li)),
            rx.cond(
                count > names.length(),
                rx.el.p("只列出前面一部分，其余见名册。", class_name="soft small"),
            ),
            data_testid=testid,
        ),
    )
