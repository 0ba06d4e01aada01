"""原证书录入: the lines of the old paper certificate, and its pages."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import button, link_button
from rxapp.components.cards import card, list_row, row_list, section
from rxapp.components.claim_files import proof
from rxapp.components.field import field, select_field
from rxapp.components.form import PlainForm, hidden
from rxapp.components.messages import done_box, empty_state, notice
from rxapp.pages.framing import framed, once_loaded
from rxapp.state.old_records import OldRecordsState


def page() -> rx.Component:
    """Lines as cards, what each year comes to, the pages once, then everything is sent."""
    state: Any = OldRecordsState
    view: Any = state.view
    return framed(
        done_box(message=state.done),
        once_loaded(
            OldRecordsState,
            view,
            rx.cond(view.closed != "", notice(view.closed, tone="warn", testid="closed")),
            _lines(state, view),
            _add(state, view),
            rx.cond(view.sums.length() > 0, _sums(view)),
            rx.cond(view.first > 0, _pages(view)),
            rx.cond(view.lines.length() > 0, _submit(state)),
            rx.cond(view.sent.length() > 0, _sent(view)),
            link_button("返回我的申报", href=routes.CLAIMS, testid="back"),
            otherwise=("返回我的申报", routes.CLAIMS),
        ),
        # Pressed by the script after something was kept.
        rx.el.button(
            "更新", type="button", hidden=True, on_click=state.refresh,
            custom_attrs={"data-rx": "claim-refresh"},
        ),
        title="录入原证书",
        active=routes.CLAIMS,
        intro="把原《山东省专业技术人员继续教育证书》2016—2019年的记录逐行填入，内页照片只需上传一次。",
    )  # fmt: skip


def _lines(state: Any, view: Any) -> rx.Component:
    return rx.cond(
        view.lines.length() > 0,
        rx.el.div(
            rx.foreach(view.lines, lambda line: _line(state, view, line)),
            class_name="stack",
            data_testid="lines",
        ),
        empty_state(
            title="还没有填写", text="证书上每一条记录填一行，填好后一起提交。", testid="no-lines"
        ),
    )


def _line(state: Any, view: Any, line: Any) -> rx.Component:
    return PlainForm.create(
        rx.el.div(
            rx.el.h2(f"第{line.place}行"),
            button(
                "删除", rx.el.span(f"第{line.place}行", class_name="hidden-text"), kind="quiet",
                on_click=state.remove_line(line.id), testid="line-remove",
            ),
            class_name="row row-between",
        ),
        hidden(name="claim", value=line.id),
        *_fields(view, line),
        rx.cond(line.words != "", rx.el.p(line.words, data_testid="line-words")),
        rx.foreach(line.limits, lambda said: rx.el.p(said, class_name="soft small")),
        rx.el.p(
            state.said[line.id.to_string()], role="alert", class_name="field-error",
            data_testid="line-said",
        ),
        rx.el.p(role="alert", class_name="form-message", data_rx_message=""),
        rx.el.p(
            role="status", class_name="soft small", custom_attrs={"data-rx-kept": ""},
            data_testid="line-kept",
        ),
        no_validate=True,
        class_name="form card",
        # Another line is another form: nothing typed in one may stay standing in the next.
        key=line.id.to_string(),
        data_rx="claim",
        custom_attrs={"data-version": line.version, "data-save": routes.CLAIM_LINE_SAVE},
        aria_label=f"第{line.place}行",
        data_testid="line",
    )  # fmt: skip


def _fields(view: Any, line: Any) -> tuple[Any, ...]:
    return (
        select_field(
            name=f"{line.id}-kind", label="计入科目", options=view.kinds, value=line.kind,
            testid="line-kind",
        ),
        field(
            name=f"{line.id}-title", label="培训名称或内容", value=line.title, max_length=120,
            testid="line-title",
        ),
        rx.el.div(*_figures(line), class_name="side-fields"),
    )  # fmt: skip


def _figures(line: Any) -> tuple[Any, ...]:
    return (
        field(
            name=f"{line.id}-earned_on", label="日期", kind="date", value=line.earned_on,
            hint="证书上的日期，一段时间的写最后一天", min="2016-01-01", max="2019-12-31",
            testid="line-earned_on",
        ),
        field(
            name=f"{line.id}-filed", label="学时", value=line.filed, input_mode="decimal",
            max_length=8, testid="line-filed",
        ),
        rx.cond(
            line.asks_days,
            field(
                name=f"{line.id}-days", label="天数", value=line.days, input_mode="numeric",
                hint="培训了几天", max_length=3, testid="line-days",
            ),
        ),
    )  # fmt: skip


def _add(state: Any, view: Any) -> rx.Component:
    label = rx.cond(view.lines.length() > 0, "再加一行", "开始填写")
    return rx.el.div(button(label, on_click=state.add_line, testid="add-line"))


def _sums(view: Any) -> rx.Component:
    return card(
        rx.foreach(view.sums, lambda said: rx.el.p(said)),
        rx.el.p("其中已提交的，以审核通过的学时为准。", class_name="soft small"),
        title="各年度合计",
        role="status",
        testid="sums",
    )


def _pages(view: Any) -> rx.Component:
    return card(
        rx.el.p(
            "封面、个人信息页和填有记录的各页都要拍清楚，最多9份，由所有行共用。",
            class_name="soft",
        ),
        proof(view.need, view.first),
        title="证书内页",
        testid="proofs",
    )


def _submit(state: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(role="alert", class_name="form-message", data_rx_message=""),
        button(
            "全部提交", kind="primary btn-block", testid="submit-all",
            custom_attrs={"data-rx": "claim-all"},
        ),
        # Pressed by the script once everything typed was kept.
        rx.el.button(
            "提交", type="button", hidden=True, on_click=state.submit,
            custom_attrs={"data-rx": "claim-all-go"},
        ),
        rx.el.p("有问题的行会留下并写明原因，其余照常提交。", class_name="soft small"),
        class_name="stack",
    )  # fmt: skip


def _sent(view: Any) -> rx.Component:
    return section(
        row_list(
            rx.foreach(
                view.sent,
                lambda row: list_row(
                    title=row.title, detail=row.detail, href=f"/claims/{row.id}", state=row.status,
                    tone=row.tone, testid="sent-line",
                ),
            ),
            testid="sent-lines",
        ),
        title="已提交的行",
    )  # fmt: skip
