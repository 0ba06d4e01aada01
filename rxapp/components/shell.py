"""The frame of every page: name, navigation, heading, footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import anchor, link
from rxapp.components.bound import Flag, Number, Text, either, filled
from rxapp.components.icons import icon, mark
from rxapp.components.messages import demo_banner

PRODUCT = "专业技术人员继续教育管理服务平台"
PRODUCT_SHORT = "继续教育"

# The learner's menu in the notice's own words: address, name, name on a phone, icon.
MENU = (
    (routes.HOME, "我的学时", "学时", "ring"),
    (routes.PUBLIC_COURSES, "公需科目培训", "公需", "book"),
    (routes.PROFESSIONAL_COURSES, "专业科目培训", "专业", "briefcase"),
    (routes.CLAIMS, "学时申报", "申报", "claim"),
    (routes.YEARS, "年度完成情况", "完成", "checklist"),
)


def shell(
    *children: Any,
    title: Text,
    active: Text = "",
    intro: Text = "",
    name: Text = "",
    signed_in: Flag = True,
    is_staff: Flag = False,
    unread: Number = 0,
    demo: Flag = False,
    beside_title: Sequence[Any] = (),
    filled_for: rx.Component | None = None,
) -> rx.Component:
    """A page of somebody signed in; `active` is the address of the menu entry it belongs to.

    At the desk the learner's menu makes room: its pages are wide and have entries of their own.
    With `filled_for` (see `filling`) the page is seen once it is filled for its own address.
    """
    at_desk = _is_desk(active)
    return rx.el.div(
        _skip_link(),
        _header(
            demo,
            either(signed_in, _personal_menu(active, name, unread)),
            either(is_staff, _roles(active)),
        ),
        *([] if at_desk else [_menu(active)]),
        _main(children, title, intro, beside_title, "main"),
        filled_for or rx.fragment(),
        _footer(),
        class_name="shell at-desk" if at_desk else "shell has-nav",
    )


def plain_shell(
    *children: Any,
    title: Text,
    intro: Text = "",
    demo: Flag = False,
    narrow: bool = True,
    filled_for: rx.Component | None = None,
) -> rx.Component:
    """A page that needs no sign-in, or where nothing else can be reached yet."""
    return rx.el.div(
        _skip_link(),
        _header(demo, rx.fragment(), rx.fragment()),
        _main(children, title, intro, (), "main narrow" if narrow else "main"),
        filled_for or rx.fragment(),
        _footer(),
        class_name="shell",
    )


def filling(*, place: Text, filled: Flag) -> rx.Component:
    """Says for which address the page was filled last, and whether it is filled now.

    By it assets/arrival.js keeps covered what was shown before somewhere else.
    """
    said = either(filled, "true", "false")
    marker = {"data-rx": "filling", "data-place": place, "data-filled": said}
    return rx.fragment(
        rx.el.p("正在加载", role="status", class_name="arrival", data_testid="arrival"),
        rx.el.span(hidden=True, custom_attrs=marker),
    )


def _skip_link() -> rx.Component:
    return anchor("跳到正文", href="#main", testid="skip", class_name="skip")


def _header(demo: Flag, personal: Any, roles: Any) -> rx.Component:
    return rx.el.header(
        either(demo, demo_banner()),
        rx.el.div(_brand(), personal, class_name="top-inner"),
        roles,
        class_name="top",
    )


def _brand() -> rx.Component:
    return link(
        mark(),
        rx.el.span(PRODUCT, class_name="brand-long"),
        rx.el.span(PRODUCT_SHORT, class_name="brand-short"),
        href=routes.HOME,
        class_name="brand",
        testid="brand",
    )


def _roles(active: Text) -> rx.Component:
    """One press between the two parts of somebody who is learner and clerk."""
    at_desk = _is_desk(active)
    return rx.el.nav(
        _role("学员", "ring", routes.HOME, "role-learner", not at_desk),
        _role("工作台", "desk", routes.DESK, "menu-desk", at_desk),
        aria_label="身份",
        class_name="roles",
    )


def _is_desk(active: Text) -> bool:
    return isinstance(active, str) and active.startswith(routes.DESK)


def _role(label: str, icon_name: str, href: str, testid: str, here: bool) -> rx.Component:
    current = {"aria_current": "true"} if here else {}
    return link(icon(icon_name), label, href=href, testid=testid, **current)


def _personal_menu(active: Text, name: Text, unread: Number) -> rx.Component:
    return rx.el.nav(
        rx.el.ul(
            _personal_entry(active, routes.MESSAGES, "message", _messages_label(unread)),
            _personal_entry(active, routes.HELP, "help", "帮助"),
            _personal_entry(active, routes.ME, "person", filled(name, name, "我的")),
        ),
        aria_label="个人",
        class_name="top-nav",
        data_testid="personal-menu",
    )


def _messages_label(unread: Number) -> rx.Component:
    count = rx.el.span(unread, rx.el.span("条未读", class_name="hidden-text"), class_name="unread")
    return rx.fragment("消息", either(unread, count))


def _personal_entry(active: Text, href: str, icon_name: str, label: Any) -> rx.Component:
    return rx.el.li(
        link(
            icon(icon_name),
            rx.el.span(label, class_name="name"),
            href=href,
            testid=f"menu-{icon_name}",
            **_current(active, href),
        )
    )


def _menu(active: Text) -> rx.Component:
    return rx.el.nav(
        rx.el.ul(*[_entry(active, *entry) for entry in MENU]),
        aria_label="栏目",
        class_name="nav",
        data_testid="menu",
    )


def _entry(active: Text, href: str, label: str, short: str, icon_name: str) -> rx.Component:
    return rx.el.li(
        link(
            icon(icon_name),
            rx.el.span(label, class_name="nav-long"),
            rx.el.span(short, class_name="nav-short"),
            href=href,
            testid=f"menu-{icon_name}",
            **_current(active, href),
        )
    )


def _current(active: Text, href: str) -> dict[str, Any]:
    if isinstance(active, rx.Var):
        return {"aria_current": rx.cond(active == href, "page", "false")}
    return {"aria_current": "page"} if active == href else {}


def _main(
    children: Sequence[Any], title: Text, intro: Text, beside: Sequence[Any], class_name: str
) -> rx.Component:
    # What a state says of one claim or course is covered until it is this page's own.
    bound = "told" if isinstance(title, rx.Var) else ""
    heading = rx.el.h1(title, class_name=bound, data_testid="title")
    return rx.el.main(
        rx.el.div(
            rx.el.div(heading, *beside, class_name="row row-between"),
            filled(intro, rx.el.p(intro, class_name="soft told")),
            class_name="page-head",
        ),
        rx.el.div(*children, class_name="stack-wide"),
        id="main",
        tab_index=-1,
        class_name=class_name,
    )


def _footer() -> rx.Component:
    return rx.el.footer(
        rx.el.span(PRODUCT),
        link("信息发布", href=routes.NEWS, testid="footer-news"),
        link("操作手册", href=routes.HELP, testid="footer-help"),
        link("证明核验", href=routes.VERIFY, testid="footer-verify"),
        class_name="foot",
    )
