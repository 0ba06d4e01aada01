"""Taking back what was chosen in a list: what it is, what follows, and the reason."""

from __future__ import annotations

from typing import Any

import reflex as rx

from rxapp.components.actions import button
from rxapp.components.cards import card
from rxapp.components.field import text_area


def revocation(state: Any, *, title: str, explained: str, most: int, testid: str) -> rx.Component:
    """The card for what `state.chosen` names; asks for the reason under `revoke_reason`."""
    return card(
        rx.el.form(
            rx.el.p(state.chosen_words),
            rx.el.p(explained, class_name="soft"),
            text_area(
                name="revoke_reason", label="撤销的理由", max_length=most,
                error=state.field_errors["revoke_reason"],
            ),
            button(title, type="submit", kind="danger", testid=testid),
            key=f"revoke-{state.chosen}",
            on_submit=state.revoke,
            no_validate=True,
            class_name="form",
        ),
        title=title,
        testid="revoke-card",
    )  # fmt: skip
