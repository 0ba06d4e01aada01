"""工作台 · 折算规则: one rule edited, its effect looked at, published, switched on or off."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import badge, card, section
from rxapp.components.field import field, text_area
from rxapp.components.form import hidden
from rxapp.components.messages import done_box, notice
from rxapp.components.rule_form import rule_fields
from rxapp.components.table import Column, table
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.rule_editing import RuleState


def page() -> rx.Component:
    """What holds, the form, what it would do, publishing, every version."""
    state: Any = RuleState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            RuleState,
            view,
            rx.cond(view.newest > 0, _holds(view)),
            _form(state, view),
            rx.cond(state.preview, _preview(state, state.preview)),
            rx.cond(view.newest > 0, _switch(state, view)),
            rx.cond(view.versions.length() > 0, _versions(view)),
            otherwise=("返回折算规则", routes.DESK_RULES),
        ),
        link_button("返回折算规则", href=routes.DESK_RULES, testid="to-rules"),
        title=rx.cond(view, view.name, "折算规则"),
        active=routes.DESK_RULES,
        intro=rx.cond(
            view,
            rx.cond(view.newest > 0, f"现行第{view.newest}版", "尚未发布"),
            "",
        ),
    )


def _holds(view: Any) -> rx.Component:
    return card(
        _words(view.words),
        rx.cond(view.is_on, badge(text="已启用", tone="good"), badge(text="已停用", tone="bad")),
        title="现行规定",
        testid="holds",
    )


def _words(words: Any) -> rx.Component:
    return rx.el.ul(rx.foreach(words, lambda said: rx.el.li(said)), class_name="plain-notes")


def _form(state: Any, view: Any) -> rx.Component:
    return card(
        # No form to be sent: each field is kept by itself, and some are there only now and then.
        rx.el.div(
            rule_fields(state, view),
            rx.cond(
                state.error != "",
                notice(state.error, tone="bad", testid="rule-error"),
            ),
            rx.el.div(
                button(
                    "预览效果", on_click=state.show_effect, kind="primary", testid="rule-preview"
                ),
                rx.cond(
                    state.saved > 0,
                    button(
                        "放弃草稿", kind="danger", on_click=state.discard, testid="rule-discard"
                    ),
                ),
                rx.cond(
                    ~view.registered & (view.newest > 0),
                    button("复制为新规则", on_click=state.copy_it, testid="rule-copy"),
                ),
                class_name="row",
            ),
            rx.cond(
                state.saved > 0,
                notice("草稿已保存，发布前不影响申报。", testid="draft-kept"),
            ),
            key=f"rule-{view.key}-{state.drawn}",
            class_name="form",
            data_testid="rule-form",
        ),
        title="修改",
    )  # fmt: skip


def _preview(state: Any, seen: Any) -> rx.Component:
    return card(
        rx.el.p(
            rx.cond(
                seen.changed > 0,
                f"与现行规定相比，有{seen.changed}处不同。",
                "与现行规定相比，结果没有不同。",
            ),
            role="status",
            data_testid="preview-changed",
        ),
        _words(seen.words),
        _compared("样例", seen.examples, "examples"),
        rx.cond(
            seen.claims.length() > 0,
            rx.fragment(
                _compared("最近的申报", seen.claims, "claims-compared"),
                rx.el.p(
                    "仅供比较。已计入的学时不变，已提交的申报仍按提交时的规则办理。",
                    class_name="soft",
                ),
            ),
        ),
        rx.cond(
            state.saved > 0,
            rx.el.form(
                field(
                    name="note", label="发布说明", max_length=200, testid="rule-note",
                    hint="为什么修改，依据哪份文件；和这个版本一起保存",
                    error=state.field_errors["note"],
                ),
                button("发布", type="submit", kind="primary", testid="rule-publish"),
                on_submit=state.publish,
                no_validate=True,
                class_name="form",
            ),
            rx.el.p("没有改动，不需要发布。", class_name="soft"),
        ),
        title="预览效果",
        testid="preview",
    )  # fmt: skip


def _compared(title: str, lines: Any, testid: str) -> rx.Component:
    return table(
        caption=title,
        columns=[Column(title), Column("现行", numeric=True), Column("草稿", numeric=True)],
        rows=lines,
        cells=lambda line: (
            line.label,
            line.before,
            rx.cond(
                line.changed,
                rx.fragment(rx.el.b(line.after), " ", badge(text="不同", tone="warn")),
                line.after,
            ),
        ),
        testid=testid,
    )


def _switch(state: Any, view: Any) -> rx.Component:
    return card(
        rx.el.p(
            rx.cond(
                view.is_on,
                "停用后不再接受新的申报，尚未提交的草稿会提示重新选择类别，已提交的照常办理。",
                "启用后可以申报。",
            ),
            class_name="soft",
        ),
        rx.el.form(
            hidden(name="on", value=rx.cond(view.is_on, "0", "1")),
            text_area(
                name="switch_note", label="说明", max_length=200, testid="switch-note",
                error=state.field_errors["switch_note"],
            ),
            button(
                rx.cond(view.is_on, "停用", "启用"), type="submit",
                kind="", testid="rule-switch",
            ),
            key=f"switch-{view.newest}",
            on_submit=state.switch,
            no_validate=True,
            class_name="form",
        ),
        title=rx.cond(view.is_on, "停用", "启用"),
    )  # fmt: skip


def _versions(view: Any) -> rx.Component:
    return section(
        table(
            caption="历次版本", caption_hidden=True,
            columns=[
                Column("版本", short=True), Column("时间", short=True),
                Column("发布人", short=True), Column("说明"), Column("规定"),
                Column("状态", short=True),
            ],
            rows=view.versions,
            cells=lambda each: (
                rx.fragment("第", each.version, "版"), each.at, each.who, each.note,
                rx.foreach(each.words, lambda said: rx.fragment(said)),
                rx.cond(each.is_on, "启用", "停用"),
            ),
            testid="versions",
        ),
        title="历次版本",
    )  # fmt: skip
