"""Make a city in an empty database: rows by COPY from several hands, indexes last."""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from datetime import time as day_time
from functools import cache
from pathlib import Path
from typing import Any

from bench.city import afterwards, chain, desks, offices, papers, petitions, residents
from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.learned import Ground, Home
from bench.city.sizes import Sizes
from rxapp.adapters.signing_keys import SigningKeys, load_keys
from rxapp.rules import figures
from rxapp.rules.figures import Amounts
from rxapp.settings import settings

PASSWORD = "Yunhe-2026-city"
HANDS = max(2, os.cpu_count() or 2)
CELL = "organisation_id year kind word owing activated studying complete tenths"
# One task is so many employers.
EMPLOYERS_A_TASK = 50
# A small city is not worth fifty connections.
PARTED_FROM = 0.01
CellKey = tuple[int, int, str, str]
Sums = dict[CellKey, Amounts]


@dataclass(frozen=True)
class Made:
    """A city that was made: how large, in which database, how long each part took."""

    scale: float
    today: str
    counts: dict[str, int]
    megabytes: int
    seconds: dict[str, float]


def make(scale: float, address: str, *, log: Any = print) -> Made:
    """Fill the migrated, empty database of the settings with a city of a scale."""
    seconds: dict[str, float] = {}

    def took(what: str, since: float) -> float:
        seconds[what] = round(time.perf_counter() - since, 1)
        log(f"{what}: {seconds[what]} s")
        return time.perf_counter()

    began = time.perf_counter()
    ground = _ground(scale)
    first = afterwards.seal(address)
    held = afterwards.drop_indexes(address)
    at = took("prepared", began)
    with multiprocessing.get_context("fork").Pool(HANDS, _begin, (address, ground)) as hands:
        written = hands.apply_async(_write_log, (first,))
        with Copies(address) as out:
            offices.put_organisations(out, ground)
            offices.put_courses(out, ground, afterwards.film())
            offices.put_classes(out, ground)
            desks.put_desks(out, ground)
        at = took("offices and desks", at)
        sums: Sums = {}
        for found in hands.imap_unordered(_write_people, _tasks(ground.sizes)):
            for key, some in found.items():
                sums[key] = figures.plus(sums.get(key, figures.NOTHING), some)
        with Copies(address) as out:
            out.put("figure_cell", CELL, ((*key, *some) for key, some in sums.items()))
        at = took("people, claims and ledger", at)
        written.get()
        at = took("the rest of the log", at)
    afterwards.sums(address, ground.today.year)
    at = took("sums", at)
    afterwards.make_indexes(address, held, HANDS)
    at = took("indexes", at)
    afterwards.settle(address)
    at = took("statistics", at)
    afterwards.count_offices()
    at = took("offices", at)
    afterwards.publish(ground.sizes)
    took("notices", at)
    seconds["all"] = round(time.perf_counter() - began, 1)
    counts, megabytes = afterwards.count(address)
    return Made(scale, f"{ground.today}", counts, megabytes, seconds)


def keep(made: Made, place: Path) -> None:
    """Write down what was made, for whoever measures it."""
    place.write_text(json.dumps(asdict(made), indent=2) + "\n")


def _ground(scale: float) -> Ground:
    from rxapp import clock
    from rxapp.adapters import passwords
    from rxapp.adapters.database import transaction
    from rxapp.services import calendars, conversion_rules, figure_facts, policies
    from rxapp.services.actors import SYSTEM

    today = clock.today()
    with transaction(write=True) as session:
        policies.ensure_shipped(session, SYSTEM)
        calendars.ensure_shipped(session, SYSTEM)
        conversion_rules.ensure_shipped(session, SYSTEM)
    with transaction() as session:
        book = figure_facts.get_book(session, range(lives.FIRST_YEAR, today.year + 1))
        rules = {
            key: conversion_rules.list_versions(session, key)[0]
            for key in ("qualification", "patent")
        }
    return Ground(
        sizes=Sizes(scale), today=today,
        now=datetime.combine(datetime.now(UTC).date(), day_time(0), UTC),
        password_hash=passwords.hash_password(PASSWORD), book=book, rules=rules,
        file=afterwards.document(),
    )  # fmt: skip


def _tasks(sizes: Sizes) -> Iterator[tuple[str, int, int]]:
    for first in range(0, len(sizes.employers), EMPLOYERS_A_TASK):
        yield "employers", first, min(first + EMPLOYERS_A_TASK, len(sizes.employers))
    for place in range(len(sizes.counties)):
        yield "counties", place, place + 1


_hand: dict[str, Any] = {}


def _begin(address: str, ground: Ground) -> None:
    _hand.update(address=address, ground=ground)


@cache
def _keys() -> SigningKeys:
    return load_keys(settings().keys_dir)


def _write_log(first: tuple[int, str]) -> int:
    return chain.put_log(_hand["address"], _hand["ground"], *first)


def _write_people(task: tuple[str, int, int]) -> Sums:
    """Write everybody of some employers; returns what the offices above get of their sums."""
    ground: Ground = _hand["ground"]
    above: Sums = {}
    with Copies(_hand["address"], parted=ground.sizes.scale >= PARTED_FROM) as out:
        for place in range(task[1], task[2]):
            home, people = _home(ground.sizes, task[0], place)
            own = _write_home(out, ground, home, people)
            out_of = home.office if task[0] == "employers" else 0
            rows = [(*key, *some) for key, some in own.items() if key[0] == out_of]
            out.put("figure_cell", CELL, rows)
            for key, some in own.items():
                if key[0] != out_of:
                    above[key] = figures.plus(above.get(key, figures.NOTHING), some)
    return above


def _home(sizes: Sizes, kind: str, place: int) -> tuple[Home, range]:
    if kind == "employers":
        office = sizes.employers[place]
        return Home(office, sizes.path(office), place == 0, False), sizes.people_of(place)
    office = sizes.counties[place]
    return Home(office, sizes.path(office), False, True), sizes.people_of_county(place)


def _write_home(out: Copies, ground: Ground, home: Home, people: range) -> Sums:
    by_word: dict[tuple[int, str, str], Amounts] = {}
    for person in people:
        life = lives.draw(ground.sizes, person, home.first, ground.today, ground.now)
        found = residents.put_person(out, ground, home, life)
        petitions.put_claims(out, ground, home, life)
        papers.put_certificate(out, ground, _keys(), home, life, found)
        for year, figure in found.items():
            for (kind, word), some in figures.amounts(figure).items():
                key = (year, kind, word)
                by_word[key] = figures.plus(by_word.get(key, figures.NOTHING), some)
    return {
        (office, *key): some
        for key, some in by_word.items()
        for office in figures.summed_at(home.path, key[1])
        if some != figures.NOTHING
    }
