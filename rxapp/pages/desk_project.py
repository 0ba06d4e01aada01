"""工作台 · 一个培训项目: its form while it can be written in, then how its filing stands."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import badge, card, definition_list
from rxapp.components.field import field, text_area
from rxapp.components.messages import done_box, notice
from rxapp.components.project_facts import edition_list, fact_list, file_list
from rxapp.components.project_form import project_fields
from rxapp.components.uploader import uploader
from rxapp.pages.desking import staffed
from rxapp.pages.framing import once_loaded
from rxapp.state.projects import ProjectState


def page() -> rx.Component:
    """State, form or facts, materials, history, and what else can be done."""
    state: Any = ProjectState
    view = state.view
    return staffed(
        done_box(message=state.done),
        once_loaded(
            ProjectState,
            view,
            _standing(state, view),
            rx.cond(view.editable, _form(state, view)),
            rx.cond(
                view.facts.length() > 0,
                card(
                    fact_list(view.facts),
                    title=rx.cond(view.pending, "已报备，等待审核的内容", "已备案的内容"),
                    testid="filed",
                ),
            ),
            _materials(state, view),
            rx.cond(
                view.editions.length() > 0,
                card(edition_list(view.editions), title="报备记录"),
            ),
            _more(state, view),
            otherwise=("返回培训项目", routes.DESK_PROJECTS),
        ),
        title=rx.cond(view, view.title, "培训项目"),
        active=routes.DESK_PROJECTS,
    )


def _standing(state: Any, view: Any) -> rx.Component:
    return card(
        definition_list(
            rows=[
                ("状态", badge(text=view.state, tone=view.tone)),
                ("受理编号", rx.cond(view.number != "", view.number, "报备后生成")),
                ("举办单位", view.organiser),
                ("审核单位", rx.cond(view.bureau != "", view.bureau, "报备时确定")),
                ("类别", view.kind),
                ("已报名", view.enrolled),
                ("审核意见", rx.cond(view.note != "", view.note, "无")),
            ]
        ),
        rx.cond(
            view.in_force,
            link_button("培训名册", href=f"{routes.DESK_ROSTERS}/{view.id}", testid="to-roster"),
        ),
        rx.cond(
            view.may_withdraw,
            button("撤回", on_click=state.withdraw, testid="project-withdraw"),
        ),
        title="备案情况",
        testid="standing",
    )


def _form(state: Any, view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.in_force,
            notice(
                "已备案的内容在变更审核通过前继续有效。",
                rx.cond(view.begun, "已经开班，培训日期和学时不能再更改。", ""),
                testid="change-note",
            ),
        ),
        rx.el.p(view.deadline, class_name="soft", data_testid="deadline"),
        rx.el.form(
            project_fields(state),
            button(
                rx.cond(view.in_force, "报备变更", "报备"), type="submit", kind="primary",
                testid="project-submit",
            ),
            key=f"project-{view.id}-{state.drawn}",
            on_submit=state.submit,
            no_validate=True,
            class_name="form",
            data_testid="project-form",
        ),
        rx.el.details(
            rx.el.summary("连续多天的，一次填入"),
            rx.el.form(
                rx.el.p("从第一天到结束日期，按工作日历填入每个工作日。", class_name="soft"),
                field(
                    name="until", label="结束日期", kind="date",
                    error=state.field_errors["until"], testid="until",
                ),
                field(
                    name="day_hours", label="每天学时", error=state.field_errors["day_hours"],
                    input_mode="decimal", max_length=4, testid="day_hours",
                ),
                button("填入培训日期", type="submit", testid="fill-days"),
                key=f"days-{view.id}-{state.drawn}",
                on_submit=state.fill_days,
                no_validate=True,
                class_name="form",
            ),
        ),
        title=rx.cond(view.in_force, "变更备案", "备案表"),
    )  # fmt: skip


def _materials(state: Any, view: Any) -> rx.Component:
    return card(
        rx.cond(
            view.editable,
            rx.fragment(
                rx.foreach(view.files, lambda file: _material(state, file)),
                rx.el.form(
                    uploader(
                        purpose="project", label="添加材料", required=False,
                        hint="培训方案、课程表等的照片或 PDF 文件，不超过10兆字节",
                    ),
                    rx.el.p(
                        state.field_errors["project"], role="alert", class_name="field-error",
                    ),
                    button("添加到项目", type="submit", testid="attach"),
                    key=f"files-{view.id}-{state.drawn}",
                    on_submit=state.attach,
                    no_validate=True,
                    class_name="form",
                ),
            ),
            file_list(view.files),
        ),
        title="材料",
    )  # fmt: skip


def _material(state: Any, file: Any) -> rx.Component:
    return rx.el.p(
        rx.el.a(file.name, href=file.href, target="_blank", data_testid="material"),
        " ",
        button(
            "移除", on_click=state.detach(file.id), testid="detach", aria_label=f"移除{file.name}"
        ),
        class_name="row",
    )


def _more(state: Any, view: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            view.changed & view.editable,
            card(
                rx.el.p("有尚未报备的变更。"),
                button("放弃变更", on_click=state.discard_change, testid="discard-change"),
                title="未报备的变更",
            ),
        ),
        rx.cond(
            view.may_remove,
            card(
                rx.el.p("尚未报备的草稿可以删除，删除后不能恢复。"),
                button("删除草稿", kind="danger", on_click=state.remove, testid="project-remove"),
                title="删除",
            ),
        ),
        rx.cond(
            view.may_cancel,
            card(
                rx.el.details(
                    rx.el.summary("取消这个项目", data_testid="cancel-open"),
                    rx.el.form(
                        text_area(
                            name="reason", label="原因", max_length=200,
                            hint="会告知已报名的人员和审核单位",
                            error=state.field_errors["reason"], testid="reason",
                        ),
                        button("取消项目", type="submit", kind="danger", testid="project-cancel"),
                        key=f"cancel-{view.id}-{state.drawn}",
                        on_submit=state.cancel,
                        no_validate=True,
                        class_name="form",
                    ),
                ),
                title="取消",
            ),
        ),
    )  # fmt: skip
