"""公需科目培训 and 专业科目培训."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, more_button
from rxapp.components.cards import course_card, section
from rxapp.components.messages import empty_state, notice
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.courses import CatalogueState

STATES = ("未开始", "学习中", "已完成")
TONES = {"已完成": "good", "学习中": "accent"}


def public() -> rx.Component:
    """公需科目培训."""
    return _page(
        "公需科目培训", routes.PUBLIC_COURSES, "免费学习。观看中会随机出现弹题，答对后继续。"
    )


def professional() -> rx.Component:
    """专业科目培训."""
    return _page(
        "专业科目培训",
        routes.PROFESSIONAL_COURSES,
        "按本人专业选择课程，学完自动记入专业科目学时。",
    )


def _page(title: str, route: str, intro: str) -> rx.Component:
    state: Any = CatalogueState
    page = state.page
    return framed(
        _classes() if route == routes.PROFESSIONAL_COURSES else rx.fragment(),
        _filters(),
        once_loaded(
            state,
            state.page,
            rx.cond(page.closed != "", notice(page.closed, tone="warn", testid="closed")),
            rx.cond(page.extended != "", notice(page.extended, testid="extended")),
            rx.cond(
                state.groups.length() > 0,
                rx.fragment(rx.foreach(state.groups, _group)),
                empty_state(
                    title="没有符合条件的课程",
                    text="请换一个关键词，或查看全部课程。",
                    action="查看全部课程",
                    href=route,
                ),
            ),
            rx.cond(state.next_after > 0, more_button(on_click=state.more)),
        ),
        title=title,
        active=route,
        intro=intro,
    )


def _classes() -> rx.Component:
    return rx.el.p(
        "除在线课程外，也可以报名参加",
        link("培训班", href=routes.CLASSES, testid="to-classes"),
        "。",
    )


def _filters() -> rx.Component:
    state: Any = CatalogueState
    return rx.el.form(
        rx.el.div(
            _select("year", "年度", state.years, state.year_word, all_label=""),
            _select("series", "系列", state.page.series, state.series, all_label="全部系列"),
            _select("status", "学习状态", list(STATES), state.status, all_label="全部状态"),
            rx.el.div(
                rx.el.label("关键词", html_for="q"),
                rx.el.input(
                    id="q", name="q", type="search", key=f"q-{state.query}",
                    default_value=state.query, placeholder="课程名称", max_length=60,
                    enter_key_hint="search", class_name="input", data_testid="filter-q",
                ),
                class_name="field",
            ),
            button("查找", type="submit", icon_name="search", testid="filter-submit"),
            class_name="filters",
        ),
        on_submit=state.search,
        role="search",
        aria_label="查找课程",
        data_testid="filters",
    )  # fmt: skip


def _select(name: str, label: str, options: Any, chosen: Any, *, all_label: str) -> rx.Component:
    first = [rx.el.option(all_label, value="")] if all_label else []
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.select(
            *first,
            rx.foreach(options, lambda word: rx.el.option(word, value=word)),
            # A new key when the address changes, so that the shown choice is always the true one.
            id=name, name=name, key=f"{name}-{chosen}", default_value=chosen,
            class_name="input", data_testid=f"filter-{name}",
        ),
        class_name="field",
    )  # fmt: skip


def _group(group: Any) -> rx.Component:
    return section(
        rx.el.div(rx.foreach(group.courses, _course), class_name="cards"),
        title=group.title,
    )


def _course(row: Any) -> rx.Component:
    return course_card(
        href=f"/course/{row.id}",
        title=row.title,
        series=rx.cond(CatalogueState.area == "public", row.series, f"共{row.lessons}课时"),
        provider=row.provider,
        note=row.note,
        hours=row.hours,
        percent=row.percent,
        state=row.state,
        tone=rx.match(row.state, *TONES.items(), "plain"),
        level=3,
    )
