"""完成情况: how an office and all below it stand in a year."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button, more_button, tabs
from rxapp.components.cards import section
from rxapp.components.charts import column_chart
from rxapp.components.export_form import export_statistics
from rxapp.components.messages import empty_state
from rxapp.components.statistics_tables import (
    below_table,
    groups_table,
    hours_table,
    share,
    weeks_table,
)
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.statistics import ORDERS, StatisticsState


def page() -> rx.Component:
    """The office's figures, then those below it by one of several views."""
    state: Any = StatisticsState
    return staffed(
        once_loaded(
            StatisticsState,
            state.unit != "",
            _where(state), _whole(state), _hours(state), _parts(state), _onward(state),
            otherwise=("本单位的完成情况", routes.DESK_STATISTICS),
        ),
        title="完成情况",
        active=routes.DESK_STATISTICS,
        intro="本单位和全部下级单位合在一起，按年度查看。",
    )  # fmt: skip


def _where(state: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(state.offices.length() > 0, _offices(state)),
        rx.el.nav(
            rx.el.ol(rx.foreach(state.crumbs, lambda one: rx.el.li(_crumb(state, one)))),
            aria_label="所在位置",
            class_name="crumbs",
            data_testid="crumbs",
        ),
        _filters(state),
        class_name="stack",
    )


def _offices(state: Any) -> rx.Component:
    return rx.el.nav(
        rx.el.ul(
            rx.foreach(
                state.offices,
                lambda one: rx.el.li(
                    link(one.name, href=_address(state, one.id), testid="own-office")
                ),
            )
        ),
        aria_label="本人任职的单位",
        class_name="tabs no-print",
    )


def _crumb(state: Any, one: Any) -> rx.Component:
    return rx.cond(
        one.id == state.organisation_id,
        rx.el.span(one.name, aria_current="page"),
        link(one.name, href=_address(state, one.id), testid="crumb"),
    )


def _address(state: Any, organisation_id: Any) -> Any:
    return (
        f"{routes.DESK_STATISTICS}?organisation={organisation_id}&year={state.year}"
        f"&order={state.order}"
    )


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            _select(
                "year", "年度", state.year,
                [rx.foreach(state.years, lambda one: rx.el.option(one.label, value=one.value))],
            ),
            _select(
                "order", "下级单位排序", state.order,
                [rx.el.option(text, value=value) for value, text in ORDERS.items()],
            ),
            button("查看", type="submit", icon_name="search", testid="statistics-find"),
            class_name="filters",
        ),
        on_submit=state.narrow,
        role="search",
        aria_label="选择年度",
        class_name="no-print",
        data_testid="statistics-filters",
    )  # fmt: skip


def _select(name: str, label: str, chosen: Any, options: list[Any]) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"statistics-{name}"),
        rx.el.select(
            *options,
            id=f"statistics-{name}",
            name=name,
            default_value=f"{chosen}",
            # Drawn anew with the address, so that the choice is what is shown below it.
            key=f"{name}-{chosen}",
            class_name="input",
            data_testid=f"statistics-{name}",
        ),
        class_name="field",
    )


def _whole(state: Any) -> rx.Component:
    return section(
        table(
            caption="从应学到完成",
            caption_hidden=True,
            columns=[Column("阶段"), Column("人数", numeric=True), Column("占应学", numeric=True)],
            rows=state.stages,
            cells=lambda row: (row.label, rx.el.b(row.count), share(row.share, row.percent)),
            testid="stages",
        ),
        rx.el.p(
            "应学人数是应当完成这一年度学时的人员，不含个人信息已隐去的；已学习是有学时或开始了课程的。"
            "数字在办理后几秒内更新。",
            class_name="soft small",
        ),
        title=state.label,
        aside=rx.el.span(f"学时合计 {state.total}", custom_attrs={"data-testid": "hours-total"}),
        class_name="stack",
        testid="whole",
    )


def _hours(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.hours.length() > 0,
            hours_table(state.hours),
            empty_state(title="还没有学时", text="这一年度的学时记入学习档案后，显示在这里。"),
        ),
        title="学时来源",
        class_name="stack",
    )


def _parts(state: Any) -> rx.Component:
    return section(
        tabs(label="查看方式", items=state.tabs, testid="views"),
        rx.match(
            state.view,
            ("fields", groups_table(state.groups, label="行业领域")),
            ("levels", groups_table(state.groups, label="职称级别")),
            ("weeks", _weeks(state)),
            _below(state),
        ),
        title="分项",
        class_name="stack",
    )


def _below(state: Any) -> rx.Component:
    return rx.fragment(
        below_table(state.rows, address=lambda row: _address(state, row.id)),
        rx.cond(
            (state.view == "below") & (state.own.owing > 0),
            rx.el.p(
                f"另有直接登记在{state.unit}的{state.own.owing}人，",
                f"其中{state.own.complete}人已完成。",
                class_name="soft", data_testid="own",
            ),
        ),
        rx.cond(state.next_after != "", more_button(on_click=state.more)),
    )  # fmt: skip


def _weeks(state: Any) -> rx.Component:
    first, last = state.first_week, state.last_week
    return rx.cond(
        state.weeks.length() > 0,
        rx.fragment(
            rx.cond(
                first != "",
                rx.el.div(
                    column_chart(
                        title=f"每周完成人数，最高的一周{state.most_complete}",
                        first=first,
                        last=last,
                        items=state.complete_columns,
                    ),
                    column_chart(
                        title=f"每周取得学时，最高的一周{state.most_hours}",
                        first=first,
                        last=last,
                        items=state.hour_columns,
                    ),
                    class_name="charts",
                ),
            ),
            weeks_table(state.weeks),
            rx.el.p(
                "按学完课程、取得成果的日期和达到年度要求的日期计入各周，已撤销的学时不计。",
                class_name="soft small",
            ),
        ),
        empty_state(title="还没有可以列出的周", text="有人员激活、学习后，显示在这里。"),
    )


def _onward(state: Any) -> rx.Component:
    return section(
        rx.el.p(
            f"{state.label}已备案培训班{state.classes.approved}个，其中已办结{state.classes.held}个、"
            f"已记学时{state.classes.posted}个，"
            f"报名{state.classes.enrolled}人次，参加并记入学时{state.classes.attended}人次。",
            data_testid="classes",
        ),
        rx.el.div(
            rx.cond(
                state.own.owing > 0,
                rx.fragment(
                    link_button(
                        "未完成人员和提醒",
                        href=f"{routes.DESK_BEHIND}?organisation={state.organisation_id}"
                        f"&year={state.year}",
                        kind="primary",
                        testid="to-behind",
                    ),
                    link_button(
                        "人员名单",
                        href=f"{routes.DESK_PEOPLE}?organisation={state.organisation_id}",
                        testid="to-people",
                    ),
                ),
            ),
            rx.cond(
                state.may_supervise,
                link_button("审核进度", href=routes.DESK_BACKLOG, testid="to-backlog"),
            ),
            export_statistics(state.organisation_id, state.year),
            button("打印", icon_name="print", testid="print", custom_attrs={"data-rx": "print"}),
            class_name="row no-print",
        ),
        title="培训班和后续办理",
        class_name="stack",
    )
