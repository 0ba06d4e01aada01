"""导入名册: the template, the file, what it would bring, and the clerk's word on it."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import download_link, link_button
from rxapp.components.cards import card, section, stats
from rxapp.components.collect_form import table_form
from rxapp.components.form import hidden, post_form
from rxapp.components.messages import notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.rosters import RosterImportState


def page() -> rx.Component:
    """Nothing is written before the clerk has seen what the file would bring."""
    state: Any = RosterImportState
    view: Any = state.view
    return staffed(
        once_loaded(
            RosterImportState,
            view,
            rx.cond(view.refusal != "", notice(view.refusal, tone="bad", testid="refusal")),
            rx.cond(state.file, _found(state, view)),
            rx.cond(view.may_write, _send(view)),
            rx.el.p(
                link_button("返回名册", href=state.back, testid="back", icon_name="back")
            ),
            otherwise=("返回培训名册", routes.DESK_ROSTERS),
        ),
        title="导入名册",
        active=routes.DESK_ROSTERS,
        intro=rx.cond(view, view.title, ""),
    )  # fmt: skip


def _send(view: Any) -> rx.Component:
    return card(
        rx.el.p(
            download_link("下载名册模板", href=routes.ROSTER_TEMPLATE, testid="roster-template")
        ),
        table_form(
            hidden(name="project_id", value=view.id.to_string()),
            action=routes.ROSTER_UPLOAD,
            label="名册文件",
            hint="Excel 工作簿或 CSV 文件，不超过1万行；上传后先核对，确认后才写入名册",
        ),
        title="上传文件",
    )  # fmt: skip


def _found(state: Any, view: Any) -> rx.Component:
    file: Any = state.file
    return rx.fragment(
        card(
            rx.el.h2(file.file_name, data_testid="file-name"),
            stats(
                items=[
                    ("新增", file.added, "人"), ("变更", file.changed, "人"),
                    ("无变化", file.unchanged, "人"), ("有误", file.wrong, "行"),
                ],
                testid="figures",
            ),
            rx.cond(
                file.taken != "",
                notice(f"已于{file.taken}写入名册。", tone="good", testid="taken"),
                rx.cond(
                    view.may_write & (file.added + file.changed > 0), _word(file), _nothing(file)
                ),
            ),
            testid="found",
        ),
        rx.cond(file.wrong > 0, _faults(file)),
    )  # fmt: skip


def _word(file: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(
                file.wrong > 0,
                "正确的行可以现在写入，有误的行不会写入；更正后可以再次上传，已写入的不会重复。",
                "核对无误，确认后写入名册。",
            )
        ),
        post_form(
            hidden(name="file", value=file.id.to_string()),
            action=routes.ROSTER_TAKE, submit_label="写入名册", testid="take", kind="primary",
        ),
        class_name="stack",
    )  # fmt: skip


def _nothing(file: Any) -> rx.Component:
    return rx.el.p(
        rx.cond(file.wrong > 0, "没有可以写入的行，请更正后重新上传。", "与名册一致，不需要写入。"),
        data_testid="nothing",
    )


def _faults(file: Any) -> rx.Component:
    return section(
        rx.cond(
            file.has_file,
            rx.el.p(
                download_link(
                    "下载有误的行（含错误原因）", href=f"/files/rosters/{file.id}/faults.xlsx",
                    testid="faults-file",
                )
            ),
        ),
        table(
            caption="有误的行", caption_hidden=True,
            columns=[Column("行号", short=True), Column("列", short=True), Column("错误原因")],
            rows=file.faults,
            cells=lambda row: (row["line"], row["column"], row["reason"]),
            testid="faults",
        ),
        rx.cond(
            file.more_faults > 0,
            rx.el.p("另有", file.more_faults, "处没有列出，请下载后查看。", class_name="soft"),
        ),
        title="有误的行",
        class_name="stack",
    )  # fmt: skip
