"""单位: the organisations of one's own subtree."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, more_button
from rxapp.components.cards import list_row, row_list, section
from rxapp.components.export_form import export_organisations
from rxapp.components.messages import empty_state, error_box, loading
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.permissions import CAPACITY_LABELS
from rxapp.state.organisations import OrganisationsState

STATES = (("active", "正常"), ("suspended", "已暂停"), ("merged", "已合并"), ("closed", "已注销"))


def page() -> rx.Component:
    """Search, filters, the tree's order, and what waits to be registered."""
    state: Any = OrganisationsState
    return staffed(
        error_box(error=state.error),
        rx.cond(state.pending.length() > 0, _pending(state)),
        rx.cond(state.loaded, _list(state), loading()),
        rx.cond(state.loaded, export_organisations()),
        title="单位",
        active=routes.DESK_ORGANISATIONS,
        intro="本单位及下级单位，按隶属关系排列。",
    )


def _pending(state: Any) -> rx.Component:
    return section(
        row_list(
            rx.foreach(
                state.pending,
                lambda row: list_row(
                    title=row.name,
                    detail=f"{row.since} 提交，由{row.office}审核",
                    href=f"/desk/application/{row.application_id}",
                    state="待审核",
                    tone="warn",
                    testid="pending-organisation",
                ),
            )
        ),
        title="待审核的注册",
    )


def _list(state: Any) -> rx.Component:
    return section(
        _filters(state),
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="单位",
                caption_hidden=True,
                columns=[
                    Column("单位"), Column("类别"), Column("上级单位"),
                    Column("统一社会信用代码", short=True), Column("状态", short=True),
                ],
                rows=state.rows,
                cells=lambda row: (
                    link(row.name, href=f"/desk/organisations/{row.id}", testid="organisation"),
                    row.capacities, row.above, row.credit_code, row.status,
                ),
                testid="organisations",
            ),
            empty_state(
                title="没有符合条件的单位",
                text="可按名称、拼音首字母或统一社会信用代码查找，或放宽条件。",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
        title="全部单位",
    )  # fmt: skip


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                rx.el.label("名称、拼音首字母或代码", html_for="q"),
                rx.el.input(
                    id="q", name="q", type="search", default_value=state.query, max_length=60,
                    enter_key_hint="search", class_name="input", data_testid="organisation-q",
                ),
                class_name="field",
            ),
            _select("capacity", "类别", [(c.value, label) for c, label in CAPACITY_LABELS.items()]),
            _select("status", "状态", list(STATES)),
            button("查找", type="submit", icon_name="search", testid="organisation-find"),
            class_name="filters",
        ),
        on_submit=state.search,
        role="search",
        aria_label="查找单位",
        data_testid="organisation-filters",
    )  # fmt: skip


def _select(name: str, label: str, options: list[tuple[str, str]]) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.select(
            rx.el.option("全部", value=""),
            *[rx.el.option(text, value=value) for value, text in options],
            id=name,
            name=name,
            class_name="input",
            data_testid=f"organisation-{name}",
        ),
        class_name="field",
    )
