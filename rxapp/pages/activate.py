"""激活."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.bound import either
from rxapp.components.cards import card
from rxapp.components.field import field, password_field, select_field
from rxapp.components.form import post_form
from rxapp.components.messages import notice
from rxapp.pages.framing import once_loaded, plain
from rxapp.rules import profiles
from rxapp.state.account import ActivationState


def page() -> rx.Component:
    """Confirm who one is, complete the record, set a password."""
    view: Any = ActivationState.view
    return plain(
        once_loaded(
            ActivationState,
            view,
            notice(
                rx.el.p("身份证号码：", rx.el.b(view.identity_mask, data_testid="mask")),
                rx.el.p("所在单位：", view.organisation),
                testid="who",
            ),
            _form(view),
            button(
                "退出登录", testid="sign-out", kind="quiet", custom_attrs={"data-rx": "sign-out"}
            ),
        ),
        title="激活账号",
        intro="核对信息、完善个人资料并设置新密码后，即可开始学习。",
    )


def _form(view: Any) -> rx.Component:
    return post_form(
        _who(view),
        _record(),
        _password(),
        action=routes.AUTH_ACTIVATE,
        submit_label="确认并激活",
        testid="activate",
    )


def _who(view: Any) -> rx.Component:
    return card(
        field(name="name", label="姓名", autocomplete="name", max_length=80),
        field(
            name="mobile", label="手机号码", kind="tel", autocomplete="tel-national",
            input_mode="tel", max_length=24,
            hint=either(
                view.has_mobile, "填写采集信息时登记的手机号码", "填写本人正在使用的手机号码"
            ),
        ),
        field(
            name="code", label="一次性激活码", required=False, input_mode="numeric",
            autocomplete="one-time-code", max_length=20,
            hint=either(
                view.has_mobile,
                "手机号码没有变化的不用填；已更换的，请向单位管理员领取",
                "采集时未登记手机号码，请向单位管理员领取后填写",
            ),
        ),
        title="核对本人信息",
    )  # fmt: skip


def _record() -> rx.Component:
    return card(
        _choice("field", "行业领域", profiles.FIELDS),
        _choice("title_series", "职称系列", profiles.SERIES),
        _choice("title_level", "职称级别", profiles.LEVELS),
        _choice("education", "学历", profiles.EDUCATION),
        field(name="post", label="岗位", hint="如：小学语文教师、内科医师", max_length=60),
        title="完善个人资料",
    )


def _choice(name: str, label: str, offered: tuple[str, ...]) -> rx.Component:
    return select_field(name=name, label=label, options=[(word, word) for word in offered])


def _password() -> rx.Component:
    return card(
        password_field(
            name="new_password", label="新密码", autocomplete="new-password", max_length=200,
            hint="至少8位并含字母和数字等两种字符，或至少10位；不能含身份证号码后6位",
        ),
        password_field(
            name="new_password_again", label="再次输入新密码", autocomplete="new-password",
            max_length=200,
        ),
        title="设置新密码",
    )  # fmt: skip
