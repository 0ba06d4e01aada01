"""年度未完成: who of one employer is behind in a year, and reminding them."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button, more_button, search_form
from rxapp.components.cards import list_row, row_list, section
from rxapp.components.export_form import export_behind
from rxapp.components.messages import done_box, empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.state.behind import BehindState

OTHER = f"{routes.DESK_BEHIND}?organisation=0"
ORDERS = (("gap", "差得多的在前"), ("name", "按姓名"))


def page() -> rx.Component:
    """The employer's list, or the choice of one for whoever stands above."""
    state: Any = BehindState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.cond(
                state.unit != "",
                _list(state),
                rx.cond(state.may_choose, _choose(state), _nothing()),
            ),
            loading(),
        ),
        title="年度未完成",
        active=routes.DESK_BEHIND,
        intro=state.unit,
    )


def _list(state: Any) -> rx.Component:
    return section(
        _filters(state),
        rx.cond(
            state.may_choose,
            rx.el.p(link("换一个单位", href=OTHER, testid="other")),
        ),
        rx.cond(
            state.rows.length() > 0,
            rx.fragment(
                _remind(state),
                table(
                    caption="未完成人员",
                    caption_hidden=True,
                    names_short=True,
                    columns=[
                        Column("姓名"), Column("身份证号码", short=True),
                        Column("公需必修还差", numeric=True), Column("公需选修还差", numeric=True),
                        Column("专业科目还差", numeric=True), Column("至少还需", numeric=True),
                        Column("情况"),
                    ],
                    rows=state.rows,
                    cells=lambda row: _cells(state, row),
                    testid="behind",
                ),
            ),
            empty_state(
                title="没有未完成的人员",
                text="应学这一年度的人员都已达到要求，或者本单位没有应学的人员。",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
        rx.cond(state.rows.length() > 0, export_behind(state.organisation_id, state.year)),
        title=f"{state.label}未完成",
        aside=rx.el.span(
            f"应学{state.owing}人，未完成{state.short}人",
            custom_attrs={"data-testid": "behind-count"},
        ),
        class_name="stack",
    )  # fmt: skip


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            _select(
                "year",
                "年度",
                state.year,
                [rx.foreach(state.years, lambda one: rx.el.option(one.label, value=one.value))],
            ),
            _select(
                "order",
                "排序",
                state.order,
                [rx.el.option(text, value=value) for value, text in ORDERS],
            ),
            button("查看", type="submit", icon_name="search", testid="behind-find"),
            class_name="filters",
        ),
        on_submit=state.narrow,
        role="search",
        aria_label="选择年度",
        data_testid="behind-filters",
    )


def _select(name: str, label: str, chosen: Any, options: list[Any]) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"behind-{name}"),
        rx.el.select(
            *options,
            id=f"behind-{name}",
            name=name,
            default_value=f"{chosen}",
            # Drawn anew with the address, so that the choice is what is shown below it.
            key=f"{name}-{chosen}",
            class_name="input",
            data_testid=f"behind-{name}",
        ),
        class_name="field",
    )


def _remind(state: Any) -> rx.Component:
    busy = state.remind_after > 0
    return rx.el.div(
        rx.el.p(
            "提醒写明还差多少学时：", state.until, "。同一人7天内只提醒一次。",
            class_name="soft", data_testid="until",
        ),
        rx.el.div(
            button(
                f"提醒勾选的{state.ticked.length()}人", on_click=state.remind, kind="primary",
                disabled=state.ticked.length() == 0, testid="remind",
            ),
            button(
                "提醒全部未完成人员", on_click=state.remind_all, busy=busy, testid="remind-all",
            ),
            class_name="row",
        ),
        class_name="stack no-print",
    )  # fmt: skip


def _cells(state: Any, row: Any) -> tuple[Any, ...]:
    named = rx.el.label(
        rx.el.input(
            type="checkbox", checked=state.ticked.contains(row.id),
            on_change=lambda _checked: state.tick(row.id), data_testid="tick",
        ),
        rx.el.span(row.name),
        class_name="choice",
    )  # fmt: skip
    told = rx.fragment(
        rx.cond(row.state != "", rx.fragment(row.state, " ")),
        rx.cond(row.reminded != "", rx.fragment(row.reminded, " ")),
        link(
            "资料", href=f"/desk/people/{row.id}", testid="person", aria_label=f"{row.name}的资料"
        ),
    )
    return (
        named, row.identity_mask, row.required, row.elective, row.professional,
        rx.el.b(row.total), told,
    )  # fmt: skip


def _choose(state: Any) -> rx.Component:
    return section(
        rx.el.p("请先选择一个单位，再看这个单位的人员。", class_name="soft"),
        search_form(
            label="查找单位", hint="名称、拼音首字母或统一社会信用代码", value=state.sought,
            on_submit=state.find_office, testid="office",
        ),
        rx.cond(
            state.choices.length() > 0,
            row_list(
                rx.foreach(
                    state.choices,
                    lambda row: list_row(
                        title=row.name,
                        detail=row.above,
                        href=f"{routes.DESK_BEHIND}?organisation={row.id}",
                        testid="office-choice",
                    ),
                )
            ),
            empty_state(title="没有找到单位", text="请换一个词再查。"),
        ),
        rx.cond(
            state.choices_after != "",
            more_button(on_click=state.more_offices, testid="more-offices"),
        ),
        title="选择单位",
        class_name="stack",
    )  # fmt: skip


def _nothing() -> rx.Component:
    return rx.fragment(
        empty_state(title="没有可以查看的单位", text="用人单位、主管部门和人社局在这里查看。"),
        link_button("回到待办事项", href=routes.DESK, testid="to-desk"),
    )
