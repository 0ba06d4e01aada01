"""Links and buttons: one look for what a finger can press."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from rxapp.components.bound import Flag, Items, Text, classes, each, either
from rxapp.components.icons import icon


def link(*children: Any, href: Text, testid: Text = "", **props: Any) -> rx.Component:
    """A link to another page of the site, followed without reloading."""
    return rx.el.a(*children, href=href, **_named(testid), **props)


def anchor(*children: Any, href: Text, testid: Text, **props: Any) -> rx.Component:
    """A link the browser itself follows: within the page, to a file, or to load afresh."""
    return A.create(*children, href=href, data_testid=testid, **props)


def file_link(
    *children: Any, href: Text, testid: Text, kind: str = "", icon_name: str = ""
) -> rx.Component:
    """A button-like link to a file that the browser saves; the page stays as it is."""
    shown = [icon(icon_name)] if icon_name else []
    return anchor(
        *shown,
        *children,
        href=href,
        download=True,
        class_name=_button_class(kind),
        testid=testid,
    )


def download_link(*children: Any, href: Text, testid: Text, kind: str = "") -> rx.Component:
    """A button-like link to a file that is kept, not shown; the page stays as it is."""
    return anchor(
        *children, href=href, download=True, class_name=_button_class(kind), testid=testid
    )


def link_button(
    *children: Any, href: Text, testid: Text, kind: str = "", icon_name: str = ""
) -> rx.Component:
    """A link that looks like a button; `kind` is primary, danger, quiet or empty."""
    shown = [icon(icon_name)] if icon_name else []
    return link(*shown, *children, href=href, testid=testid, class_name=_button_class(kind))


def button(
    *children: Any,
    on_click: Any = None,
    testid: Text,
    kind: str = "",
    icon_name: str = "",
    busy: Flag = False,
    disabled: Flag = False,
    **props: Any,
) -> rx.Component:
    """A button; `kind` is primary, danger, quiet or empty. While busy it cannot be pressed."""
    shown = [icon(icon_name)] if icon_name else []
    handlers = {} if on_click is None else {"on_click": on_click}
    return rx.el.button(
        *shown,
        *children,
        type=props.pop("type", "button"),
        class_name=_button_class(kind),
        aria_busy=either(busy, "true", "false"),
        disabled=_any_of(busy, disabled),
        data_testid=testid,
        **handlers,
        **props,
    )


def more_button(*, on_click: Any, busy: Flag = False, testid: str = "more") -> rx.Component:
    """Asks for the next page of a list."""
    return rx.el.div(
        button("更多", on_click=on_click, busy=busy, testid=testid), class_name="more no-print"
    )


def tabs(*, label: str, items: Items, testid: str = "tabs") -> rx.Component:
    """Links to sibling views; an item is (label, address, whether it is this one)."""
    return rx.el.nav(
        rx.el.ul(each(items, lambda item: rx.el.li(_tab(item)))),
        aria_label=label,
        class_name="tabs",
        data_testid=testid,
    )


def filter_group(
    *, label: str, options: Items, chosen: Text, on_choose: Any, testid: str = "filter"
) -> rx.Component:
    """Buttons that narrow a list; an option is (value, label), `on_choose` takes the value."""
    return rx.el.div(
        each(options, lambda option: _filter(option, chosen, on_choose, testid)),
        role="group",
        aria_label=label,
        class_name="tabs",
        data_testid=testid,
    )


def search_form(
    *, label: str, on_submit: Any, value: Text = "", hint: str = "", testid: str = "search"
) -> rx.Component:
    """A search box sent by its button or the return key, under the name `q`."""
    return rx.el.form(
        rx.el.label(label, html_for=testid, class_name="hidden-text"),
        rx.el.input(
            id=testid,
            name="q",
            type="search",
            default_value=value,
            placeholder=hint or label,
            enter_key_hint="search",
            max_length=60,
            class_name="input",
            data_testid=f"{testid}-input",
        ),
        button(icon("search"), "搜索", type="submit", testid=f"{testid}-submit"),
        on_submit=on_submit,
        role="search",
        class_name="search",
        data_testid=testid,
    )


def _tab(item: Any) -> rx.Component:
    return link(item[0], href=item[1], aria_current=either(item[2], "page", "false"))


def _filter(option: Any, chosen: Text, on_choose: Any, testid: str) -> rx.Component:
    return rx.el.button(
        option[1],
        type="button",
        on_click=on_choose(option[0]),
        aria_pressed=either(chosen == option[0], "true", "false"),
        data_testid=f"{testid}-{option[0]}",
    )


def _button_class(kind: str) -> Any:
    return classes("btn", f"btn-{kind}" if kind else "")


def _any_of(busy: Flag, disabled: Flag) -> Any:
    if isinstance(busy, rx.Var) or isinstance(disabled, rx.Var):
        return rx.Var.create(busy) | rx.Var.create(disabled)
    return busy or disabled


def _named(testid: Text) -> dict[str, Any]:
    return {"data_testid": testid} if isinstance(testid, rx.Var) or testid else {}
