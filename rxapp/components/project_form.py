"""The form of a filing: each field is kept as soon as it is left."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.field import field, select_field, text_area
from rxapp.rules.profiles import FIELDS
from rxapp.rules.project_forms import LABELS, LONGEST
from rxapp.rules.projects import Form
from rxapp.rules.subjects import Subject

SUBJECTS = [(each.value, each.label) for each in Subject]
FORMS = [(each.value, each.label) for each in Form]
PROFESSIONS = [(each, each) for each in FIELDS]
HINTS = {
    "title": "写明内容和对象，例如“急诊护理新技术培训班”",
    "days": "一行一天：日期，空一格，当天的学时，例如“2020-09-01 8”",
    "place": "远程教育的填网络平台名称", "teachers": "一行一人：姓名，空一格，职称或职务",
    "audience": "面向哪些专业技术人员", "cost": "没有的填0",
    "fund": "由职工教育经费承担的部分，没有的填0", "capacity": "学员可以报名，报满为止",
    "phone": "显示给学员", "contact": "显示给学员",
}  # fmt: skip


def project_fields(state: Any) -> rx.Component:
    """Every field of a filing."""
    return rx.fragment(
        _group(
            "项目",
            _text(state, "title"),
            _choice(state, "subject", SUBJECTS),
            _choice(state, "field", PROFESSIONS, required=False),
            _choice(state, "form", FORMS),
            _text(state, "audience"),
            _text(state, "capacity", input_mode="numeric"),
        ),
        _group("时间和地点", _box(state, "days", "5"), _text(state, "place")),
        _group("师资和内容", _box(state, "teachers", "4"), _box(state, "syllabus", "6")),
        _group(
            "经费和联系",
            _text(state, "cost", input_mode="decimal"),
            _text(state, "fund", input_mode="decimal"),
            _text(state, "contact"),
            _text(state, "phone", input_mode="tel"),
        ),
    )


def _group(title: str, *children: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(rx.el.h3(title)),
        rx.el.div(*children, class_name="field-grid"),
        class_name="field-group",
    )


def _text(state: Any, name: str, **props: Any) -> rx.Component:
    return field(**_wired(state, name), max_length=LONGEST[name], **props)


def _box(state: Any, name: str, rows: str) -> rx.Component:
    return text_area(**_wired(state, name), max_length=LONGEST[name], rows=rows)


def _choice(
    state: Any, name: str, options: list[tuple[str, str]], *, required: bool = True
) -> rx.Component:
    wired = _wired(state, name)
    wired.pop("on_blur")
    return select_field(
        **wired, options=options, required=required,
        on_change=lambda value: state.keep(name, value),
    )  # fmt: skip


def _wired(state: Any, name: str) -> dict[str, Any]:
    return {
        "name": name, "label": LABELS[name], "hint": HINTS.get(name, ""),
        "value": state.typed[name], "error": state.field_errors[name],
        "on_blur": lambda value: state.keep(name, value), "testid": name,
    }  # fmt: skip


def organiser_choice(options: Any) -> rx.Component:
    """For which organisation one files, where there are several."""
    # Named, without an id: what stands in a form by its id is sent even while it is not there.
    return rx.cond(
        options.length() > 1,
        rx.el.label(
            rx.el.span("举办单位"),
            rx.el.select(
                rx.foreach(options, lambda each: rx.el.option(each[1], value=each[0])),
                name="organisation",
                class_name="input",
                data_testid="organisation",
            ),
            class_name="field",
        ),
    )
