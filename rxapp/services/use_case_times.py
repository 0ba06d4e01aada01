"""How long use cases took in the last hour, over all workers: a small table, added to by each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import counting, metrics
from rxapp.adapters.database import transaction
from rxapp.models.operations import UseCaseTime
from rxapp.rules import latencies

SLOT = timedelta(minutes=10)
KEPT = timedelta(hours=2)
SHOWN = timedelta(hours=1)

# What this process has handed on already.
_handed: dict[str, tuple[int, ...]] = {}


@dataclass(frozen=True)
class SlowRow:
    """A use case, how often it ran in the last hour, and within how long 95 of 100 ended."""

    use_case: str
    count: int
    p95_ms: int
    # Some took longer than the longest that is told apart.
    above: bool


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


def list_slow(session: Session, *, most: int = 10) -> list[SlowRow]:
    """The use cases of the last hour of which the slowest twentieth took longest."""
    rows = session.exec(
        select(UseCaseTime.use_case, UseCaseTime.bucket, func.sum(UseCaseTime.count))
        .where(UseCaseTime.slot > clock.now() - SHOWN - SLOT)
        .group_by(UseCaseTime.use_case, UseCaseTime.bucket)  # type: ignore[arg-type]
    )
    counts: dict[str, dict[int, int]] = {}
    for use_case, bucket, count in rows:
        counts.setdefault(use_case, {})[bucket] = int(count)
    found = [_row(name, each) for name, each in counts.items()]
    return sorted(found, key=lambda row: (-row.above, -row.p95_ms, -row.count))[:most]


def _row(name: str, counts: dict[int, int]) -> SlowRow:
    within, above = latencies.percentile(counts, metrics.QUICK, 0.95)
    return SlowRow(name, sum(counts.values()), round(within * 1000), above)


def _add(session: Session, rows: list[dict[str, object]]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name != "sqlite" else sqlite.insert
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
