"""The proofs beside the form: one at a time, large, turned and zoomed, page by page."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import anchor


def evidence_view(view: Any) -> rx.Component:
    """Thumbnails and one large page; the page's script turns, zooms and leafs through."""
    return rx.el.section(
        rx.cond(
            view.files.length() > 0,
            rx.fragment(
                rx.el.div(
                    _tool("zoom", "放大或还原（Z）"),
                    _tool("turn", "旋转（O）"),
                    _tool("back", "上一页"),
                    _tool("next", "下一页（N）"),
                    rx.el.span(
                        role="status", class_name="soft small", custom_attrs={"data-rx-page": ""},
                        data_testid="page-of",
                    ),
                    class_name="row",
                ),
                rx.el.div(
                    rx.el.img(
                        src=f"{view.files[0].file_page}1", alt=view.files[0].label,
                        class_name="viewed", custom_attrs={"data-rx-viewed": ""},
                        data_testid="viewed",
                    ),
                    class_name="viewer",
                    tab_index=0,
                    role="group",
                    aria_label="证明材料，可滚动查看",
                ),
                rx.el.ul(rx.foreach(view.files, _thumb), class_name="proofs"),
            ),
            rx.el.p("没有上传证明材料。", class_name="soft"),
        ),
        class_name="card evidence-view",
        aria_label="证明材料",
        data_testid="evidence-view",
        custom_attrs={"data-rx-view": ""},
    )  # fmt: skip


def _tool(what: str, label: str) -> rx.Component:
    return rx.el.button(
        label, type="button", class_name="btn", custom_attrs={"data-rx-tool": what},
        data_testid=f"view-{what}",
    )  # fmt: skip


def _thumb(file: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.img(src=file.preview, alt=f"{file.label}：{file.name}", class_name="evidence"),
            type="button",
            class_name="thumb",
            custom_attrs={
                "data-rx-show": file.file_page, "data-rx-pages": file.pages,
                "data-rx-label": file.label,
            },
            data_testid="thumb",
        ),
        rx.el.p(
            file.label, rx.cond(file.pages > 1, f"，共{file.pages}页", ""), class_name="small soft"
        ),
        rx.cond(
            file.used_elsewhere > 0,
            rx.el.p(f"在其他{file.used_elsewhere}项申报中用过", class_name="small late"),
        ),
        anchor("打开原件", href=file.file, target="_blank", testid="open-file"),
    )  # fmt: skip
