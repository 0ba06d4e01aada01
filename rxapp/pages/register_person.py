"""注册: somebody who was not collected."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link
from rxapp.components.bound import either
from rxapp.components.cards import card
from rxapp.components.choosing import chooser
from rxapp.components.field import field, password_field, select_field
from rxapp.components.form import hidden, post_form
from rxapp.components.messages import error_box, loading, notice
from rxapp.pages.framing import plain
from rxapp.rules import profiles
from rxapp.state.applying import ApplyingState

PASSWORD_HINT = "至少8位并含字母和数字等两种字符，或至少10位；不能含身份证号码后6位"


def page() -> rx.Component:
    """Where one belongs, who one is, a password."""
    state: Any = ApplyingState
    return plain(
        error_box(error=state.error),
        rx.cond(
            # Not what the page of an organisation's registration left behind.
            state.loaded & ~state.of_organisation,
            rx.cond(state.ready, rx.fragment(_belonging(state), _form(state)), ask_mobile(state)),
            loading(),
        ),
        title="个人注册",
        intro="已采集信息的人员不用注册，可直接登录。提交后由所在单位审核，通过后生效。",
    )


def ask_mobile(state: Any) -> rx.Component:
    """What opens a returned application for correcting."""
    return card(
        rx.el.form(
            rx.el.p("修改后重新提交前，请先填写提交申请时的手机号码。"),
            field(
                name="mobile", label="手机号码", kind="tel", error=state.field_errors["mobile"],
                max_length=24, testid="first-mobile",
            ),
            button("下一步", type="submit", kind="primary", testid="open-again"),
            on_submit=state.open_again,
            no_validate=True,
            class_name="form",
        ),
        title="核对申请人",
    )  # fmt: skip


def _belonging(state: Any) -> rx.Component:
    return card(
        rx.cond(
            state.no_employer,
            rx.el.div(
                rx.el.p("没有工作单位的，由所在县（市、区）人力资源社会保障局审核，请选择："),
                rx.el.ul(
                    rx.foreach(
                        state.bureaus,
                        lambda row: rx.el.li(
                            button(row.name, on_click=state.choose(row.id), testid="bureau")
                        ),
                    ),
                    class_name="choices",
                ),
                rx.cond(
                    state.chosen_name != "",
                    rx.el.p("已选择：", rx.el.b(state.chosen_name), role="status"),
                ),
                class_name="stack",
            ),
            chooser(
                label="查找并选择所在单位", on_search=state.find, on_choose=state.choose,
                choices=state.choices, searched=state.searched, chosen_name=state.chosen_name,
                testid="employer",
            ),
        ),
        rx.el.p(
            button(
                either(state.no_employer, "我有工作单位", "无工作单位"),
                on_click=state.switch_employer, kind="quiet", testid="no-employer",
            ),
            link(
                "我的单位未注册", href=routes.REGISTER_ORGANISATION, testid="to-organisation",
                class_name="btn btn-quiet",
            ),
            class_name="row",
        ),
        title="所在单位",
    )  # fmt: skip


def _form(state: Any) -> rx.Component:
    typed: Any = state.typed
    return post_form(
        hidden(name="organisation_id", value=state.chosen.to_string()),
        hidden(name="number", value=state.number),
        hidden(name="first_mobile", value=state.first_mobile),
        rx.el.p(
            role="alert", class_name="field-error", data_rx_error_for="organisation_id",
            data_testid="organisation_id-error",
        ),
        card(
            field(
                name="identity_number", label="身份证号码",
                hint="18位，末位是字母的填X；15位的自动换算",
                max_length=40, spell_check=False,
            ),
            field(name="name", label="姓名", value=typed["name"], max_length=80),
            field(
                name="mobile", label="手机号码", kind="tel", value=typed["mobile"], max_length=24
            ),
            title="本人信息",
        ),
        card(
            _choice(typed, "field", "行业领域", profiles.FIELDS),
            _choice(typed, "title_series", "职称系列", profiles.SERIES),
            _choice(typed, "title_level", "职称级别", profiles.LEVELS),
            _choice(typed, "education", "学历", profiles.EDUCATION),
            field(
                name="post", label="岗位", value=typed["post"], hint="如：小学语文教师、内科医师",
                max_length=60,
            ),
            title="个人资料",
        ),
        passwords_card(),
        action=routes.APPLY_PERSON,
        submit_label="提交注册申请",
        testid="register",
    )  # fmt: skip


def passwords_card() -> rx.Component:
    """The password chosen while registering."""
    return card(
        notice("通过审核后，用身份证号码和这里设置的密码登录。", testid="password-note"),
        password_field(
            name="new_password", label="设置密码", autocomplete="new-password", max_length=200,
            hint=PASSWORD_HINT,
        ),
        password_field(
            name="new_password_again", label="再次输入密码", autocomplete="new-password",
            max_length=200,
        ),
        title="登录密码",
    )  # fmt: skip


def _choice(typed: Any, name: str, label: str, offered: tuple[str, ...]) -> rx.Component:
    return select_field(
        name=name, label=label, options=[(word, word) for word in offered], value=typed[name]
    )
