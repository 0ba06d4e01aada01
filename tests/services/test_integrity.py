"""职称评审诚信档案: three years to the day, found by name and number, told to whom it is about."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.cases import IntegrityRecord
from rxapp.models.people import Disclosure, Person
from rxapp.rules.permissions import Capacity
from rxapp.services import integrity, organisations, own_export
from rxapp.services.actors import SYSTEM
from rxapp.services.integrity import CLEAN, MISSED, IntegrityAnswer
from tests.services.supervising import GROUNDS, YEAR, Supervision, at_day
from tests.services.test_people import number

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def case(engine: Engine) -> Supervision:
    return Supervision(engine)


def recorded(case: Supervision) -> int:
    """The person of a false claim is on record; the matter's id."""
    matter = case.proven(case.granted())
    for _ in range(2):
        case.act(case.town.city, integrity.record, case_id=matter, **GROUNDS)
    return matter


def panel(case: Supervision) -> int:
    """Somebody of a title panel, which belongs to no bureau's subtree but the city's."""
    with Session(case.engine) as session, session.begin():
        place = organisations.add_organisation(
            session, SYSTEM, name="样例评审委员会", parent_id=case.town.bureau,
            capacities=frozenset({Capacity.TITLE_PANEL}),
        )  # fmt: skip
        session.get_one(Person, case.ids[7]).activated_at = clock.now()
    case.serve(case.ids[7], place)
    return case.ids[7]


def looked(case: Supervision, by: int, name: str = "", of: str = "") -> IntegrityAnswer:
    return case.act(by, integrity.look_up, name=name or "褚一", number=of or number(0))


def test_the_person_is_on_record_once_and_told(case: Supervision) -> None:
    matter = recorded(case)
    with Session(case.engine) as session:
        row = session.exec(select(IntegrityRecord)).one()
    assert (row.person_id, row.case_id, row.decided_on) == (case.who, matter, clock.today())
    assert row.expires_on.year == clock.today().year + 3
    assert case.lines(matter).count("recorded") == 1
    assert any("诚信档案" in said for said in case.told(case.who))
    (own,) = case.act(case.who, integrity.list_own)
    assert (own.state, own.in_force, own.reason) == ("有效", True, GROUNDS["reason"])
    assert case.act(case.ids[1], integrity.list_own) == []


def test_only_what_was_decided_as_false_is_entered(case: Supervision) -> None:
    matter = case.proven(case.granted(), "not_proven")
    with pytest.raises(Conflict, match="弄虚作假"):
        case.act(case.town.city, integrity.record, case_id=matter, **GROUNDS)
    other = case.proven(case.granted("另一项", earned_on=f"{YEAR}-01-06"))
    with pytest.raises(Invalid) as caught:
        case.act(case.town.city, integrity.record, case_id=other, reason=" ", basis="")
    assert set(caught.value.fields) == {"reason", "basis"}
    with pytest.raises(NotFound):
        case.act(case.inspector, integrity.record, case_id=other, **GROUNDS)
    with pytest.raises(NotPermitted):
        case.act(case.town.department, integrity.record, case_id=other, **GROUNDS)
    with Session(case.engine) as session:
        assert session.exec(select(IntegrityRecord)).all() == []


def test_it_expires_by_itself(case: Supervision, monkeypatch: pytest.MonkeyPatch) -> None:
    at_day(monkeypatch, date(2028, 2, 29))
    recorded(case)
    at_day(monkeypatch, date(2031, 2, 28))
    assert len(looked(case, case.town.city).rows) == 1
    at_day(monkeypatch, date(2031, 3, 1))
    answer = looked(case, case.town.city)
    assert (answer.rows, answer.sentence) == ([], CLEAN)
    # Kept, and seen as what it was, by the person and the bureau.
    assert case.act(case.who, integrity.list_own)[0].state == "已失效"
    assert case.act(case.town.city, integrity.list_records).rows[0].state == "已失效"


def test_one_answer_for_a_wrong_name_and_an_unknown_number(case: Supervision) -> None:
    recorded(case)
    reader = panel(case)
    hit = looked(case, reader)
    assert (len(hit.rows), hit.name) == (1, "褚一")
    assert "1条" in hit.sentence
    wrong_name = looked(case, reader, name="褚二")
    unknown = looked(case, reader, of=number(777))
    assert wrong_name == unknown == IntegrityAnswer("", "", MISSED, [])
    clean = looked(case, reader, name="褚二", of=number(1))
    assert (clean.sentence, clean.rows) == (CLEAN, [])
    for typed, field in ((("", number(0)), "name"), (("褚一", "12"), "identity_number")):
        with pytest.raises(Invalid) as caught:
            case.act(reader, integrity.look_up, name=typed[0], number=typed[1])
        assert field in caught.value.fields
    for denied in (case.town.employer, case.town.department, case.who):
        with pytest.raises(NotPermitted):
            looked(case, denied)


def test_every_look_is_recorded_and_the_person_sees_it(case: Supervision) -> None:
    reader = panel(case)
    looked(case, reader)
    looked(case, reader, name="别人")
    (seen,) = case.act(case.who, integrity.list_looks)
    assert (seen.office, seen.reason) == ("样例评审委员会", "核查诚信档案记录")
    assert case.act(case.ids[1], integrity.list_looks) == []
    with Session(case.engine) as session:
        events = session.exec(
            select(AuditEvent).where(AuditEvent.action == "integrity:looked_up")
        ).all()
        # The miss is recorded too, and names nobody.
        assert [(event.object_id, event.detail["hit"]) for event in events] == [
            (case.who, True), (None, False),
        ]  # fmt: skip
        assert len(session.exec(select(Disclosure)).all()) == 1


def test_a_bureau_lists_its_own_subtree_and_a_panel_lists_nobody(case: Supervision) -> None:
    recorded(case)
    assert [row.name for row in case.act(case.town.city, integrity.list_records).rows] == ["褚一"]
    assert case.act(case.inspector, integrity.list_records).rows == []
    assert case.act(panel(case), integrity.list_records).rows == []


def test_pages_follow_each_other(case: Supervision, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "PAGE", 2)
    for day in range(3):
        matter = case.proven(case.granted(f"第{day}项", earned_on=f"{YEAR}-01-{day + 1:02d}"))
        case.act(case.town.city, integrity.record, case_id=matter, **GROUNDS)
    first = case.act(case.town.city, integrity.list_records)
    rest = case.act(case.town.city, integrity.list_records, before=first.next_before)
    ids = [row.id for row in (*first.rows, *rest.rows)]
    assert (len(first.rows), len(rest.rows), rest.next_before) == (2, 1, 0)
    assert ids == sorted(ids, reverse=True)


def test_a_record_whose_decision_fell_is_cancelled_with_a_reason(case: Supervision) -> None:
    matter = recorded(case)
    with Session(case.engine) as session:
        id = session.exec(select(IntegrityRecord.id)).one()
    with pytest.raises(Invalid):
        case.act(case.town.city, integrity.cancel, record_id=id, reason=" ")
    with pytest.raises(NotFound):
        case.act(case.inspector, integrity.cancel, record_id=id, reason="复议撤销")
    with pytest.raises(NotPermitted):
        case.act(panel(case), integrity.cancel, record_id=id, reason="复议撤销")
    case.serve(case.who, case.town.bureau)
    with pytest.raises(NotPermitted, match="本人"):
        case.act(case.who, integrity.cancel, record_id=id, reason="复议撤销")
    assert len(looked(case, case.town.city).rows) == 1
    for _ in range(2):
        case.act(case.second, integrity.cancel, record_id=id, reason="复议撤销")
    assert looked(case, case.town.city).rows == []
    own = case.act(case.who, integrity.list_own)[0]
    assert (own.state, own.cancel_reason) == ("已撤销", "复议撤销")
    assert case.lines(matter).count("cancelled") == 1


def test_the_person_takes_it_along(case: Supervision) -> None:
    recorded(case)
    sheets = {sheet.name: sheet for sheet in case.act(case.who, own_export.list_sheets)}
    (matter,) = sheets["监督检查"].rows
    assert (matter[1], matter[3]) == ("弄虚作假", "证书属实")
    (record,) = sheets["诚信档案"].rows
    assert (record[0], record[4]) == (GROUNDS["reason"], "有效")
    others = {sheet.name: sheet for sheet in case.act(case.ids[1], own_export.list_sheets)}
    assert others["监督检查"].rows == others["诚信档案"].rows == []
