"""登录."""

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link
from rxapp.components.cards import card
from rxapp.components.field import field, password_field
from rxapp.components.form import post_form
from rxapp.pages.application_status import links
from rxapp.pages.framing import plain


def page() -> rx.Component:
    """Identity number and password."""
    return plain(
        card(
            post_form(
                field(
                    name="identity_number",
                    label="身份证号码",
                    hint="18位，末位是字母的填X",
                    autocomplete="username",
                    max_length=30,
                    auto_capitalize="characters",
                    spell_check=False,
                ),
                password_field(
                    name="password",
                    label="密码",
                    hint="首次登录填身份证号码后6位",
                    max_length=200,
                ),
                action=routes.AUTH_SIGN_IN,
                submit_label="登录",
                testid="sign-in",
            ),
        ),
        _notes(),
        links(),
        title="登录",
        lasting=True,
    )


def _notes() -> rx.Component:
    return rx.el.ul(
        rx.el.li("已采集信息的人员，首次登录后核对姓名和手机号码，设置新密码即可使用。"),
        rx.el.li("忘记密码的，请看", link("忘记密码", href=routes.RESET, testid="to-reset"), "。"),
        rx.el.li("手机号码已更换的，请向所在单位的管理员领取一次性激活码。"),
        rx.el.li(
            "不清楚怎么操作的，请看",
            link("操作手册", href=routes.HELP, testid="to-help"),
            "；平台的通知，请看",
            link("信息发布", href=routes.NEWS, testid="to-news"),
            "。",
        ),
        class_name="soft small plain-notes",
    )
