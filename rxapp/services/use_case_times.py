"""How long use cases took in the last hour, over all workers: a small table, added to by each."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import counting, metrics
from rxapp.adapters.database import transaction
from rxapp.adapters.upserts import insert_of
from rxapp.models.operations import UseCaseTime
from rxapp.rules import areas, latencies

SLOT = timedelta(minutes=10)
KEPT = timedelta(hours=2)
SHOWN = timedelta(hours=1)

# What this process has handed on already.
_handed: dict[str, tuple[int, ...]] = {}


@dataclass(frozen=True)
class SlowRow:
    """What use cases were about, how often they ran lately, within how long 95 of 100 ended."""

    area: str
    count: int
    within: str
    tone: str


def hand_on() -> int:
    """Add what this process found since the last time; returns for how many use cases."""
    found = counting.own_times(metrics.USE_CASES)
    fresh = {
        name: tuple(b - a for a, b in zip(_handed.get(name, (0,) * len(sums)), sums, strict=True))
        for name, sums in found.items()
    }
    rows = [
        {"slot": _slot(clock.now()), "use_case": name[:100], "bucket": bucket, "count": count}
        for name, counts in sorted(fresh.items())
        for bucket, count in enumerate(counts)
        if count
    ]
    if rows:
        with transaction(write=True) as session:
            _add(session, rows)
        _handed.update(found)
    return len({row["use_case"] for row in rows})


def list_slow(session: Session, *, most: int = 8) -> list[SlowRow]:
    """What took longest in the last hour, by what it was about."""
    rows = session.exec(
        select(UseCaseTime.use_case, UseCaseTime.bucket, func.sum(UseCaseTime.count))
        .where(UseCaseTime.slot > clock.now() - SHOWN - SLOT)
        .group_by(UseCaseTime.use_case, UseCaseTime.bucket)  # type: ignore[arg-type]
    )
    counts: dict[str, Counter[int]] = {}
    for use_case, bucket, count in rows:
        counts.setdefault(areas.area_of(use_case), Counter())[bucket] += int(count)
    found = [
        (latencies.percentile(each, metrics.QUICK, 0.95), name) for name, each in counts.items()
    ]
    slowest = sorted(found, key=lambda one: (-one[0][1], -one[0][0], one[1]))[:most]
    return [_row(name, counts[name].total(), *measured) for measured, name in slowest]


def _row(area: str, count: int, within: float, above: bool) -> SlowRow:
    length = f"{within * 1000:.0f}毫秒" if within < 1 else f"{within:g}秒"
    tone = "bad" if above or within >= 2.5 else "warn" if within >= 1 else "plain"
    return SlowRow(area, count, f"超过{length}" if above else f"{length}以内", tone)


def _add(session: Session, rows: list[dict[str, object]]) -> None:
    insert = insert_of(session)
    made = insert(UseCaseTime)
    known = UseCaseTime.__table__.c  # type: ignore[attr-defined]
    session.execute(
        made.on_conflict_do_update(
            index_elements=["slot", "use_case", "bucket"],
            set_={"count": known.count + made.excluded["count"]},
        ),
        rows,
    )
    session.execute(delete(UseCaseTime).where(col(UseCaseTime.slot) < clock.now() - KEPT))


def _slot(now: datetime) -> datetime:
    return now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % SLOT
