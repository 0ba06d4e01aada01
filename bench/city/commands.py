"""The commands: make cities of two sizes, look through both, put the large one under load."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.city import servers
from bench.city.servers import Cluster

FOLDER = Path("city-bench")
console = Console(highlight=False, width=110)


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
    asked = parser.parse_args(words)
    folder = asked.folder.resolve()
    if asked.command == "make":
        _make(folder, asked.scale)
    elif asked.command == "check":
        _check(folder, asked.scale)


def name_of(scale: float) -> str:
    """What the database and the data folder of a city are called."""
    return f"city_{scale:g}".replace(".", "_").replace("-", "_")


def settle_in(folder: Path, running: Cluster, scale: float) -> None:
    """Let this process, and those it starts, be an installation on such a city."""
    name = name_of(scale)
    os.environ |= {
        "RXAPP_DATA_DIR": str(folder / name),
        "RXAPP_DATABASE_URL": running.database(name),
        "RXAPP_DEMO": "1",
        "RXAPP_TODAY": f"{datetime.now(UTC).year}-12-10",
        "RXAPP_MESSAGES": "none",
        "RXAPP_CITY_NAME": "样例市",
        "RXAPP_BUREAU_NAME": "样例市人力资源和社会保障局",
    }


def _make(folder: Path, scale: float) -> None:
    from tests.servers import create_database, drop_database

    with servers.cluster(folder / "postgres", loading=True) as running:
        settle_in(folder, running, scale)
        drop_database(running.url, name_of(scale))
        create_database(running.url, name_of(scale))
        from bench.city.copying import address
        from bench.city.make import keep, make
        from rxapp.commands.ground import prepare

        prepare(sample=True)
        made = make(scale, address(running.database(name_of(scale))), log=console.print)
        keep(made, folder / f"{name_of(scale)}.json")
    console.print_json(data={"rows": made.counts, "megabytes": made.megabytes})


def _check(folder: Path, scale: float) -> None:
    with servers.cluster(folder / "postgres") as running:
        settle_in(folder, running, scale)
        from rxapp.services import checking

        for finding in checking.check_all():
            console.print(("✓ " if finding.sound else "✗ ") + finding.sentence)
