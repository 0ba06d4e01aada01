"""隐去个人信息: name and numbers go for good, everything that points to the person stays sound."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import database
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Application
from rxapp.models.audit import AuditEvent
from rxapp.models.credits import Credit
from rxapp.models.learning import Watch
from rxapp.models.messages import Message
from rxapp.models.people import Membership, OneTimeCode, Person, SignIn
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import (
    accounts,
    audit,
    codes,
    credits,
    people,
    person_pages,
    person_states,
    pseudonyms,
    retention,
)
from rxapp.services.actors import ANONYMOUS, SYSTEM
from rxapp.services.audit import Action
from tests.factories import lesson_ids, make_course
from tests.services.test_people import Place, number

pytestmark = pytest.mark.usefixtures("installation")

LONG_AGO = timedelta(days=1096)


class Yard(Place):
    """Somebody of the clinic who has hours, a sitting, a message, a code."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.who = self.ids[0]
        with Session(engine) as session, session.begin():
            row = session.get_one(Person, self.who)
            row.activated_at = session.get_one(Person, self.town.city).activated_at
            row.password_hash = "x"
            credits.grant(
                session, SYSTEM, person_id=self.who, year=2020, subject=Subject.PROFESSIONAL,
                hours=Hours.of("12"), source_kind="course", source_key="course:1", title="急救",
                rule="course", earned_on=clock.today(),
            )  # fmt: skip
        self.act(self.town.employer, codes.issue, person_id=self.who, purpose="reset")
        self.leave("left")

    def leave(self, status: str, ago: timedelta = timedelta(days=0)) -> None:
        self.act(
            self.town.employer, person_states.set_status, person_id=self.who, status=status,
            begins_on=f"{clock.today() - ago}", note="家属来电", version=self.person().version,
        )  # fmt: skip

    def person(self) -> Person:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Person, self.who)

    def close(self, clerk: int, **given) -> None:  # type: ignore[no-untyped-def]
        given = {
            "person_id": self.who, "name": "褚一", "reason": "asked",
            "version": self.person().version,
        } | given  # fmt: skip
        self.act(clerk, pseudonyms.close, **given)

    def count(self, table) -> int:  # type: ignore[no-untyped-def]
        with Session(self.engine) as session:
            return len(session.exec(select(table).where(table.person_id == self.who)).all())


@pytest.fixture
def yard(engine: Engine) -> Yard:
    return Yard(engine)


def test_name_and_numbers_go_and_the_hours_stay(yard: Yard) -> None:
    yard.close(yard.town.city)
    row = yard.person()
    assert (row.name, row.identity_mask, row.mobile_mask) == ("已隐去", "*" * 18, "")
    assert (row.identity_cipher, row.mobile_cipher, row.password_hash) == ("", "", None)
    assert row.pseudonymised_at is not None
    assert (yard.count(Message), yard.count(OneTimeCode), yard.count(SignIn)) == (0, 0, 0)
    assert yard.count(Credit) == 1
    with Session(yard.engine) as session:
        assert credits.find_wrong_totals(session) == []
        while audit.seal(session):
            session.flush()
        assert audit.find_broken(session) is None
        event = session.exec(
            select(AuditEvent).where(AuditEvent.action == Action.PERSON_PSEUDONYMISED.value)
        ).one()
    assert (event.actor_id, event.detail) == (yard.town.city, {"reason": "asked"})
    # Neither a code nor another state is offered for who has no number.
    view = yard.act(yard.town.city, person_pages.get_person, yard.who)
    assert (view.may_edit, view.may_close, view.may_issue) == (False, False, False)
    with pytest.raises(Conflict):
        yard.leave("active")


def test_the_number_is_free_for_its_true_owner(yard: Yard) -> None:
    for typed in ("褚一", number(0)):
        found = yard.found(yard.town.city, query=typed)
        assert yard.who in found
    yard.close(yard.town.city)
    assert yard.who not in yard.found(yard.town.city, query="褚一")
    assert yard.found(yard.town.city, query=number(0)) == []
    with Session(yard.engine) as session, session.begin():
        again = yard._collect(session, 0, "褚甲", yard.town.clinic)
    assert yard.found(yard.town.city, query=number(0)) == [again]
    with Session(yard.engine) as session:
        assert people.find_by_number(session, number(0)).id == again != yard.who


@pytest.mark.parametrize("clerk", ["employer", "department"])
def test_only_a_bureau_does_it(yard: Yard, clerk: str) -> None:
    with pytest.raises(NotPermitted):
        yard.close(getattr(yard.town, clerk))
    assert yard.person().name == "褚一"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"name": "褚二"}, Invalid), ({"reason": "想"}, Invalid), ({"version": 0}, Conflict),
        ({"person_id": 987_654}, NotFound),
    ],
)  # fmt: skip
def test_a_slip_closes_nobody(yard: Yard, given, fault) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(fault):
        yard.close(yard.town.city, **given)
    assert yard.person().name == "褚一"


def test_nobody_at_work_is_closed(yard: Yard) -> None:
    with Session(yard.engine) as session, session.begin():
        other = session.get_one(Person, yard.ids[1])
        name, version = other.name, other.version
    with pytest.raises(Conflict, match="离职或去世"):
        yard.close(yard.town.city, person_id=yard.ids[1], name=name, version=version)


def test_who_died_long_ago_is_closed_by_the_clock(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "engine", lambda: yard.engine)
    with Session(yard.engine) as session, session.begin():
        row = session.get_one(Person, yard.who)
        row.status, row.status_on = row.status.DECEASED, clock.today() - timedelta(days=1094)
    retention.run_once()
    assert yard.person().name == "褚一"
    with Session(yard.engine) as session, session.begin():
        session.get_one(Person, yard.who).status_on = clock.today() - LONG_AGO
    assert retention.run_once()["pseudonyms"] == 1
    assert yard.person().name == "已隐去"
    assert retention.run_once()["pseudonyms"] == 0


def test_an_old_sitting_does_not_keep_the_clock_from_its_work(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "engine", lambda: yard.engine)
    then = clock.now() - timedelta(days=400)
    with Session(yard.engine) as session, session.begin():
        lesson = lesson_ids(session, make_course(session))[0]
        old = SignIn(
            token_hash="old", person_id=yard.who, created_at=then, seen_at=then, expires_at=then
        )
        session.add(old)
        session.flush()
        session.add(
            Watch(
                person_id=yard.who, lesson_id=lesson, sign_in_id=old.id or 0, token_hash="w",
                opened_at=then, beat_at=then,
            )
        )  # fmt: skip
    assert retention.run_once()["sign_ins"] == 1
    assert yard.count(Watch) == 0


def test_who_died_signs_in_no_more(yard: Yard) -> None:
    def known() -> bool:
        with Session(yard.engine) as session:
            found = accounts.find_candidate(session, ANONYMOUS, identity_number=number(0))
        return found.person_id is not None

    assert known()
    with Session(yard.engine) as session, session.begin():
        row = session.get_one(Person, yard.who)
        row.status = row.status.DECEASED
    assert not known()


def serve(yard: Yard, person: int, office: int) -> None:
    with Session(yard.engine) as session, session.begin():
        session.add(Membership(person_id=person, organisation_id=office, begins_at=clock.now()))


def test_who_leaves_is_nobodys_clerk(yard: Yard) -> None:
    serve(yard, yard.ids[1], yard.town.clinic)
    yard.who = yard.ids[1]
    yard.leave("left")
    with Session(yard.engine) as session:
        row = session.exec(select(Membership).where(Membership.person_id == yard.ids[1])).one()
    assert row.ended_at is not None


def test_an_employer_ends_no_rights_of_another_office(yard: Yard) -> None:
    """Saying that the bureau's clerk left would otherwise take the bureau its clerk."""
    serve(yard, yard.ids[1], yard.town.bureau)
    yard.who = yard.ids[1]
    with pytest.raises(Conflict, match="其他单位的管理员"):
        yard.leave("retired")
    with Session(yard.engine) as session:
        row = session.exec(select(Membership).where(Membership.person_id == yard.ids[1])).one()
        assert row.ended_at is None
        assert session.exec(select(col(Application.id))).all() == []
