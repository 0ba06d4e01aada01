"""The offices below one, each with how it stands: those behind most first, thirty at a time."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    literal_column,
    or_,
    text,
    type_coerce,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from rxapp.adapters.conditions import passed
from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.statistics import BEHIND, SHARE, TOTALS, FigureCell
from rxapp.rules import figures
from rxapp.rules.permissions import Capacity
from rxapp.services import statistics
from rxapp.services.actors import Actor
from rxapp.services.statistics import Count

PAGE = 30
# Below so few each has its figures looked up; below more the list is walked in its order.
FEW = 300
BY_BEHIND, BY_SHARE, BY_NAME = "behind", "share", "name"
ORDERS = {BY_BEHIND: "未完成人数多的在前", BY_SHARE: "完成比例低的在前", BY_NAME: "按单位名称"}
BELOW, DEPARTMENTS, EMPLOYERS = "below", "departments", "employers"
_KINDS = {DEPARTMENTS: Capacity.DEPARTMENT, EMPLOYERS: Capacity.EMPLOYER}
_TOTALS = text(TOTALS)
# Said so that the orders of the whole city do not fit: few are looked up by their keys.
_LOOKED_UP = text("kind = 'total' AND word || '' = ''")


@dataclass(frozen=True)
class BelowRow:
    """One office below, with all below it."""

    id: int
    name: str
    count: Count


@dataclass(frozen=True)
class BelowPage:
    """Some of the offices below; `next_after` is empty at the end."""

    rows: list[BelowRow]
    next_after: str


@dataclass(frozen=True)
class EveryRow:
    """One office below, and the one above it: two of one name can be told apart."""

    name: str
    above: str
    count: Count


def list_below(
    session: Session, actor: Actor, *, organisation_id: int, year: int, which: str = BELOW,
    order: str = BY_BEHIND, after: str = "",
) -> BelowPage:  # fmt: skip
    """The direct subordinates, or all departments or employers below; those without people not."""
    place = statistics.get_place(session, actor, organisation_id)
    statistics.label_of(year)
    few = _list_few(session, place) if which == BELOW else None
    among = _among(place, which) if few is None else col(FigureCell.organisation_id).in_(few)
    value = _value(order)
    asked = (
        select(  # type: ignore[call-overload]
            col(FigureCell.organisation_id), Organisation.name, value.label("value"),
            *(getattr(FigureCell, name) for name in statistics.AMOUNTS),
        )
        .join(FigureCell, col(FigureCell.organisation_id) == Organisation.id)
        .where(
            among, FigureCell.year == year, _TOTALS if few is None else _LOOKED_UP,
            or_(col(FigureCell.owing) > 0, col(FigureCell.tenths) != 0),
        )
    )  # fmt: skip
    if after:
        asked = asked.where(_later(value, order, after))
    found = session.execute(
        asked.order_by(value, col(FigureCell.organisation_id)).limit(PAGE + 1)
    ).all()
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return BelowPage(
        [BelowRow(row[0], row[1], statistics.count_of(tuple(row[3:]))) for row in shown],
        f"{last[0]}|{last[2]}" if last else "",
    )


def list_every(
    session: Session, actor: Actor, *, organisation_id: int, year: int
) -> list[EveryRow]:
    """Every office below with people, in the order of the tree, for a workbook."""
    place = statistics.get_place(session, actor, organisation_id)
    statistics.label_of(year)
    above = aliased(Organisation)
    rows = session.execute(
        select(  # type: ignore[call-overload]
            Organisation.name, col(above.name).label("above"),
            *(getattr(FigureCell, name) for name in statistics.AMOUNTS),
        )
        .join(FigureCell, col(FigureCell.organisation_id) == Organisation.id)
        .join(above, col(above.id) == Organisation.parent_id)
        .where(
            _inside(place), FigureCell.year == year, FigureCell.kind == figures.TOTAL,
            FigureCell.word == "", or_(col(FigureCell.owing) > 0, col(FigureCell.tenths) != 0),
        )
        .order_by(col(Organisation.path))
    )  # fmt: skip
    return [EveryRow(row[0], row[1], statistics.count_of(tuple(row[2:]))) for row in rows]


def _list_few(session: Session, place: Organisation) -> list[int | None] | None:
    """The direct subordinates where they are few; None for many."""
    below = select(Organisation.id).where(Organisation.parent_id == place.id)
    found = list(session.exec(below.limit(FEW + 1)))
    return found if len(found) <= FEW else None


def _among(place: Organisation, which: str) -> ColumnElement[bool]:
    if which == BELOW:
        # Checked on the way: left to itself a database begins with all that lies below.
        return passed(col(Organisation.parent_id) == place.id)
    if which not in _KINDS:
        raise NotFound()
    kinds = type_coerce(col(Organisation.capacities), String)
    return and_(_inside(place), kinds.contains(f"|{_KINDS[which]}|"))


def _inside(place: Organisation) -> ColumnElement[bool]:
    return and_(col(Organisation.path) > place.path, col(Organisation.path) < place.path[:-1] + "0")


def _value(order: str) -> Any:
    if order == BY_NAME:
        return col(Organisation.name)
    # As the indexes say it, word for word: only so do they fit.
    if order == BY_SHARE:
        return literal_column(SHARE, Integer)
    return literal_column(BEHIND, Integer)


def _later(value: Any, order: str, after: str) -> ColumnElement[bool]:
    id, _, word = after.partition("|")
    if not (id.isascii() and id.isdigit() and len(id) < 10):
        raise NotFound()
    if order == BY_NAME:
        mark: object = word
    elif word.removeprefix("-").isdigit() and word.isascii() and len(word) < 10:
        mark = int(word)
    else:
        raise NotFound()
    same = and_(value == mark, col(FigureCell.organisation_id) > int(id))
    # The plain range lets the index begin there, however deep the page.
    return and_(value >= mark, or_(value > mark, same))
