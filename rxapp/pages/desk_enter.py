"""代为填报: a clerk enters a claim for people of the own office, who confirm it."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button, more_button, search_form
from rxapp.components.cards import badge, card, list_row, row_list, section
from rxapp.components.entry_form import contest_card, entry_form
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.pages.desking import staffed
from rxapp.state.entering import EnteringState


def page() -> rx.Component:
    """Whom for and what; then the form, its proofs, further people, and handing it over."""
    state: Any = EnteringState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(state.results.length() > 0, _results(state)),
        rx.cond(
            state.loaded,
            rx.cond(state.view, _draft(state), _start(state)),
            loading(),
        ),
        title="代为填报",
        active=routes.DESK_ENTER,
        intro="为本单位不便上网的人员填报学时，由本人登录核对、确认后才提交审核。",
    )


def _start(state: Any) -> rx.Component:
    return rx.el.div(
        card(
            search_form(
                label="查找本单位人员", hint="姓名、拼音首字母或完整的身份证号码",
                on_submit=state.find, testid="person",
            ),
            _choices(state, "选择"),
            rx.cond(
                state.chosen_name != "",
                rx.el.p(
                    "为", rx.el.b(state.chosen_name, data_testid="chosen"), "填报，请选择类别：",
                    role="status",
                ),
            ),
            title="为谁填报",
        ),
        rx.cond(state.chosen > 0, _groups(state)),
        _entered(state),
        class_name="stack-wide",
    )  # fmt: skip


def _choices(state: Any, label: str) -> rx.Component:
    return rx.cond(
        state.choices.length() > 0,
        rx.el.ul(
            rx.foreach(
                state.choices,
                lambda one: rx.el.li(
                    button(
                        label, "　", one.name,
                        rx.el.span("（", one.identity_mask, "）", class_name="soft small"),
                        on_click=state.choose(one.id),
                        testid="person-choice",
                    )
                ),
            ),
            class_name="choices",
        ),
        rx.cond(
            state.searched,
            rx.el.p("本单位没有找到，请换一个词再查。", class_name="soft", role="status"),
        ),
    )  # fmt: skip


def _groups(state: Any) -> rx.Component:
    return rx.el.div(
        rx.foreach(
            state.groups,
            lambda group: section(
                rx.el.ul(
                    rx.foreach(group.rules, lambda rule: rx.el.li(_rule(rule, state))),
                    class_name="choices",
                ),
                title=group.category,
            ),
        ),
        class_name="stack",
        data_testid="groups",
    )


def _rule(rule: Any, state: Any) -> rx.Component:
    return rx.el.button(
        rx.el.b(rule.name),
        type="button",
        on_click=state.begin(rule.key),
        class_name="btn rule-choice",
        data_testid=f"rule-{rule.key}",
    )


def _entered(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.entered.length() > 0,
            row_list(rx.foreach(state.entered, _row), testid="entered"),
            empty_state(title="还没有代为填报过", text="先查找一位本单位人员。"),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="我代为填报的",
    )


def _row(row: Any) -> rx.Component:
    return list_row(
        title=f"{row.name}：{row.title}",
        detail=f"{row.category}，{row.at}",
        href=rx.cond(row.is_draft, f"{routes.DESK_ENTER}?claim={row.id}", ""),
        state=row.status,
        tone=row.tone,
        testid="entered-row",
    )


def _results(state: Any) -> rx.Component:
    return card(
        rx.el.ul(
            rx.foreach(
                state.results,
                lambda one: rx.el.li(
                    badge(
                        text=rx.cond(one.good, "成功", "未成功"),
                        tone=rx.cond(one.good, "good", "bad"),
                    ),
                    "　", one.who, "：", one.said,
                    data_testid="result",
                ),
            ),
        ),
        title="逐人结果",
        role="status",
        testid="results",
    )  # fmt: skip


def _draft(state: Any) -> rx.Component:
    view = state.view
    return rx.el.div(
        rx.el.p(
            "为", rx.el.b(state.entry.who), "填报：", view.name, class_name="soft",
            data_testid="entry-who",
        ),
        rx.cond(view.advice != "", notice(view.advice, tone="warn", testid="advice")),
        rx.cond(state.entry.registered, contest_card(state)),
        entry_form(state, view),
        _people(state),
        _hand_over(state),
        link_button("返回", href=routes.DESK_ENTER, testid="back"),
        class_name="stack-wide",
    )  # fmt: skip


def _people(state: Any) -> rx.Component:
    return card(
        rx.el.p("同一成果、同一次培训有多人的，加入其他人员，内容和材料相同。", class_name="soft"),
        rx.el.ul(
            rx.foreach(
                state.people,
                lambda one: rx.el.li(
                    one.name,
                    rx.el.span("（", one.identity_mask, "）", class_name="soft small"),
                    rx.cond(one.note != "", rx.el.span("　", one.note, class_name="soft small")),
                    button(
                        "移除", rx.el.span(one.name, class_name="hidden-text"), kind="quiet",
                        on_click=state.remove(one.id), testid="person-remove",
                    ),
                    data_testid="entry-person",
                ),
            ),
        ),
        search_form(
            label="再加一位本单位人员", hint="姓名、拼音首字母或完整的身份证号码",
            on_submit=state.find, testid="person",
        ),
        _choices(state, "加入"),
        rx.el.form(
            text_area(
                name="listed", label="或粘贴名单", required=False, max_length=2000,
                hint="每行一人，写身份证号码或姓名，一次最多100人", testid="listed",
                error=state.field_errors["listed"],
            ),
            button("加入名单中的人员", type="submit", testid="add-list"),
            on_submit=state.add_list,
            class_name="form",
        ),
        title="填报人员",
        testid="people-card",
    )  # fmt: skip


def _hand_over(state: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(role="alert", class_name="form-message", data_rx_message=""),
        button(
            f"交{state.people.length()}人本人确认", kind="primary btn-block", testid="hand-over",
            custom_attrs={"data-rx": "claim-all"},
        ),
        # Pressed by the script once everything typed was kept.
        rx.el.button(
            "交出", type="button", hidden=True, on_click=state.hand_over,
            custom_attrs={"data-rx": "claim-all-go"},
        ),
        rx.el.p(
            "本人登录后确认，确认前可以修改，不属实的可以拒绝。您代为填报的申报由其他管理员或上级单位审核。",
            class_name="soft small",
        ),
        class_name="stack",
    )  # fmt: skip
