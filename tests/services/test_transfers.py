"""单位变更 through its three parties, by time, by the bureau's word; and what stays as it was."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Application, QueueTotal
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Affiliation, Person
from rxapp.rules.applications import Kind, Status, Step
from rxapp.rules.person_status import PersonStatus
from rxapp.services import applications, deciding, people, transfers
from rxapp.services.actors import SYSTEM
from tests.factories import make_person
from tests.services.test_tree import Town, actor_of

pytestmark = pytest.mark.usefixtures("installation")


class Move:
    """Somebody of the clinic who wants to the double, and everybody who has a say."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(write=True, on=engine) as session:
            self.town = Town(session)
            self.mover = self._person(session, "独孤紫菀", self.town.clinic)
            self.new_clerk = self.town._clerk(session, "尉迟苍术", self.town.double)

    def _person(self, session: Session, name: str, place: int) -> int:
        return make_person(session, name, organisation_id=place).id or 0

    def act(self, person: int, use_case, **given):  # type: ignore[no-untyped-def]
        with transaction(write=True, on=self.engine) as session:
            return use_case(session, actor_of(session, person), **given)

    def ask(self) -> int:
        return self.act(self.mover, transfers.ask, to_id=self.town.double, note="").id

    def decide(self, person: int, verdict: str, note: str = "") -> str:
        row = self.row()
        return self.act(
            person, deciding.decide, application_id=row.id, verdict=verdict, note=note,
            version=row.version,
        )  # fmt: skip

    def row(self) -> Application:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.exec(select(Application).where(Application.kind == Kind.TRANSFER)).one()

    def place(self) -> int:
        with Session(self.engine) as session:
            return session.get_one(Person, self.mover).organisation_id

    def waiting(self) -> dict[int, int]:
        with Session(self.engine) as session:
            rows = session.exec(select(QueueTotal)).all()
            return {row.office_id: row.waiting for row in rows if row.waiting}

    def names(self, clerk: int) -> set[str]:
        return {row.name for row in self.act(clerk, people.list_people).rows}


@pytest.fixture
def move(engine: Engine) -> Move:
    return Move(engine)


def test_both_employers_agree_and_the_person_moves_with_everything(move: Move) -> None:
    move.ask()
    assert move.waiting() == {move.town.double: 1}
    move.decide(move.new_clerk, "approve")
    assert (move.row().step, move.place()) == (Step.RELEASE, move.town.clinic)
    assert move.waiting() == {move.town.clinic: 1}
    assert "独孤紫菀" in move.names(move.town.employer)
    move.decide(move.town.employer, "approve")
    assert (move.row().status, move.place()) == (Status.APPROVED, move.town.double)
    assert move.waiting() == {}
    # The old employer sees him no more, the new one does.
    assert "独孤紫菀" not in move.names(move.town.employer)
    assert "独孤紫菀" in move.names(move.new_clerk)
    with Session(move.engine) as session:
        spells = session.exec(select(Affiliation).where(Affiliation.person_id == move.mover)).all()
        assert [(s.organisation_id, s.how, s.ended_on) for s in spells] == [
            (move.town.double, "transfer", None)
        ]
        person = session.get_one(Person, move.mover)
        told = session.exec(select(Message).where(Message.person_id == move.mover)).all()
        assert person.unread == len(told) == 2


def test_silence_releases_on_the_day_and_not_before(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    move.ask()
    move.decide(move.new_clerk, "approve")
    due = move.row().lapses_on
    assert due == clock.today() + timedelta(days=15)
    real = clock.today
    monkeypatch.setattr(clock, "today", lambda: real() + timedelta(days=14))
    with transaction(write=True, on=move.engine) as session:
        assert transfers.lapse_due(session, SYSTEM) == 0
    assert move.place() == move.town.clinic
    monkeypatch.setattr(clock, "today", lambda: real() + timedelta(days=15))
    for released in (1, 0):  # again changes nothing
        with transaction(write=True, on=move.engine) as session:
            assert transfers.lapse_due(session, SYSTEM) == released
    assert (move.row().status, move.place()) == (Status.APPROVED, move.town.double)


@pytest.mark.parametrize(
    ("verdict", "note", "status", "moved"),
    [("approve", "", Status.APPROVED, True), ("reject", "仍在服务期内", Status.REJECTED, False)],
)
def test_an_objection_is_decided_by_the_bureau(
    move: Move, verdict: str, note: str, status: Status, moved: bool
) -> None:
    move.ask()
    move.decide(move.new_clerk, "approve")
    with pytest.raises(Invalid):
        move.decide(move.town.employer, "object")
    move.decide(move.town.employer, "object", "工作尚未交接")
    assert (move.row().step, move.row().office_id) == (Step.DISPUTE, move.town.bureau)
    with pytest.raises((NotPermitted, NotFound, Conflict)):
        move.decide(move.new_clerk, "approve")
    move.decide(move.town.city, verdict, note)
    assert move.row().status is status
    assert (move.place() == move.town.double) is moved


def test_nobody_else_has_a_say(move: Move) -> None:
    move.ask()
    for stranger in (move.mover, move.town.employer, move.town.department):
        with pytest.raises((NotPermitted, NotFound)):
            move.decide(stranger, "approve")
    assert move.row().step is Step.ACCEPT
    # The control: the one whose turn it is.
    move.decide(move.new_clerk, "approve")
    assert move.row().step is Step.RELEASE


def test_a_clerk_never_decides_on_himself(move: Move) -> None:
    clerk = move.town.employer
    move.act(clerk, transfers.ask, to_id=move.town.double, note="")
    move.decide(move.new_clerk, "approve")
    # He is the only clerk of the old employer: the level above acts for it.
    assert move.row().office_id == move.town.health
    with pytest.raises((NotPermitted, NotFound)):
        move.decide(clerk, "approve")
    move.decide(move.town.department, "approve")
    assert move.row().status is Status.APPROVED


def test_one_request_at_a_time_and_it_can_be_taken_back(move: Move) -> None:
    move.ask()
    with pytest.raises(Conflict, match="正在办理"):
        move.ask()
    view = move.act(move.mover, transfers.withdraw_own)
    assert (view.status, view.open, move.waiting()) == ("已撤回", False, {})
    with pytest.raises(Conflict):
        move.act(move.mover, transfers.withdraw_own)
    with pytest.raises(Invalid, match="目前就在"):
        move.act(move.mover, transfers.ask, to_id=move.town.clinic, note="")
    with pytest.raises(Invalid, match="查找并选择"):
        move.act(move.mover, transfers.ask, to_id=999, note="")


def test_what_was_typed_lies_encrypted(move: Move) -> None:
    move.ask()
    row = move.row()
    assert "from" not in row.sealed
    assert applications.read(row)["to"] == move.town.double


def test_one_that_cannot_be_released_holds_up_no_other(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(write=True, on=move.engine) as session:
        other = move._person(session, "公孙杜若", move.town.clinic)
    move.ask()
    move.decide(move.new_clerk, "approve")
    move.act(other, transfers.ask, to_id=move.town.ward, note="")
    with transaction(write=True, on=move.engine) as session:
        second = session.exec(select(Application).where(Application.person_id == other)).one()
        # The ward has no clerk: the clinic above it acts.
        assert second.office_id == move.town.clinic
        version = second.version
    move.act(
        move.town.employer, deciding.decide, application_id=second.id, verdict="approve", note="",
        version=version,
    )  # fmt: skip
    with transaction(write=True, on=move.engine) as session:
        session.get_one(Organisation, move.town.double).status = OrganisationStatus.CLOSED
    real = clock.today
    monkeypatch.setattr(clock, "today", lambda: real() + timedelta(days=16))
    with transaction(write=True, on=move.engine) as session:
        assert transfers.lapse_due(session, SYSTEM) == 1
    with Session(move.engine) as session:
        assert session.get_one(Person, other).organisation_id == move.town.ward
        stuck = session.exec(select(Application).where(Application.person_id == move.mover)).one()
        assert (stuck.step, stuck.office_id) == (Step.DISPUTE, move.town.bureau)
        assert session.get_one(Person, move.mover).organisation_id == move.town.clinic


def test_the_dead_are_not_moved(move: Move) -> None:
    move.ask()
    move.decide(move.new_clerk, "approve")
    with transaction(write=True, on=move.engine) as session:
        session.get_one(Person, move.mover).status = PersonStatus.DECEASED
    with pytest.raises(Conflict, match="去世"):
        move.decide(move.town.employer, "approve")
    assert move.place() == move.town.clinic
