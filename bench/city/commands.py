"""The commands: make cities of two sizes, look through both, put the large one under load."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.city import servers
from bench.city.settling import console, name_of, settle_in

if TYPE_CHECKING:
    from bench.city.lists import City, Timed

FOLDER = Path("city-bench")


def main(words: list[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench city", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the cities are kept")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="make a city")
    making.add_argument("--scale", type=float, default=0.001, help="1 is half a million people")
    commands.add_parser("check", help="prove a city as `rxapp check` does").add_argument(
        "--scale", type=float, default=0.001
    )
    looking = commands.add_parser("lists", help="time every list in two cities")
    looking.add_argument("--small", type=float, default=0.001)
    looking.add_argument("--large", type=float, default=1)
    looking.add_argument("--only", default="", help="a part of the use case's name")
    acting = commands.add_parser("acts", help="time what people do in two cities")
    acting.add_argument("--small", type=float, default=0.001)
    acting.add_argument("--large", type=float, default=1)
    loading = commands.add_parser("load", help="put a city under December's load")
    loading.add_argument("--scale", type=float, default=1)
    loading.add_argument("--workers", type=int, default=2)
    loading.add_argument("--steps", default="", help="watchers of each step, with commas")
    loading.add_argument("--seconds", type=float, default=40, help="how long a step is measured")
    loading.add_argument("--proxy", action="store_true", help="through nginx, with TLS")
    asked = parser.parse_args(words)
    folder = asked.folder.resolve()
    if asked.command == "make":
        _make(folder, asked.scale)
    elif asked.command == "check":
        _check(folder, asked.scale)
    elif asked.command == "lists":
        _lists(folder, asked.small, asked.large, asked.only)
    elif asked.command == "acts":
        _acts(folder, asked.small, asked.large)
    elif asked.command == "load":
        from bench.city.running import put_under_load

        steps = tuple(int(each) for each in asked.steps.split(",") if each)
        put_under_load(folder, asked.scale, asked.workers, steps, asked.seconds, asked.proxy)


def _make(folder: Path, scale: float) -> None:
    from tests.servers import create_database, drop_database

    with servers.cluster(folder / "postgres", loading=True) as running:
        settle_in(folder, running, scale)
        drop_database(running.url, name_of(scale))
        create_database(running.url, name_of(scale))
        from bench.city.filling import fill
        from bench.city.make import keep

        made = fill(scale, log=console.print)
        keep(made, folder / f"{name_of(scale)}.json")
    console.print_json(data={"rows": made.counts, "megabytes": made.megabytes})


def _check(folder: Path, scale: float) -> None:
    with servers.cluster(folder / "postgres") as running:
        settle_in(folder, running, scale)
        from rxapp.services import checking

        for finding in checking.check_all():
            console.print(("✓ " if finding.sound else "✗ ") + finding.sentence)


@contextmanager
def _both(folder: Path, small: float, large: float) -> Iterator[list["City"]]:
    """Both cities at the newest schema, with their pages full."""
    with servers.cluster(folder / "postgres") as running:
        settle_in(folder, running, large)
        from bench.city import planting
        from bench.city.lists import City
        from bench.city.sizes import Sizes
        from rxapp import clock
        from rxapp.adapters.database import make_engine, migrate

        cities = []
        for scale in (small, large):
            database = running.database(name_of(scale))
            migrate(database)
            cities.append(City(Sizes(scale), make_engine(database), clock.today()))
            planting.plant(cities[-1])
        yield cities


def _acts(folder: Path, small: float, large: float) -> None:
    with _both(folder, small, large) as cities:
        from bench.city import acts

        found = acts.measure(*cities)
        for timed in found:
            _tell(timed)
    (folder / "acts.json").write_text(json.dumps([asdict(each) for each in found], indent=1))


def _lists(folder: Path, small: float, large: float, only: str) -> None:
    with _both(folder, small, large) as (few, many):
        from bench.city import lists

        began = Path("/proc/loadavg").read_text().split()[0]
        found = lists.measure(few, many, only=only, told=_tell)
        slow = [each for each in found if each.ratio > lists.AIM]
        ended = Path("/proc/loadavg").read_text().split()[0]
        console.print(f"{len(found)} looks, {len(slow)} above {lists.AIM}; load {began}, {ended}")
        kept = {
            "small": small, "large": large, "load": [began, ended],
            "looks": [asdict(each) for each in found],
        }  # fmt: skip
        if not only:
            (folder / "lists.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def _tell(timed: "Timed") -> None:
    mark = "  " if timed.ratio <= 2 else "! "
    plain = "" if timed.ratio == timed.plain else f" (a row; {timed.plain:.2f} in all)"
    console.print(
        f"{mark}{timed.ratio:7.2f}  {timed.small * 1000:8.2f}  {timed.large * 1000:9.2f} ms  "
        f"{timed.who}: {timed.name}{plain}  {timed.rows[0]}/{timed.rows[1]}"
    )
