"""批量导入: templates, the file to send in, and those that were sent."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import download_link, link
from rxapp.components.cards import badge, card, section
from rxapp.components.collect_form import collect_form
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.state.collecting import CollectingState


def page() -> rx.Component:
    """From the template to the list of files."""
    state: Any = CollectingState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.loaded, _content(state), loading()),
        title="批量导入",
        active=routes.DESK_COLLECT,
        intro="把采集到的人员和单位一次导入。先核对，有误的行会逐行说明，确认后才导入。",
    )


def _content(state: Any) -> rx.Component:
    return rx.fragment(
        card(_templates(state), title="第一步　下载模板并填写"),
        card(collect_form(organisations_too=state.organisations_too), title="第二步　上传文件"),
        section(_runs(state), title="已上传的文件", testid="runs-section"),
    )


def _templates(state: Any) -> rx.Component:
    return rx.el.div(
        download_link("人员模板", href=_template("people"), testid="template-people"),
        rx.cond(
            state.organisations_too,
            download_link(
                "单位模板", href=_template("organisations"), testid="template-organisations"
            ),
        ),
        rx.cond(
            state.demo,
            download_link("试用文件（有几处错误）", href=routes.COLLECT_SAMPLE, testid="sample"),
        ),
        class_name="row",
    )


def _runs(state: Any) -> rx.Component:
    return rx.cond(
        state.runs.length() > 0,
        table(
            caption="已上传的文件",
            caption_hidden=True,
            columns=[
                Column("文件"), Column("内容", short=True), Column("上传时间", short=True),
                Column("上传人", short=True), Column("状态", short=True), Column("结果"),
            ],
            rows=state.runs,
            cells=lambda row: (
                link(row.file_name, href=row.href, testid="run"), row.kind, row.at, row.by,
                badge(text=row.state, tone=row.tone), row.result,
            ),
            testid="runs",
        ),
        empty_state(title="还没有上传过文件", text="下载模板，填写后在上面上传。"),
    )  # fmt: skip


def _template(kind: str) -> str:
    return routes.COLLECT_TEMPLATE.replace("{kind}", kind)
