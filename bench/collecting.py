"""Bringing people in from a workbook: looked through, taken in, and the same file once more.

`python -m bench.collecting 100000` prints it as JSON, on a prepared data folder.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

# A region that was never given to a county: nobody can bear a number of it.
REGION = "370895"
A_TENTH = 10


@dataclass(frozen=True)
class Collecting:
    """Seconds for each pass over `rows`, and the memory it took beyond what was there before.

    `memory_mb_tenth` is what a file of a tenth of the rows took, before.
    """

    rows: int
    checked: float
    taken: float
    again: float
    per_second: float
    memory_mb: float
    memory_mb_tenth: float


def main(wanted: int) -> None:
    """Bring a tenth in first, then all the others, then the same again."""
    tenth = _bring_in(0, wanted // A_TENTH)
    whole = _bring_in(wanted // A_TENTH, wanted)
    print(
        json.dumps(
            asdict(
                Collecting(
                    rows=wanted, checked=whole[0], taken=whole[1], again=whole[2],
                    per_second=round(wanted / (whole[0] + whole[1])), memory_mb=whole[3],
                    memory_mb_tenth=tenth[3],
                )
            )
        )
    )  # fmt: skip


def _bring_in(first: int, count: int) -> tuple[float, float, float, float]:
    from rxapp.services import collections

    content = _workbook(first, count)
    # The bytes of the file are in memory before and after: the passes themselves are measured.
    before = _peak_mb()
    run_id, clerk = _send(content)
    checked = _timed(_work)
    _confirm(collections.confirm, clerk, run_id)
    taken = _timed(_work)
    memory = _peak_mb() - before
    _require(clerk, run_id, added=count)
    again_id, _ = _send(content)
    again = _timed(_work)
    _require(clerk, again_id, unchanged=count)
    return checked, taken, again, round(memory, 1)


def _send(content: bytes) -> tuple[int, int]:
    from rxapp.adapters.database import transaction
    from rxapp.services import collecting, collections

    file = collections.seal(content, file_name="people.xlsx")
    with transaction(write=True) as session:
        clerk = _city_clerk(session)
        actor = collecting.find_clerk(session, clerk)
        run_id = collections.begin(
            session, actor, kind="people", file=file, file_name="people.xlsx"
        )
    return run_id, clerk


def _confirm(use_case: Callable[..., object], clerk: int, run_id: int) -> None:
    from rxapp.adapters.database import transaction
    from rxapp.services import collecting

    with transaction(write=True) as session:
        actor = collecting.find_clerk(session, clerk)
        use_case(session, actor, run_id=run_id, whole=False)


def _require(clerk: int, run_id: int, **figures: int) -> None:
    """Stop when not every row became what it should: a quick failure is no figure."""
    from rxapp.adapters.database import transaction
    from rxapp.services import collecting, collections

    with transaction() as session:
        actor = collecting.find_clerk(session, clerk)
        seen = collections.get_run(session, actor, run_id=run_id)
    for name, wanted in figures.items():
        if getattr(seen, name) != wanted:
            raise SystemExit(f"{name}: {getattr(seen, name)} instead of {wanted}: {seen}")


def _work() -> None:
    from rxapp.services import collecting_work

    while collecting_work.work_once("bench"):
        pass


def _city_clerk(session) -> int:  # type: ignore[no-untyped-def]
    from rxapp.demo import accounts
    from rxapp.services import people

    account = next(each for each in accounts.demo_accounts() if each.key == "city")
    return people.find_by_number(session, account.identity_number).id or 0


def _workbook(first: int, count: int) -> bytes:
    from rxapp.adapters import sheets_out
    from rxapp.demo import city
    from rxapp.rules.collected import COLUMNS, Kind

    employers = [unit.name for unit in city.units() if unit.is_employer]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.xlsx"
        with sheets_out.workbook(path, "人员") as (table,):
            table.heading([column.name for column in COLUMNS[Kind.PEOPLE]])
            for row in _rows(first, count, employers):
                table.row(row)
        return path.read_bytes()


def _rows(first: int, count: int, employers: list[str]) -> Iterator[tuple[str, ...]]:
    from rxapp.rules.identity import identity_check_character

    given = "一二三四五六七八九十"
    for place in range(first, first + count):
        born = date(1960, 1, 1) + timedelta(days=place // 999)
        number = f"{REGION}{born:%Y%m%d}{place % 999:03d}"
        name = "样" + given[place % 10] + given[place // 10 % 10]
        yield (
            name, number + identity_check_character(number), f"1540{place:07d}",
            employers[place % len(employers)], "2018", "教育教学", "中小学教师", "中级",
            "大学本科", "教师",
        )  # fmt: skip


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 1)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main(int(sys.argv[1]))
