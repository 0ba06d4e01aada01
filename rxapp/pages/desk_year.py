"""年度设置: one year changed, after a look at what the change would do and for whom."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, section
from rxapp.components.field import field, text_area
from rxapp.components.messages import done_box, notice
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.rules.year_forms import AVERAGE, DAYS, HOURS, NUMBERS
from rxapp.state.years import YearDeskState

HINTS = {
    "learn_until": "含当天；截止前开始的课，可在下面的时间内学完",
    "makeup_until": "含当天；截止前开始的课，可在下面的时间内学完",
    "claim_until": "留空表示另行通知，一直开放",
}


def page() -> rx.Component:
    """The form, what it would change, and what was changed before."""
    state: Any = YearDeskState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            YearDeskState,
            view,
            rx.cond(view.period, _form(state, view, period=True), _form(state, view, period=False)),
            rx.cond(state.preview, _preview(state, state.preview)),
            _editions(view),
            otherwise=("返回年度设置", routes.DESK_YEARS),
        ),
        link_button("返回年度设置", href=routes.DESK_YEARS, testid="to-years"),
        title=rx.cond(view, f"{view.label}设置", "年度设置"),
        active=routes.DESK_YEARS,
    )


def _form(state: Any, view: Any, *, period: bool) -> rx.Component:
    hours = {"total": AVERAGE} if period else HOURS
    left_out = ("learn_from", "learn_until") if period else ("makeup_from", "makeup_until")
    days = {name: label for name, label in DAYS.items() if name not in left_out}
    return card(
        rx.el.form(
            *[_field(state, view, name, label, "decimal", "学时") for name, label in hours.items()],
            *[_field(state, view, name, label, "", "") for name, label in days.items()],
            *[_field(state, view, name, label, "numeric", "") for name, label in NUMBERS.items()],
            button("查看影响", type="submit", kind="primary", testid="year-preview"),
            # Drawn anew after a save, and for another year.
            key=f"year-{view.year}-{view.version}",
            on_submit=state.show_effect,
            no_validate=True,
            class_name="form",
            data_testid="year-form",
        ),
        title="要求和期限",
    )


def _field(state: Any, view: Any, name: str, label: str, mode: str, unit: str) -> rx.Component:
    day: dict[str, Any] = {"kind": "date"} if not mode else {"input_mode": mode, "max_length": 8}
    return field(
        name=name, label=f"{label}（{unit}）" if unit else label, value=view.typed[name],
        hint=HINTS.get(name, ""), error=state.field_errors[name],
        required=name not in ("claim_from", "claim_until"), testid=f"year-{name}", **day,
    )  # fmt: skip


def _preview(state: Any, seen: Any) -> rx.Component:
    return card(
        table(
            caption="将要修改的内容", caption_hidden=True,
            columns=[Column("项目"), Column("现在", short=True), Column("改为", short=True)],
            rows=seen.changes,
            cells=lambda row: (row[0], row[1], rx.el.b(row[2])),
            testid="changes",
        ),
        rx.el.p("应学人员 ", rx.el.b(seen.effect.owing), " 人。", data_testid="owing"),
        rx.el.p(seen.effect.sentence, role="status", data_testid="effect"),
        rx.cond(
            seen.effect.examples.length() > 0,
            rx.el.ul(rx.foreach(seen.effect.examples, lambda said: rx.el.li(said))),
        ),
        notice("已计入的学时、已作的审核和已出具的证明都不变。", testid="nothing-lost"),
        rx.el.form(
            text_area(
                name="note", label="修改的依据", error=state.field_errors["note"], max_length=200,
                hint="和这次修改一起保存，不能再改", testid="year-note",
            ),
            button("保存修改", type="submit", kind="primary", testid="year-save"),
            on_submit=state.save,
            no_validate=True,
            class_name="form",
            data_testid="year-confirm",
        ),
        title="修改的影响",
        testid="preview",
    )  # fmt: skip


def _editions(view: Any) -> rx.Component:
    return section(
        rx.cond(
            view.editions.length() > 0,
            table(
                caption="修改记录", caption_hidden=True,
                columns=[
                    Column("时间", short=True), Column("办理人", short=True), Column("依据"),
                    Column("修改的内容"),
                ],
                rows=view.editions,
                cells=lambda row: (
                    row.at, row.by, row.note,
                    rx.foreach(row.changes, lambda said: rx.el.p(said)),
                ),
                testid="editions",
            ),
            rx.el.p("没有修改过，是系统预置的设置。", class_name="soft"),
        ),
        title="修改记录",
    )  # fmt: skip
