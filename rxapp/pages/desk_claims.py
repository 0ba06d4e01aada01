"""学时审核: the list of what waits, and one claim open beside its proofs."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, more_button
from rxapp.components.cards import badge, card
from rxapp.components.evidence_view import evidence_view
from rxapp.components.field import field, select_field
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.review_form import review_form, take_back_form
from rxapp.pages.desking import staffed
from rxapp.rules.claims import REVIEWS
from rxapp.state.reviewing import QueueState

PLACES = (("own", "等待本单位办理"), ("below", "下级逾期未办"), ("done", "我办理过的"))
KEYS = (
    ("J", "下一项"), ("K", "上一项"), ("P", "通过"), ("T", "退回修改"), ("R", "不予通过"),
    ("Ctrl + 回车", "按已选的意见提交"), ("Z", "放大或还原材料"), ("O", "旋转材料"),
    ("N", "材料下一页"), ("?", "显示或收起按键说明"),
)  # fmt: skip


def page() -> rx.Component:
    """Everything by keyboard; the next claim opens by itself."""
    state: Any = QueueState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(state.last_id > 0, take_back_form(state, state.last_id)),
        rx.cond(state.results.length() > 0, _results(state)),
        _places(state),
        rx.cond(
            state.place != "done",
            rx.el.details(
                rx.el.summary("筛选"),
                _filters(state),
                open=(state.q != "") | (state.rule != "") | (state.step != ""),
                data_testid="filters",
            ),
        ),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.cond(state.place == "done", _decided(state), _waiting(state)),
                rx.cond(state.view, _open(state, state.view)),
                class_name=rx.cond(state.view, "queue queue-open", "queue"),
                data_rx="review",
                data_testid="queue",
            ),
            loading(),
        ),
        _keys(),
        title="学时审核",
        active=routes.DESK_CLAIMS,
        intro=f"等待本单位办理{state.waiting}项",
    )


def _places(state: Any) -> rx.Component:
    return rx.el.nav(
        rx.el.ul(
            *[
                rx.el.li(
                    link(
                        label, href=f"{routes.DESK_CLAIMS}?place={key}", testid=f"place-{key}",
                        aria_current=rx.cond(state.place == key, "page", "false"),
                    )
                )
                for key, label in PLACES
            ]
        ),
        aria_label="范围",
        class_name="tabs",
    )  # fmt: skip


def _filters(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="place", value=state.place, read_only=True),
        rx.el.div(
            field(
                name="q", label="姓名或受理编号", value=state.q, required=False, max_length=40
            ),
            select_field(
                name="rule", label="申报类别", options=state.rules, value=state.rule,
                blank="全部", required=False,
            ),
            select_field(
                name="step", label="环节", blank="全部", required=False, value=state.step,
                options=[(each.value, each.label) for each in REVIEWS],
            ),
            button("查找", type="submit", testid="narrow"),
            class_name="filters",
        ),
        on_submit=state.narrow,
        key=f"{state.place}{state.rule}{state.step}{state.q}",
        class_name="no-print",
    )  # fmt: skip


def _waiting(state: Any) -> rx.Component:
    return rx.el.form(
        rx.cond(
            state.rows.length() > 0,
            rx.fragment(
                rx.el.ul(
                    rx.foreach(state.rows, lambda row: _row(state, row)),
                    class_name="list queue-list",
                    data_testid="waiting-claims",
                ),
                rx.cond(state.next_after != "", more_button(on_click=state.more)),
                rx.cond(state.place == "own", _many(state)),
            ),
            empty_state(
                title="没有等待办理的申报",
                text="本单位人员提交学时申报后，显示在这里。",
                testid="nothing-waits",
            ),
        ),
        on_submit=state.pass_many,
        class_name="queue-rows",
        aria_label="等待办理的申报",
    )  # fmt: skip


def _row(state: Any, row: Any) -> rx.Component:
    here = rx.cond(state.view, state.view.id == row.id, False)
    return rx.el.li(
        rx.el.input(
            type="checkbox", name=f"pick_{row.id}", value="1",
            aria_label=f"勾选{row.name}：{row.title}", data_testid="pick",
        ),
        rx.el.button(
            rx.el.span(row.name, "　", rx.el.b(row.hours), "学时", class_name="block"),
            rx.el.span(f"{row.category}：{row.title}", class_name="soft small block clip"),
            rx.el.span(
                row.age, rx.cond(row.from_below, f"，{row.unit}", ""),
                class_name=rx.cond(row.late, "small block late", "soft small block"),
            ),
            rx.cond(
                row.held_by != "", badge(text=f"{row.held_by}正在查看", tone="warn")
            ),
            type="button",
            on_click=state.open(row.id),
            aria_current=rx.cond(here, "true", "false"),
            class_name="queue-row",
            data_testid="queue-row",
            custom_attrs={"data-rx-row": row.id},
        ),
    )  # fmt: skip


def _many(state: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary("勾选多项一并通过"),
        rx.el.p(
            "在名单中勾选，逐项核对无误后一并通过；每一项分别办理，结果逐项列出。",
            class_name="soft small",
        ),
        # Without an id: the framework would send a box that has one as true or false.
        rx.el.label(
            rx.el.input(type="checkbox", name="sure", value="1", data_testid="sure"),
            rx.el.span("所勾选的申报我已逐项核对，对审核结果负责"),
            class_name="choice",
        ),
        rx.el.p(
            state.field_errors["sure"], role="alert", class_name="field-error",
            data_testid="sure-error",
        ),
        button("通过所勾选的", type="submit", testid="pass-many"),
        data_testid="many",
    )  # fmt: skip


def _results(state: Any) -> rx.Component:
    return card(
        rx.el.ul(
            rx.foreach(state.results, lambda each: rx.el.li(each[0], "　", each[1])),
            class_name="plain-notes",
        ),
        title="逐项结果",
        testid="results",
    )


def _decided(state: Any) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            state.decided,
            lambda row: rx.el.li(
                rx.el.button(
                    rx.el.span(row.name, "　", row.act, class_name="block"),
                    rx.el.span(row.title, class_name="soft small block clip"),
                    rx.el.span(f"{row.at}，{row.status}", class_name="soft small block"),
                    type="button",
                    on_click=state.open(row.id),
                    class_name="queue-row",
                    data_testid="decided-row",
                )
            ),
        ),
        class_name="list queue-list queue-rows",
        data_testid="decided",
    )


def _open(state: Any, view: Any) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(f"{view.name}：{view.category}", tab_index=-1, data_testid="open-claim"),
            button("返回名单", on_click=state.close, kind="quiet", testid="close"),
            class_name="row row-between",
        ),
        rx.cond(
            state.held_by != "",
            notice(f"{state.held_by}正在查看这一项，先办理的有效。", tone="warn", testid="held"),
        ),
        rx.foreach(view.warnings, lambda said: notice(said, tone="warn", testid="warning")),
        rx.el.div(review_form(state, view), evidence_view(view), class_name="review-sides"),
        class_name="queue-claim",
        aria_label="办理",
        key=view.id.to_string(),
    )


def _keys() -> rx.Component:
    return rx.el.details(
        rx.el.summary("按键说明"),
        rx.el.dl(
            *[rx.el.div(rx.el.dt(key), rx.el.dd(what)) for key, what in KEYS], class_name="pairs"
        ),
        class_name="no-print",
        data_testid="keys",
        custom_attrs={"data-rx-keys": ""},
    )
