"""我的 · 动态验证码: setting it up, recovery codes, switching it off."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import anchor, button, link_button
from rxapp.components.cards import card, definition_list
from rxapp.components.field import field, password_field
from rxapp.components.form import post_form
from rxapp.components.messages import done_box, notice
from rxapp.pages.framing import framed, once_loaded
from rxapp.pages.second_factor import demo_line
from rxapp.state.security import MyFactorState


def page() -> rx.Component:
    """Off: set it up. On: what is left, new recovery codes, switching it off."""
    state: Any = MyFactorState
    view = state.view
    return framed(
        done_box(message=state.done),
        once_loaded(
            MyFactorState,
            view,
            rx.cond(
                state.recovery.length() > 0,
                _recovery(),
                rx.cond(view.on, _on(view), _off(view)),
            ),
            otherwise=("返回我的", routes.ME),
        ),
        title="动态验证码",
        active=routes.ME,
        intro="除密码外，登录时再填写手机应用上的6位数字，别人知道密码也无法登录。",
    )


def _off(view: Any) -> rx.Component:
    state: Any = MyFactorState
    return rx.fragment(
        rx.cond(
            view.required,
            notice(
                "人社部门管理员必须使用动态验证码。设置完成后，管理权限立即生效。",
                tone="warn", testid="factor-required",
            ),
        ),
        rx.cond(
            state.setup,
            _setup(state.setup),
            rx.cond(view.offered, _invitation(), notice("动态验证码供各单位管理员使用。")),
        ),
    )  # fmt: skip


def _invitation() -> rx.Component:
    return card(
        rx.el.ol(
            rx.el.li("在手机上安装验证器应用（如腾讯身份验证器、微软验证器）。"),
            rx.el.li("点“开始设置”，用应用扫描二维码。"),
            rx.el.li("填写应用显示的6位数字，保存好恢复码。"),
            class_name="plain-notes steps",
        ),
        button("开始设置", kind="primary", on_click=MyFactorState.begin, testid="factor-begin"),
        title="设置动态验证码",
    )


def _setup(setup: Any) -> rx.Component:
    return card(
        rx.el.p("用验证器应用扫描二维码："),
        rx.el.img(src=setup.picture, alt="动态验证码的二维码", class_name="qr", data_testid="qr"),
        rx.el.p(
            "不能扫描的，在应用中手动输入密钥：",
            rx.el.br(),
            rx.el.b(setup.secret, class_name="secret", data_testid="factor-secret"),
        ),
        demo_line(setup.demo_code),
        rx.el.form(
            field(
                name="code", label="动态验证码", hint="填写应用中当前显示的6位数字",
                error=MyFactorState.field_errors["code"], input_mode="numeric",
                autocomplete="one-time-code", max_length=12,
            ),
            button("确认启用", type="submit", kind="primary", testid="factor-confirm"),
            on_submit=MyFactorState.confirm,
            class_name="form",
        ),
        title="扫描并确认",
    )  # fmt: skip


def _recovery() -> rx.Component:
    state: Any = MyFactorState
    return card(
        notice(
            "请现在打印或抄写，存放在安全的地方。离开本页后不再显示。"
            "手机丢失或更换时，用其中一个代替动态验证码，每个只能用一次。",
            tone="warn",
            testid="recovery-notice",
        ),
        rx.el.ol(
            rx.foreach(state.recovery, lambda code: rx.el.li(code)),
            class_name="recovery",
            data_testid="recovery",
        ),
        rx.el.div(
            button(
                "打印", icon_name="print", testid="print", custom_attrs={"data-rx": "print"},
            ),
            anchor(
                "已保存好，继续", href=routes.ME, testid="recovery-done",
                class_name="btn btn-primary",
            ),
            class_name="row no-print",
        ),
        title="恢复码",
    )  # fmt: skip


def _on(view: Any) -> rx.Component:
    return rx.fragment(
        card(
            definition_list(
                rows=[
                    ("状态", "已启用"), ("启用日期", view.since),
                    ("剩余恢复码", rx.fragment(view.codes_left, "个")),
                ],
                testid="factor-on",
            ),
            demo_line(view.demo_code),
            title="当前状态",
        ),
        card(_renew(), title="重新生成恢复码"),
        rx.cond(
            view.required,
            notice("人社部门管理员必须使用动态验证码，不能停用。", testid="factor-kept"),
            card(_remove(), title="停用动态验证码"),
        ),
        link_button("返回我的", href=routes.ME, testid="back-to-me"),
    )  # fmt: skip


def _renew() -> rx.Component:
    return rx.el.form(
        rx.el.p("恢复码用完或遗失的，可重新生成十个，原来的随即作废。", class_name="soft"),
        field(
            name="renew_code", label="动态验证码", error=MyFactorState.field_errors["code"],
            input_mode="numeric", autocomplete="one-time-code", max_length=12,
        ),
        button("重新生成", type="submit", testid="factor-renew"),
        on_submit=MyFactorState.renew,
        class_name="form",
    )  # fmt: skip


def _remove() -> rx.Component:
    return post_form(
        password_field(name="password", label="密码", max_length=200),
        field(
            name="code", label="动态验证码", hint="或一个恢复码", autocomplete="one-time-code",
            max_length=30,
        ),
        action=routes.AUTH_FACTOR_REMOVE,
        submit_label="停用",
        testid="factor-remove",
        kind="danger",
    )  # fmt: skip
