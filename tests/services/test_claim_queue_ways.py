"""Which way a queue is walked: the cost of a page must not grow with the city."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from rxapp import clock
from rxapp.models.claims import Claim, ConversionRuleRow
from rxapp.services import claim_queue, scopes
from rxapp.services.claim_queue import Wanted
from tests.services.claiming import Claims
from tests.services.test_tree import actor_of

YEAR = clock.today().year
pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def engine(sqlite_database: str) -> Iterator[Engine]:
    from rxapp.adapters.database import make_engine

    made = make_engine(sqlite_database)
    yield made
    made.dispose()


@contextmanager
def heard(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    yield asked
    event.remove(engine, "before_cursor_execute", hear)


def plan(case: Claims, clerk: int, wanted: Wanted) -> str:
    """How the database would find the page."""
    with Session(case.engine) as session:
        actor = actor_of(session, clerk)
        with heard(case.engine) as asked:
            claim_queue.list_queue(session, actor, wanted=wanted)
        found = [each for each in asked if "ORDER BY claim.waiting_since" in each[0]]
        rows = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {found[0][0]}", found[0][1]
        )
        return "\n".join(row[3] for row in rows)


def test_ones_own_queue_is_read_from_its_index(engine: Engine) -> None:
    case = Claims(engine)
    said = plan(case, case.town.employer, Wanted())
    assert "INDEX ix_claim_waiting (office_id=?" in said


@pytest.mark.parametrize("narrowed", [{}, {"rule_key": "patent"}, {"step": "employer"}])
def test_what_is_late_in_the_whole_city_is_read_in_its_order(
    engine: Engine, narrowed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "FEW", 1)
    case = Claims(engine)
    said = plan(case, case.town.city, Wanted(place="below", **narrowed))
    kind = "ix_claim_kind_late (rule_id=? AND waiting_since<?" in said
    assert kind if "rule_key" in narrowed else "INDEX ix_claim_late (waiting_since<?" in said
    assert "ix_claim_rule_id" not in said


@pytest.mark.parametrize("narrowed", [{}, {"rule_key": "patent"}])
def test_what_is_late_below_an_office_is_read_office_by_office_from_the_index_alone(
    engine: Engine, narrowed: dict[str, str]
) -> None:
    case = Claims(engine)
    said = plan(case, case.town.department, Wanted(place="below", **narrowed))
    # A kind has orders of its own: at each office, and anywhere.
    order = "INDEX ix_claim_kind" if narrowed else "INDEX ix_claim_waiting (office_id=? AND"
    assert order in said
    assert "waiting_since<?)" in said
    assert "ix_claim_rule_id" not in said
    if not narrowed:
        assert "COVERING INDEX ix_claim_waiting" in said


def test_a_kind_at_ones_own_office_is_read_in_its_order(engine: Engine) -> None:
    case = Claims(engine)
    said = plan(case, case.town.employer, Wanted(rule_key="patent"))
    assert "COVERING INDEX ix_claim_kind (office_id=? AND rule_id=?)" in said
    assert plan(case, case.town.employer, Wanted(rule_key="unknown"))


def test_below_many_offices_what_is_late_is_walked_in_its_order(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Claims(engine)
    late = case.submitted()
    with Session(engine) as session, session.begin():
        session.get_one(Claim, late).waiting_since = clock.now() - timedelta(days=30)
    for many, order in ((False, "ix_claim_waiting"), (True, "ix_claim_late")):
        if many:
            monkeypatch.setattr(scopes, "FEW", 1)
        wanted = Wanted(place="below")
        assert f"INDEX {order} (" in plan(case, case.town.department, wanted)
        found = case.act(case.town.department, claim_queue.list_queue, wanted=wanted).rows
        assert [row.id for row in found] == [late]
        # Of what lies beside, or before oneself, nothing.
        assert case.act(case.town.employer, claim_queue.list_queue, wanted=wanted).rows == []


def test_versions_of_a_kind_stand_in_one_order(engine: Engine) -> None:
    case = Claims(engine)
    ids = [case.submitted(title=f"第{n}项", earned_on=f"{YEAR}-02-{n + 1:02d}") for n in range(3)]
    other = case.submitted("patent", level="invention", rank="1", title="专利")
    with Session(engine) as session, session.begin():
        old = session.get_one(ConversionRuleRow, case.row(ids[0]).rule_id)
        newer = ConversionRuleRow(key=old.key, version=99, body=old.body)
        session.add(newer)
        session.flush()
        for place, id in enumerate(ids):
            row = session.get_one(Claim, id)
            row.rule_id = newer.id if place == 1 else old.id
            row.waiting_since = clock.now() - timedelta(days=3 - place)
    wanted = Wanted(rule_key="qualification")
    rows = case.act(case.town.employer, claim_queue.list_queue, wanted=wanted).rows
    assert [row.id for row in rows] == ids
    everything = case.act(case.town.employer, claim_queue.list_queue).rows
    assert other in [row.id for row in everything]


def test_a_name_is_looked_up_and_leads_when_few_bear_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Claims(engine)
    id = case.submitted()
    name = case.act(case.town.employer, claim_queue.list_queue).rows[0].name
    for many in (False, True):
        said = plan(case, case.town.employer, Wanted(query=name))
        assert ("(person_id=?" in said) is not many
        assert ("INDEX ix_claim_waiting (office_id=?" in said) is many
        for query, place, found in (
            (name, "own", [id]),
            (name, "below", []),
            ("无此人", "own", []),
        ):
            wanted = Wanted(place=place, query=query)
            rows = case.act(case.town.employer, claim_queue.list_queue, wanted=wanted).rows
            assert [row.id for row in rows] == found
        monkeypatch.setattr(claim_queue, "FEW_PEOPLE", 0)
    number = Wanted(query=(case.row(id).number or "").lower())
    assert "(number=?)" in plan(case, case.town.employer, number)
    rows = case.act(case.town.employer, claim_queue.list_queue, wanted=number).rows
    assert [row.id for row in rows] == [id]
    assert case.act(case.town.department, claim_queue.list_queue, wanted=number).rows == []
