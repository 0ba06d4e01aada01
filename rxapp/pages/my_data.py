"""我的信息: the own record, what is kept, and who looked at the full number."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, section
from rxapp.components.export_form import export_own
from rxapp.components.field import field, select_field
from rxapp.components.messages import done_box, empty_state, error_box
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed, once_loaded
from rxapp.rules import profiles
from rxapp.state.own_data import OwnDataState


def page() -> rx.Component:
    """Put the record right, see what is kept and for how long, take all of it along."""
    state: Any = OwnDataState
    view: Any = state.view
    return framed(
        error_box(error=state.error),
        done_box(message=state.done),
        once_loaded(
            OwnDataState,
            view,
            card(_record(state, view.record), title="个人资料"),
            card(_kept(view), title="本系统保存的信息"),
            _looks(view),
            _lookups(view),
        ),
        link_button("返回我的", href=routes.ME, testid="to-me"),
        title="我的信息",
        active=routes.ME,
        intro="查看和更正本人的信息，下载留存，查看谁看过完整的号码。",
    )


def _record(state: Any, record: Any) -> rx.Component:
    return rx.el.form(
        _choice(state, record, "field", "行业领域", profiles.FIELDS),
        _choice(state, record, "title_series", "职称系列", profiles.SERIES),
        _choice(state, record, "title_level", "职称级别", profiles.LEVELS),
        _choice(state, record, "education", "学历", profiles.EDUCATION),
        field(
            name="post", label="岗位", value=record.post, max_length=profiles.LONGEST_POST,
            error=state.field_errors["post"],
        ),
        rx.el.p(
            "姓名和身份证号码有误的，请办理信息更正；手机号码在“我的”中更换。", class_name="soft"
        ),
        button("保存", type="submit", kind="primary", testid="save-record"),
        # A new key after each save, so that what is shown is what is kept.
        key=f"record-{record.version}",
        on_submit=state.save,
        no_validate=True,
        class_name="form",
        data_testid="record",
    )  # fmt: skip


def _choice(
    state: Any, record: Any, name: str, label: str, offered: tuple[str, ...]
) -> rx.Component:
    return select_field(
        name=name, label=label, options=[(word, word) for word in offered],
        value=getattr(record, name), error=state.field_errors[name],
    )  # fmt: skip


def _kept(view: Any) -> rx.Component:
    return rx.el.div(
        table(
            caption="本系统保存的信息", caption_hidden=True,
            columns=[Column("内容"), Column("数量", short=True), Column("保存期限")],
            rows=view.kept, cells=lambda row: (row.what, row.count, row.term), testid="kept",
        ),
        rx.el.p("下载的文件含以上全部内容，号码仍隐去中间各位。", class_name="soft"),
        export_own(),
        class_name="stack",
    )  # fmt: skip


def _looks(view: Any) -> rx.Component:
    return section(
        rx.el.p(
            "身份证号码和手机号码平时只显示一部分。管理员查看完整号码须填写理由，记录在这里。",
            class_name="soft",
        ),
        rx.cond(
            view.looks.length() > 0,
            table(
                caption="谁看过我的号码", caption_hidden=True,
                columns=[
                    Column("时间", short=True), Column("单位"), Column("内容", short=True),
                    Column("理由"),
                ],
                rows=view.looks,
                cells=lambda row: (row.at, row.office, row.what, row.reason),
                testid="disclosures",
            ),
            empty_state(title="没有人查看过您的完整号码", text="有人查看时，记录会出现在这里。"),
        ),
        title="谁看过我的号码",
    )  # fmt: skip


def _lookups(view: Any) -> rx.Component:
    return section(
        rx.el.p(
            "职称评审等系统凭市人社局发放的密钥查询学时完成情况的，每次都有记录。这里列出最近50次，"
            "更早的在“下载我的信息”中。",
            class_name="soft",
        ),
        rx.cond(
            view.lookups.length() > 0,
            table(
                caption="哪些系统查询过我的学时", caption_hidden=True,
                columns=[
                    Column("时间", short=True), Column("机构"), Column("查询的年度"),
                ],
                rows=view.lookups,
                cells=lambda row: (row.at, row.organisation, row.years),
                testid="lookups",
            ),
            empty_state(
                title="没有系统查询过您的学时", text="有查询时，记录会出现在这里。",
                testid="no-lookups",
            ),
        ),
        title="哪些系统查询过我的学时",
    )  # fmt: skip
