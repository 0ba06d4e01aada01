"""The backups there are, and which of them go."""

from dataclasses import dataclass
from datetime import datetime

from rxapp import clock
from rxapp.adapters import backup_places
from rxapp.adapters.database import transaction
from rxapp.rules import backup_manifest
from rxapp.rules.backup_manifest import moment_of
from rxapp.services import backup_runs


@dataclass(frozen=True)
class Row:
    """One backup in its place; `tested` is None where nobody tried it yet."""

    name: str
    made_at: datetime
    size: int
    tested: bool | None


def list_backups() -> list[Row]:
    """The whole backups in the place, the newest first."""
    with transaction() as session:
        tested = backup_runs.tested(session)
    return [
        Row(kept.name, moment_of(kept.name) or clock.now(), kept.size, tested.get(kept.name))
        for kept in backup_places.place().list()
    ]


def prune() -> list[str]:
    """Remove what retention lets go; returns the names.

    The newest backup and the newest one that was restored on trial always stay.
    """
    place = backup_places.place()
    with transaction() as session:
        newest = backup_runs.newest_tested(session)
    there = [kept.name for kept in place.list()]
    staying = backup_manifest.kept(there, tested=newest)
    gone = [name for name in there if name not in staying]
    for name in gone:
        place.remove(name)
    return gone
