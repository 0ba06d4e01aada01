"""The table on the screen."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.backups import Backups
from bench.certificate import CertificateCost
from bench.claims import Claims
from bench.collecting import Collecting
from bench.crowd import Crowd
from bench.deciding import Deciding
from bench.first_load import FirstLoad
from bench.lists import Lists
from bench.machine import Machine
from bench.rosters import Rosters
from bench.statistics import Statistics
from bench.throughput import Kind, Throughput

BEATS_AIM = 0.5
KILOBYTES_AIM = 190
FIRST_PAINT_AIM = 0.8
FLAT_AIM = 2

HEADINGS = ("measured", "figure", "against", "aim")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"

Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class Results:
    """Everything measured; what was left out is None."""

    machine: Machine
    quick: bool
    throughput: Throughput | None = None
    crowd: Crowd | None = None
    certificate: CertificateCost | None = None
    first_load: tuple[FirstLoad, ...] = ()
    lists: Lists | None = None
    claims: Claims | None = None
    deciding: Deciding | None = None
    statistics: Statistics | None = None
    rosters: Rosters | None = None
    backups: Backups | None = None
    collecting: Collecting | None = None


def show(results: Results, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=_taken_on(results.machine)
        + (" · QUICK: too short to be quoted" if results.quick else "")
    )
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == HEADINGS[0] else "right")
    for row in _rows(results):
        table.add_row(*row)
    console.print(table)


def write_into(page: Path, results: Results) -> None:
    """Put the table into a page, in place of the one between its two marks."""
    text = page.read_text()
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    rows = [HEADINGS, ("---", "--:", "--:", "--:"), *_rows(results)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    page.write_text(f"{before}{BEGIN}\n{_taken_on(results.machine)}.\n\n{table}\n{END}{after}")


def _taken_on(machine: Machine) -> str:
    return (
        f"{machine.cores} cores, Python {machine.python}, one safe write to the disk "
        f"{machine.disk_sync_ms} ms, {machine.load_before} others at work"
    )


def _rows(results: Results) -> Iterator[Row]:
    if results.throughput:
        yield from _throughput_rows(results.throughput)
    if results.crowd:
        yield from _crowd_rows(results.crowd)
    if results.certificate:
        yield from _certificate_rows(results.certificate)
    for page in results.first_load:
        yield from _first_load_rows(page)
    if results.lists:
        yield from _lists_rows(results.lists)
    if results.claims:
        yield from _claims_rows(results.claims)
    if results.deciding:
        yield from _deciding_rows(results.deciding)
    if results.statistics:
        yield from _statistics_rows(results.statistics)
    if results.rosters:
        yield from _rosters_rows(results.rosters)
    if results.backups:
        yield from _backups_rows(results.backups)
    if results.collecting:
        yield from _collecting_rows(results.collecting)


def _throughput_rows(of: Throughput) -> Iterator[Row]:
    yield "trivial Reflex events", _rate(of.trivial), "1", ""
    yield "accepted beats, stored", _rate(of.beat), _ratio(of.beat), _aim(of.beat.ratio, BEATS_AIM)
    yield "first screens (HomeState.load)", _rate(of.home), _ratio(of.home), ""
    for name, kind in (("trivial event", of.trivial), ("beat", of.beat), ("page", of.home)):
        figure = f"{kind.alone.p50} / {kind.alone.p95} ms"
        yield f"{name} alone, median / p95", figure, "", ""
    refused = sum((Counter(each.refused) for each in of.beat.rounds), Counter())
    if refused:
        said = ", ".join(f"{number} × {word}" for word, number in refused.items())
        yield "beats that brought no credit", said, "", "0"
    yield "learners whose credit a crash lost", f"{of.forgotten} of {of.acknowledged}", "", "0"


def _crowd_rows(of: Crowd) -> Iterator[Row]:
    for name, took in (("beat", of.beat), ("page", of.page)):
        figure = f"{took.p50} / {took.p95} ms"
        yield f"{name} with {of.connected} connected, median / p95", figure, "", ""
    yield "server CPU meanwhile", f"{of.server_cpu} of a core", "", ""
    yield "memory per connected learner", f"{of.memory_mb_each} MB", "", ""


def _certificate_rows(of: CertificateCost) -> Iterator[Row]:
    yield "certificate, printed and signed", f"{of.whole} ms", f"{of.ratio} × bare", ""
    yield "bare fpdf2 page, same typeface", f"{of.bare} ms", "1", ""
    yield "the same with its font kept open", f"{of.bare_font_kept} ms", "", ""


def _first_load_rows(of: FirstLoad) -> Iterator[Row]:
    size = f"{of.kilobytes} KB"
    yield f"first load of {of.path}", size, "", _most(of.kilobytes, KILOBYTES_AIM, "KB")
    paint = f"{of.first_paint} s"
    yield (
        f"first paint of {of.path}, slow phone",
        paint,
        "",
        _most(of.first_paint, FIRST_PAINT_AIM, "s"),
    )
    yield f"content of {of.path}, slow phone", f"{of.content} s", "", ""


def _lists_rows(of: Lists) -> Iterator[Row]:
    """The first page and the worst ratio of each office; the rest is in the kept figures."""
    for office in dict.fromkeys(look.name.partition(":")[0] for look in of.looks):
        looks = [look for look in of.looks if look.name.startswith(f"{office}:")]
        worst = max(looks, key=lambda look: look.large / look.small)
        first = looks[0]
        for look, said in ((first, ""), (worst, "worst of all looks, ")):
            ratio = look.large / look.small
            yield (
                f"people of {look.name}, {said}{of.large:,} people",
                f"{look.large * 1000:.2f} ms",
                f"{ratio:.1f} × {of.small:,} people",
                ("≤ 2 ✓" if ratio <= FLAT_AIM else "≤ 2") if of.large > of.small else "",
            )
    over = [look.name for look in of.looks if look.large / look.small > FLAT_AIM]
    yield (
        f"looks at people above {FLAT_AIM} ×",
        ", ".join(over) or "none",
        f"of {len(of.looks)}",
        "",
    )


def _claims_rows(of: Claims) -> Iterator[Row]:
    """What a clerk does all day, then whatever is not flat; the rest is in the kept figures."""
    wanted = ("employer: first page", "department: first page", "city: waiting too long below")
    ends = ("one claim", "one decision")
    for look in of.looks:
        if look.name in wanted or look.name.endswith(ends):
            ratio = look.large / look.small
            yield (
                f"claims, {look.name}, {of.large:,} claims",
                f"{look.large * 1000:.2f} ms",
                f"{ratio:.1f} × {of.small:,} claims",
                ("≤ 2 ✓" if ratio <= FLAT_AIM else "≤ 2 ✗") if of.large > of.small else "",
            )
    over = [look.name for look in of.looks if look.large / look.small > FLAT_AIM]
    yield (
        f"looks at claims above {FLAT_AIM} ×", ", ".join(over) or "none", f"of {len(of.looks)}",
        "",
    )  # fmt: skip
    figure = f"{of.seconds_to_make:.0f} s, {of.megabytes:,} MB"
    yield f"making a city of {of.large:,} claims", figure, "", ""


def _deciding_rows(of: Deciding) -> Iterator[Row]:
    figure = f"{of.per_minute:.0f} a minute"
    yield "decisions through the real screen, by key", figure, f"looks of {of.look_ms} ms", ""
    said = f"{of.median_ms:.0f} / {of.p95_ms:.0f} ms"
    ratio = f"{of.median_ms / of.look_ms:.2f} × the look"
    yield "from the press to the next claim, median / p95", said, ratio, ""


def _statistics_rows(of: Statistics) -> Iterator[Row]:
    """The first pages, which must stay below a second, and every other look."""
    for look in of.looks:
        yield (
            f"statistics, {look.name}, {of.large:,} people",
            f"{look.large * 1000:.2f} ms",
            f"{look.large / look.small:.1f} × {of.small:,} people",
            "≤ 1 s ✓" if look.large <= 1 else "≤ 1 s ✗",
        )
    yield "sums the city keeps for two years", f"{of.cells:,}", "", ""
    said = f"{1000 / of.folded_per_second / of.grant_ms:.2f} × a grant"
    yield "people counted anew", f"{of.folded_per_second:,.0f}/s", said, ""
    ratio = f"{of.grant_ms / of.bare_grant_ms:.2f} × without"
    yield "a grant with its mark", f"{of.grant_ms:.2f} ms", ratio, ""


def _backups_rows(of: Backups) -> Iterator[Row]:
    for name, took in (
        (f"backup of {of.megabytes} MB made", of.made), ("restored on trial and proved", of.tried),
        ("brought back and proved", of.restored),
    ):  # fmt: skip
        yield name, f"{took} s", f"{round(took / of.copied, 2)} × plain copy", ""
    yield "made / brought back", f"{of.made_per_second} / {of.restored_per_second} MB/s", "", ""


def _rosters_rows(of: Rosters) -> Iterator[Row]:
    yield (
        f"a roster of {of.people:,}: looked through / taken",
        f"{of.looked} / {of.taken} s",
        "",
        "",
    )
    yield "closed / hours written", f"{of.summed_up} / {of.posted} s", f"{of.per_second}/s", ""
    yield "longest wait of another who writes meanwhile", f"{of.waited} s", "", ""


def _collecting_rows(of: Collecting) -> Iterator[Row]:
    figure = f"{of.per_second:,.0f} rows/s"
    minutes = (of.checked + of.taken) / 60
    yield f"{of.rows:,} people from a workbook", figure, "", _most(round(minutes, 1), 5, "minutes")
    yield "looked through / taken in", f"{of.checked} / {of.taken} s", "", ""
    yield "the same file again", f"{of.again} s", "", ""
    yield f"memory for {of.rows:,} rows", f"{of.memory_mb} MB", f"{of.memory_mb_tenth} a tenth", ""


def _rate(kind: Kind) -> str:
    return f"{kind.per_second:,.0f}/s · {kind.server_ms_each} ms CPU"


def _ratio(kind: Kind) -> str:
    return f"{kind.ratio:.2f} × trivial (CPU {kind.cpu_ratio:.2f})"


def _aim(found: float, aim: float) -> str:
    return f"≥ {aim} {'✓' if found >= aim else '✗'}"


def _most(found: float, aim: float, unit: str) -> str:
    return f"≤ {aim} {unit} {'✓' if found <= aim else '✗'}"
