"""信息发布: what the bureaus have to say, for everyone."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button, more_button, search_form
from rxapp.components.messages import empty_state
from rxapp.components.news import file_list, news_row, rich_text
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.news import NewsState, NoticeState


def page() -> rx.Component:
    """The list, what is pinned first, with its search."""
    state: Any = NewsState
    return framed(
        search_form(
            label="查找通知", hint="标题或正文中的字词", on_submit=state.search,
            value=state.query, testid="news-search",
        ),
        once_loaded(
            NewsState,
            state.loaded,
            rx.cond(
                state.unread > 0,
                rx.el.div(
                    rx.el.span(f"{state.unread}条未读", data_testid="news-unread"),
                    button("全部标为已读", on_click=state.read_all, testid="news-read-all"),
                    class_name="row row-between",
                ),
            ),
            rx.cond(
                state.rows.length() > 0,
                rx.el.ul(
                    rx.foreach(state.rows, news_row), class_name="list", data_testid="news"
                ),
                rx.cond(
                    state.query != "",
                    empty_state(
                        title="没有找到相应的通知", text="请减少字词，或换一种说法再查找。",
                        testid="nothing-found",
                    ),
                    empty_state(
                        title="目前没有通知", text="人力资源社会保障局发布的通知显示在这里。",
                        testid="no-news",
                    ),
                ),
            ),
            rx.cond(state.next_after != "", more_button(on_click=state.more)),
        ),
        title="信息发布",
        active=routes.NEWS,
    )  # fmt: skip


def notice_page() -> rx.Component:
    """One notice, to read and to print."""
    view: Any = NoticeState.view
    return framed(
        once_loaded(
            NoticeState,
            view,
            rx.el.article(
                rx.el.p(
                    view.office,
                    "　",
                    view.on,
                    rx.cond(view.updated != "", f"　{view.updated}", ""),
                    class_name="soft",
                    data_testid="notice-facts",
                ),
                rich_text(view.html),
                rx.cond(
                    view.files.length() > 0,
                    rx.el.section(rx.el.h2("附件"), file_list(view.files)),
                ),
                class_name="card stack",
            ),
            rx.el.div(
                link_button("全部通知", href=routes.NEWS, testid="to-news"),
                button(
                    "打印", icon_name="print", testid="print", custom_attrs={"data-rx": "print"}
                ),
                class_name="row no-print",
            ),
            otherwise=("全部通知", routes.NEWS),
        ),
        title=rx.cond(view, view.title, "通知"),
        active=routes.NEWS,
    )
