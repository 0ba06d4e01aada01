"""Every look of `desk_looks.everything()` in a whole city and in a thousandth of it, in turns.

What is timed is the use case in a transaction of its own, as a screen runs it. Both cities lie in
one PostgreSQL; who else uses the machine slows both alike. The figure is a median, taken until the
two medians have settled or enough was seen.
"""

import gc
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import import_module
from statistics import median
from typing import Any

from sqlalchemy import Engine

from bench.city import desk_looks, looks
from bench.city.looks import Ask, Place
from bench.city.sizes import Sizes

WARM, LEAST, MOST = 3, 15, 45
# What takes longer than this is looked at `LEAST` times only.
LONG = 0.02
DEEP_PAGES = 30
AIM = 2.0
ROUNDS = 3
# A chunk of an export holds two thousand lines, and a small city has not so many.
ENOUGH_ROWS = 40


@dataclass(frozen=True)
class Timed:
    """A look, its median seconds in the small city and in the large one, and the rows found."""

    who: str
    name: str
    small: float
    large: float
    rows: tuple[int, int] = (0, 0)

    @property
    def plain(self) -> float:
        """How much longer it takes in the large city."""
        return self.large / self.small

    @property
    def ratio(self) -> float:
        """The same, a row; only where both found so many that the rows are what costs."""
        few, many = self.rows
        return self.plain * few / many if many > few >= ENOUGH_ROWS else self.plain


@dataclass(frozen=True)
class City:
    """One city to look at."""

    sizes: Sizes
    engine: Engine
    today: date

    def place(self, who: str) -> Place:
        return Place(self.sizes, who, self.office(who), self.today, self.learner)

    @cached_property
    def learner(self) -> int:
        """The first with a certificate among those of the second employer and after."""
        from sqlalchemy import text

        asked = "SELECT person_id FROM certificate WHERE person_id >= :first ORDER BY 1 LIMIT 1"
        with self.engine.connect() as connection:
            found = connection.execute(text(asked), {"first": self.sizes.people_of(1)[0]})
            return found.scalar_one()

    def office(self, who: str) -> int:
        """The office a clerk of a kind works for; a learner's employer."""
        return office_of(self.sizes, who)

    def use(self, who: str, use_case: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        """Run a use case as a screen does."""
        from rxapp.adapters.database import transaction

        with transaction(on=self.engine) as session:
            return use_case(session, self.actor(who), **given)

    @cache  # noqa: B019
    def actor(self, who: str) -> Any:
        """Somebody of this kind."""
        from sqlmodel import Session

        from bench.lists import clerk_of
        from rxapp.models.organisations import Organisation
        from rxapp.rules.permissions import LEARNER
        from rxapp.services.actors import Actor

        if who == looks.LEARNER:
            return Actor(LEARNER, person_id=self.learner, sign_in_id=self.learner, activated=True)
        office = self.office(who)
        with Session(self.engine, expire_on_commit=False) as session:
            unit = session.get_one(Organisation, office)
        return clerk_of(unit, self.sizes.clerks[office][0])


def office_of(sizes: Sizes, who: str) -> int:
    """The office a clerk of a kind works for; a learner's employer."""
    offices = {
        looks.LEARNER: sizes.employers[1], looks.EMPLOYER: sizes.employers[0],
        looks.DEPARTMENT: sizes.departments[0], looks.COUNTY: sizes.counties[0],
        looks.CITY: 1, looks.BASE: sizes.bases[0],
    }  # fmt: skip
    return offices[who]


def measure(
    small: City, large: City, *, only: str = "", told: Callable[[Timed], None] | None = None
) -> list[Timed]:
    """Time every look in both cities."""
    found = []
    for who, name, one, other in _pairs(small, large, only):
        rows = (_count(one()), _count(other()))
        timed = Timed(who, name, *_settled(one, other), rows)
        again = [timed]
        # Others use the machine: what looks slow is looked at twice more, and the middle one told.
        while timed.ratio > AIM and len(again) < ROUNDS:
            again.append(Timed(who, name, *_settled(one, other), rows))
            timed = sorted(again, key=lambda each: each.ratio)[(len(again) - 1) // 2]
        found.append(timed)
        if told:
            told(timed)
    return found


def use_case_of(name: str) -> Callable[..., Any]:
    """The function behind "module.function"."""
    module, _, function = name.partition(".")
    return getattr(import_module(f"rxapp.services.{module}"), function)


def given_of(city: City, ask: Ask, who: str) -> dict[str, Any]:
    """What is asked for in this city by this person."""
    place = city.place(who)
    given = dict(ask.given(place) if callable(ask.given) else ask.given)
    if ask.of:
        page = city.use(who, use_case_of(ask.of), {})
        given[_key(use_case_of(ask.use_case))] = page.rows[-1].id
    return given


def _pairs(
    small: City, large: City, only: str
) -> Iterator[tuple[str, str, Callable[[], Any], Callable[[], Any]]]:
    for ask in desk_looks.everything():
        if only not in ask.use_case:
            continue
        name = f"{ask.use_case}{', ' if ask.name else ''}{ask.name}"
        for who in ask.who:
            one, other = _look(small, ask, who), _look(large, ask, who)
            yield who, name, one, other
            if ask.deep:
                deep = [_look(city, ask, who, pages=DEEP_PAGES) for city in (small, large)]
                yield who, f"{name}, further on", *deep


def _look(city: City, ask: Ask, who: str, pages: int = 0) -> Callable[[], Any]:
    use_case, given = use_case_of(ask.use_case), given_of(city, ask, who)
    for _ in range(pages):
        page = city.use(who, use_case, given)
        following = page.next_after if ask.deep == "after" else page.next_before
        if not following:
            break
        given[ask.deep] = following
    return lambda: city.use(who, use_case, given)


def _count(found: Any) -> int:
    rows = found if isinstance(found, (list, tuple)) else getattr(found, "rows", ())
    return len(rows)


def _key(use_case: Callable[..., Any]) -> str:
    """The name under which a use case is told which one: `claim_id` and the like."""
    return next(name for name in inspect.signature(use_case).parameters if name.endswith("_id"))


def _settled(*looks_at: Callable[[], Any]) -> list[float]:
    took: list[list[float]] = [[] for _ in looks_at]
    gc.disable()
    for turn in range(WARM + MOST):
        for place, look in enumerate(looks_at):
            began = time.perf_counter()
            look()
            took[place].append(time.perf_counter() - began)
        if turn + 1 >= WARM + LEAST and max(each[-1] for each in took) > LONG:
            break
    gc.enable()
    return [median(each[WARM:]) for each in took]
