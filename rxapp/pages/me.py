"""我的: the own account."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import badge, card, definition_list
from rxapp.components.field import field, password_field
from rxapp.components.form import post_form
from rxapp.components.messages import done_box
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.account import AccountState


def page() -> rx.Component:
    """Own data, devices, password, staff rights."""
    view: Any = AccountState.view
    return framed(
        done_box(message=AccountState.done),
        once_loaded(
            AccountState,
            view,
            rx.foreach(AccountState.invitations, _invitation),
            card(
                _about(view),
                rx.el.p(
                    link_button("单位变更", href=routes.MY_TRANSFER, testid="to-transfer"),
                    link_button("信息更正", href=routes.MY_CORRECTION, testid="to-correction"),
                    link_button("我的信息", href=routes.MY_DATA, testid="to-data"),
                    link_button("监督检查", href=routes.MY_CASES, testid="to-cases"),
                    class_name="row",
                ),
                title="个人资料",
            ),
            rx.cond(view.awaits_staff_code, _staff_code()),
            rx.cond(view.factor != "", _factor(view)),
            card(_devices(view), title="已登录的设备"),
            card(_password(), title="修改密码"),
            card(_mobile(view), title="更换手机号码"),
            card(_email(view), title="电子邮箱"),
            button(
                "退出登录", testid="sign-out", kind="danger", custom_attrs={"data-rx": "sign-out"}
            ),
        ),
        title="我的",
        active=routes.ME,
    )


def _about(view: Any) -> rx.Component:
    return definition_list(
        rows=[
            ("姓名", view.name), ("身份证号码", view.identity_mask), ("手机号码", view.mobile_mask),
            ("所在单位", view.organisation), ("行业领域", view.field), ("职称", view.title),
            ("学历", view.education), ("岗位", view.post),
            ("管理权限", rx.cond(view.staff != "", view.staff, "无")),
        ]
    )  # fmt: skip


def _invitation(row: Any) -> rx.Component:
    return card(
        rx.el.p(
            rx.el.b(row.organisation), "邀请您担任管理员，请在", row.until, "前接受。"
        ),
        rx.el.p("接受后可在工作台办理该单位的业务，学习功能不受影响。", class_name="soft"),
        button(
            "接受邀请", kind="primary", on_click=AccountState.accept(row.id),
            testid="accept-invitation",
        ),
        title="管理员邀请",
        testid="invitation",
    )  # fmt: skip


def _factor(view: Any) -> rx.Component:
    return card(
        rx.el.p("除密码外，登录时再填写手机应用上的6位数字。"),
        rx.el.p("目前：", rx.el.b(view.factor, data_testid="factor-state")),
        link_button(
            "设置动态验证码", href=routes.MY_FACTOR, icon_name="shield", testid="to-factor"
        ),
        title="动态验证码",
    )


def _mobile(view: Any) -> rx.Component:
    return post_form(
        field(
            name="mobile", label="新的手机号码", kind="tel", autocomplete="tel-national",
            input_mode="tel", max_length=24,
            hint=rx.cond(
                view.mobile_mask != "", rx.Var.create("目前为") + view.mobile_mask, "目前没有登记"
            ),
        ),
        password_field(name="mobile_password", label="登录密码", max_length=200),
        action=routes.AUTH_MOBILE,
        submit_label="更换手机号码",
        testid="mobile-form",
    )  # fmt: skip


def _email(view: Any) -> rx.Component:
    return rx.el.form(
        field(
            name="email", label="电子邮箱", kind="email", required=False, autocomplete="email",
            hint=rx.cond(
                view.email_mask != "",
                rx.Var.create("目前为") + view.email_mask + "，重要消息也发到邮箱；留空保存即删除",
                "填写后，重要消息同时发到邮箱",
            ),
            error=AccountState.field_errors["email"], max_length=140,
        ),
        button("保存电子邮箱", type="submit", testid="save-email"),
        on_submit=AccountState.set_email,
        class_name="form",
    )  # fmt: skip


def _staff_code() -> rx.Component:
    return card(
        rx.el.form(
            rx.el.p("您是单位管理员。请填写上级单位提供的一次性启用码，启用管理权限。"),
            field(
                name="code", label="启用码", error=AccountState.field_errors["code"],
                input_mode="numeric", autocomplete="one-time-code", max_length=20,
            ),
            button("启用管理权限", type="submit", kind="primary", testid="begin-staff"),
            on_submit=AccountState.begin_staff,
            class_name="form",
        ),
        title="启用管理权限",
    )  # fmt: skip


def _devices(view: Any) -> rx.Component:
    return rx.fragment(
        table(
            caption="已登录的设备",
            caption_hidden=True,
            columns=[
                Column("设备"),
                Column("登录时间", short=True),
                Column("最近使用", short=True),
                Column("办理"),
            ],
            rows=view.devices,
            cells=lambda row: (
                rx.fragment(
                    row.device,
                    rx.cond(row.here, rx.fragment(" ", badge(text="本机", tone="accent"))),
                ),
                row.since,
                row.seen,
                rx.cond(
                    row.here,
                    rx.fragment(),
                    button("退出", on_click=AccountState.end_one(row.id), testid="end-one"),
                ),
            ),
            testid="devices",
        ),
        button("退出其他设备", on_click=AccountState.end_others, testid="end-others"),
    )


def _password() -> rx.Component:
    return post_form(
        password_field(name="password", label="原密码", max_length=200),
        password_field(
            name="new_password", label="新密码", autocomplete="new-password", max_length=200,
            hint="至少8位并含字母和数字等两种字符，或至少10位；不能含身份证号码后6位",
        ),
        password_field(
            name="new_password_again", label="再次输入新密码", autocomplete="new-password",
            max_length=200,
        ),
        action=routes.AUTH_PASSWORD,
        submit_label="修改密码",
        testid="password",
    )  # fmt: skip
