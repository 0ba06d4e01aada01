"""忘记密码."""

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button
from rxapp.components.cards import card
from rxapp.components.field import field, password_field
from rxapp.components.form import post_form
from rxapp.components.messages import notice
from rxapp.pages.framing import plain
from rxapp.state.security import ResetState


def page() -> rx.Component:
    """Number, the office's code, the mobile on record, a new password."""
    return plain(
        rx.cond(ResetState.done, _done(), rx.el.div(_how(), _form(), class_name="stack-wide")),
        title="忘记密码",
        lasting=True,
        intro="用单位管理员开具的重置码设置新密码。",
    )


def _how() -> rx.Component:
    return rx.el.ol(
        rx.el.li("向所在单位的管理员说明本人姓名，领取一次性重置码，24小时内有效。"),
        rx.el.li("本人是管理员的，向上一级单位领取。"),
        rx.el.li("填写下表，设置新密码。所有设备上的登录都会退出。"),
        class_name="plain-notes steps soft",
    )


def _form() -> rx.Component:
    return card(
        post_form(
            field(
                name="identity_number", label="身份证号码", hint="18位，末位是字母的填X",
                autocomplete="username", max_length=30, auto_capitalize="characters",
                spell_check=False,
            ),
            field(
                name="mobile", label="手机号码", kind="tel", autocomplete="tel-national",
                input_mode="tel", max_length=24, hint="填写平台登记的手机号码",
            ),
            field(
                name="code", label="重置码", input_mode="numeric", autocomplete="one-time-code",
                max_length=20,
            ),
            password_field(
                name="new_password", label="新密码", autocomplete="new-password", max_length=200,
                hint="至少8位并含字母和数字等两种字符，或至少10位；不能含身份证号码后6位",
            ),
            password_field(
                name="new_password_again", label="再次输入新密码", autocomplete="new-password",
                max_length=200,
            ),
            action=routes.AUTH_RESET,
            submit_label="设置新密码",
            testid="reset",
        ),
    )  # fmt: skip


def _done() -> rx.Component:
    return rx.el.div(
        notice(
            "新密码已设置，所有设备上的登录已退出。请用新密码登录。", tone="good", testid="done"
        ),
        link_button("去登录", href=routes.SIGN_IN, kind="primary", testid="to-sign-in"),
        class_name="stack-wide",
    )
