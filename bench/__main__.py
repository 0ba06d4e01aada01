"""`make bench`: measure everything, print a table, keep a full run's figures in `results/`."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import uvloop
from rich.console import Console

from bench import crowd, machine, processes, report, throughput
from bench.backups import Backups
from bench.certificate import CertificateCost
from bench.city import commands
from bench.claims import Claims
from bench.collecting import Collecting
from bench.deciding import Deciding
from bench.first_load import FirstLoad, Sent
from bench.lists import Lists, Look
from bench.report import Results
from bench.rosters import Rosters
from bench.seeding import City
from bench.statistics import Statistics

PARTS = (
    "throughput",
    "crowd",
    "certificate",
    "first-load",
    "lists",
    "claims",
    "deciding",
    "statistics",
    "rosters",
    "collecting",
    "backup",
)
PAGE = Path(__file__).parent / "README.md"
LATEST = Path(__file__).parent / "results" / "latest.json"

console = Console(highlight=False, width=110)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less than a minute, for a smoke test")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the others out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rxapp-bench-") as folder:
        results = _measure(Path(folder), asked.only or list(PARTS), quick=asked.quick)
    report.show(results, console)
    if not (asked.quick or asked.only):
        LATEST.write_text(json.dumps(asdict(results), indent=2, ensure_ascii=False) + "\n")
        report.write_into(PAGE, results)
        console.print(f"Kept in {LATEST.relative_to(processes.ROOT)}")


def _measure(folder: Path, parts: list[str], *, quick: bool) -> Results:
    learners = 120 if quick else 600
    results = Results(machine.describe(folder), quick)
    processes.run("rxapp.cli", "build", data=folder)
    with console.status(f"Making a city with {learners} learners"):
        city = City.read(processes.run("bench.seeding", str(learners), data=folder))
    if "certificate" in parts:
        results = replace(results, certificate=_certificate(folder, city, 3 if quick else 25))
    if "first-load" in parts:
        results = replace(results, first_load=_first_load(folder, city, 1 if quick else 7))
    if "crowd" in parts:
        results = replace(results, crowd=_crowd(folder, city, quick=quick))
    if "throughput" in parts:
        results = replace(results, throughput=_throughput(folder, city, quick=quick))
    if "lists" in parts:
        results = replace(results, lists=_lists(folder, 1_000, 5_000 if quick else 500_000))
    if "claims" in parts:
        results = replace(results, claims=_claims(folder, 4_000, 40_000 if quick else 4_000_000))
    if "deciding" in parts:
        results = replace(results, deciding=_deciding(folder / "deciding", 10 if quick else 100))
    if "statistics" in parts:
        results = replace(
            results, statistics=_statistics(folder, 1_000, 5_000 if quick else 500_000)
        )
    if "backup" in parts:
        results = replace(
            results, backups=_backups(folder / "backup" / "data", 4 if quick else 100)
        )
    if "rosters" in parts:
        results = replace(results, rosters=_rosters(folder / "rosters", 200 if quick else 5_000))
    # Last: a hundred thousand more people would change every other figure.
    if "collecting" in parts:
        results = replace(results, collecting=_collecting(folder, 2_000 if quick else 100_000))
    return results


def _collecting(folder: Path, rows: int) -> Collecting:
    with console.status(f"Bringing {rows} people in"):
        return Collecting(**json.loads(processes.run("bench.collecting", str(rows), data=folder)))


def _lists(folder: Path, small: int, large: int) -> Lists:
    with console.status(f"Looking for people among {large}"):
        said = json.loads(processes.run("bench.lists", str(small), str(large), data=folder))
    said["looks"] = tuple(Look(**each) for each in said["looks"])
    return Lists(**said)


def _statistics(folder: Path, small: int, large: int) -> Statistics:
    with console.status(f"Looking at a city of {large} people"):
        said = json.loads(processes.run("bench.statistics", str(small), str(large), data=folder))
    said["looks"] = tuple(Look(**each) for each in said["looks"])
    return Statistics(**said)


def _rosters(folder: Path, people: int) -> Rosters:
    with console.status(f"Posting a roster of {people}"):
        return Rosters(**json.loads(processes.run("bench.rosters", str(people), data=folder)))


def _backups(folder: Path, megabytes: int) -> Backups:
    folder.mkdir(parents=True)
    with console.status(f"Backing up {megabytes} MB of database"):
        return Backups(**json.loads(processes.run("bench.backups", str(megabytes), data=folder)))


def _claims(folder: Path, small: int, large: int) -> Claims:
    with console.status(f"Deciding among {large} claims"):
        said = json.loads(processes.run("bench.claims", str(small), str(large), data=folder))
    said["looks"] = tuple(Look(**each) for each in said["looks"])
    return Claims(**said)


def _deciding(folder: Path, decisions: int) -> Deciding:
    folder.mkdir()
    with console.status(f"Deciding {decisions} claims through the screen"):
        cookie = processes.run("bench.deciding_city", str(decisions + 20), data=folder).split()[-1]
        with processes.platform(folder) as server:
            words = (str(server.port), cookie, str(decisions))
            return Deciding(**json.loads(processes.run("bench.deciding", *words, data=folder)))


def _certificate(folder: Path, city: City, times: int) -> CertificateCost:
    people = ",".join(str(each) for each in city.complete[:10])
    with console.status("Printing certificates"):
        said = processes.run("bench.certificate", str(times), people, data=folder)
    return CertificateCost(**json.loads(said))


def _first_load(folder: Path, city: City, loads: int) -> tuple[FirstLoad, ...]:
    with console.status("Loading pages on a slow phone"), processes.platform(folder) as server:
        words = (str(server.port), city.learners[0].cookie, str(loads))
        said = processes.run("bench.first_load", *words, data=folder)
    pages = json.loads(said)
    for page in pages:
        page["largest"] = [Sent(**each) for each in page["largest"]]
    return tuple(FirstLoad(**page) for page in pages)


def _crowd(folder: Path, city: City, *, quick: bool) -> crowd.Crowd:
    connected, seconds = (60, 6) if quick else (500, 30)
    with (
        console.status(f"{connected} learners for {seconds} seconds"),
        processes.platform(folder) as server,
    ):
        return uvloop.run(crowd.measure(server, city, connected=connected, seconds=seconds))


def _throughput(folder: Path, city: City, *, quick: bool) -> throughput.Throughput:
    rounds, seconds = (1, 2) if quick else (5, 6)
    with (
        console.status("Full load: trivial events, beats, pages in turns"),
        processes.yardstick(folder) as trivial,
        processes.platform(folder) as platform,
    ):
        return uvloop.run(
            throughput.measure(trivial, platform, city, folder, rounds=rounds, seconds=seconds)
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["city"]:
        commands.main(sys.argv[2:])
    else:
        main()
