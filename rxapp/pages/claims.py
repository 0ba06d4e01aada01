"""学时申报: one's own claims and where each of them is."""

from typing import Any

import reflex as rx

from rxapp import routes
from rxapp.components.actions import link_button, more_button
from rxapp.components.cards import card, list_row, row_list, section
from rxapp.components.messages import empty_state, error_box, loading, notice
from rxapp.pages.framing import framed
from rxapp.state.claiming import ClaimsState


def page() -> rx.Component:
    """What waits for one's own hand, every claim, and the way to a new one."""
    state: Any = ClaimsState
    return framed(
        error_box(error=state.error),
        rx.el.div(
            link_button("申报学时", href=routes.CLAIM_NEW, kind="primary", testid="claim-new"),
            link_button("录入2016—2019年原证书", href=routes.CLAIM_OLD, testid="claim-old"),
            class_name="row",
        ),
        rx.cond(
            state.to_do > 0,
            notice(f"有{state.to_do}项等待您填写、修改或确认。", tone="warn", testid="to-do"),
        ),
        rx.cond(state.loaded, _list(state), loading()),
        card(
            rx.el.p(
                "学历教育、科研成果、论文著作、技能竞赛等可以折算学时；2016—2019年参加的培训和取得的"
                "成果，也在这里申报。经单位审核、主管部门审验后记入学习档案。"
            ),
            rx.el.p("在本系统学完的课程自动记入学时，不需要申报。"),
            title="哪些需要申报",
        ),
        title="学时申报",
        active=routes.CLAIMS,
    )


def _list(state: Any) -> rx.Component:
    return section(
        rx.cond(
            state.rows.length() > 0,
            row_list(rx.foreach(state.rows, _row), testid="claims"),
            empty_state(
                title="还没有申报",
                text="准备好证书、文件或成绩单，拍照上传，两分钟完成一项申报。",
                action="申报学时",
                href=routes.CLAIM_NEW,
            ),
        ),
        rx.cond(state.next_before > 0, more_button(on_click=state.more)),
        title="我的申报",
    )


def _row(row: Any) -> rx.Component:
    hours = rx.cond(row.hours != "", f"{row.hours}学时，", "")
    return list_row(
        title=f"{row.category}：{row.title}",
        detail=f"{row.year}{hours}{row.turn}，{row.since}",
        href=f"/claims/{row.id}",
        state=row.status,
        tone=row.tone,
        testid="claim-row",
    )
