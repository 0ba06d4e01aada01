"""A notice being written: words with a bar of marks, whom it is for, when, attachments."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import anchor, button
from rxapp.components.cards import card
from rxapp.components.field import choice_group, field, text_area
from rxapp.components.form import PlainForm, hidden
from rxapp.rules.notices import LONGEST_BODY, LONGEST_TITLE, MOST_FILES

# What the script inserts, in the order of the bar.
MARKS = (
    ("heading", "小标题"), ("bold", "加粗"), ("list", "列表"), ("numbers", "编号"),
    ("quote", "引用"), ("link", "链接"), ("table", "表格"),
)  # fmt: skip
ACCEPT = ".pdf,.docx,.xlsx,image/*"


def notice_form(state: Any, view: Any) -> rx.Component:
    """The form; the page's script keeps it at every change and publishes it."""
    return PlainForm.create(
        hidden(name="notice", value=view.id),
        card(*_words(view), title="内容", class_name="form"),
        card(*_readers(view), title="发给谁", class_name="form readers"),
        card(*_times(view), title="时间", class_name="form"),
        card(_files(view), title="附件", class_name="form"),
        rx.el.p(
            role="alert", class_name="form-message", data_rx_message="",
            data_testid="notice-message",
        ),
        button(
            rx.cond(view.edition > 0, "发布修改", "发布"), type="submit",
            kind="primary btn-block", testid="notice-publish",
        ),
        rx.el.p(
            role="status", class_name="soft small", custom_attrs={"data-rx-kept": ""},
            data_testid="kept",
        ),
        # Pressed by the script after something was kept.
        rx.el.button(
            "更新", type="button", hidden=True, on_click=state.refresh,
            custom_attrs={"data-rx": "notice-refresh"},
        ),
        action=routes.NOTICE_PUBLISH,
        method="post",
        no_validate=True,
        class_name="form notice-form",
        # Another notice, or one that was thrown back, is another form.
        key=f"notice-{view.id}-{state.drawn}",
        data_rx="notice",
        custom_attrs={"data-version": view.version},
        data_testid="notice-form",
    )  # fmt: skip


def _words(view: Any) -> tuple[rx.Component, ...]:
    return (
        field(
            name="title", label="标题", value=view.typed["title"], max_length=LONGEST_TITLE,
            testid="notice-title",
        ),
        rx.el.div(
            *[
                button(
                    label, testid=f"mark-{mark}",
                    custom_attrs={"data-rx": "notice-mark", "data-mark": mark},
                )
                for mark, label in MARKS
            ],
            role="toolbar",
            aria_label="正文格式",
            class_name="marks",
        ),
        text_area(
            name="body", label="正文", testid="notice-body", value=view.typed["body"],
            max_length=LONGEST_BODY, hint="选中文字后点上面的按钮加格式，空一行另起一段。",
        ),
    )  # fmt: skip


def _readers(view: Any) -> tuple[rx.Component, ...]:
    return (
        rx.cond(
            view.only_county != "",
            rx.el.p(f"只发给{view.only_county}的人员和单位。", data_testid="only-county"),
            choice_group(
                name="audience", label="范围", value=view.typed["audience"],
                options=[
                    ("everyone", "所有人，不登录也能查看"),
                    ("some", "只给下面勾选的人员或县（市、区）"),
                ],
            ),
        ),
        _ticks("人员", "不勾选的，不限人员", view.kinds, "kinds"),
        rx.cond(
            view.counties.length() > 0,
            _ticks("县（市、区）", "不勾选的，为全市", view.counties, "counties"),
        ),
    )  # fmt: skip


def _ticks(label: str, hint: str, choices: Any, testid: str) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(label),
        rx.el.p(hint, class_name="field-hint"),
        rx.el.div(
            rx.foreach(
                choices,
                lambda each: rx.el.label(
                    rx.el.input(
                        type="checkbox", name=each.name, value="1", default_checked=each.ticked,
                        data_testid=each.name,
                    ),
                    rx.el.span(each.label),
                    class_name="choice",
                ),
            ),
            class_name="point-list",
        ),
        class_name="field some-only",
        data_testid=testid,
    )  # fmt: skip


def _times(view: Any) -> tuple[rx.Component, ...]:
    hint = "不填的，点“发布”后立即发布。"
    return (
        rx.el.div(
            field(
                name="publish_on", label="定时发布的日期", kind="date", required=False,
                value=view.typed["publish_on"], hint=hint,
            ),
            field(
                name="publish_time", label="时间", kind="time", required=False,
                value=view.typed["publish_time"], hint="不填的为 08:30。",
            ),
            class_name="field-grid",
        ),
        field(
            name="pinned_until", label="置顶到哪一天", kind="date", required=False,
            value=view.typed["pinned_until"], hint="不填的，不置顶。",
        ),
    )  # fmt: skip


def _files(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "PDF、文字文档、Excel 工作簿或图片，每个不超过20兆字节，"
            f"最多{MOST_FILES}个；发布后才对外提供。",
            class_name="soft",
        ),
        rx.el.ul(
            rx.foreach(view.files, lambda file: _file(file, view.id)), class_name="file-rows",
            data_testid="attached",
        ),
        rx.cond(
            view.room > 0,
            rx.el.label(
                "选择文件",
                rx.el.input(
                    type="file", accept=ACCEPT, multiple=True, class_name="file-input",
                    data_testid="notice-attach", custom_attrs={"data-rx": "notice-file"},
                ),
                class_name="btn file-button",
            ),
        ),
        rx.el.div(
            rx.el.p(role="status", class_name="soft small", custom_attrs={"data-rx-told": ""}),
            rx.el.progress(max=100, value=0, aria_label="上传进度", data_rx_progress=""),
            hidden=True,
            class_name="progress",
            custom_attrs={"data-rx-uploading": ""},
        ),
        rx.el.p(
            role="alert", class_name="field-error", data_rx_error_for="file",
            data_testid="file-error",
        ),
        rx.el.button(
            "继续上传未完成的文件", type="button", hidden=True, class_name="btn",
            custom_attrs={"data-rx-again": ""}, data_testid="attach-again",
        ),
        class_name="field",
        custom_attrs={"data-rx-files": view.id},
    )  # fmt: skip


def _file(file: Any, notice_id: Any) -> rx.Component:
    return rx.el.li(
        anchor(file.name, href=file.href, testid="attached-file", download=True),
        rx.el.span(file.size, class_name="soft small"),
        button(
            "移除",
            rx.el.span(file.name, class_name="hidden-text"),
            kind="quiet",
            testid="attached-remove",
            custom_attrs={
                "data-rx": "notice-detach", "data-file": file.id, "data-notice": notice_id,
            },
        ),
    )  # fmt: skip
