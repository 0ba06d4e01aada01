"""竞赛登记: which contests are recognised, and proposing one that is missing."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button, more_button
from rxapp.components.cards import badge, card, section
from rxapp.components.contest_form import OPTIONS, contest_fields
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed
from rxapp.state.contests import ContestsState

TONES = (("recognised", "good"), ("refused", "bad"))


def page() -> rx.Component:
    """Search, one's own proposals and what became of them, a form for what is missing."""
    state: Any = ContestsState
    return framed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                section(_filters(state), _found(state), title="已认可的竞赛"),
                rx.cond(state.own.length() > 0, _own(state)),
                _new(state),
                class_name="stack-wide",
            ),
            loading(),
        ),
        link_button("返回学时申报", href=routes.CLAIMS, testid="to-claims"),
        title="竞赛登记",
        active=routes.CLAIMS,
        intro="由行业主管部门组织、人力资源社会保障部门认可的竞赛，才能折算学时。",
    )


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                rx.el.label("竞赛名称或拼音首字母", html_for="q"),
                rx.el.input(
                    id="q", name="q", type="search", max_length=60, enter_key_hint="search",
                    class_name="input", data_testid="contest-q",
                ),
                class_name="field",
            ),
            _select("by_year", "年度", rx.foreach(state.years, lambda y: rx.el.option(y, value=y))),
            _select("by_level", "级别", *[rx.el.option(text, value=key) for key, text in OPTIONS]),
            button("查找", type="submit", icon_name="search", testid="contest-find"),
            class_name="filters",
        ),
        on_submit=state.search,
        role="search",
        aria_label="查找竞赛",
    )  # fmt: skip


def _select(name: str, label: str, *options: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.select(
            rx.el.option("全部", value=""), *options, id=name, name=name, class_name="input",
            data_testid=f"contest-{name}",
        ),
        class_name="field",
    )  # fmt: skip


def _found(state: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="已认可的竞赛", caption_hidden=True,
                columns=[
                    Column("竞赛"), Column("级别", short=True), Column("年度", short=True),
                    Column("组织部门"),
                ],
                rows=state.rows,
                cells=lambda row: (row.name, row.level_label, row.year, row.organiser),
                testid="contests",
            ),
            empty_state(
                title="没有找到已认可的竞赛",
                text="请换一个词再查；确实没有登记的，可在下方申请登记。",
                testid="no-contests",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
    )  # fmt: skip


def _own(state: Any) -> rx.Component:
    return section(
        table(
            caption="我申请登记的竞赛", caption_hidden=True,
            columns=[
                Column("竞赛"), Column("级别", short=True), Column("年度", short=True),
                Column("申请日期", short=True), Column("结果", short=True), Column("理由"),
            ],
            rows=state.own,
            cells=lambda row: (
                row.name, row.level, row.year, row.at, _state(row), row.reason,
            ),
            testid="own-contests",
        ),
        title="我申请登记的竞赛",
    )  # fmt: skip


def _state(row: Any) -> rx.Component:
    return badge(text=row.state, tone=rx.match(row.status, *TONES, "warn"))


def _new(state: Any) -> rx.Component:
    return card(
        rx.el.p(
            "登记中没有的竞赛，填写后由市人力资源社会保障局认可，认可前不能申报。",
            class_name="soft",
        ),
        rx.el.form(
            contest_fields(errors=state.field_errors),
            rx.cond(state.similar.length() > 0, _similar(state)),
            button(
                rx.cond(state.similar.length() > 0, "不是同一项，仍要申请", "申请登记"),
                type="submit", kind="primary", testid="contest-propose",
            ),
            key=f"proposal-{state.drawn}",
            on_submit=state.propose,
            no_validate=True,
            class_name="form",
            data_testid="contest-form",
        ),
        title="申请登记",
    )  # fmt: skip


def _similar(state: Any) -> rx.Component:
    return notice(
        rx.el.ul(
            rx.foreach(
                state.similar,
                lambda row: rx.el.li(row.name, "（", row.level, "，", row.state, "）"),
            ),
            class_name="plain-notes",
        ),
        tone="warn",
        title="已有相近的竞赛，请核对是否同一项：",
        testid="similar",
    )
