"""审核进度: how much waits at which level and office of a bureau's subtree, and how long.

Sums come from the maintained totals; the oldest of an office is the first of its own index. So
the cost grows with the offices below, never with the people or the claims.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.models.applications import QueueTotal
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.rules.city_values import CityValue
from rxapp.rules.claims import Status, Step
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
    step = Step(level) if level in set(STEP_QUEUES) else None
    waits = _waits(actor, step).subquery()
    statement = select(waits.c.id, waits.c.name, waits.c.waiting, waits.c.oldest).where(
        waits.c.oldest.is_not(None)
    )
    if after:
        statement = statement.where(_later_than(waits, after))
    found = session.exec(
        statement.order_by(waits.c.oldest, waits.c.id).limit(PAGE + 1)  # type: ignore[arg-type]
    ).all()
    sums = _sums(session, actor)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Backlog(
        rows=_rows(session, found[:PAGE]),
        next_after=f"{last[3].isoformat()}|{last[0]}" if last else "",
        levels=[
            LevelRow(each.value, each.label, sums.get(queue, 0))
            for each, queue in STEP_QUEUES.items()
        ],
        waiting=sums.get(CLAIMS, 0),
    )


def get_summary(session: Session, actor: Actor) -> Summary:
    """What waits for one's own offices; for a bureau, all that waits in its subtree as well."""
    actor.require(Permission.STAFF)
    mine = scopes.office_ids(actor, Permission.REVIEW)
    waiting = queues.count(session, mine, CLAIMS)
    if not actor.may(Permission.SUPERVISE):
        return Summary(waiting, 0, "")
    waits = _waits(actor, None).subquery()
    found = session.exec(select(func.sum(waits.c.waiting), func.min(waits.c.oldest))).one()
    below, oldest = found
    return Summary(waiting, int(below or 0), _age(clock.now() - oldest) if oldest else "")


def _waits(actor: Actor, step: Step | None) -> Any:
    """Each office of the subtree with what waits there, and since when."""
    oldest = select(func.min(Claim.waiting_since)).where(
        Claim.office_id == Organisation.id, Claim.status == Status.SUBMITTED
    )
    if step is not None:
        oldest = oldest.where(Claim.step == step)
    return (
        select(
            Organisation.id, Organisation.name, QueueTotal.waiting,
            oldest.correlate(Organisation).scalar_subquery().label("oldest"),
        )
        .join(QueueTotal, col(QueueTotal.office_id) == Organisation.id)
        .where(
            scopes.within(actor, Permission.SUPERVISE), col(QueueTotal.waiting) > 0,
            QueueTotal.queue == (CLAIMS if step is None else STEP_QUEUES[step]),
        )
    )  # fmt: skip


def _later_than(waits: Any, after: str) -> Any:
    moment, _, last = after.partition("|")
    try:
        since, row_id = datetime.fromisoformat(moment), int(last)
    except ValueError:
        raise NotFound() from None
    if since.tzinfo is None:
        raise NotFound()
    return or_(waits.c.oldest > since, and_(waits.c.oldest == since, waits.c.id > row_id))


def _sums(session: Session, actor: Actor) -> dict[str, int]:
    rows = session.exec(
        select(QueueTotal.queue, func.sum(QueueTotal.waiting))
        .join(Organisation, col(Organisation.id) == QueueTotal.office_id)
        .where(
            scopes.within(actor, Permission.SUPERVISE),
            col(QueueTotal.queue).in_((CLAIMS, *STEP_QUEUES.values())),
        )
        .group_by(QueueTotal.queue)
    )
    return {queue: int(waiting) for queue, waiting in rows}


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
        select(QueueTotal).where(
            col(QueueTotal.office_id).in_(offices), col(QueueTotal.waiting) > 0,
            col(QueueTotal.queue).in_(STEP_QUEUES.values()),
        )
    ).all()  # fmt: skip
    waiting = {(row.office_id, row.queue): row.waiting for row in rows}
    return {
        office: "，".join(
            f"{step.label}{waiting[office, queue]}项"
            for step, queue in STEP_QUEUES.items()
            if (office, queue) in waiting
        )
        for office in offices
    }


def _age(waited: timedelta) -> str:
    if waited.days:
        return f"已等待{waited.days}天"
    hours = waited.seconds // 3600
    return f"已等待{hours}小时" if hours else "刚刚提交"
