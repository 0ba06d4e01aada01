"""Tables that turn into cards on phones without losing what belongs to what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from rxapp.components.bound import Items, Text, each


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; figures are set to the right, short values never broken."""

    label: str
    numeric: bool = False
    short: bool = False

    @property
    def class_name(self) -> str:
        return "num" if self.numeric else "short" if self.short else ""


def table(
    *,
    caption: Text,
    columns: Sequence[Column],
    rows: Items,
    cells: Callable[[Any], Sequence[Any]] = tuple,
    caption_hidden: bool = False,
    names_short: bool = False,
    testid: str = "table",
) -> rx.Component:
    """A table; `cells` turns a row into a value or component per column, the first its heading.

    `names_short` keeps the first column unbroken, for names of people.
    """
    # The roles are said outright because browsers drop them once a row is shown as a card.
    return rx.el.table(
        rx.el.caption(caption, class_name="hidden-text" if caption_hidden else ""),
        rx.el.thead(rx.el.tr(*[_heading(c) for c in columns], role="row"), role="rowgroup"),
        rx.el.tbody(each(rows, lambda row: _row(columns, cells(row))), role="rowgroup"),
        role="table",
        class_name="table names-short" if names_short else "table",
        data_testid=testid,
    )


def _heading(column: Column) -> rx.Component:
    return rx.el.th(column.label, scope="col", role="columnheader", class_name=column.class_name)


def _row(columns: Sequence[Column], values: Sequence[Any]) -> rx.Component:
    first, *rest = values
    return rx.el.tr(
        rx.el.th(first, scope="row", role="rowheader"),
        *[_cell(column, value) for column, value in zip(columns[1:], rest, strict=True)],
        role="row",
    )


def _cell(column: Column, value: Any) -> rx.Component:
    return rx.el.td(
        rx.el.span(value),
        role="cell",
        data_label=column.label,
        class_name=column.class_name,
    )
