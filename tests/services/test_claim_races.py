"""Two at once on one claim, a thousand times: one word, one credit, every sum and count right."""

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import AppError
from rxapp.models.applications import QueueTotal
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.credits import Credit
from rxapp.models.people import Person
from rxapp.rules.claims import POINTS, REVIEWS, Act, Status, Step
from rxapp.services import claim_reviews, claims
from rxapp.services.actors import Actor
from tests.factories import make_person
from tests.services.claim_books import add_many, find_faults
from tests.services.claiming import Claims
from tests.services.test_tree import actor_of

pytestmark = pytest.mark.usefixtures("installation")

THOUSAND, SOME = 1000, 200
ALL_POINTS = tuple(point for step in REVIEWS for point in POINTS[step])
Press = Callable[[Session, int], Any]


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def actors(case: Claims, people: Sequence[int]) -> list[Actor]:
    with transaction(write=True, on=case.engine) as session:
        for person in people:
            session.get_one(Person, person).activated_at = clock.now()
        session.flush()
        return [actor_of(session, person) for person in people]


def race(case: Claims, ids: Sequence[int], *presses: Press) -> list[tuple[str, ...]]:
    """All presses on one claim at the same moment, claim after claim; what each was told."""
    gate = Barrier(len(presses), timeout=60)
    said: list[list[str]] = [[] for _ in presses]
    broken: list[BaseException] = []

    def run(place: int, press: Press) -> None:
        try:
            for id in ids:
                gate.wait()
                said[place].append(_said(case, press, id))
        except BaseException as error:
            broken.append(error)
            gate.abort()

    threads = [Thread(target=run, args=(place, press)) for place, press in enumerate(presses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
    return list(zip(*said, strict=True))


def _said(case: Claims, press: Press, id: int) -> str:
    try:
        with transaction(write=True, on=case.engine) as session:
            press(session, id)
    except AppError as error:
        return type(error).__name__
    return "done"


def deciding(actor: Actor, act: Callable[[int], str] = lambda _: "pass", version: int = 9) -> Press:
    return lambda session, id: claim_reviews.decide(
        session, actor, claim_id=id, act=act(id), version=version, points=ALL_POINTS, note="核对"
    )


def words(case: Claims, ids: Sequence[int], known: int) -> Counter[tuple[Act, int]]:
    """The acts beyond those that led here, with how many each claim has of them."""
    found: Counter[tuple[Act, int]] = Counter()
    with Session(case.engine) as session:
        rows = session.exec(
            select(ClaimDecision.claim_id, ClaimDecision.act)
            .where(col(ClaimDecision.claim_id).in_(ids))
            .order_by(col(ClaimDecision.id))
        ).all()
    said: dict[int, list[Act]] = {id: [] for id in ids}
    for id, act in rows:
        said[id].append(Act(act))
    for acts in said.values():
        assert len(acts) >= known
        found.update((act, len(acts) - known) for act in acts[known:])
    return found


def balanced(case: Claims) -> None:
    with Session(case.engine) as session:
        assert find_faults(session) == []


def test_a_thousand_double_decisions_are_a_thousand_single_ones(case: Claims) -> None:
    with Session(case.engine) as session, session.begin():
        case.ids += [
            make_person(session, f"褚{n}", organisation_id=case.town.clinic).id or 0
            for n in range(160)
        ]
    case.serve(case.ids[39], case.town.health)
    # Whoever decides is no claimant here.
    second = case.ids.pop(39)
    ids = add_many(case, THOUSAND, step=Step.AUTHORITY)
    one, other = actors(case, [case.town.department, second])
    # On every third claim the second says no.
    said = race(
        case, ids, deciding(one), deciding(other, lambda id: "pass" if id % 3 else "reject")
    )
    assert {tuple(sorted(each)) for each in said} == {("Conflict", "done")}
    counted = words(case, ids, 2)
    assert sum(counted.values()) == THOUSAND
    assert {number for _, number in counted} == {1}
    with Session(case.engine) as session:
        lines = session.exec(select(func.count()).select_from(Credit)).one()
        left = session.exec(select(QueueTotal.waiting)).all()
        ended = Counter(session.exec(select(Claim.status).where(col(Claim.id).in_(ids))).all())
    assert set(left) == {0}
    assert ended == {
        Status.GRANTED: counted[Act.PASS, 1], Status.REJECTED: counted[Act.REJECT, 1],
    }  # fmt: skip
    assert lines == counted[Act.PASS, 1]
    balanced(case)


def test_two_presses_on_submit_are_one(case: Claims) -> None:
    ids = add_many(case, SOME, status=Status.DRAFT, step=Step.PERSON)
    owners = dict(zip(case.ids, actors(case, case.ids), strict=True))

    def press(session: Session, id: int) -> str:
        person = case.ids[ids.index(id) % len(case.ids)]
        return claims.submit(session, owners[person], claim_id=id, version=9)

    said = race(case, ids, press, press)
    # Whoever comes second is given the number of the first.
    assert set(said) == {("done", "done")}
    assert words(case, ids, 0) == {(Act.SUBMIT, 1): SOME}
    with Session(case.engine) as session:
        numbers = session.exec(select(Claim.number).where(col(Claim.id).in_(ids))).all()
    assert len(set(numbers) - {None}) == SOME
    balanced(case)


def test_withdrawing_against_passing_has_one_winner(case: Claims) -> None:
    ids = add_many(case, SOME)
    (clerk,) = actors(case, [case.town.employer])
    owners = dict(zip(case.ids, actors(case, case.ids), strict=True))

    def withdraw(session: Session, id: int) -> None:
        person = case.ids[ids.index(id) % len(case.ids)]
        claims.withdraw(session, owners[person], claim_id=id, version=9)

    said = race(case, ids, withdraw, deciding(clerk))
    assert {tuple(sorted(each)) for each in said} == {("Conflict", "done")}
    assert sum(words(case, ids, 1).values()) == SOME
    balanced(case)


def test_taking_back_against_the_next_level_has_one_winner(case: Claims) -> None:
    ids = add_many(case, SOME, step=Step.AUTHORITY)
    employer, department = actors(case, [case.town.employer, case.town.department])

    def take_back(session: Session, id: int) -> None:
        claim_reviews.take_back(session, employer, claim_id=id, note="点错了")

    said = race(case, ids, take_back, deciding(department))
    assert {tuple(sorted(each)) for each in said} == {("Conflict", "done")}
    counted = words(case, ids, 2)
    assert sum(counted.values()) == SOME
    assert set(counted) <= {(Act.TAKE_BACK, 1), (Act.PASS, 1)}
    balanced(case)
