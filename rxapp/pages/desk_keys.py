"""查询密钥: with which the title review and other systems ask for one person's hours."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, more_button
from rxapp.components.cards import badge, card, section
from rxapp.components.choosing import chooser
from rxapp.components.field import field, select_field
from rxapp.components.messages import done_box, empty_state, error_box, loading, notice
from rxapp.components.revocation import revocation
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.rules.keys import LONGEST_NAME, LONGEST_REASON
from rxapp.state.keys import KeysState

ARCHIVE = [("0", "不可查询"), ("1", "可查询是否有有效记录")]


def page() -> rx.Component:
    """The key that was just issued, every key, and a form for another."""
    state: Any = KeysState
    return staffed(
        error_box(error=state.error),
        done_box(message=state.done),
        rx.cond(
            state.loaded,
            rx.el.div(
                rx.cond(state.fresh != "", _fresh(state)),
                rx.cond(state.chosen > 0, _revoke(state)),
                _keys(state),
                _issue(state),
                class_name="stack-wide",
            ),
            loading(),
        ),
        title="查询密钥",
        active=routes.DESK_KEYS,
        intro=(
            "职称评审等系统凭密钥查询个人的年度完成情况，姓名和身份证号码都相符才有结果。"
            "每次查询都有记录，本人可以看到。"
        ),
    )


def _fresh(state: Any) -> rx.Component:
    return card(
        notice(
            "密钥只显示这一次，系统中不保存。请立即复制，用可靠的方式交给使用机构；"
            "遗失的，撤销后重新发放。",
            tone="warn",
            testid="only-once",
        ),
        rx.el.p(rx.el.code(state.fresh, class_name="digest", data_testid="fresh-key")),
        title=f"{state.fresh_for}的密钥",
        testid="fresh",
    )


def _keys(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            table(
                caption="已发放的密钥", caption_hidden=True,
                columns=[
                    Column("使用机构"), Column("用途"), Column("可查询的范围"),
                    Column("有效期至", short=True), Column("使用"), Column("状态", short=True),
                    Column("办理"),
                ],
                rows=state.rows,
                cells=_cells,
                testid="keys",
            ),
            empty_state(
                title="还没有发放过密钥", text="在下面选择机构，即可发放。", testid="no-keys"
            ),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="已发放的密钥",
        class_name="stack",
    )  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.organisation, row.name, row.scope, row.expires_on, row.used,
        rx.fragment(
            badge(text=row.state, tone=row.tone),
            rx.cond(row.revoke_reason != "", rx.el.p(row.revoke_reason, class_name="small")),
        ),
        rx.cond(
            row.may_revoke,
            button("撤销", on_click=KeysState.choose(row.id), testid="key-choose"),
            "—",
        ),
    )  # fmt: skip


def _revoke(state: Any) -> rx.Component:
    return revocation(
        state, title="撤销密钥", most=LONGEST_REASON, testid="key-revoke",
        explained="撤销后即时失效，使用这个密钥的系统不能再查询。",
    )  # fmt: skip


def _issue(state: Any) -> rx.Component:
    errors = state.field_errors
    return card(
        chooser(
            label="使用机构", on_search=state.find_place, on_choose=state.choose_place,
            choices=state.choices, searched=state.searched, chosen_name=state.place_name,
            testid="key-place",
        ),
        rx.el.p(
            rx.cond(errors["q"], errors["q"], errors["organisation"]), role="alert",
            class_name="field-error", data_testid="key-place-error",
        ),
        rx.el.form(
            field(
                name="name", label="用途", hint="例如“职称评审系统”", error=errors["name"],
                max_length=LONGEST_NAME, testid="key-name",
            ),
            field(
                name="first_year", label="可查询的起始年度", value="2016",
                error=errors["first_year"], input_mode="numeric", max_length=4,
                testid="key-first",
            ),
            field(
                name="last_year", label="可查询的截止年度", value=state.this_year,
                error=errors["last_year"], input_mode="numeric", max_length=4, testid="key-last",
            ),
            select_field(
                name="county", label="可查询的人员", options=state.areas, error=errors["county"],
                value="all", blank="", testid="key-county",
            ),
            select_field(
                name="integrity", label="职称评审诚信档案", options=ARCHIVE, value="0", blank="",
                testid="key-integrity",
            ),
            field(
                name="expires_on", label="有效期至", kind="date", value=state.last_day,
                error=errors["expires_on"], hint="含当天，最长一年", testid="key-expires",
            ),
            button("发放密钥", type="submit", kind="primary", testid="key-issue"),
            key=f"issue-{state.drawn}",
            on_submit=state.issue,
            no_validate=True,
            class_name="form",
            data_testid="key-form",
        ),
        title="发放密钥",
    )  # fmt: skip
