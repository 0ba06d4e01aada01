"""证明核验."""

from typing import Any

import reflex as rx

from rxapp.components.actions import button
from rxapp.components.cards import card
from rxapp.components.field import field
from rxapp.components.messages import notice
from rxapp.components.table import Column, table
from rxapp.pages.framing import once_loaded, plain
from rxapp.state.verify import VerifyState


def page() -> rx.Component:
    """Type the number of a certificate."""
    return plain(
        _form(),
        title="证明核验",
        intro="填写学时证明上的编号，或用手机扫描证明上的二维码，即可核对真伪和内容。",
        lasting=True,
    )


def number_page() -> rx.Component:
    """What the number leads to."""
    view: Any = VerifyState.view
    return plain(
        once_loaded(VerifyState, view, _verdict(view), _facts(view)),
        _form(),
        title="证明核验",
        narrow=False,
    )


def _form() -> rx.Component:
    return card(
        rx.el.form(
            field(
                name="number", label="证明编号", hint="形如 XXXX-XXXX-XXXX-X，不区分大小写",
                error=VerifyState.field_errors["number"], max_length=40,
                auto_capitalize="characters", spell_check=False,
            ),
            button("核验", type="submit", kind="primary", testid="verify-submit"),
            on_submit=VerifyState.look_up,
            class_name="form",
            data_testid="verify-form",
        ),
    )  # fmt: skip


def _verdict(view: Any) -> Any:
    return rx.match(
        view.status,
        ("有效", _said(view, "good", "证明真实有效")),
        ("已更新", _said(view, "warn", "证明真实，但已更新")),
        ("已撤销", _said(view, "bad", "证明已撤销")),
        _said(view, "bad", "登记内容与签名不符"),
    )


def _said(view: Any, tone: str, title: str) -> rx.Component:
    return notice(
        rx.el.p(view.sentence, data_testid="verdict"), tone=tone, title=title, testid="verdict-box"
    )


def _facts(view: Any) -> rx.Component:
    return card(
        rx.cond(view.document_title != "", rx.el.h2(view.document_title)),
        rx.el.dl(
            rx.foreach(view.fields, lambda pair: rx.el.div(rx.el.dt(pair[0]), rx.el.dd(pair[1]))),
            class_name="pairs",
            data_testid="facts",
        ),
        rx.cond(
            view.lines.length() > 0,
            table(
                caption="学时明细",
                columns=[
                    Column("内容"), Column("科目", short=True), Column("学时", numeric=True),
                    Column("日期", short=True),
                ],
                rows=view.lines,
                cells=lambda line: (line[0], line[1], line[2], line[3]),
                testid="lines",
            ),
        ),
    )  # fmt: skip
