"""The statistics of a whole city against a small one: `python -m bench.statistics 1000 500000`.

Prints JSON. The large city's sums are written straight into its database; what is measured is what
a page's `load` asks for, in transactions of their own, in both cities in turns. Beside it: how many
people a second are counted anew, each with a ledger of its own, and what a grant costs with the
mark against the same grant where the marks were taken off the database.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.claims import _medians
from bench.lists import PEOPLE_EACH, Look, _organisations, clerk_of, insert, people_rows

WEEKS, FIELDS, LEVELS = 40, 2, 5
FOLDED, LINES = 1_000, 12
GRANTS = 60
AMOUNTS = ("owing", "activated", "studying", "complete", "tenths")


@dataclass(frozen=True)
class Statistics:
    """Every look, how many sums the large city keeps, and what keeping them costs."""

    small: int
    large: int
    looks: tuple[Look, ...]
    cells: int
    folded_per_second: float
    grant_ms: float
    bare_grant_ms: float


def main(small: int, large: int) -> None:
    """Make both cities, look at each, fold in the small one."""
    from rxapp.adapters import encryption
    from rxapp.settings import settings

    encryption.ensure(settings().keys_dir)
    folder = Path(settings().data_dir)
    few, _ = _city(folder / "statistics-small.sqlite", small)
    many, cells = _city(folder / "statistics-large.sqlite", large)
    looks = tuple(
        Look(name, *_medians(one, other))
        for (name, one), (_, other) in zip(_looks(few), _looks(many), strict=True)
    )
    grant, bare = _grants(folder)
    found = Statistics(
        small, large, looks, cells, _folding(folder, min(FOLDED, large)), 1000 * grant, 1000 * bare
    )
    print(json.dumps(asdict(found)))
    for engine in (few, many):
        engine.dispose()


def _city(path: Path, people: int):  # type: ignore[no-untyped-def]
    """A city of so many people: its tree and its sums, for this year and the last."""
    from rxapp import clock

    engine = _empty(path)
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("BEGIN")
        employers = list(_organisations(raw, max(1, people // PEOPLE_EACH)))
        paths = dict(raw.execute("SELECT id, path FROM organisation").fetchall())
        above: dict[tuple[int, int, str, str], list[int]] = {}
        _write(raw, _of_employers(employers, paths, clock.today().year, above))
        _write(raw, ((*key, *some) for key, some in above.items()))
        cells = raw.execute("SELECT count(*) FROM figure_cell").fetchone()[0]
        raw.execute("COMMIT")
    return engine, cells


def _write(raw: Any, rows: Iterator[tuple[Any, ...]]) -> None:
    names = ", ".join(("organisation_id", "year", "kind", "word", *AMOUNTS))
    raw.executemany(f"INSERT INTO figure_cell ({names}) VALUES ({', '.join('?' * 9)})", rows)


def _of_employers(
    employers: list[int], paths: dict[int, str], this: int,
    above: dict[tuple[int, int, str, str], list[int]],
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """The employers' own sums; those of all above them are added up beside."""
    for employer in employers:
        offices = [int(part) for part in paths[employer].split("/") if part][:-1]
        for year in (this - 1, this):
            for kind, word, some in _parts(employer, year):
                yield (employer, year, kind, word, *some)
                for office in offices:
                    kept = above.setdefault((office, year, kind, word), [0] * len(AMOUNTS))
                    for place, amount in enumerate(some):
                        kept[place] += amount


def _parts(employer: int, year: int) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """What an employer comes to, with its people spread over fields, levels and weeks."""
    from rxapp.rules.profiles import FIELDS as ALL_FIELDS
    from rxapp.rules.profiles import LEVELS as ALL_LEVELS

    drawn = random.Random(employer)
    people, done = PEOPLE_EACH, drawn.randint(0, PEOPLE_EACH)
    whole = (people, people, people, done, people * 700)
    yield "total", "", whole
    for name in drawn.sample(ALL_FIELDS, FIELDS):
        yield "field", name, tuple(some // FIELDS for some in whole)
    for name in ALL_LEVELS[:LEVELS]:
        yield "level", name, tuple(some // LEVELS for some in whole)
    for word in ("public_required:course", "public_elective:course", "professional:course",
                 "professional:claim", "professional:history", "professional:project"):  # fmt: skip
        yield "hours", word, (0, 0, 0, 0, people * 100)
    monday = date(year, 3, 2) - timedelta(days=date(year, 3, 2).weekday())
    for week in range(WEEKS):
        yield "week", f"{monday + timedelta(weeks=week)}", (0, 1, 0, 1, people * 15)


def _looks(engine: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    from sqlmodel import Session, select

    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.models.organisations import Organisation
    from rxapp.services import (
        statistics,
        statistics_below,
        statistics_classes,
        statistics_export,
        statistics_parts,
    )

    year = clock.today().year
    with Session(engine) as session:
        units = session.exec(select(Organisation).order_by(Organisation.id)).all()  # type: ignore[arg-type]
    kinds = ("city_bureau", "county_bureau", "department", "employer")
    offices = [next(u for u in units if kind in u.capacities) for kind in kinds]
    city = offices[0]

    def use(use_case: Callable[..., Any], **given: Any) -> Any:
        with transaction(write=given.pop("write", False), on=engine) as session:
            return use_case(session, clerk_of(city), **given)

    def page(office: int) -> None:
        where = {"organisation_id": office, "year": year}
        use(statistics.get_overview, **where)
        use(statistics_classes.count_classes, **where)
        use(statistics_below.list_below, **where)

    for kind, office in zip(kinds, offices, strict=True):
        yield f"{kind}: first page", lambda office=office: page(office.id or 0)
    where = {"organisation_id": city.id, "year": year}
    yield "city_bureau: by field", lambda: use(statistics_parts.list_groups, **where, kind="field")
    yield "city_bureau: by week", lambda: use(statistics_parts.list_weeks, **where)
    for order in statistics_below.ORDERS:
        yield (
            f"city_bureau: all employers by {order}",
            lambda order=order: use(
                statistics_below.list_below, **where, which="employers", order=order
            ),
        )
    yield (
        "city_bureau: rows of the workbook",
        lambda: use(statistics_export.list_sheets, **where, write=True),
    )


def _folding(folder: Path, people: int) -> float:
    """How many people a second are counted anew, each with a year's ledger."""
    from rxapp.services import folding

    engine = _peopled(folder / "statistics-folding.sqlite", people)
    began = time.perf_counter()
    folding.fold_all(on=engine)
    took = time.perf_counter() - began
    engine.dispose()
    return people / took


def _grants(folder: Path) -> tuple[float, float]:
    """The seconds of a grant with its commit, with marks and without, in turns."""
    marked = _peopled(folder / "statistics-marked.sqlite", GRANTS)
    bare = _peopled(folder / "statistics-bare.sqlite", GRANTS)
    with bare.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER figure_of_credit_insert")
    took: dict[Any, list[float]] = {marked: [], bare: []}
    for person in range(1, GRANTS + 1):
        for engine in (marked, bare):
            began = time.perf_counter()
            _grant(engine, person)
            took[engine].append(time.perf_counter() - began)
    for engine in took:
        engine.dispose()
    one, other = (sorted(each)[GRANTS // 2] for each in took.values())
    return one, other


def _grant(engine: Any, person: int) -> None:
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules.hours import Hours
    from rxapp.rules.subjects import Subject
    from rxapp.services import credits
    from rxapp.services.actors import SYSTEM

    with transaction(write=True, on=engine) as session:
        credits.grant(
            session, SYSTEM, person_id=person, year=clock.today().year, hours=Hours.of(4),
            subject=Subject.PROFESSIONAL, source_kind="course", source_key=f"new:{person}",
            title="样例", rule="bench/1", earned_on=clock.today(),
        )  # fmt: skip


def _peopled(path: Path, people: int):  # type: ignore[no-untyped-def]
    """A small city of real people, each with some lines in this year's ledger."""
    from rxapp import clock

    engine, today = _empty(path), clock.today()
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("BEGIN")
        employers = list(_organisations(raw, max(1, people // PEOPLE_EACH)))
        for row in people_rows(people, employers):
            raw.execute(insert("person", row), tuple(row.values()))
        subjects = ("public_required", "public_elective", "professional")
        raw.executemany(
            "INSERT INTO credit (person_id, year, subject, hours, source_kind, source_key, title,"
            " rule, earned_on, created_at)"
            " VALUES (?, ?, ?, 80, 'course', ?, '样例', 'bench/1', ?, ?)",
            (
                (person, today.year, subjects[place % 3], f"c:{place}", f"{today}", f"{today}")
                for person in range(1, people + 1)
                for place in range(LINES)
            ),
        )
        raw.execute("COMMIT")
    return engine


def _empty(path: Path):  # type: ignore[no-untyped-def]
    from rxapp.adapters.database import make_engine, migrate

    migrate(f"sqlite:///{path}")
    return make_engine(f"sqlite:///{path}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
