"""What an office counts as by itself, claims that wait and classes, put into the sums above it.

As with people: the database marks an office in the transaction that changes anything its figures
depend on, and here the marks are taken and the sums of all above moved by the difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.upserts import insert_of
from rxapp.models.applications import QueueTotal
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.projects import Project
from rxapp.models.rosters import Roster
from rxapp.models.statistics import OfficeDay, OfficeFigure, OfficeMark
from rxapp.rules import figures as rules
from rxapp.rules.claims import Status, Step
from rxapp.rules.figures import Amounts
from rxapp.rules.projects import Status as Filing
from rxapp.services import figures
from rxapp.services.claim_moves import CLAIMS, STEP_QUEUES
from rxapp.services.figures import CellKey

# One transaction counts so many: on SQLite everybody else waits meanwhile.
BATCH = 50
# The years that are judged together are one, under the last of them.
FIRST_OF_PERIOD, LAST_OF_PERIOD = 2016, 2019
AMOUNTS = ("owing", "activated", "studying", "complete", "tenths")
_table = OfficeFigure.__table__  # type: ignore[attr-defined]
_KEY = ("office_id", "year", "kind", "word")

Key = tuple[int, int, str, str]
"""Office, year, kind, word."""


@dataclass(frozen=True, slots=True)
class Own:
    """One figure of an office: where it stands, how much, and since when the oldest waits."""

    path: str
    amounts: Amounts
    oldest: datetime | None = None


def is_due(session: Session) -> bool:
    """Whether any office is to be counted anew."""
    marked = session.exec(select(OfficeMark.id).limit(1)).first()
    return marked is not None or _counted_day(session) != clock.today()


def turn_day(session: Session) -> None:
    """A day that has ended makes classes held: their offices are counted anew."""
    counted, today = _counted_day(session), clock.today()
    if counted == today:
        return
    ended = select(Project.organisation_id).where(Project.status == Filing.APPROVED).distinct()
    if counted is not None:
        # The clock may also have been put back.
        first, last = sorted((counted, today))
        ended = ended.where(col(Project.ends_on) >= first, col(Project.ends_on) < last)
    mark(session, session.exec(ended).all())
    session.merge(OfficeDay(id=1, day=today))
    session.flush()


def mark(session: Session, offices: Iterable[int]) -> None:
    """Let offices be counted anew; what changes by itself is marked by the database."""
    rows = [{"office_id": id} for id in offices]
    if rows:
        session.execute(OfficeMark.__table__.insert(), rows)  # type: ignore[attr-defined]


def count_next(session: Session, *, after: int = 0) -> int:
    """Count the next marked offices anew; returns the last of them, 0 when none is marked."""
    marked = session.exec(
        select(OfficeMark.office_id)
        .where(OfficeMark.office_id > after)
        .distinct()
        .order_by(col(OfficeMark.office_id))
        .limit(BATCH)
    ).all()
    if not marked:
        return 0
    # First the marks, then the look: whatever changes after it leaves a mark of its own.
    session.execute(
        delete(OfficeMark)
        .where(col(OfficeMark.office_id).in_(marked))
        .execution_options(synchronize_session=False)
    )
    known, found = kept(session, marked), reckoned(session, marked)
    _keep(session, known, found)
    figures.move(session, differences(known, found))
    return marked[-1]


def reckoned(session: Session, offices: Iterable[int]) -> dict[Key, Own]:
    """What offices count as now, from their queues and their classes."""
    ids = list(offices)
    return {**_claims(session, ids), **_classes(session, ids)}


def kept(session: Session, offices: Iterable[int]) -> dict[Key, Own]:
    """What offices counted as when they were last counted."""
    rows = session.execute(sa.select(_table).where(_table.c.office_id.in_(list(offices))))
    return {key_of(row): own_of(row) for row in rows}


def key_of(row: Any) -> Key:
    """Which figure of which office a kept row is."""
    return (row.office_id, row.year, row.kind, row.word)


def own_of(row: Any) -> Own:
    """A kept row as one compares it."""
    return Own(
        row.path, (row.owing, row.activated, row.studying, row.complete, row.tenths), row.oldest
    )


def differences(before: Mapping[Key, Own], now: Mapping[Key, Own]) -> dict[CellKey, Amounts]:
    """By how much each sum moves from the one to the other."""
    by_path: dict[tuple[str, int, str, str], Amounts] = {}
    for way, those in ((rules.minus, before), (rules.plus, now)):
        for (_, *rest), own in those.items():
            key = (own.path, *rest)
            by_path[key] = way(by_path.get(key, rules.NOTHING), own.amounts)  # type: ignore[index]
    return figures.to_every_office(by_path)  # type: ignore[arg-type]


def _claims(session: Session, offices: list[int]) -> dict[Key, Own]:
    """What waits is counted already where it came; since when, the first of each step says."""
    words = {CLAIMS: "", **{queue: step.value for step, queue in STEP_QUEUES.items()}}
    since = (
        select(func.min(Claim.waiting_since))
        .where(
            Claim.office_id == QueueTotal.office_id, Claim.status == Status.SUBMITTED,
        )
        .correlate(QueueTotal)
    )  # fmt: skip
    queue, steps = col(QueueTotal.queue), {name: Step(each) for each, name in STEP_QUEUES.items()}
    # A step is one of few: named as a value, so that each is looked for in its own order.
    oldest = sa.case(
        (queue == CLAIMS, since.scalar_subquery()),
        *((queue == name, since.where(Claim.step == step).scalar_subquery())
          for name, step in steps.items()),
    )  # fmt: skip
    rows = session.execute(
        sa.select(
            col(QueueTotal.office_id), col(QueueTotal.queue), col(QueueTotal.waiting),
            col(Organisation.path), sa.type_coerce(oldest, _table.c.oldest.type).label("oldest"),
        )
        .join(Organisation, col(Organisation.id) == QueueTotal.office_id)
        .where(
            col(QueueTotal.office_id).in_(offices), col(QueueTotal.queue).in_(words),
            col(QueueTotal.waiting) != 0,
        )
    )  # fmt: skip
    return {
        (row.office_id, rules.NO_YEAR, rules.CLAIMS, words[row.queue]): Own(
            row.path, (row.waiting, 0, 0, 0, 0), row.oldest
        )
        for row in rows
    }


def _classes(session: Session, offices: list[int]) -> dict[Key, Own]:
    year, ends = sa.extract("year", col(Project.ends_on)), col(Project.ends_on)
    period = sa.case(
        (year.between(FIRST_OF_PERIOD, LAST_OF_PERIOD), LAST_OF_PERIOD), else_=year
    ).label("period")
    posted, written = col(Project.posted_at).is_not(None), col(Roster.posted_at).is_not(None)
    counted = sa.select(
        col(Project.id), col(Project.organisation_id), col(Project.enrolled), period,
        sa.case((ends < clock.today(), 1), else_=0).label("held"),
        sa.case((posted, 1), else_=0).label("posted"),
        sa.case((written, col(Roster.people)), else_=0).label("attended"),
    ).join(Roster, col(Roster.project_id) == Project.id, isouter=True).where(
        col(Project.organisation_id).in_(offices), col(Project.status) == Filing.APPROVED,
        ends.is_not(None),
    ).subquery()  # fmt: skip
    each = counted.c
    rows = session.execute(
        sa.select(
            each.organisation_id, each.period, col(Organisation.path), func.count(),
            *(func.sum(some) for some in (each.held, each.posted, each.enrolled, each.attended)),
        )
        .join(Organisation, col(Organisation.id) == each.organisation_id)
        .group_by(each.organisation_id, each.period, col(Organisation.path))
    )  # fmt: skip
    return {
        (office, int(year), rules.CLASSES, ""): Own(path, tuple(int(n) for n in some))  # type: ignore[arg-type]
        for office, year, path, *some in rows
    }


def _keep(session: Session, known: Mapping[Key, Own], found: Mapping[Key, Own]) -> None:
    gone = [key for key in known if key not in found]
    if gone:
        these = sa.tuple_(*(_table.c[name] for name in _KEY)).in_(gone)
        session.execute(delete(_table).where(these))
    rows = [
        dict(zip(_KEY, key, strict=True)) | dict(zip(AMOUNTS, own.amounts, strict=True))
        | {"path": own.path, "oldest": own.oldest}
        for key, own in found.items()
        if known.get(key) != own
    ]  # fmt: skip
    if rows:
        put = insert_of(session)(_table)
        changed = {name: put.excluded[name] for name in (*AMOUNTS, "path", "oldest")}
        session.execute(put.on_conflict_do_update(index_elements=list(_KEY), set_=changed), rows)


def _counted_day(session: Session) -> date | None:
    row = session.get(OfficeDay, 1)
    return row.day if row else None
