"""动态验证码: asked for after the password."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button
from rxapp.components.cards import card
from rxapp.components.field import field
from rxapp.components.form import post_form
from rxapp.components.messages import notice
from rxapp.pages.framing import once_loaded, plain
from rxapp.state.security import ChallengeState


def page() -> rx.Component:
    """One field: the authenticator's code, or a recovery code."""
    return plain(
        once_loaded(
            ChallengeState,
            ChallengeState.loaded,
            demo_line(ChallengeState.demo_code),
            card(
                post_form(
                    field(
                        name="code",
                        label="动态验证码",
                        hint="打开手机上的验证器应用，填写当前显示的6位数字；"
                        "手机不在身边的，填写一个恢复码",
                        autocomplete="one-time-code",
                        max_length=30,
                        auto_capitalize="characters",
                        spell_check=False,
                    ),
                    action=routes.AUTH_FACTOR,
                    submit_label="确认登录",
                    testid="second-factor",
                ),
            ),
            button(
                "退出登录", testid="sign-out", kind="quiet", custom_attrs={"data-rx": "sign-out"}
            ),
        ),
        title="填写动态验证码",
        intro="密码正确。该账号已启用动态验证码，还需要填写后才能登录。",
    )


def demo_line(code: Any) -> rx.Component:
    """The current code, in the demo alone."""
    return rx.cond(
        code != "",
        notice(
            rx.el.p(
                "演示：当前动态验证码 ", rx.el.b(code, data_testid="demo-code"),
                class_name="code-line",
            ),
            testid="demo-factor",
        ),
    )  # fmt: skip
