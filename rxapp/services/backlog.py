"""审核进度: how much waits at which level and office of a bureau's subtree, and how long.

All of it comes from what offices count as (`office_figures`): a line of each level is one kept sum,
and the offices stand in their order already. It is as fresh as all statistics, some seconds old.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.conditions import passed
from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.statistics import FigureCell, OfficeFigure
from rxapp.rules import figures
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import Permission
from rxapp.services import city_values, queues, scopes
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import CLAIMS, STEP_QUEUES

PAGE = 30


@dataclass(frozen=True)
class OfficeRow:
    """An office at which claims wait; `levels` says how many at which step."""

    id: int
    name: str
    waiting: int
    levels: str
    since: str
    age: str
    late: bool


@dataclass(frozen=True)
class LevelRow:
    """One level of review, and how much waits there."""

    key: str
    label: str
    waiting: int


@dataclass(frozen=True)
class Backlog:
    """The offices with what waits, the longest wait first; `next_after` is empty at the end."""

    rows: list[OfficeRow]
    next_after: str
    levels: list[LevelRow]
    waiting: int


@dataclass(frozen=True)
class Summary:
    """What a desk says of claims; `oldest` is empty where nothing waits below."""

    waiting: int
    below: int
    oldest: str


def list_backlog(session: Session, actor: Actor, *, level: str = "", after: str = "") -> Backlog:
    """The offices of one's subtree at which claims wait, the longest wait first."""
    actor.require(Permission.SUPERVISE)
    word = level if level in set(STEP_QUEUES) else ""
    found = session.execute(_waits(actor, word, after).limit(PAGE + 1)).all()
    sums = _sums(session, actor)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Backlog(
        rows=_rows(session, found[:PAGE]),
        next_after=f"{last.oldest.isoformat()}|{last.id}" if last else "",
        levels=[LevelRow(each.value, each.label, sums.get(each.value, 0)) for each in STEP_QUEUES],
        waiting=sums.get("", 0),
    )


def get_summary(session: Session, actor: Actor) -> Summary:
    """What waits for one's own offices; for a bureau, all that waits in its subtree as well."""
    actor.require(Permission.STAFF)
    mine = scopes.office_ids(actor, Permission.REVIEW)
    waiting = queues.count(session, mine, CLAIMS)
    if not actor.may(Permission.SUPERVISE):
        return Summary(waiting, 0, "")
    below = _sums(session, actor).get("", 0)
    first = session.execute(_waits(actor, "", "").limit(1)).first() if below else None
    return Summary(waiting, below, _age(clock.now() - first.oldest) if first else "")


def _waits(actor: Actor, word: str, after: str) -> Any:
    """Each office of the subtree with what waits there and since when, the longest wait first."""
    inside = scopes.within(actor, Permission.SUPERVISE)
    # Walked in its order: only checked, so that it does not begin with all that lies below.
    near = scopes.within(actor, Permission.SUPERVISE, of=col(OfficeFigure.path))
    waits = (
        select(
            col(Organisation.id).label("id"), col(Organisation.name).label("name"),
            col(OfficeFigure.owing).label("waiting"), col(OfficeFigure.oldest).label("oldest"),
        )
        .join(Organisation, col(Organisation.id) == OfficeFigure.office_id)
        .where(
            OfficeFigure.kind == figures.CLAIMS, OfficeFigure.word == word,
            col(OfficeFigure.oldest).is_not(None), passed(near), passed(inside),
        )
        .order_by(col(OfficeFigure.oldest), col(OfficeFigure.office_id))
    )  # fmt: skip
    return waits.where(_later_than(after)) if after else waits


def _later_than(after: str) -> Any:
    moment, _, last = after.partition("|")
    try:
        since, row_id = datetime.fromisoformat(moment), int(last)
    except ValueError:
        raise NotFound() from None
    if since.tzinfo is None:
        raise NotFound()
    oldest = col(OfficeFigure.oldest)
    same = and_(oldest == since, col(OfficeFigure.office_id) > row_id)
    # The plain range lets the index begin there, however deep the page.
    return and_(oldest >= since, or_(oldest > since, same))


def _sums(session: Session, actor: Actor) -> dict[str, int]:
    """What waits at each step, and under "" altogether, in one's whole subtree."""
    rows = session.exec(
        select(FigureCell).where(
            col(FigureCell.organisation_id).in_(scopes.top_ids(actor, Permission.SUPERVISE)),
            FigureCell.year == figures.NO_YEAR, FigureCell.kind == figures.CLAIMS,
        )
    )  # fmt: skip
    found: dict[str, int] = {}
    for row in rows:
        found[row.word] = found.get(row.word, 0) + row.owing
    return found


def _rows(session: Session, found: Any) -> list[OfficeRow]:
    levels = _levels(session, [each.id for each in found])
    now = clock.now()
    warn = now - timedelta(days=city_values.get_value(session, CityValue.DESK_WARN_DAYS))
    return [
        OfficeRow(
            each.id, each.name, each.waiting, levels.get(each.id, ""),
            f"{clock.local(each.oldest):%Y-%m-%d %H:%M}", _age(now - each.oldest),
            each.oldest < warn,
        )
        for each in found
    ]  # fmt: skip


def _levels(session: Session, offices: list[int]) -> dict[int, str]:
    rows = session.exec(
        select(OfficeFigure).where(
            col(OfficeFigure.office_id).in_(offices), OfficeFigure.year == figures.NO_YEAR,
            OfficeFigure.kind == figures.CLAIMS,
        )
    )  # fmt: skip
    waiting = {(row.office_id, row.word): row.owing for row in rows}
    return {
        office: "，".join(
            f"{step.label}{waiting[office, step.value]}项"
            for step in STEP_QUEUES
            if (office, step.value) in waiting
        )
        for office in offices
    }


def _age(waited: timedelta) -> str:
    if waited.days:
        return f"已等待{waited.days}天"
    hours = waited.seconds // 3600
    return f"已等待{hours}小时" if hours else "刚刚提交"
