"""One lesson being made: its name, its film and picture, its questions."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, file_link, link_button
from rxapp.components.cards import card, progress
from rxapp.components.field import field
from rxapp.components.film_box import cancelling, file_button, film_box, seen_button
from rxapp.components.messages import notice
from rxapp.components.question_form import question_form, question_view
from rxapp.components.table import Column, table

FILM_HINT = (
    "MP4（H.264视频、AAC音频），不超过2GB。可以暂停，网络中断或换一台电脑后选择同一个文件继续上传。"
)


def lesson_panel(state: Any, view: Any, panel: Any) -> rx.Component:
    """The opened lesson."""
    lesson = panel.lesson
    return rx.el.div(
        card(
            rx.cond(
                view.editable,
                rx.el.div(
                    field(
                        name="lesson_title",
                        label="课时名称",
                        value=lesson.title,
                        max_length=120,
                        on_blur=state.rename,
                        testid="lesson-name",
                        error=state.field_errors["lesson"],
                    ),
                    key=f"name-{lesson.id}",
                ),
            ),
            _film(state, view, panel),
            title=f"第{lesson.position}课时：{lesson.title}",
            testid="lesson-panel",
        ),
        card(
            rx.cond(
                view.editable,
                rx.el.div(
                    rx.el.h3(rx.cond(state.asked_id > 0, "修改题目", "添加题目")),
                    question_form(state),
                    _import(lesson),
                    class_name="stack",
                ),
            ),
            _imported(state, view, panel),
            rx.el.div(
                rx.foreach(panel.questions, lambda each: _question(state, view, each)),
                class_name="stack",
                data_testid="questions",
            ),
            title=f"弹题（{lesson.questions}道，至少要有{lesson.needed}道）",
        ),
        _end(state, view, lesson),
        class_name="stack-wide",
    )


def _film(state: Any, view: Any, panel: Any) -> rx.Component:
    lesson, upload = panel.lesson, panel.upload
    checking = upload & (upload.status == "checking")
    return rx.el.div(
        rx.cond(
            lesson.film != "",
            rx.el.div(
                rx.el.video(
                    src=lesson.film, poster=lesson.poster, controls=True, preload="none",
                    class_name="film", aria_label=lesson.title, custom_attrs={"playsInline": True},
                ),
                rx.el.p(lesson.film_name, "，时长 ", lesson.duration, class_name="soft"),
                class_name="stack",
                data_testid="film",
            ),
            rx.el.p("还没有视频。", class_name="soft"),
        ),
        rx.cond(checking, checking_notice(state, waits=upload.reason)),
        rx.cond(upload & (upload.status == "failed"), _failed(upload)),
        rx.cond(upload & (upload.status == "receiving"), _interrupted(upload)),
        rx.cond(
            view.editable & ~checking,
            rx.el.div(
                film_box(
                    kind="film", target=lesson.id, testid="film-file", accept="video/mp4,.mp4",
                    label=rx.cond(
                        upload & (upload.status == "receiving"),
                        "继续上传",
                        rx.cond(lesson.film != "", "更换视频", "上传视频"),
                    ),
                    hint=FILM_HINT,
                ),
                rx.cond(
                    lesson.film != "",
                    rx.el.div(
                        file_button(
                            to=f"{routes.COURSE_POSTER}?lesson={lesson.id}", label="更换封面",
                            accept="image/*", testid="poster-file", max_bytes=10 * 1024 * 1024,
                        ),
                        button("移除视频", on_click=state.remove_film, testid="film-remove"),
                        class_name="row",
                    ),
                ),
                key=f"film-{lesson.id}",
                class_name="stack",
            ),
        ),
        class_name="stack",
    )  # fmt: skip


def checking_notice(state: Any, *, waits: Any = "") -> rx.Component:
    """That a film is being looked at, or what it waits for; asks for news until it is done."""
    return notice(
        rx.cond(waits, waits, "正在检查视频，可以离开本页，检查在后台继续。"),
        # The script of the desk presses it every second while it is there.
        button(
            "刷新", on_click=state.refresh, testid="refresh", custom_attrs={"data-rx": "refresh"}
        ),
        testid="checking",
    )


def _failed(upload: Any) -> rx.Component:
    return notice(
        rx.el.p(upload.name, "没有换上：", upload.reason),
        seen_button(testid="film-refused-seen", upload=upload),
        tone="bad",
        testid="film-refused",
    )


def _interrupted(upload: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            f"“{upload.name}”已上传一部分，请选择同一个文件继续上传；选择其他文件则重新开始。",
            data_testid="interrupted",
        ),
        progress(percent=upload.percent, label="已上传"),
        cancelling(testid="film-cancel", upload=upload),
        class_name="stack",
    )


def _import(lesson: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3("从表格导入"),
        rx.el.div(
            file_link(
                "下载模板", href=routes.COURSE_TEMPLATE, testid="question-template",
            ),
            file_button(
                to=f"{routes.COURSE_QUESTIONS}?lesson={lesson.id}", label="选择表格导入",
                accept=".xlsx,.csv", testid="question-file", max_bytes=2 * 1024 * 1024,
            ),
            class_name="row",
        ),
        key=f"import-{lesson.id}",
        class_name="stack",
    )  # fmt: skip


def _imported(state: Any, view: Any, panel: Any) -> rx.Component:
    return rx.cond(
        panel.imported != "",
        rx.el.div(
            notice(panel.imported, testid="imported"),
            rx.cond(
                panel.faults.length() > 0,
                table(
                    caption="没有导入的行",
                    columns=[
                        Column("行号", short=True), Column("列", short=True), Column("原因"),
                    ],
                    rows=panel.faults,
                    cells=lambda each: (each.line, each.column, each.reason),
                    testid="question-faults",
                ),
            ),
            rx.cond(
                view.editable, button("知道了", on_click=state.clear_import, testid="import-seen")
            ),
            class_name="stack",
        ),
    )  # fmt: skip


def _question(state: Any, view: Any, each: Any) -> rx.Component:
    label = rx.Var.create("第") + each.number.to_string() + "题"
    return question_view(
        each,
        rx.cond(
            view.editable,
            rx.el.div(
                button(
                    "修改", on_click=state.edit_question(each.id), testid="question-edit",
                    aria_label=rx.Var.create("修改") + label,
                ),
                button(
                    "移除", on_click=state.remove_question(each.id), testid="question-remove",
                    aria_label=rx.Var.create("移除") + label,
                ),
                class_name="row",
            ),
        ),
    )  # fmt: skip


def _end(state: Any, view: Any, lesson: Any) -> rx.Component:
    return rx.el.div(
        link_button("返回课程", href=f"/desk/courses/{view.id}", testid="lesson-close"),
        rx.cond(
            view.editable,
            rx.el.details(
                rx.el.summary("移除本课时"),
                rx.el.p("视频和弹题一并移除，不能恢复。"),
                button(
                    "确认移除", kind="danger", on_click=state.remove_lesson(lesson.id),
                    testid="lesson-remove",
                ),
                data_testid="lesson-removal",
            ),
        ),
        class_name="row row-between",
    )  # fmt: skip
