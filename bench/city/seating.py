"""Sign people in for a load run: `python -m bench.city.seating 2000 20` prints them as JSON.

Run as a process of its own with the environment of the server that follows. Who signs in with a
password does so in the run itself; these have done it before.
"""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any, Self

MANY = 500


@dataclass(frozen=True)
class Watcher:
    """A learner in the middle of a lesson."""

    person_id: int
    cookie: str
    lesson_id: int


@dataclass(frozen=True)
class Clerk:
    """Somebody who decides on claims."""

    person_id: int
    cookie: str


@dataclass(frozen=True)
class Seats:
    """Everybody of a run, and how the platform calls what they press."""

    watchers: tuple[Watcher, ...]
    clerks: tuple[Clerk, ...]
    # People who sign in with the password in the run, by number.
    numbers: tuple[str, ...]
    cookie: str
    home: str
    years: str
    review: str

    @classmethod
    def read(cls, text: str) -> Self:
        """What `main` printed."""
        raw: dict[str, Any] = json.loads(text)
        watchers = tuple(Watcher(**each) for each in raw.pop("watchers"))
        clerks = tuple(Clerk(**each) for each in raw.pop("clerks"))
        return cls(watchers, clerks, numbers=tuple(raw.pop("numbers")), **raw)


def main(watchers: int, clerks: int, numbers: int, scale: float) -> None:
    """Begin their sign-ins and print them."""
    from bench.city.residents import identity_number
    from bench.city.sizes import Sizes
    from rxapp.gate import cookies
    from rxapp.state.hours import HomeState, YearsState
    from rxapp.state.reviewing import QueueState

    sizes, name = Sizes(scale), cookies.session_cookie()
    found = _learners(watchers + numbers)
    seats = Seats(
        watchers=tuple(
            Watcher(person, f"{name}={_begin(person)}", lesson)
            for person, lesson in found[:watchers]
        ),
        clerks=tuple(
            Clerk(person, f"{name}={_begin(person, factor=True)}")
            for person in _deciding(sizes, clerks)
        ),
        numbers=tuple(identity_number(person) for person, _ in found[watchers:]),
        cookie=name, home=HomeState.get_full_name(), years=YearsState.get_full_name(),
        review=QueueState.get_full_name(),
    )  # fmt: skip
    print(json.dumps(asdict(seats)))


def _learners(wanted: int) -> list[tuple[int, int]]:
    """So many who are in the middle of a lesson, from all over the city, and the lesson."""
    from sqlalchemy import text

    from rxapp.adapters.database import transaction

    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT p.person_id, p.lesson_id FROM lesson_progress p"
                " WHERE p.completed_at IS NULL AND NOT EXISTS"
                " (SELECT 1 FROM membership m WHERE m.person_id = p.person_id)"
                " ORDER BY md5(p.person_id::text) LIMIT :wanted"
            ),
            {"wanted": wanted},
        ).all()
    if len(rows) < wanted:
        raise SystemExit(f"only {len(rows)} are in the middle of a lesson")
    return [(row.person_id, row.lesson_id) for row in rows]


def _deciding(sizes: Any, wanted: int) -> list[int]:
    """Clerks of departments and of employers in turns, those with the most to do first."""
    from sqlalchemy import text

    from rxapp.adapters.database import transaction

    with transaction() as session:
        offices = {
            queue: session.execute(
                text(
                    "SELECT office_id FROM queue_total WHERE queue = :queue"
                    " ORDER BY waiting DESC LIMIT :wanted"
                ),
                {"queue": queue, "wanted": wanted},
            ).scalars().all()
            for queue in ("claims.authority", "claims.employer")
        }  # fmt: skip
    found: dict[int, None] = {}
    for pair in zip(*(offices[each] for each in offices), strict=False):
        for office in pair:
            found[sizes.clerks[office][0]] = None
    return list(found)[:wanted]


def _begin(person_id: int, *, factor: bool = False) -> str:
    from sqlmodel import select

    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.models.people import Person, SignIn
    from rxapp.services import sign_ins

    with transaction(write=True) as session:
        token = sign_ins.begin(session, session.get_one(Person, person_id), device="样例设备")
        if factor:
            hashed = sign_ins.token_hash(token)
            row = session.exec(select(SignIn).where(SignIn.token_hash == hashed)).one()
            row.factor_at = clock.now()
            session.add(row)
    return token


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
