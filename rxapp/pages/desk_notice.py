"""工作台 · 信息发布: one notice written, looked at, published, put right, taken away."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link, link_button
from rxapp.components.cards import badge, card, section
from rxapp.components.field import text_area
from rxapp.components.messages import done_box, notice
from rxapp.components.news import file_list, rich_text
from rxapp.components.notice_form import notice_form
from rxapp.pages.desk_notices import TONES
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.notices import NoticeEditState


def page() -> rx.Component:
    """Where it stands, the form beside how it will look, what was published before."""
    state: Any = NoticeEditState
    view: Any = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            NoticeEditState,
            view,
            _standing(view),
            rx.el.div(notice_form(state, view), _preview(view), class_name="side-by-side"),
            _acts(state, view),
            rx.cond(view.editions.length() > 0, _editions(view)),
            otherwise=("返回通知列表", routes.DESK_NOTICES),
        ),
        title="通知",
        active=routes.DESK_NOTICES,
    )


def _standing(view: Any) -> rx.Component:
    is_out = (view.status == "published") | (view.status == "scheduled")
    return rx.el.div(
        rx.el.p(
            badge(text=view.state, tone=rx.match(view.status, *TONES, "plain")),
            "　",
            view.office,
            "，",
            rx.el.span(view.when, class_name="hours"),
            data_testid="notice-standing",
        ),
        rx.cond(
            view.readers != "",
            rx.el.p(f"发给：{view.readers}", class_name="soft", data_testid="notice-readers"),
        ),
        rx.cond(
            view.reason != "",
            notice(f"撤下的理由：{view.reason}", tone="warn", testid="withdrawn-why"),
        ),
        rx.cond(
            is_out & view.has_draft,
            notice(
                "正在修改，尚未发布；读者看到的仍是上一次发布的内容。",
                tone="warn",
                testid="changed",
            ),
        ),
        rx.cond(
            view.status == "published",
            rx.el.p(link("查看读者看到的页面", href=view.href, testid="notice-see")),
        ),
        class_name="stack",
    )


def _preview(view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.preview_fault != "",
            notice(view.preview_fault, tone="warn", testid="preview-fault"),
            rx.cond(
                view.preview != "",
                rich_text(view.preview, testid="preview"),
                rx.el.p("填写正文后，这里显示发布后的样子。", class_name="soft"),
            ),
        ),
        rx.cond(view.files.length() > 0, file_list(view.files)),
        title="预览",
        class_name="preview",
    )


def _acts(state: Any, view: Any) -> rx.Component:
    is_out = (view.status == "published") | (view.status == "scheduled")
    return rx.fragment(
        rx.cond(
            is_out,
            card(
                rx.el.form(
                    text_area(
                        name="reason", label="理由", max_length=200,
                        error=state.field_errors["reason"],
                        hint="撤下后任何人不能再查看，理由只有人社局看得到",
                        testid="withdraw-reason",
                    ),
                    button("撤下", type="submit", kind="danger", testid="notice-withdraw"),
                    key=f"withdraw-{view.id}-{state.drawn}",
                    on_submit=state.withdraw,
                    no_validate=True,
                    class_name="form",
                ),
                title="撤下",
            ),
        ),
        rx.el.div(
            rx.cond(
                view.edition == 0,
                button("删除草稿", kind="danger", on_click=state.drop, testid="notice-drop"),
                rx.cond(
                    view.has_draft,
                    button("放弃修改", kind="danger", on_click=state.drop, testid="notice-drop"),
                ),
            ),
            link_button("返回通知列表", href=routes.DESK_NOTICES, testid="back"),
            class_name="row",
        ),
    )  # fmt: skip


def _editions(view: Any) -> rx.Component:
    return section(
        rx.el.div(
            rx.foreach(
                view.editions,
                lambda each: rx.el.details(
                    rx.el.summary(
                        f"第{each.edition}版，{each.at}，{each.who}：{each.title}",
                    ),
                    rich_text(each.html, testid="edition-text"),
                    data_testid="edition",
                ),
            ),
            class_name="card stack",
        ),
        title="历次发布",
        testid="editions",
    )
