"""Every state × every step × every act × everybody: done where the table and the turn say so.

Whatever else is tried changes nothing: not the claim, no word on it, no line of the ledger, no sum,
no count of what waits, no message.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import AppError
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.rules.claims import (
    POINTS,
    REVIEWS,
    TRANSITIONS,
    Act,
    Status,
    Step,
    review_acts,
)
from rxapp.services import claim_reviews, claims
from rxapp.services.actors import ANONYMOUS, Actor
from tests.factories import make_person
from tests.services.claiming import Claims
from tests.services.test_claims import STEPS_OF
from tests.services.test_tree import actor_of

pytestmark = pytest.mark.usefixtures("installation")

REASON = "理由"
TABLES = ("claim", "claim_decision", "credit", "year_total", "queue_total", "message")
PASSED = (Status.SUBMITTED, Step.AUTHORITY)
REVIEWING = (Act.PASS, Act.RETURN, Act.REJECT)


@dataclass(frozen=True)
class Cast:
    """Who tries, which claim of each state, whose turn each step is, and who spoke last."""

    roles: dict[str, Actor]
    claims: dict[Status, int]
    offices: dict[Step, int]
    last: dict[tuple[Status, Step], str]
    # One that the employer has passed.
    passed: int


def settle(case: Claims) -> Cast:
    """One claim in every state, each with the history that led there."""
    town = case.town
    with Session(case.engine) as session, session.begin():
        other = make_person(session, "长孙半枝", organisation_id=town.school).id or 0
    case.serve(other, town.school)
    with transaction(write=True, on=case.engine) as session:
        people = {
            "owner": case.who, "colleague": case.ids[1], "employer": town.employer,
            "authority": town.department, "other": other, "city": town.city,
        }  # fmt: skip
        roles = {role: actor_of(session, person) for role, person in people.items()}
    roles["nobody"] = ANONYMOUS
    made = {status: case.draft(title=f"{status}的一项") for status in Status}
    for status, id in made.items():
        if status not in (Status.DRAFT, Status.UNCONFIRMED):
            case.send(id)
    passed = case.submitted(title="单位已审核的一项")
    case.decide(town.employer, passed)
    case.decide(town.employer, made[Status.RETURNED], "return", note=REASON)
    case.decide(town.employer, made[Status.REJECTED], "reject", note=REASON)
    for status in (Status.GRANTED, Status.REVOKED):
        case.decide(town.employer, made[status])
        case.decide(town.department, made[status])
    case.act(
        case.who, claims.withdraw, claim_id=made[Status.WITHDRAWN],
        version=case.row(made[Status.WITHDRAWN]).version,
    )  # fmt: skip
    _by_the_bureau(case, made)
    return Cast(
        roles, made,
        offices={
            Step.PERSON: town.clinic, Step.EMPLOYER: town.clinic, Step.AUTHORITY: town.health,
            Step.JOINT: town.health, Step.APPEAL: town.health, Step.DONE: town.health,
        },
        last={
            (Status.RETURNED, Step.PERSON): "employer", (Status.REJECTED, Step.DONE): "employer",
            (Status.GRANTED, Step.DONE): "authority", PASSED: "employer",
        },
        passed=passed,
    )  # fmt: skip


def _by_the_bureau(case: Claims, made: dict[Status, int]) -> None:
    """What only a measure of the bureau leads to, and what a clerk entered."""
    with Session(case.engine) as session, session.begin():
        for status, act, step in (
            (Status.DISMISSED, Act.DISMISS, Step.PERSON), (Status.REVOKED, Act.REVOKE, Step.DONE),
        ):  # fmt: skip
            row = session.get_one(Claim, made[status])
            session.add(
                ClaimDecision(
                    claim_id=made[status], status=row.status, step=row.step, act=act,
                    by_id=case.town.city, office_id=case.town.bureau, at=clock.now(),
                )
            )  # fmt: skip
            row.status, row.step = status, step
        session.get_one(Claim, made[Status.UNCONFIRMED]).status = Status.UNCONFIRMED


def attempts(version: int, id: int) -> dict[Act, Callable[[Session, Actor], Any]]:
    """Every act by the use case that does it; those of the bureau through what decides."""

    def decide(act: Act) -> Callable[[Session, Actor], Any]:
        points = tuple(point for step in REVIEWS for point in POINTS[step])
        given: dict[str, Any] = {
            "claim_id": id,
            "act": act.value,
            "version": version,
            "points": points,
            "note": REASON,
        }
        return lambda session, actor: claim_reviews.decide(session, actor, **given)

    own: dict[str, Any] = {"claim_id": id, "version": version}
    return {act: decide(act) for act in set(Act)} | {
        Act.SUBMIT: lambda session, actor: claims.submit(session, actor, **own),
        Act.WITHDRAW: lambda session, actor: claims.withdraw(session, actor, **own),
        Act.APPEAL: lambda session, actor: claims.appeal(session, actor, **own, note=REASON),
        Act.TAKE_BACK: lambda session, actor: claim_reviews.take_back(
            session, actor, claim_id=id, note=REASON
        ),
    }


def is_allowed(
    cast: Cast, role: str, act: Act, place: tuple[Status, Step], *, late: bool = False
) -> bool:
    """What the table and the turn say, in words of their own."""
    status, step = place
    if (status, step, act) not in TRANSITIONS:
        return False
    if act in (Act.SUBMIT, Act.WITHDRAW, Act.APPEAL):
        return role == "owner"
    if act in REVIEWING:
        serves = {"employer": "clinic", "authority": "health", "city": "bureau"}.get(role)
        turn = "clinic" if step is Step.EMPLOYER else "health"
        above = {"clinic": ("health", "bureau"), "health": ("bureau",)}[turn]
        return act in review_acts(status, step) and (serves == turn or (late and serves in above))
    return act is Act.TAKE_BACK and cast.last.get(place) == role


def snapshot(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All rows there are of everything a claim can change."""
    session.flush()
    return {
        table: sorted(
            map(tuple, session.connection().execute(text(f"SELECT * FROM {table}"))), key=repr
        )
        for table in TABLES
    }


class Undone(Exception):
    """Nothing that is tried here stays."""


def try_everything(
    case: Claims, cast: Cast, places: Iterator[tuple[Status, Step]], *, late: bool = False
) -> list[str]:
    """Every act of everybody at these places; what went another way than the table says."""
    wrong = []
    for place in places:
        status, step = place
        id = cast.passed if place == PASSED else cast.claims[status]
        version = case.row(id).version
        for (act, run), (role, actor) in product(attempts(version, id).items(), cast.roles.items()):
            said = _tried(case, cast, id, place, run, actor, late=late)
            if said == (str(TRANSITIONS[status, step, act][0]) if is_allowed(
                cast, role, act, place, late=late
            ) else "nothing"):  # fmt: skip
                continue
            wrong.append(f"{status}/{step} {act} by {role}: {said}")
    return wrong


def _tried(
    case: Claims, cast: Cast, id: int, place: tuple[Status, Step],
    run: Callable[[Session, Actor], Any], actor: Actor, *, late: bool,
) -> str:  # fmt: skip
    """What came of an act: the new state, or that nothing changed at all."""
    try:
        with transaction(write=True, on=case.engine) as session:
            _put(session, cast, id, place, late=late)
            before = snapshot(session)
            try:
                run(session, actor)
            except AppError:
                # Even before everything is rolled back, nothing had been touched.
                return "nothing" if snapshot(session) == before else "half of it"
            after = snapshot(session)
            row = session.get_one(Claim, id)
            said = "nothing" if after == before else _whole(before, after, row)
            raise Undone
    except Undone:
        return said


def _put(session: Session, cast: Cast, id: int, place: tuple[Status, Step], *, late: bool) -> None:
    row = session.get_one(Claim, id)
    row.status, row.step = place
    if row.status is Status.SUBMITTED:
        row.office_id = cast.offices[row.step]
    if late:
        row.waiting_since = clock.now() - timedelta(days=30)
    session.flush()
    session.expunge_all()


def _whole(before: dict[str, Any], after: dict[str, Any], row: Claim) -> str:
    """The state it came to, if exactly one word was said and the counts follow."""
    words = len(after["claim_decision"]) - len(before["claim_decision"])
    lines = len(after["credit"]) - len(before["credit"])
    expected = 1 if row.status is Status.GRANTED else 0
    if words != 1 or (lines != expected and row.status is not Status.SUBMITTED):
        return f"{row.status} with {words} words and {lines} lines"
    return str(row.status)


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def test_every_act_of_everybody_in_every_state(case: Claims) -> None:
    cast = settle(case)
    # Places that no act leads to as well, once: the table is the same on either database.
    everywhere = case.engine.dialect.name == "sqlite"
    places = product(Status, Step) if everywhere else iter(sorted(STEPS_OF))
    assert not try_everything(case, cast, places)


def test_what_waits_too_long_may_be_done_by_those_above_as_well(case: Claims) -> None:
    cast = settle(case)
    assert not try_everything(case, cast, ((Status.SUBMITTED, s) for s in REVIEWS), late=True)


def test_everything_the_table_allows_was_tried_by_somebody_who_may(case: Claims) -> None:
    cast = settle(case)
    done = {
        (status, step, act)
        for status, step, act in product(Status, Step, Act)
        if any(is_allowed(cast, role, act, (status, step)) for role in cast.roles)
    }
    left = set(TRANSITIONS) - done
    # What a clerk hands over and a bureau does by a measure of its own has tests of its own.
    own = {Act.HAND_OVER, Act.HAND_UP, Act.DISMISS, Act.CORRECT, Act.REVOKE}
    assert {act for _, _, act in left} == own
