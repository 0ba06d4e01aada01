"""人员: the people of one's own office and below."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, more_button
from rxapp.components.export_form import export_people
from rxapp.components.messages import empty_state, error_box, loading, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.profiles import LEVELS, SERIES
from rxapp.state.people import PeopleState

STATES = (
    ("waiting", "未激活"), ("activated", "已激活"), ("active", "在岗"), ("left", "离职"),
    ("retired", "退休"), ("abroad", "出国（境）工作"), ("deceased", "去世"),
)  # fmt: skip


def page() -> rx.Component:
    """Search, filters, one-time codes, the way to one person's page."""
    state: Any = PeopleState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.code != "", _code()),
        rx.cond(state.loaded, _people(state), loading()),
        rx.cond(state.loaded, export_people()),
        title="人员",
        active=routes.DESK_PEOPLE,
        intro=rx.cond(state.unit != "", state.unit, state.office),
    )


def _code() -> rx.Component:
    return notice(
        rx.el.p(
            PeopleState.code_for, "的一次性代码：", rx.el.b(PeopleState.code, data_testid="code"),
            class_name="code-line",
        ),
        rx.el.p("请当面或电话告知本人，24小时内使用一次有效。离开本页后不再显示。"),
        tone="good",
        title="已开具",
        testid="issued",
    )  # fmt: skip


def _people(state: Any) -> rx.Component:
    return rx.el.section(
        _filters(state),
        rx.cond(
            state.unit != "",
            rx.el.p(
                "只显示这个单位的人员。",
                link("显示全部", href=routes.DESK_PEOPLE, testid="all-people"),
            ),
        ),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="人员",
                caption_hidden=True,
                names_short=True,
                columns=[
                    Column("姓名"), Column("身份证号码", short=True),
                    Column("手机号码", short=True), Column("单位"), Column("职称"),
                    Column("状态", short=True), Column("办理"),
                ],
                rows=state.rows,
                cells=_cells,
                testid="people",
            ),
            empty_state(
                title="没有符合条件的人员",
                text="可按姓名、拼音、完整身份证号码或单位名称查找，或放宽条件。",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
        aria_label="人员名单",
        class_name="stack",
    )  # fmt: skip


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                rx.el.label("姓名、拼音、身份证号码或单位", html_for="search-input"),
                rx.el.input(
                    id="search-input", name="q", type="search", default_value=state.query,
                    key=state.query,
                    max_length=60, enter_key_hint="search", class_name="input",
                    data_testid="search-input",
                ),
                class_name="field",
            ),
            _select("status", "状态", STATES, state.status),
            _select(
                "title", "职称", [(word, word) for word in (*LEVELS[:-1], *SERIES)], state.title
            ),
            button("查找", type="submit", icon_name="search", testid="search-submit"),
            class_name="filters",
        ),
        on_submit=state.search,
        role="search",
        aria_label="查找人员",
        data_testid="search",
    )  # fmt: skip


def _select(name: str, label: str, options: Any, chosen: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.select(
            rx.el.option("全部", value=""),
            *[rx.el.option(text, value=value) for value, text in options],
            id=name,
            name=name,
            default_value=chosen,
            # Drawn anew with the address, so that the choice is what is shown below it.
            key=f"{name}-{chosen}",
            class_name="input",
            data_testid=f"people-{name}",
        ),
        class_name="field",
    )


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        link(row.name, href=f"/desk/people/{row.id}", testid="person"), row.identity_mask,
        row.mobile_mask, row.organisation, row.title, row.state,
        rx.cond(PeopleState.may_issue, _actions(row), rx.fragment()),
    )  # fmt: skip


def _actions(row: Any) -> rx.Component:
    return rx.fragment(
        _issue(row.activation_code, "开具激活码", row, "activation"),
        _issue(row.staff_code, "开具启用码", row, "staff"),
        _issue(row.reset_code, "重置密码", row, "reset"),
    )


def _issue(allowed: Any, label: str, row: Any, purpose: str) -> rx.Component:
    return rx.cond(
        allowed,
        button(label, on_click=PeopleState.issue(row.id, purpose), testid=f"issue-{purpose}"),
    )
