"""The desk: whose turn it is, decided once, by somebody else, answered for by name."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Application, Decision, QueueTotal
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Membership, Person
from rxapp.rules.applications import Status, Verdict
from rxapp.services import deciding
from tests.factories import at_once, make_actor, make_person
from tests.services.applying import (
    NUMBER,
    OTHER_MOBILE,
    OTHER_NUMBER,
    Town,
    actor_of,
    decide,
    enrol,
    now_is,
    person_form,
)

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def town(engine: Engine) -> Town:
    with Session(engine) as session, session.begin():
        return Town(session)


def waiting(engine: Engine, person: int) -> deciding.Desk:
    with Session(engine) as session, session.begin():
        return deciding.list_waiting(session, actor_of(session, person))


def totals(engine: Engine) -> dict[int, int]:
    with Session(engine) as session:
        return {row.office_id: row.waiting for row in session.exec(select(QueueTotal))}


def choices(engine: Engine, person: int, row: Application) -> list[str]:
    with Session(engine) as session, session.begin():
        shown = deciding.get_application(session, actor_of(session, person), row.id or 0)
        return [choice.key for choice in shown.choices] + ["pass_on"] * shown.may_pass_on


def test_only_the_office_it_was_sent_to_decides(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    with pytest.raises(NotFound):
        decide(engine, town.forge_clerk, row, "approve")
    # Whoever stands above sees it and leaves it to the employer.
    assert choices(engine, town.county_clerk, row) == []
    with pytest.raises(NotPermitted, match="由其他单位办理"):
        decide(engine, town.county_clerk, row, "approve")
    with Session(engine) as session, session.begin():
        learner = make_actor(session, make_person(session, "普通学员", organisation_id=town.school))
        with pytest.raises(NotPermitted):
            deciding.get_application(session, learner, row.id or 0)
    assert choices(engine, town.school_clerk, row) == ["approve", "return", "reject", "pass_on"]
    said = decide(engine, town.school_clerk, row, "approve")
    assert row.number in said
    with Session(engine) as session:
        given = session.exec(select(Decision).order_by(Decision.id)).all()[-1]  # type: ignore[arg-type]
        assert (given.verdict, given.by_id, given.office_id) == (
            Verdict.APPROVE, town.school_clerk, town.school,
        )  # fmt: skip
        told = session.exec(
            select(AuditEvent).where(AuditEvent.action == "application:decided")
        ).one()
        assert (told.actor_id, told.object_id) == (town.school_clerk, row.id)


def test_of_two_reviewers_at_once_the_second_is_told_who_was_first(
    engine: Engine, town: Town
) -> None:
    row = enrol(engine, person_form(town.school))
    first, second = at_once(
        [
            lambda: decide(engine, town.school_clerk, row, "approve", version=1),
            lambda: decide(engine, town.second_clerk, row, "approve", version=1),
        ]
    )
    lost = second if isinstance(second, Exception) else first
    assert isinstance(lost, Conflict), (first, second)
    assert isinstance(first if lost is second else second, str)
    winner = "皇甫青黛" if lost is second else "独孤紫菀"
    assert winner in lost.message
    assert "通过" in lost.message
    with Session(engine) as session:
        made = session.exec(select(Person).where(Person.name == "欧阳鸢尾")).all()
    assert len(made) == 1


def test_pressed_twice_it_counts_once(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    said = [decide(engine, town.school_clerk, row, "return", "请核对", version=1) for _ in range(2)]
    assert said[0] == said[1]
    with Session(engine) as session:
        assert len(session.exec(select(Decision)).all()) == 2
    with pytest.raises(Conflict, match="皇甫青黛"):
        decide(engine, town.second_clerk, row, "return", "请核对", version=1)
    with pytest.raises(Conflict, match="退回"):
        decide(engine, town.school_clerk, row, "approve", version=1)


def test_pressed_twice_at_once_it_counts_once(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    press = lambda: decide(engine, town.school_clerk, row, "approve", version=1)  # noqa: E731
    said = at_once([press, press])
    assert said[0] == said[1]
    assert totals(engine) == {town.school: 0}


def test_a_refusal_needs_a_reason(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    for verdict in ("return", "reject", "pass_on"):
        with pytest.raises(Invalid) as refused:
            decide(engine, town.school_clerk, row, verdict, "  \n ", pass_to=town.forge)
        assert set(refused.value.fields) == {"note"}
    with pytest.raises(Invalid, match="400"):
        decide(engine, town.school_clerk, row, "reject", "长" * 401)
    for unknown in ("object", "submit", "lapse", "withdraw", "", "x"):
        with pytest.raises(Conflict):
            decide(engine, town.school_clerk, row, unknown, "理由")
    assert now_is(engine, row).status is Status.SUBMITTED
    decide(engine, town.school_clerk, row, "reject", "不在本单位工作")
    assert now_is(engine, row).status is Status.REJECTED


def test_nobody_decides_on_himself(engine: Engine, town: Town) -> None:
    with Session(engine) as session, session.begin():
        clerk = session.get_one(Person, town.school_clerk)
        clerk.identity_hash = data_keys().hash(NUMBER, context="identity")
    row = enrol(engine, person_form(town.school))
    assert choices(engine, town.school_clerk, row) == []
    with pytest.raises(NotPermitted, match="本人"):
        decide(engine, town.school_clerk, row, "reject", "试试")
    decide(engine, town.second_clerk, row, "reject", "已登记")
    assert now_is(engine, row).status is Status.REJECTED


def test_what_waits_too_long_shows_at_the_superior_as_well(
    engine: Engine, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = enrol(engine, person_form(town.school))
    assert [each.id for each in waiting(engine, town.school_clerk).rows] == [row.id]
    assert waiting(engine, town.guild_clerk).rows == []

    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=4))
    (mine,) = waiting(engine, town.school_clerk).rows
    assert (mine.late, mine.from_below, mine.age) == (True, False, "已等待4天")
    assert waiting(engine, town.guild_clerk).rows == []
    assert choices(engine, town.guild_clerk, row) == []

    monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=8))
    (seen,) = waiting(engine, town.guild_clerk).rows
    assert (seen.id, seen.from_below) == (row.id, True)
    assert waiting(engine, town.forge_clerk).rows == []
    decide(engine, town.guild_clerk, row, "approve")
    with Session(engine) as session:
        given = session.exec(select(Decision).order_by(Decision.id)).all()[-1]  # type: ignore[arg-type]
    # Who decided answers for it, not the office that stayed silent.
    assert (given.by_id, given.office_id) == (town.guild_clerk, town.guild)
    assert totals(engine) == {town.school: 0}


def test_totals_follow_what_waits_and_the_oldest_comes_first(engine: Engine, town: Town) -> None:
    first = enrol(engine, person_form(town.school))
    second = enrol(engine, person_form(town.school, identity_number=OTHER_NUMBER, name="司徒木槿"))
    desk = waiting(engine, town.school_clerk)
    assert ([row.id for row in desk.rows], desk.waiting) == ([first.id, second.id], 2)
    decide(engine, town.school_clerk, first, "pass_on", "在铁铺", pass_to=town.forge)
    assert totals(engine) == {town.school: 1, town.forge: 1}
    decide(engine, town.forge_clerk, first, "return", "请补充")
    assert totals(engine) == {town.school: 1, town.forge: 0}
    assert waiting(engine, town.forge_clerk).rows == []


def test_a_long_desk_is_read_page_by_page(
    engine: Engine, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "PAGE", 2)
    ids = [enrol(engine, person_form(town.school, mobile=OTHER_MOBILE)).id for _ in range(5)]
    seen: list[int] = []
    after = ""
    with Session(engine) as session, session.begin():
        actor = actor_of(session, town.school_clerk)
        for _ in range(3):
            page = deciding.list_waiting(session, actor, after=after)
            seen += [row.id for row in page.rows]
            after = page.next_after
        assert (seen, after) == (ids, "")
        for rubbish in ("x", "2020-01-01|", "|3"):
            with pytest.raises(NotFound):
                deciding.list_waiting(session, actor, after=rubbish)


def test_a_right_taken_away_is_gone_at_once(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    with Session(engine) as session, session.begin():
        held = session.exec(
            select(Membership).where(Membership.person_id == town.school_clerk)
        ).one()
        held.ended_at = clock.now()
    with pytest.raises(NotPermitted):
        decide(engine, town.school_clerk, row, "approve")
    decide(engine, town.second_clerk, row, "approve")
    assert now_is(engine, row).status is Status.APPROVED
