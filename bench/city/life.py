"""What one person's years were like: drawn by lot, always the same for the same person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from bench.city.sizes import CLAIMS_EACH, CLASSMATES, Sizes

SEED = "a whole city"
FIRST_YEAR, FIRST_BY_SUBJECT = 2016, 2020
REQUIRED, ELECTIVE, PROFESSIONAL = "public_required", "public_elective", "professional"
COURSE, CLAIM, PROJECT, HISTORY, REVERSAL = "course", "claim", "project", "history", "reversal"
# How many courses a year offers of each subject, and the tenths of an hour of one.
OFFERED = {REQUIRED: (6, 100), ELECTIVE: (10, 100), PROFESSIONAL: (44, 300)}
OFFER = sum(number for number, _ in OFFERED.values())
LESSONS_EACH = 2
# What a year full of learning holds; and of a hundred people's years: full, begun, empty.
FULL = (REQUIRED, REQUIRED, ELECTIVE, PROFESSIONAL, PROFESSIONAL)
YEARS_BEFORE, THIS_YEAR = (78, 94), (58, 92)
# A claim's hours in tenths, and of a thousand that are over: granted, rejected, withdrawn, revoked.
CLAIM_HOURS = 400
ENDS = (("granted", 915), ("rejected", 60), ("withdrawn", 20), ("revoked", 5))
WAITING, WAITING_AT_THE_FIRST = 0.4, 0.8
TITLES = ("注册测绘师", "一级建造师", "实用新型专利", "发明专利", "护士执业资格", "执业药师")

_ENDS = [end for end, of in ENDS for _ in range(of)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger in the making; `place` says which of its source it was."""

    year: int
    subject: str
    tenths: int
    source: str
    place: int
    day: date
    # The day on which it was taken back, if it was.
    undone: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One claim: how it ended or where it waits, and since when."""

    place: int
    status: str
    step: str
    since: datetime
    earned: date
    title: str
    rule: str


@dataclass(slots=True)
class Life:
    """A person's years; `begun` is the course of this year that is under way, 0 for none."""

    person: int
    owes_from: int
    active: bool
    lines: list[Line] = field(default_factory=list)
    claims: list[Asked] = field(default_factory=list)
    begun: int = 0


def draw(sizes: Sizes, person: int, at_first: bool, today: date, now: datetime) -> Life:
    """The years of one person until `today`; claims are counted back from `now`."""
    lot = Random(f"{SEED} {person}")
    active = sizes.is_active(person)
    life = Life(person, _owes_from(lot, today.year), active)
    if not active:
        return life
    life.claims = list(_claims(lot, sizes, person, at_first, now))
    for year in range(life.owes_from, today.year + 1):
        life.lines += _year(lot, sizes, person, year, today)
    life.lines += [
        Line(
            one.earned.year, PROFESSIONAL, CLAIM_HOURS, CLAIM, one.place, one.earned,
            one.since.date() if one.status == "revoked" else None,
        )
        for one in life.claims
        if one.status in ("granted", "revoked")
    ]  # fmt: skip
    life.lines.sort(key=lambda line: line.day)
    done = {line.place for line in life.lines if line.year == today.year and line.source == COURSE}
    life.begun = next((c for c in range(1, OFFER + 1) if c not in done), 0) * (lot.random() < 0.5)
    return life


def class_of(sizes: Sizes, person: int, year: int) -> int:
    """The class somebody went to in a year: those who follow each other went together."""
    return (year - FIRST_BY_SUBJECT) * sizes.classes_a_year + (person - 1) // CLASSMATES + 1


def class_day(sizes: Sizes, number: int) -> date:
    """The last day of a class."""
    year = FIRST_BY_SUBJECT + (number - 1) // sizes.classes_a_year
    return date(year, 3, 2) + timedelta(days=number * 7 % 240)


def class_days(last: date) -> list[date]:
    """The days of a class that ends on a day: four of seven and a half hours."""
    return [last - timedelta(days=back) for back in (3, 2, 1, 0)]


def _owes_from(lot: Random, this_year: int) -> int:
    drawn = lot.random()
    if drawn < 0.7:
        return FIRST_YEAR
    return lot.randint(FIRST_YEAR, 2021) if drawn < 0.95 else lot.randint(2021, this_year)


def _year(lot: Random, sizes: Sizes, person: int, year: int, today: date) -> Iterator[Line]:
    drawn = lot.randrange(100)
    full, begun = THIS_YEAR if year == today.year else YEARS_BEFORE
    if year < FIRST_BY_SUBJECT:
        if drawn < begun:
            yield Line(year, REQUIRED, 300, HISTORY, 0, _day(lot, year, today))
        if drawn < full:
            yield Line(year, PROFESSIONAL, 600, HISTORY, 1, _day(lot, year, today))
        return
    wanted = FULL if drawn < full else FULL[: lot.randint(1, 3)] if drawn < begun else ()
    for subject, places in _chosen(lot, wanted).items():
        for place in places:
            tenths = OFFERED[subject][1]
            # Every other professional course is a class of two days instead, one a year.
            if subject == PROFESSIONAL and place == places[0] and lot.random() < 0.6:
                met = class_of(sizes, person, year)
                yield Line(year, subject, tenths, PROJECT, met, class_day(sizes, met))
            else:
                yield Line(year, subject, tenths, COURSE, place, _day(lot, year, today))


def _chosen(lot: Random, wanted: tuple[str, ...]) -> dict[str, list[int]]:
    """Different courses of each subject; courses are numbered through, required ones first."""
    found, first = {}, 1
    for subject, (number, _) in OFFERED.items():
        found[subject] = lot.sample(range(first, first + number), wanted.count(subject))
        first += number
    return found


def _day(lot: Random, year: int, today: date) -> date:
    day = date(year, 1, 5) + timedelta(days=lot.randrange(340))
    return min(day, today - timedelta(days=1))


def _claims(
    lot: Random, sizes: Sizes, person: int, at_first: bool, now: datetime
) -> Iterator[Asked]:
    often = WAITING_AT_THE_FIRST if at_first else WAITING
    for place in range(CLAIMS_EACH):
        newest = place == CLAIMS_EACH - 1
        if newest and person not in sizes.deciding and lot.random() < often:
            status, step, age = *_waiting(lot), _waited(lot)
        else:
            status, step = lot.choice(_ENDS), "done"
            age = 62 + (CLAIMS_EACH - 1 - place) * 240 + lot.random() * 235
        since = now - timedelta(days=age)
        yield Asked(
            place, status, step, since, (since - timedelta(days=40)).date(),
            f"{lot.choice(TITLES)}{place + 1}",
            "patent" if lot.random() < 0.01 else "qualification",
        )  # fmt: skip


def _waiting(lot: Random) -> tuple[str, str]:
    drawn = lot.random()
    if drawn < 0.03:
        return "returned", "person"
    if drawn < 0.05:
        return "submitted", "appeal"
    return "submitted", "employer" if drawn < 0.75 else "authority"


def _waited(lot: Random) -> float:
    """Days; one in five waits longer than it should."""
    return lot.uniform(8, 60) if lot.random() < 0.2 else lot.uniform(0.01, 6)
