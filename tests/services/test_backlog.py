"""审核进度: what waits at which level and office, how long, and only of one's own subtree."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.applications import QueueTotal
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.rules.claims import Status
from rxapp.rules.permissions import Capacity
from rxapp.services import (
    backlog,
    claim_reviews,
    claims,
    folding,
    organisations,
    queues,
)
from rxapp.services.actors import SYSTEM
from rxapp.services.claim_moves import CLAIMS, STEP_QUEUES
from tests.factories import make_person
from tests.services.claiming import Claims
from tests.services.test_tree import actor_of

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def look(case: Claims, who: int = 0, **given: Any) -> backlog.Backlog:
    folding.fold_all(on=case.engine)
    return case.act(who or case.town.city, backlog.list_backlog, **given)


def age(case: Claims, id: int, days: int) -> None:
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, id).waiting_since = clock.now() - timedelta(days=days, minutes=1)


def some(case: Claims, number: int) -> list[int]:
    return [
        case.submitted(title=f"第{n}项", earned_on=f"{YEAR}-01-{n + 1:02d}") for n in range(number)
    ]


def test_each_level_and_office_says_how_much_and_how_long(case: Claims) -> None:
    first, second, third = some(case, 3)
    assert [(row.name, row.waiting) for row in look(case).rows] == [("样例市（东区）医院", 3)]
    case.decide(case.town.employer, second)
    age(case, second, 9)
    age(case, first, 3)
    seen = look(case)
    assert [(row.id, row.waiting, row.age) for row in seen.rows] == [
        (case.town.health, 1, "已等待9天"), (case.town.clinic, 2, "已等待3天"),
    ]  # fmt: skip
    assert seen.rows[0].levels == "主管部门审验1项"
    assert {each.key: each.waiting for each in seen.levels} == {
        "employer": 2, "authority": 1, "joint": 0, "appeal": 0,
    }  # fmt: skip
    assert seen.waiting == 3
    assert [row.id for row in look(case, level="authority").rows] == [case.town.health]
    # Once rejected, an appeal is a level of its own; what is decided no longer waits.
    case.decide(case.town.employer, third, "reject", note="不实")
    case.act(
        case.who, claims.appeal, claim_id=third, note="请复核", version=case.row(third).version
    )
    appeals = look(case, level="appeal").rows
    assert [(row.id, row.levels) for row in appeals] == [
        (case.town.health, "主管部门审验1项，复核1项")
    ]
    case.decide(case.town.department, second)
    assert look(case, level="authority").rows == []
    assert totals_fit(case)


def totals_fit(case: Claims) -> bool:
    with Session(case.engine) as session:
        for step, queue in STEP_QUEUES.items():
            real = session.exec(
                select(Claim.office_id, func.count())
                .where(Claim.status == Status.SUBMITTED, Claim.step == step)
                .group_by(Claim.office_id)
            ).all()
            kept = session.exec(
                select(QueueTotal.office_id, QueueTotal.waiting).where(
                    QueueTotal.queue == queue, QueueTotal.waiting != 0
                )
            ).all()
            assert sorted(real) == sorted(kept), queue
    return True


def test_a_taken_back_and_a_withdrawn_claim_are_counted_where_they_are(case: Claims) -> None:
    one, two = some(case, 2)
    case.decide(case.town.employer, one)
    case.act(
        case.town.employer, claim_reviews.take_back, claim_id=one,
        note="误点",
    )  # fmt: skip
    assert totals_fit(case)
    case.act(case.who, claims.withdraw, claim_id=two, version=case.row(two).version)
    assert totals_fit(case)
    assert look(case).waiting == 1


def test_a_bureau_sees_its_own_subtree_and_others_nothing(case: Claims) -> None:
    some(case, 1)
    with Session(case.engine) as session, session.begin():
        county = organisations.add_organisation(
            session, SYSTEM, name="样例县人社局", capacities=frozenset({Capacity.COUNTY_BUREAU}),
            parent_id=case.town.bureau,
        )  # fmt: skip
    with Session(case.engine) as session, session.begin():
        official = make_person(session, "端木菖蒲", organisation_id=county).id or 0
    case.serve(official, county)
    assert look(case, official).rows == []
    assert look(case, official).waiting == 0
    assert len(look(case).rows) == 1
    for who in (case.town.department, case.town.employer, case.who):
        with pytest.raises(NotPermitted):
            look(case, who)


def test_the_longest_wait_is_first_on_every_page(
    case: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "PAGE", 2)
    ids = some(case, 5)
    with Session(case.engine) as session, session.begin():
        offices = [
            organisations.add_organisation(
                session, SYSTEM, name=f"样例{n}院", capacities=frozenset({Capacity.EMPLOYER}),
                parent_id=case.town.health,
            )
            for n in range(5)
        ]  # fmt: skip
        moment = clock.now()
        for n, (id, office) in enumerate(zip(ids, offices, strict=True)):
            row = session.get_one(Claim, id)
            # Two have waited equally long.
            row.office_id, row.waiting_since = office, moment - timedelta(days=(1, 5, 5, 2, 8)[n])
            queues.shift(session, office, CLAIMS, +1)
            queues.shift(session, case.town.clinic, CLAIMS, -1)
    seen: list[int] = []
    after, pages = "", 0
    while True:
        page = look(case, after=after)
        seen += [row.id for row in page.rows]
        after, pages = page.next_after, pages + 1
        if not after:
            break
    assert pages == 3
    assert seen == [offices[n] for n in (4, 1, 2, 3, 0)]
    for rubbish in ("x", "2020-01-01|1", "|", "2020-01-01T00:00:00+00:00|x"):
        with pytest.raises(NotFound):
            look(case, after=rubbish)


def test_a_desk_says_what_waits_for_it_and_a_bureau_what_waits_below(case: Claims) -> None:
    one, _ = some(case, 2)
    age(case, one, 4)
    folding.fold_all(on=case.engine)
    assert case.act(case.town.employer, backlog.get_summary) == backlog.Summary(2, 0, "")
    assert case.act(case.town.department, backlog.get_summary) == backlog.Summary(0, 0, "")
    assert case.act(case.town.city, backlog.get_summary) == backlog.Summary(0, 2, "已等待4天")
    with pytest.raises(NotPermitted):
        case.act(case.who, backlog.get_summary)


def test_what_waits_in_two_offices_one_below_the_other_counts_once(case: Claims) -> None:
    some(case, 2)
    with Session(case.engine) as session, session.begin():
        county = organisations.add_organisation(
            session, SYSTEM, name="样例县人社局", capacities=frozenset({Capacity.COUNTY_BUREAU}),
            parent_id=case.town.bureau,
        )  # fmt: skip
        moved = session.get_one(Organisation, case.town.clinic)
        moved.parent_id, moved.path = county, f"/{case.town.bureau}/{county}/{moved.id}/"
    case.serve(case.town.city, county)
    seen = look(case)
    assert (seen.waiting, [row.waiting for row in seen.rows]) == (2, [2])
    assert case.act(case.town.city, backlog.get_summary).below == 2


def test_the_offices_are_read_in_their_order(case: Claims) -> None:
    """No office is asked one by one: neither claims nor queues are looked at."""
    some(case, 1)
    folding.fold_all(on=case.engine)
    asked: list[tuple[str, Any]] = []

    def hear(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))

    with Session(case.engine) as session:
        actor = actor_of(session, case.town.city)
        session.flush()
        event.listen(case.engine, "before_cursor_execute", hear)
        backlog.list_backlog(session, actor)
        event.remove(case.engine, "before_cursor_execute", hear)
        assert len(asked) <= 5
        assert not any("FROM claim" in each or "queue_total" in each for each, _ in asked)
        if case.engine.dialect.name == "sqlite":
            rows = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1]
            )
            said = " ".join(row[3] for row in rows)
            assert "ix_office_figure_oldest (kind=? AND word=?" in said
            assert "TEMP B-TREE" not in said
