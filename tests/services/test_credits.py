"""The ledger: every source once, nothing changed afterwards, sums always those of its lines."""

from datetime import date

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, select

from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.credits import Credit, YearTotal
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import credits, standings
from rxapp.services.actors import SYSTEM, Actor
from tests.factories import at_once, make_actor, make_person, run


@pytest.fixture
def lin(city: Engine) -> Actor:
    """A learner who owes hours from 2016 on."""
    with transaction(write=True, on=city) as session:
        return make_actor(session, make_person(session, "林样例", owes_from=2016))


def give(engine: Engine, actor: Actor, key: str = "course:A", **changes: object) -> int | None:
    line = {
        "person_id": actor.person_id, "year": 2020, "subject": Subject.PUBLIC_REQUIRED,
        "hours": Hours.of("1.5"), "source_kind": "course", "source_key": key, "title": "样例课程",
        "rule": "course/1", "earned_on": date(2020, 8, 1),
    }  # fmt: skip
    return run(engine, credits.grant, SYSTEM, **(line | changes))


def held(engine: Engine, actor: Actor) -> dict[int, dict[Subject, Hours]]:
    with transaction(on=engine) as session:
        return credits.totals(session, actor.person_id or 0)


def wrong_totals(engine: Engine) -> list[credits.WrongTotal]:
    with transaction(on=engine) as session:
        return credits.find_wrong_totals(session)


def test_a_source_counts_once(city: Engine, lin: Actor) -> None:
    assert give(city, lin) is not None
    assert give(city, lin) is None
    assert give(city, lin, "course:B", subject=Subject.PROFESSIONAL) is not None
    assert held(city, lin)[2020] == {
        Subject.PUBLIC_REQUIRED: Hours.of("1.5"),
        Subject.PUBLIC_ELECTIVE: Hours.ZERO,
        Subject.PROFESSIONAL: Hours.of("1.5"),
    }
    with transaction(on=city) as session:
        granted = AuditEvent.action == "credit:granted"
        assert len(session.exec(select(AuditEvent).where(granted)).all()) == 2


def test_a_refused_source_leaves_the_rest_of_the_transaction(city: Engine, lin: Actor) -> None:
    give(city, lin)

    def both(session: Session, actor: Actor) -> None:
        line = {
            "person_id": lin.person_id, "year": 2020, "subject": Subject.PROFESSIONAL,
            "hours": Hours.of(2), "source_kind": "course", "title": "样例", "rule": "course/1",
            "earned_on": date(2020, 8, 1),
        }  # fmt: skip
        assert credits.grant(session, actor, source_key="course:A", **line) is None  # type: ignore[arg-type]
        assert credits.grant(session, actor, source_key="course:C", **line) is not None  # type: ignore[arg-type]

    run(city, both, SYSTEM)
    assert held(city, lin)[2020][Subject.PROFESSIONAL] == Hours.of(2)
    assert wrong_totals(city) == []


def test_the_same_source_at_once_counts_once(city: Engine, lin: Actor) -> None:
    made = at_once([lambda: give(city, lin)] * 4)
    assert sum(one is not None for one in made) == 1
    assert held(city, lin)[2020][Subject.PUBLIC_REQUIRED] == Hours.of("1.5")
    assert wrong_totals(city) == []


def test_different_sources_at_once_all_count(city: Engine, lin: Actor) -> None:
    at_once([lambda n=n: give(city, lin, f"course:{n}") for n in range(4)])
    assert held(city, lin)[2020][Subject.PUBLIC_REQUIRED] == Hours.of(6)
    assert wrong_totals(city) == []


def test_a_learner_credits_nobody_else(city: Engine, lin: Actor) -> None:
    with transaction(write=True, on=city) as session:
        other = make_actor(session, make_person(session))
    with pytest.raises(NotPermitted):
        run(city, credits.grant, other, **_line(lin))
    assert held(city, lin) == {}
    assert run(city, credits.grant, lin, **_line(lin)) is not None
    assert held(city, lin) != {}


def test_a_reversal_is_a_negative_line_and_happens_once(city: Engine, lin: Actor) -> None:
    credit_id = give(city, lin)
    run(city, credits.reverse, SYSTEM, credit_id=credit_id, reason_code="inspection")
    with pytest.raises(Conflict):
        run(city, credits.reverse, SYSTEM, credit_id=credit_id, reason_code="inspection")
    with transaction(on=city) as session:
        lines = session.exec(select(Credit).order_by(Credit.id)).all()
    assert [str(line.hours) for line in lines] == ["1.5", "-1.5"]
    assert held(city, lin)[2020][Subject.PUBLIC_REQUIRED] == Hours.ZERO
    assert wrong_totals(city) == []
    assert give(city, lin) is None


def test_a_reversal_at_once_happens_once(city: Engine, lin: Actor) -> None:
    credit_id = give(city, lin)
    told = at_once(
        [lambda: run(city, credits.reverse, SYSTEM, credit_id=credit_id, reason_code="x")] * 3
    )
    assert sum(isinstance(one, Conflict) for one in told) == 2
    assert held(city, lin)[2020][Subject.PUBLIC_REQUIRED] == Hours.ZERO


def test_a_learner_reverses_nothing(city: Engine, lin: Actor) -> None:
    credit_id = give(city, lin)
    with pytest.raises(NotPermitted):
        run(city, credits.reverse, lin, credit_id=credit_id, reason_code="x")
    with pytest.raises(NotFound):
        run(city, credits.reverse, SYSTEM, credit_id=10_000, reason_code="x")
    assert held(city, lin)[2020][Subject.PUBLIC_REQUIRED] == Hours.of("1.5")


def test_everybody_reads_their_own_record(city: Engine, lin: Actor) -> None:
    first = give(city, lin)
    give(city, lin, "claim:7", source_kind="claim", title="样例论文", year=2019)
    run(city, credits.reverse, SYSTEM, credit_id=first, reason_code="x")
    mine = run(city, credits.list_credits, lin, year=2020)
    assert [(row.hours, row.subject, row.reversed) for row in mine] == [
        ("-1.5", "公需必修", False),
        ("1.5", "公需必修", True),
    ]
    assert mine[1].source == "在线学习，学完自动记录"
    assert mine[1].earned_on == "2020年8月1日"
    claimed = run(city, credits.list_credits, lin, year=2019)[0]
    assert (claimed.title, claimed.source) == ("样例论文", "学时申报，经审核批准")
    with transaction(write=True, on=city) as session:
        other = make_actor(session, make_person(session))
    assert run(city, credits.list_credits, other, year=2020) == ()


def test_a_wrong_sum_is_found_and_rebuilt(city: Engine, lin: Actor) -> None:
    give(city, lin)
    give(city, lin, "claim:1", year=2019, subject=Subject.PROFESSIONAL)
    give(city, lin, "claim:2", year=2018)
    right = held(city, lin)
    with transaction(write=True, on=city) as session:
        mine = YearTotal.person_id == lin.person_id
        session.execute(update(YearTotal).where(mine).values(required=Hours.of(50)))
        session.delete(session.get_one(YearTotal, (lin.person_id, 2018)))
        session.add(
            YearTotal(
                person_id=lin.person_id, year=2017, required=Hours.of(3),
                elective=Hours.ZERO, professional=Hours.ZERO,
            )
        )  # fmt: skip
    assert sorted(wrong.year for wrong in wrong_totals(city)) == [2017, 2018, 2019, 2020]
    with transaction(write=True, on=city) as session:
        assert credits.rebuild_totals(session) == 3
    assert wrong_totals(city) == []
    assert held(city, lin) == right


def test_home_shows_the_rings_and_the_next_step(city: Engine, lin: Actor) -> None:
    give(city, lin, hours=Hours.of(15))
    home = run(city, standings.get_home, lin)
    assert [(ring.key, ring.have, ring.need, ring.percent) for ring in home.rings] == [
        ("public", "15", "30", 50),
        ("professional", "0", "60", 0),
        ("total", "15", "90", 16),
    ]
    assert home.year == 2020
    assert "公需必修还差 5 学时" in home.next_step
    assert (home.complete, home.certificate_years) == (False, ())


def test_a_complete_year_can_be_certified(city: Engine, lin: Actor) -> None:
    give(city, lin, "a", hours=Hours.of(20))
    give(city, lin, "b", hours=Hours.of(10), subject=Subject.PUBLIC_ELECTIVE)
    assert not run(city, standings.get_home, lin).complete
    give(city, lin, "c", hours=Hours.of(60), subject=Subject.PROFESSIONAL)
    home = run(city, standings.get_home, lin)
    assert (home.complete, home.certificate_years) == (True, (2020,))


def test_the_years_of_the_period_are_averaged(city: Engine, lin: Actor) -> None:
    give(city, lin, "a", year=2016, hours=Hours.of(200))
    rows = {row.year: row for row in run(city, standings.list_years, lin)}
    assert list(rows) == [2020, 2019, 2018, 2017, 2016]
    assert rows[2018].average == "2016—2019年度合计 200 学时，年均 50 学时"
    assert rows[2018].missing == ("2016—2019年合计还差 160 学时",)
    give(city, lin, "b", year=2019, hours=Hours.of(160))
    rows = {row.year: row for row in run(city, standings.list_years, lin)}
    assert all(rows[year].complete for year in range(2016, 2020))
    assert not rows[2020].complete


def test_a_year_shows_its_credits(city: Engine, lin: Actor) -> None:
    give(city, lin)
    detail = run(city, standings.get_year, lin, year=2020)
    assert [line.title for line in detail.credits] == ["样例课程"]
    assert detail.row.required == "1.5"
    with pytest.raises(NotFound):
        run(city, standings.get_year, lin, year=2015)


def test_a_year_without_a_policy_of_its_own_goes_on_as_the_last(
    city: Engine, lin: Actor, clock
) -> None:  # type: ignore[no-untyped-def]
    clock.business = clock.business.replace(year=2021, month=1, day=1, hour=0)
    home = run(city, standings.get_home, lin)
    assert (home.year, [ring.need for ring in home.rings]) == (2021, ["30", "60", "90"])


def test_hours_given_in_one_transaction_are_seen_in_it(city: Engine, lin: Actor) -> None:
    def twice(session: Session, actor: Actor) -> list[Hours]:
        seen = []
        for number in range(2):
            line = _line(lin) | {"source_key": f"course:{number}"}
            credits.grant(session, actor, **line)  # type: ignore[arg-type]
            held_now = credits.totals(session, lin.person_id or 0)
            seen.append(held_now[2020][Subject.PUBLIC_REQUIRED])
        return seen

    assert run(city, twice, SYSTEM) == [Hours.of(1), Hours.of(2)]


def _line(person: Actor) -> dict[str, object]:
    return {
        "person_id": person.person_id, "year": 2020, "subject": Subject.PUBLIC_REQUIRED,
        "hours": Hours.of(1), "source_kind": "course", "source_key": "course:Z", "title": "样例",
        "rule": "course/1", "earned_on": date(2020, 8, 1),
    }  # fmt: skip
