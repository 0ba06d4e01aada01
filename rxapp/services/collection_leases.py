"""Who works on a run: a lease that is renewed with every step and runs out when a process dies."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.collecting import Collection, CollectionStatus
from rxapp.rules.collected import Kind
from rxapp.services.collection_views import UNDER_WAY

LEASE = timedelta(seconds=90)


class Stopped(Exception):
    """The run was cancelled, taken over, or the service is going down."""


@dataclass(frozen=True)
class Run:
    """What a worker knows of the run it holds."""

    id: int
    kind: Kind
    file: str
    file_name: str
    status: CollectionStatus
    by_id: int | None
    whole: bool
    position: int
    worker: str


def waiting() -> Any:
    """The runs that nobody works on, the oldest first."""
    return (
        select(Collection)
        .where(
            col(Collection.status).in_(UNDER_WAY),
            or_(col(Collection.lease_until).is_(None), col(Collection.lease_until) < clock.now()),
        )
        .order_by(col(Collection.id))
    )


def claim(session: Session, worker: str) -> Run | None:
    """Take the lease of one run that waits; None when there is none or somebody was quicker."""
    found = session.exec(waiting().limit(1)).first()
    if found is None:
        return None
    free = or_(col(Collection.lease_until).is_(None), col(Collection.lease_until) < clock.now())
    done = session.execute(
        update(Collection)
        .where(col(Collection.id) == found.id, col(Collection.status) == found.status, free)
        .values(worker=worker, lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return Run(
        found.id or 0, Kind(found.kind), found.file, found.file_name, found.status, found.by_id,
        found.all_or_nothing, found.position, worker,
    )  # fmt: skip


def advance(session: Session, run: Run, **values: Any) -> None:
    """Write down how far it is; Stopped when the run is no longer ours or was cancelled."""
    done = session.execute(
        update(Collection)
        .where(
            col(Collection.id) == run.id,
            col(Collection.worker) == run.worker,
            col(Collection.status) == run.status,
        )
        .values(lease_until=clock.now() + LEASE, **values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Stopped


def let_go(run: Run) -> None:
    """Give the run back at once, so that nobody waits for the lease."""
    with transaction(write=True) as session:
        session.execute(
            update(Collection)
            .where(col(Collection.id) == run.id, col(Collection.worker) == run.worker)
            .values(worker="", lease_until=None)
            .execution_options(synchronize_session=False)
        )
