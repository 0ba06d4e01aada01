"""The people list of a whole city against a thousandth: `python -m bench.lists 1000 500000`.

Prints the seconds of every look as JSON. Each city is a database of its own in RXAPP_DATA_DIR;
what is measured is the use case itself, in a transaction of its own, by a clerk of the city, of a
county and of one employer.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

TIMES = 15
COUNTIES, DEPARTMENTS = 14, 10
PEOPLE_EACH = 33
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "一二三四五六七八九十子文明建国海波晓红丽芳敏静秀英华强磊军洋勇艳杰娟涛超霞平刚桂"
TITLES = ("中级", "助理级", "员级", "副高级", "正高级")
WEIGHTS = (40, 30, 15, 12, 3)
RARE_TITLE = "暂无职称"
# Of a thousand: retired, left, abroad, deceased; the rest is at work.
GONE = (("retired", 15), ("left", 10), ("abroad", 4), ("deceased", 1))


@dataclass(frozen=True)
class Look:
    """One thing a clerk does, and what it took with few people and with many: median seconds."""

    name: str
    small: float
    large: float


@dataclass(frozen=True)
class Lists:
    """Every look, and how many people there were."""

    small: int
    large: int
    looks: tuple[Look, ...]


def main(small: int, large: int) -> None:
    """Make both cities and look at each."""
    from rxapp.adapters import encryption
    from rxapp.settings import settings

    encryption.ensure(settings().keys_dir)
    found = [_measured(people) for people in (small, large)]
    looks = tuple(Look(name, took, found[1][name]) for name, took in found[0].items())
    print(json.dumps(asdict(Lists(small, large, looks))))


def _measured(people: int) -> dict[str, float]:
    from rxapp.adapters.database import make_engine, migrate
    from rxapp.settings import settings

    path = Path(settings().data_dir) / f"lists-{people}.sqlite"
    migrate(f"sqlite:///{path}")
    made = make_engine(f"sqlite:///{path}")
    with made.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA synchronous=OFF")
        _fill(raw, people)
    found = {name: median(look) for name, look in _looks(made)}
    made.dispose()
    path.unlink()
    return found


def median(look: Callable[[], object]) -> float:
    """The seconds of a look, once warm."""
    look()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        look()
        took.append(time.perf_counter() - began)
    return sorted(took)[TIMES // 2]


def _looks(made) -> Iterator[tuple[str, Callable[[], object]]]:  # type: ignore[no-untyped-def]
    from sqlmodel import Session, select

    from rxapp.adapters.encryption import data_keys
    from rxapp.models.organisations import Organisation
    from rxapp.rules.permissions import Capacity
    from rxapp.services import people, person_pages

    with Session(made) as session:
        units = session.exec(select(Organisation).order_by(Organisation.id)).all()  # type: ignore[arg-type]
        offices = {
            "city": units[0],
            "county": units[1],
            "employer": next(u for u in units if Capacity.EMPLOYER in u.capacities),
        }
    number = _number(7)
    data_keys()
    for who, unit in offices.items():
        actor = clerk_of(unit)

        def use(use_case, *args, actor: Any = actor, **given):  # type: ignore[no-untyped-def]
            with Session(made) as session:
                return use_case(session, actor, *args, **given)

        asked: dict[str, dict[str, str]] = {
            "first page": {},
            "deep page": {"after": _deep(use, people.list_people)},
            "a whole name": {"query": "王文华"},
            "a common surname": {"query": "王"},
            "its pinyin": {"query": "wang"},
            "initials": {"query": "wwh"},
            "a full number": {"query": number},
            "an employer": {"query": "样例单位0001"},
            "retired (few)": {"status": "retired"},
            "died (fewer)": {"status": "deceased"},
            "at work (most)": {"status": "active"},
            "not activated (few)": {"status": "waiting"},
            "activated (most)": {"status": "activated"},
            "a title (many)": {"title": "中级"},
            "a title (nobody)": {"title": RARE_TITLE},
            "not activated, a title": {"status": "waiting", "title": "正高级"},
        }
        for name, given in asked.items():
            yield f"{who}: {name}", lambda given=given, use=use: use(people.list_people, **given)
        rows = use(people.list_people).rows
        someone = rows[-1].id
        yield (
            f"{who}: one person's page",
            lambda use=use, someone=someone: use(person_pages.get_person, someone),
        )


def _deep(use, list_people) -> str:  # type: ignore[no-untyped-def]
    """Where the thirtieth page begins, or the last one."""
    after = ""
    for _ in range(30):
        page = use(list_people, after=after)
        if not page.next_after:
            break
        after = page.next_after
    return after


def clerk_of(unit, person_id: int = 1):  # type: ignore[no-untyped-def]
    """Somebody who works for an organisation."""
    from rxapp.rules.permissions import permissions_of
    from rxapp.services.actors import Actor, Office

    office = Office(unit.id, unit.path, unit.name, unit.capacities)
    return Actor(
        permissions=permissions_of(unit.capacities, activated=True), person_id=person_id,
        sign_in_id=1, name="样例", activated=True, offices=(office,),
    )  # fmt: skip


def _number(place: int) -> str:
    from rxapp.rules.identity import identity_check_character

    first = f"370895{19600101 + place % 28:08d}{place % 999:03d}"
    return first + identity_check_character(first)


def _fill(raw: Any, people: int) -> None:
    """A city of so many people: counties, departments and one employer for every 33."""
    from rxapp import clock

    raw.execute("BEGIN")
    employers = list(_organisations(raw, max(1, people // PEOPLE_EACH)))
    rows = people_rows(people, employers)
    while chunk := list(islice(rows, 5_000)):
        raw.executemany(insert("person", chunk[0]), [tuple(row.values()) for row in chunk])
    this = clock.today().year
    raw.executemany(
        "INSERT INTO year_total (person_id, year, required, elective, professional) "
        "VALUES (?, ?, 200, 100, 600)",
        ((person, year) for person in range(1, people + 1) for year in (this - 2, this - 1, this)),
    )
    raw.execute("COMMIT")


def insert(table: str, row: dict[str, Any]) -> str:
    """The statement that puts such a row into a table."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})"


def _organisations(raw: Any, employers: int) -> Iterator[int]:
    """The tree, the city bureau first, then the counties; returns the employers' ids."""
    paths: dict[int, str] = {}

    def add(parent: int | None, name: str, capacity: str) -> int:
        id = len(paths) + 1
        paths[id] = f"{paths[parent] if parent else '/'}{id}/"
        row = {
            "id": id, "parent_id": parent, "path": paths[id], "name": name, "initials": "",
            "capacities": f"|{capacity}|", "address": "", "contact_name": "", "contact_cipher": "",
            "contact_mask": "", "status": "active", "version": 1,
        }  # fmt: skip
        raw.execute(insert("organisation", row), tuple(row.values()))
        return id

    city = add(None, "样例市人社局", "city_bureau")
    counties = [add(city, f"样例县{n}人社局", "county_bureau") for n in range(COUNTIES)]
    above = [
        add(county, f"样例主管部门{n}", "department")
        for county in counties
        for n in range(min(DEPARTMENTS, max(1, employers // COUNTIES)))
    ]
    for n in range(employers):
        yield add(above[n % len(above)], f"样例单位{n:04d}", "employer")


def people_rows(count: int, employers: list[int]) -> Iterator[dict[str, Any]]:
    """So many people, spread over the employers in turn."""
    from rxapp.adapters import pinyin
    from rxapp.adapters.encryption import data_keys

    drawn = random.Random(20200630)
    spelled = {each: pinyin.spelled(each) for each in SURNAMES + GIVEN}
    found = data_keys().hash(_number(7), context="identity")
    surnames = list(SURNAMES)
    weights = [max(1, 40 - place) for place in range(len(surnames))]
    states = [state for state, of in GONE for _ in range(of)]
    for place in range(count):
        name = drawn.choices(surnames, weights)[0] + drawn.choice(GIVEN) + drawn.choice(GIVEN)
        gone = drawn.randrange(1000)
        yield {
            "name": name, "identity_cipher": "", "identity_mask": "3708*************1",
            "identity_hash": found if place == 7 else f"{place:064d}",
            "mobile_cipher": "", "mobile_hash": f"{place:064d}", "mobile_mask": "154****0000",
            "activated_at": None if drawn.random() < 0.02 else "2026-01-01 00:00:00.000000",
            "created_at": "2026-01-01 00:00:00.000000",
            "organisation_id": employers[place % len(employers)], "owes_from": 2020, "field": "",
            "title_series": "工程技术", "title_level": drawn.choices(TITLES, WEIGHTS)[0],
            "education": "", "post": "", "pinyin": "".join(spelled[each] for each in name),
            "initials": "".join(spelled[each][0] for each in name),
            "status": states[gone] if gone < len(states) else "active",
            "status_on": date(2026, 1, 1).isoformat() if gone < len(states) else None,
            "email_cipher": "", "email_mask": "", "unread": 0, "version": 1,
        }  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
