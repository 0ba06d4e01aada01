"""A process that forks workers who send claims in and decide on them until they are killed.

`python -m tests.services.claim_worker URL EMPLOYER DEPARTMENT`; each line on standard input asks
for one worker. It says `pid N`, then the worker `id version` after each commit, then `gone`.
"""

import os
import sys
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from rxapp.adapters.database import make_engine, transaction
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership
from rxapp.rules.claims import POINTS, REVIEWS, Status, Step
from rxapp.rules.permissions import permissions_of
from rxapp.services import claim_reviews, claims
from rxapp.services.actors import Actor, Office

ALL_POINTS = tuple(point for step in REVIEWS for point in POINTS[step])
SOME = 12


@dataclass(frozen=True)
class Desk:
    """The database, and the two who decide."""

    engine: Any
    employer: Actor
    department: Actor


def main(url: str, employer: int, department: int) -> None:
    """Fork one worker for each line that is read, and wait until it is gone."""
    engine = make_engine(url)
    with Session(engine) as session:
        desk = Desk(engine, _clerk(session, employer), _clerk(session, department))
    # A few to the end, so that the workers begin with every statement already made.
    _work(desk, _unfinished(engine)[:5])
    engine.dispose()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                while ids := _unfinished(engine):
                    _work(desk, ids)
            finally:
                os._exit(0)
        _say(f"pid {child}")
        os.waitpid(child, 0)
        _say("gone")


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _work(desk: Desk, ids: list[int]) -> None:
    for id in ids:
        while _do_next(desk, id):
            pass


def _clerk(session: Session, person: int) -> Actor:
    office = session.exec(
        select(Organisation)
        .join(Membership, col(Membership.organisation_id) == Organisation.id)
        .where(Membership.person_id == person)
    ).one()
    return Actor(
        permissions=permissions_of(office.capacities, activated=True), person_id=person,
        activated=True,
        offices=(Office(office.id or 0, office.path, office.name, office.capacities),),
    )  # fmt: skip


def _owner(person: int) -> Actor:
    rights = permissions_of(frozenset(), activated=True)
    return Actor(permissions=rights, person_id=person, activated=True)


def _unfinished(engine: Any) -> list[int]:
    with transaction(on=engine) as session:
        return [
            id
            for id in session.exec(
                select(Claim.id)
                .where(col(Claim.status).not_in((Status.GRANTED, Status.REJECTED)))
                .order_by(col(Claim.id))
                .limit(SOME)
            )
            if id is not None
        ]


def _do_next(desk: Desk, id: int) -> bool:
    """One act in one transaction, told only once it is safely there; False at the end."""
    with transaction(on=desk.engine) as session:
        row = session.get_one(Claim, id)
    with transaction(write=True, on=desk.engine) as session:
        if not _act(session, desk, row):
            return False
    _say(f"{id} {row.version + 1}")
    return True


def _act(session: Session, desk: Desk, row: Claim) -> bool:
    """Send in, return every fifth once, pass twice, take every fourth back once, reject some."""
    id, given = row.id or 0, {"claim_id": row.id or 0, "version": row.version}
    decide = {**given, "points": ALL_POINTS, "note": "核对后"}
    if row.status in (Status.DRAFT, Status.RETURNED):
        claims.submit(session, _owner(row.person_id), **given)
    elif row.step is Step.EMPLOYER:
        act = "return" if id % 5 == 0 and row.version == 10 else "pass"
        claim_reviews.decide(session, desk.employer, act=act, **decide)
    elif row.step is Step.AUTHORITY:
        act = "reject" if id % 7 == 0 else "pass"
        claim_reviews.decide(session, desk.department, act=act, **decide)
    elif row.status is Status.GRANTED and id % 4 == 0 and row.grants == 1:
        claim_reviews.take_back(session, desk.department, claim_id=id, note="点错了")
    else:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
