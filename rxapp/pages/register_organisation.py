"""单位注册."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card
from rxapp.components.choosing import chooser
from rxapp.components.field import checkbox, field
from rxapp.components.form import hidden, post_form
from rxapp.components.messages import error_box, loading, notice
from rxapp.components.uploader import uploader
from rxapp.pages.framing import plain
from rxapp.pages.register_person import ask_mobile, passwords_card
from rxapp.rules.permissions import CAPACITY_LABELS, Capacity
from rxapp.state.applying import ApplyingState

OFFERED = (Capacity.EMPLOYER, Capacity.DEPARTMENT, Capacity.BASE, Capacity.TITLE_PANEL)


def page() -> rx.Component:
    """The superior, the organisation, its evidence, its clerk."""
    state: Any = ApplyingState
    return plain(
        error_box(error=state.error),
        rx.cond(
            # Not what the page of a person's registration left behind.
            state.loaded & state.of_organisation,
            rx.cond(state.ready, rx.fragment(_superior(state), _form(state)), ask_mobile(state)),
            loading(),
        ),
        title="单位注册",
        intro="已采集信息的单位不用注册。提交后由上级单位审核，通过后生效。",
    )


def _superior(state: Any) -> rx.Component:
    return card(
        rx.el.p("按人事隶属关系选择主管部门或人力资源社会保障局。", class_name="soft"),
        chooser(
            label="查找并选择上级单位", on_search=state.find, on_choose=state.choose,
            choices=state.choices, searched=state.searched, chosen_name=state.chosen_name,
            testid="superior",
        ),
        title="上级单位",
    )  # fmt: skip


def _form(state: Any) -> rx.Component:
    typed: Any = state.typed
    return post_form(
        hidden(name="superior_id", value=state.chosen.to_string()),
        hidden(name="number", value=state.number),
        hidden(name="first_mobile", value=state.first_mobile),
        rx.el.p(
            role="alert", class_name="field-error", data_rx_error_for="superior_id",
            data_testid="superior_id-error",
        ),
        card(
            field(
                name="name", label="单位名称", value=typed["name"], hint="与单位证照一致",
                max_length=120,
            ),
            rx.el.fieldset(
                rx.el.legend("单位类别（可多选）"),
                *[
                    checkbox(
                        name=f"capacity_{each.value}", label=CAPACITY_LABELS[each],
                        checked=typed[f"capacity_{each.value}"] == "1",
                    )
                    for each in OFFERED
                ],
                class_name="field",
            ),
            _field(typed, "credit_code", "统一社会信用代码", hint="18位，见证照", max_length=40),
            _field(typed, "address", "地址", required=False, max_length=200),
            _field(typed, "contact_name", "联系人", required=False, max_length=40),
            _field(typed, "contact_phone", "联系电话", required=False, max_length=24),
            title="单位信息",
        ),
        card(
            rx.cond(
                state.again,
                notice("原来上传的材料仍在，不需要更换的不用重新上传。", testid="evidence-kept"),
            ),
            uploader(
                purpose="licence", label="单位证照",
                hint="营业执照、事业单位法人证书等，拍照或 PDF，不超过10兆字节",
            ),
            uploader(
                purpose="authorisation", label="管理员授权书",
                hint="写明管理员姓名并加盖单位公章，拍照或 PDF，不超过10兆字节",
            ),
            title="证明材料",
        ),
        card(
            _field(typed, "clerk_name", "管理员姓名", max_length=80),
            field(
                name="identity_number", label="管理员身份证号码",
                hint="18位，末位是字母的填X；15位的自动换算", max_length=40, spell_check=False,
            ),
            field(
                name="mobile", label="管理员手机号码", kind="tel", value=typed["mobile"],
                max_length=24,
            ),
            title="单位管理员",
        ),
        passwords_card(),
        action=routes.APPLY_ORGANISATION,
        submit_label="提交注册申请",
        testid="register-organisation",
    )  # fmt: skip


def _field(typed: Any, name: str, label: str, **props: Any) -> rx.Component:
    return field(name=name, label=label, value=typed[name], **props)
