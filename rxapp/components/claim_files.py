"""The proofs of a claim: photographed or chosen, sent at once, seen, taken off again."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import anchor, button
from rxapp.components.cards import badge


def proof(need: Any, claim_id: Any) -> rx.Component:
    """One kind of proof: what is there of it, and a place for more; the page's script sends it."""
    return rx.el.div(
        rx.el.div(
            rx.el.h3(need.label, id=f"need-{need.key}"),
            rx.cond(
                need.files.length() > 0,
                badge(text="已上传", tone="good"),
                rx.cond(
                    need.required, badge(text="必须上传", tone="warn"), badge(text="没有可不传")
                ),
            ),
            class_name="row row-between",
        ),
        rx.el.ul(
            rx.foreach(need.files, lambda file: _file(file, claim_id)), class_name="proofs"
        ),
        rx.el.label(
            "拍照或选择文件",
            rx.el.span("：", need.label, class_name="hidden-text"),
            rx.el.input(
                type="file", accept="image/*,application/pdf", multiple=True,
                class_name="file-input", data_testid=f"file-{need.key}",
                custom_attrs={"data-rx": "claim-file"},
            ),
            class_name="btn file-button",
        ),
        rx.el.div(
            rx.el.p(role="status", class_name="soft small", custom_attrs={"data-rx-told": ""}),
            rx.el.progress(max=100, value=0, aria_label="上传进度", data_rx_progress=""),
            hidden=True,
            class_name="progress",
            custom_attrs={"data-rx-uploading": ""},
        ),
        rx.el.p(
            role="alert", class_name="field-error", data_rx_error_for=f"file_{need.key}",
            data_testid=f"file_{need.key}-error",
        ),
        rx.el.button(
            "继续上传未完成的文件", type="button", hidden=True, class_name="btn",
            custom_attrs={"data-rx-again": ""}, data_testid=f"again-{need.key}",
        ),
        class_name="field proof",
        custom_attrs={"data-rx-need": need.key, "data-rx-claim": claim_id},
        data_testid=f"need-{need.key}",
    )  # fmt: skip


def _file(file: Any, claim_id: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            rx.el.img(src=file.preview, alt=f"{file.label}：{file.name}", class_name="evidence"),
            href=file.file,
            target="_blank",
            testid="proof-file",
        ),
        rx.cond(file.pages > 1, rx.el.p(f"共{file.pages}页", class_name="small soft")),
        button(
            "移除",
            rx.el.span(file.name, class_name="hidden-text"),
            kind="quiet",
            testid="proof-remove",
            custom_attrs={
                "data-rx": "claim-detach", "data-rx-evidence": file.id, "data-rx-claim": claim_id,
            },
        ),
    )  # fmt: skip
