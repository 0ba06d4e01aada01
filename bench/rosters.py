"""A roster brought in from a workbook and posted: `python -m bench.rosters 5000`.

Prints the seconds of each step as JSON, on a prepared data folder of its own (RXAPP_DATA_DIR).
While the lines are written somebody else writes too, again and again: `waited` is the longest that
one of those writes took.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.collecting import _rows


@dataclass(frozen=True)
class Rosters:
    """Seconds for each step with so many people, and the lines posted in a second."""

    people: int
    looked: float
    taken: float
    again: float
    summed_up: float
    posted: float
    per_second: float
    waited: float


def main(people: int) -> None:
    """Make a city of so many people and one class, and measure its roster."""
    from rxapp.adapters import encryption
    from rxapp.adapters.database import migrate
    from rxapp.settings import settings

    encryption.ensure(settings().keys_dir)
    migrate()
    clerk, project = _city(people)
    content = _workbook(people)
    drafts, found, looked = _look(clerk, project, content)
    taken = _timed(lambda: _take(clerk, project, found.entries))
    again = _timed(lambda: _take(clerk, project, found.entries))
    if (len(drafts), found.added) != (people, people):
        raise SystemExit(f"{found.added} of {len(drafts)} rows were right: {found.faults[:3]}")
    summed_up = _timed(lambda: _post(clerk, project))
    posted, waited = _write()
    print(
        json.dumps(
            asdict(
                Rosters(
                    people, looked, taken, again, summed_up, posted, round(people / posted), waited
                )
            )
        )
    )


def _city(people: int) -> tuple[Any, int]:
    """A training centre with its clerk, an employer with everybody, a class that has ended."""
    from rxapp.adapters.database import transaction
    from rxapp.demo import city
    from rxapp.models.people import Membership
    from rxapp.rules.permissions import Capacity
    from rxapp.services import collecting, policies
    from rxapp.services import people as registered
    from rxapp.services.actors import SYSTEM
    from tests.services.classes import make_class

    with transaction(write=True) as session:
        policies.ensure_shipped(session, SYSTEM)
        units = city.add_units(session, lambda *_: None)
        employer = next(unit.key for unit in city.units() if Capacity.EMPLOYER in unit.capacities)
        clerk = 0
        for name, number, mobile, *_ in _rows(0, people, [employer]):
            person = registered.CollectedPerson(number, name, mobile, units[employer], 2018)
            clerk = registered.collect_person(session, SYSTEM, person=person) or clerk
        registered.add_clerk(
            session, SYSTEM, person_id=clerk, organisation_id=units["training"], begun=True
        )
        project = make_class(session, units["training"], office_id=units["bureau"]).id or 0
        assert session.get(Membership, 1)
        return collecting.find_clerk(session, clerk), project


def _workbook(people: int) -> bytes:
    from rxapp.adapters import sheets_out
    from rxapp.rules.collected import COLUMNS, Kind

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        with sheets_out.workbook(path, "名册") as (table,):
            table.heading([column.name for column in COLUMNS[Kind.ROSTER]])
            for name, number, *_ in _rows(0, people, ["-"]):
                table.row([name, number, "全部", "", "合格"])
        return path.read_bytes()


def _look(clerk: Any, project: int, content: bytes) -> tuple[list[Any], Any, float]:
    from rxapp.services import roster_imports

    offered = _use(clerk, roster_imports.open_class, project_id=project)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        path.write_bytes(content)
        drafts = roster_imports.read(path, name="roster.xlsx", offered=offered)
    found = _use(clerk, roster_imports.look, project_id=project, drafts=drafts)
    return drafts, found, round(time.perf_counter() - began, 2)


def _take(clerk: Any, project: int, entries: list[Any]) -> None:
    from rxapp.services import roster_imports

    for some in roster_imports.batched(entries):
        _use(clerk, roster_imports.take, write=True, project_id=project, entries=some)


def _post(clerk: Any, project: int) -> None:
    from rxapp.services import roster_posting

    summary = _use(clerk, roster_posting.get_summary, project_id=project)
    _use(clerk, roster_posting.post, write=True, project_id=project, stamp=summary.stamp)


def _write() -> tuple[float, float]:
    """Write every line; how long that took, and the longest anybody else waited to write."""
    from rxapp.services import roster_posting

    over = threading.Event()
    waits: list[float] = [0.0]
    other = threading.Thread(target=_write_beside, args=(over, waits))
    other.start()
    took = _timed(roster_posting.work_once)
    over.set()
    other.join()
    return took, round(max(waits), 3)


def _write_beside(over: threading.Event, waits: list[float]) -> None:
    from rxapp.adapters.database import transaction
    from rxapp.services import audit
    from rxapp.services.actors import SYSTEM

    while not over.wait(0.05):
        began = time.perf_counter()
        with transaction(write=True) as session:
            audit.record(session, SYSTEM, audit.Action.SIGNED_IN)
        waits.append(time.perf_counter() - began)


def _use(clerk: Any, use_case: Callable[..., Any], *, write: bool = False, **given: Any) -> Any:
    from rxapp.adapters.database import transaction

    with transaction(write=write) as session:
        return use_case(session, clerk, **given)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main(int(sys.argv[1]))
