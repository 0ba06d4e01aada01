"""Which way a queue is walked: the cost of a page must not grow with the city."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from rxapp.services import claim_queue
from rxapp.services.claim_queue import Wanted
from tests.services.claiming import Claims
from tests.services.test_tree import actor_of

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
    engine: Engine, narrowed: dict[str, str]
) -> None:
    case = Claims(engine)
    said = plan(case, case.town.city, Wanted(place="below", **narrowed))
    assert "INDEX ix_claim_late (waiting_since<?" in said
    assert "ix_claim_rule_id" not in said


@pytest.mark.parametrize("narrowed", [{}, {"rule_key": "patent"}])
def test_what_is_late_below_an_office_is_read_office_by_office_from_the_index_alone(
    engine: Engine, narrowed: dict[str, str]
) -> None:
    case = Claims(engine)
    said = plan(case, case.town.department, Wanted(place="below", **narrowed))
    assert "INDEX ix_claim_waiting (office_id=? AND waiting_since<?)" in said
    assert "ix_claim_rule_id" not in said
    if not narrowed:
        assert "COVERING INDEX ix_claim_waiting" in said


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
