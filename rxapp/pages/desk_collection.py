"""One file that was sent in: its progress, what was found, and the clerk's word on it."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, download_link, link_button
from rxapp.components.cards import badge, card, progress, section, stats
from rxapp.components.messages import notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.collecting import CollectionState


def page() -> rx.Component:
    """Goes on by itself while the file is being worked on; a reload changes nothing."""
    state: Any = CollectionState
    view: Any = state.view
    return staffed(
        once_loaded(
            CollectionState,
            view,
            card(
                _about(view),
                rx.cond(view.busy, _going(state, view)),
                rx.cond(view.reason != "", notice(view.reason, tone="bad", testid="reason")),
                rx.cond(view.busy, rx.fragment(), _figures(view)),
                rx.cond(view.waiting, _word(state, view)),
                rx.cond(view.done, notice("导入已完成。", tone="good", testid="finished")),
                testid="run",
            ),
            rx.cond(view.has_faults, _faults(view)),
            rx.cond(view.hints.length() > 0, _hints(view)),
        ),
        link_button(
            "返回批量导入", href=routes.DESK_COLLECT, testid="back-to-runs", icon_name="back"
        ),
        title="导入文件",
        active=routes.DESK_COLLECT,
    )


def _about(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h2(view.file_name, data_testid="file-name"),
        badge(text=view.state, tone=view.tone),
        rx.el.p(view.kind, "　", view.by, "　", view.at, class_name="soft"),
        class_name="stack",
    )


def _going(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        progress(percent=view.percent, label=view.state, testid="run-progress"),
        rx.el.p(
            "已处理 ", view.position, " 行，共 ", view.total,
            " 行。可以离开本页，处理在后台继续。",
            role="status", data_testid="run-position",
        ),
        rx.el.div(
            # The script of the page presses it every second while it is there.
            button("刷新", on_click=state.refresh, testid="refresh",
                   custom_attrs={"data-rx": "refresh"}),
            button("取消", on_click=state.cancel, kind="quiet", testid="cancel"),
            class_name="row",
        ),
        class_name="stack",
    )  # fmt: skip


def _figures(view: Any) -> rx.Component:
    return stats(
        items=[
            ("新增", view.added, "行"), ("变更", view.changed, "行"),
            ("无变化", view.unchanged, "行"), ("有误", view.wrong, "行"),
        ],
        testid="figures",
    )  # fmt: skip


def _word(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(
                view.wrong > 0,
                "正确的行可以现在导入，有误的行不会导入；下载更正后可以再次上传，已导入的行不会重复。",
                "核对无误，确认后导入。",
            )
        ),
        rx.el.div(
            button("导入正确的行", on_click=state.take_right, kind="primary", testid="take-right"),
            rx.cond(
                view.whole_offered,
                button("全部导入（有一行出错则都不导入）", on_click=state.take_whole,
                       testid="take-whole"),
            ),
            button("放弃", on_click=state.cancel, kind="quiet", testid="cancel"),
            class_name="row",
        ),
        class_name="stack",
    )  # fmt: skip


def _faults(view: Any) -> rx.Component:
    return section(
        rx.el.div(
            rx.el.p(
                download_link(
                    "下载有误的行（含错误原因）", href=view.faults_href, testid="faults-file"
                )
            ),
            table(
                caption="有误的行",
                caption_hidden=True,
                columns=[Column("行号", short=True), Column("列", short=True), Column("错误原因")],
                rows=view.faults,
                cells=lambda row: (f"第{row.line}行", row.column, row.reason),
                testid="faults",
            ),
            rx.cond(
                view.more_faults > 0,
                rx.el.p(
                    "另有 ", view.more_faults, " 处没有列出，请下载后查看。", class_name="soft"
                ),
            ),
            class_name="stack",
        ),
        title="有误的行",
    )


def _hints(view: Any) -> rx.Component:
    return section(
        rx.el.p("以下各行可以导入，请顺便确认。", class_name="soft"),
        table(
            caption="请确认的行",
            caption_hidden=True,
            columns=[Column("行号", short=True), Column("列", short=True), Column("提示")],
            rows=view.hints,
            cells=lambda row: (f"第{row.line}行", row.column, row.reason),
            testid="hints",
        ),
        title="请确认的行",
    )
