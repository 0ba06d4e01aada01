"""Claims of a whole city against a thousandth: `python -m bench.claims 4000 4000000`.

Prints the seconds of every look as JSON. Each city is a database of its own in RXAPP_DATA_DIR;
what is measured is the use case itself, in a transaction of its own, in both cities in turns: who
else uses the machine slows both alike. A look is a median of 15, a decision a median of 15 claims,
each decided once, with its commit.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.lists import TIMES, Look, clerk_of


@dataclass(frozen=True)
class Claims:
    """Every look, how many claims there were, and what making the large city took."""

    small: int
    large: int
    looks: tuple[Look, ...]
    seconds_to_make: float
    megabytes: int


@dataclass(frozen=True)
class Clerk:
    """Somebody who decides, at the one database that is measured."""

    engine: Any
    actor: Any

    def use(self, use_case: Callable[..., Any], *args: Any, **given: Any) -> Any:
        """Run one use case in a transaction of its own, as a page or a press does."""
        from rxapp.adapters.database import transaction

        with transaction(write=given.pop("write", False), on=self.engine) as session:
            return use_case(session, self.actor, *args, **given)


def main(small: int, large: int) -> None:
    """Make both cities and look at each."""
    from rxapp.adapters import encryption
    from rxapp.settings import settings

    encryption.ensure(settings().keys_dir)
    few, many = _made(small), _made(large)
    looks = tuple(
        Look(name, *_medians(one, other))
        for (name, one), (_, other) in zip(_looks(few.engine), _looks(many.engine), strict=True)
    )
    print(json.dumps(asdict(Claims(small, large, looks, many.seconds, many.megabytes))))
    for city in (few, many):
        city.remove()


@dataclass(frozen=True)
class Made:
    """One city in a file of its own, and what making it took."""

    path: Path
    engine: Any
    seconds: float

    @property
    def megabytes(self) -> int:
        return self.path.stat().st_size >> 20

    def remove(self) -> None:
        self.engine.dispose()
        for each in self.path.parent.glob(f"{self.path.name}*"):
            each.unlink()


def _made(claims: int) -> Made:
    from rxapp.adapters.database import make_engine
    from rxapp.settings import settings

    path = Path(settings().data_dir) / f"claims-{claims}.sqlite"
    began = time.perf_counter()
    make(path, claims)
    return Made(path, make_engine(f"sqlite:///{path}"), round(time.perf_counter() - began, 1))


def _medians(*looks: Callable[[], object]) -> list[float]:
    """The seconds of each look once warm, taken in turns."""
    took: list[list[float]] = [[] for _ in looks]
    for _ in range(TIMES + 1):
        for place, look in enumerate(looks):
            began = time.perf_counter()
            look()
            took[place].append(time.perf_counter() - began)
    return [sorted(each[1:])[TIMES // 2] for each in took]


def make(path: Path, claims: int) -> None:
    """A file with a city of so many claims."""
    from bench.claim_city import fill
    from rxapp import clock
    from rxapp.adapters.database import make_engine, migrate, transaction
    from rxapp.services import conversion_rules, policies
    from rxapp.services.actors import SYSTEM

    migrate(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    with transaction(write=True, on=engine) as session:
        policies.ensure_shipped(session, SYSTEM)
        conversion_rules.ensure_shipped(session, SYSTEM)
    with transaction(on=engine) as session:
        rules = {
            key: conversion_rules.list_versions(session, key)[0]
            for key in ("qualification", "patent")
        }
    with engine.connect() as connection:
        fill(connection.connection.dbapi_connection, claims, clock.now(), rules)
    engine.dispose()


def _looks(engine: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    clerks = _clerks(engine)
    for who, clerk in clerks.items():
        yield from _of_queue(who, clerk)
    # Last, for they change what waits: the employer's word, then the department's.
    for who in ("employer", "department"):
        yield f"{who}: one decision", _deciding(clerks[who])


def _clerks(engine: Any) -> dict[str, Clerk]:
    from sqlmodel import Session, col, select

    from rxapp.models.organisations import Organisation
    from rxapp.models.people import Membership
    from rxapp.rules.permissions import Capacity

    wanted = {
        "employer": Capacity.EMPLOYER, "department": Capacity.DEPARTMENT,
        "county": Capacity.COUNTY_BUREAU, "city": Capacity.CITY_BUREAU,
    }  # fmt: skip
    with Session(engine, expire_on_commit=False) as session:
        units = session.exec(select(Organisation).order_by(col(Organisation.id))).all()
        firsts = {
            who: next(unit for unit in units if capacity in unit.capacities)
            for who, capacity in wanted.items()
        }
        people = dict(session.exec(select(Membership.organisation_id, Membership.person_id)).all())
    return {
        who: Clerk(engine, clerk_of(unit, people.get(unit.id or 0, 1)))
        for who, unit in firsts.items()
    }


def _of_queue(who: str, clerk: Clerk) -> Iterator[tuple[str, Callable[[], object]]]:
    from rxapp.services import claim_pages, claim_queue
    from rxapp.services.claim_queue import Wanted

    def queue(**given: Any) -> Any:
        return clerk.use(claim_queue.list_queue, **given)

    below = {"wanted": Wanted(place="below")}
    asked: dict[str, dict[str, Any]] = {
        "first page": {},
        "a deep page": {"after": _deep(queue)},
        "waiting too long below": below,
        "deep in it": below | {"after": _deep(queue, **below)},
        "a rare category": {"wanted": Wanted(rule_key="patent")},
        "a rare category below": {"wanted": Wanted(place="below", rule_key="patent")},
        "a name nobody has": {"wanted": Wanted(query="欧阳鸢尾")},
        "a name nobody has, below": {"wanted": Wanted(place="below", query="欧阳鸢尾")},
    }
    for name, given in asked.items():
        yield f"{who}: {name}", lambda given=given: queue(**given)
    yield f"{who}: decided lately", lambda: clerk.use(claim_queue.list_decided)
    seen = (queue().rows or queue(**below).rows)[-1].id
    yield f"{who}: one claim", lambda: clerk.use(claim_pages.get_detail, seen)


def _deep(queue: Callable[..., Any], **given: Any) -> str:
    """Where the thirtieth page begins, or the last one."""
    after = ""
    for _ in range(30):
        page = queue(after=after, **given)
        if not page.next_after:
            break
        after = page.next_after
    return after


def _deciding(clerk: Clerk) -> Callable[[], object]:
    """Passes the next claim of the queue each time it is called."""
    from rxapp.rules.claims import POINTS, Step
    from rxapp.services import claim_queue, claim_reviews

    points = tuple(point for step in Step for point in POINTS.get(step, ()))
    rows = iter(clerk.use(claim_queue.list_queue).rows)

    def decide() -> object:
        row = next(rows)
        return clerk.use(
            claim_reviews.decide, write=True, claim_id=row.id, act="pass", version=row.version,
            points=points, seconds=5,
        )  # fmt: skip

    return decide


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
