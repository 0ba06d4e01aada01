"""操作日志 of a county: its own records alone, the newest first, whichever way they are found."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Person
from rxapp.services import audit_log
from rxapp.services.audit_log import Wanted
from tests.services.test_inspections import Supervised

pytestmark = pytest.mark.usefixtures("installation")
ACTIONS = ("claim:moved", "account:signed_in", "gate:denied")
# How far along the log a county is looked for: never, nearly at once, further than there is.
WALKS = {"by all that is below": 0, "soon given up": 7, "along the log": 2_000}


@pytest.fixture(params=WALKS)
def walked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(audit_log, "WALKED", WALKS[request.param])
    monkeypatch.setattr(audit_log, "PAGE", 3)
    return request.param


@pytest.fixture
def case(engine: Engine) -> Supervised:
    made, lot = Supervised(engine), random.Random(7)
    people = [*made.ids[:3], made.sheriff, made.town.employer, None]
    offices = [made.mill, made.county, made.town.clinic, made.town.bureau, None, None]
    with Session(engine) as session, session.begin():
        for number in range(240):
            kind = lot.choice(["person", "organisation", "claim", ""])
            about = {"person": people, "organisation": offices}.get(kind, [made.county, 1])
            session.add(
                AuditEvent(
                    at=clock.now() - timedelta(days=4 - number // 60), actor_id=lot.choice(people),
                    office_id=lot.choice(offices), action=lot.choice(ACTIONS), object_kind=kind,
                    object_id=lot.choice(about),
                )
            )  # fmt: skip
    return made


def expected(case: Supervised, **only: str) -> list[int]:
    """The same said plainly: done for an office of the county, by one of its people, or to one."""
    offices = {case.county, case.mill}
    with Session(case.engine) as session:
        people = set(
            session.exec(select(Person.id).where(col(Person.organisation_id).in_(offices)))
        )
        return [
            each.id or 0
            for each in session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc()))
            if all(getattr(each, name) == value for name, value in only.items())
            and (
                each.office_id in offices
                or (each.office_id is None and each.actor_id in people)
                or (each.object_kind == "person" and each.object_id in people)
                or (each.object_kind == "organisation" and each.object_id in offices)
            )
        ]


def listed(case: Supervised, who: int, wanted: Wanted) -> list[int]:
    seen: list[int] = []
    before = 0
    while True:
        page = case.act(who, audit_log.list_events, wanted=wanted, before=before)
        seen += [row.id for row in page.rows]
        if not (before := page.next_before):
            return seen


@pytest.mark.parametrize(
    ("wanted", "only"),
    [
        (Wanted(), {}), (Wanted(action="gate:denied"), {"action": "gate:denied"}),
        (Wanted(kind="organisation"), {"object_kind": "organisation"}),
        (Wanted(action="claim:moved", kind="person"),
         {"action": "claim:moved", "object_kind": "person"}),
    ],
)  # fmt: skip
def test_every_page_together_is_the_countys_own_log(
    case: Supervised, walked: str, wanted: Wanted, only: dict[str, str]
) -> None:
    seen = listed(case, case.sheriff, wanted)
    assert seen == expected(case, **only)
    with Session(case.engine) as session:
        everything = len(session.exec(select(AuditEvent.id)).all())
    # It is a part of the whole, or nothing would be proved.
    assert 3 < len(seen) < everything
    with pytest.raises(NotPermitted):
        case.act(case.town.employer, audit_log.list_events, wanted=wanted)


def test_who_and_where_stand_in_each_line(case: Supervised, walked: str) -> None:
    with Session(case.engine) as session, session.begin():
        session.add(
            AuditEvent(
                at=clock.now(), actor_id=case.sheriff, office_id=case.county, action=ACTIONS[0],
                object_kind="organisation", object_id=case.mill,
            )
        )  # fmt: skip
    line = case.act(case.sheriff, audit_log.list_events, wanted=Wanted()).rows[0]
    assert (line.who, line.office) == ("端木菖蒲", "样例县人社局")
    assert "样例县磨坊" in line.about


def test_a_workbook_has_all_of_it(case: Supervised) -> None:
    # The record of taking it out is not yet in it.
    before = expected(case)
    rows = case.act(case.sheriff, audit_log.list_for_export, wanted=Wanted())
    assert [row.id for row in rows] == before


def test_what_was_done_for_an_office_elsewhere_is_that_offices(
    case: Supervised, walked: str
) -> None:
    """The city's inspector belongs to the county, and inspects it for the city."""
    with Session(case.engine) as session, session.begin():
        theirs = AuditEvent(
            at=clock.now(), actor_id=case.sheriff, office_id=case.town.bureau, action=ACTIONS[0],
            object_kind="claim", object_id=1,
        )  # fmt: skip
        ours = AuditEvent(
            at=clock.now(), actor_id=case.sheriff, action=ACTIONS[0], object_kind="claim",
            object_id=1,
        )  # fmt: skip
        session.add_all([theirs, ours])
        session.flush()
        hidden, shown = theirs.id, ours.id
    seen = listed(case, case.sheriff, Wanted())
    assert shown in seen
    assert hidden not in seen
    assert hidden in listed(case, case.town.city, Wanted())
