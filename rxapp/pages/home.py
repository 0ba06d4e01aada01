"""我的学时."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card, course_card, list_row, row_list, section
from rxapp.components.news import headline
from rxapp.components.ring import next_step, ring
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.hours import HomeState


def page() -> rx.Component:
    """Three rings, the next step, and where one left off."""
    view: Any = HomeState.view
    return framed(
        once_loaded(
            HomeState,
            view,
            headline(HomeState.headline),
            card(
                rx.el.div(
                    rx.foreach(view.rings, rings_item), class_name="rings", data_testid="rings"
                ),
                next_step(text=view.next_step, href=view.next_href, action=view.next_action),
                title=f"{view.year}年度学时",
            ),
            rx.cond(view.resume.length() > 0, _resume(view)),
            _menu(),
        ),
        title="我的学时",
        active=routes.HOME,
    )


def rings_item(item: Any) -> rx.Component:
    """One ring of a standing."""
    return ring(
        label=item.label, have=item.have, need=item.need, percent=item.percent, kind=item.key
    )


def _resume(view: Any) -> rx.Component:
    return section(
        rx.el.div(
            rx.foreach(
                view.resume,
                lambda row: course_card(
                    href=f"/learn/{row.lesson_id}", title=row.title, series=f"{row.year}年度",
                    hours=row.hours, percent=row.percent, state="继续学习", tone="accent", level=3,
                    testid="resume",
                ),
            ),
            class_name="cards",
        ),
        title="正在学习",
    )  # fmt: skip


def _menu() -> rx.Component:
    return section(
        row_list(
            list_row(title="公需科目培训", detail="免费学习，学完自动记入学时",
                     href=routes.PUBLIC_COURSES, icon_name="book", testid="go-public"),
            list_row(title="专业科目培训", detail="按行业领域自愿选择课程",
                     href=routes.PROFESSIONAL_COURSES, icon_name="briefcase",
                     testid="go-professional"),
            list_row(title="培训班", detail="报名参加已备案的面授、远程和实地观摩培训",
                     href=routes.CLASSES, icon_name="person", testid="go-classes"),
            list_row(title="学时申报", detail="学历教育、科研成果、竞赛等折算学时",
                     href=routes.CLAIMS, icon_name="claim", testid="go-claims"),
            list_row(title="年度完成情况", detail="查看各年度学时，打印学时证明",
                     href=routes.YEARS, icon_name="checklist", testid="go-years"),
            testid="menu-list",
        ),
        title="办理",
    )  # fmt: skip
