"""工作台 · 课程制作: one's own courses by state, a new one, packages from elsewhere."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, filter_group, link, more_button
from rxapp.components.cards import badge, card, section
from rxapp.components.film_box import cancelling, film_box, refresher, seen_button
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.courses import Status
from rxapp.state.course_making import CoursesState

STATES = [("", "全部"), *((status.value, status.label) for status in Status)]
TONES = (
    ("published", "good"), ("submitted", "accent"), ("returned", "warn"), ("withdrawn", "bad"),
)  # fmt: skip


def page() -> rx.Component:
    """The list, a button for a new course, a place for a package."""
    state: Any = CoursesState
    return staffed(
        error_box(error=state.error),
        rx.cond(
            state.loaded,
            rx.el.div(_begin(state), _list(state), _packages(state), class_name="stack-wide"),
            loading(),
        ),
        refresher(state.refresh),
        title="课程制作",
        active=routes.DESK_COURSES,
        intro="制作的课程由市人力资源社会保障局审核发布。已发布的课程不能修改，需要修改的请制作新版。",
    )


def _begin(state: Any) -> rx.Component:
    # A button for each office: who makes courses for one has one.
    return rx.el.div(
        rx.foreach(
            state.offices,
            lambda office: button(
                "新建课程",
                rx.cond(state.offices.length() > 1, f"（{office[1]}）", ""),
                on_click=state.begin(office[0]), kind="primary", testid="course-new",
            ),
        ),
        class_name="row",
    )  # fmt: skip


def _list(state: Any) -> rx.Component:
    return section(
        filter_group(
            label="状态", options=STATES, chosen=state.status, on_choose=state.filter,
            testid="course-state",
        ),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="本单位的课程", caption_hidden=True,
                columns=[
                    Column("课程"), Column("年度", short=True), Column("学时", numeric=True),
                    Column("制作单位"), Column("状态", short=True), Column("修改日期", short=True),
                ],
                rows=state.rows,
                cells=_cells,
                testid="courses",
            ),
            empty_state(
                title="没有课程", text="点“新建课程”开始制作，或导入其他城市的课程包。",
                testid="no-courses",
            ),
        ),
        rx.cond(state.next_after > 0, more_button(on_click=state.more)),
        title="本单位的课程",
        class_name="stack",
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        link(
            row.title, rx.cond(row.edition > 1, f"（第{row.edition}版）", ""),
            href=f"/desk/courses/{row.id}", testid="course-open",
        ),
        row.year, row.hours, row.office,
        badge(text=row.state, tone=rx.match(row.status, *TONES, "plain")), row.saved,
    )  # fmt: skip


def _packages(state: Any) -> rx.Component:
    return card(
        rx.el.p("从本平台导出的课程包可以导入为草稿，核对后再提交审核。", class_name="soft"),
        film_box(
            kind="package", target=0, label="选择课程包", accept=".zip", testid="package-file",
            hint="可以暂停，网络中断后选择同一个文件继续上传。",
        ),
        rx.cond(
            state.waiting,
            button(
                "刷新", on_click=state.refresh, testid="refresh",
                custom_attrs={"data-rx": "refresh"},
            ),
        ),
        rx.cond(
            state.packages.length() > 0,
            rx.el.ul(rx.foreach(state.packages, _package), class_name="list"),
        ),
        title="导入课程包",
        testid="packages",
    )  # fmt: skip


def _package(each: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(each.name, class_name="list-row-title"),
            rx.match(
                each.status,
                (
                    "checking",
                    rx.el.p(
                        rx.cond(each.reason, each.reason, "正在检查课程包，可以离开本页。"),
                        role="status",
                    ),
                ),
                (
                    "receiving",
                    rx.el.div(
                        rx.el.p(f"已上传{each.percent}%，请选择同一个文件继续上传。"),
                        cancelling(testid="package-cancel", upload=each),
                        class_name="stack",
                    ),
                ),
                (
                    "done",
                    rx.el.p(
                        "已导入为草稿：",
                        link(
                            "打开课程", href=f"/desk/courses/{each.course_id}",
                            testid="package-course",
                        ),
                    ),
                ),
                rx.el.div(
                    rx.el.p("没有导入：", each.reason),
                    rx.el.ul(
                        rx.foreach(each.faults, lambda fault: rx.el.li(fault)),
                        class_name="plain-notes",
                    ),
                    seen_button(testid="package-seen", upload=each),
                    class_name="stack",
                    data_testid="package-refused",
                ),
            ),
            class_name="list-row-text",
        ),
        class_name="list-row still",
    )  # fmt: skip
