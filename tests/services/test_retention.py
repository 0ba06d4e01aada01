"""What is past its time goes, what is not stays, and twice changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import database
from rxapp.adapters.locks import Lock, wait_for
from rxapp.models.applications import Application, Decision, Evidence
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import OneTimeCode, SignIn
from rxapp.rules.applications import Kind, Verdict
from rxapp.services import applications, retention
from rxapp.services.actors import SYSTEM
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("installation")

OLD = timedelta(days=4000)


@pytest.fixture
def person(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(database, "engine", lambda: engine)
    with Session(engine) as session, session.begin():
        return make_person(session).id or 0


def fill(engine: Engine, person: int, age: timedelta) -> None:
    """One of everything, so old."""
    then = clock.now() - age
    mark = f"{age.days}"
    with Session(engine) as session, session.begin():
        session.add_all([
            SignIn(
                token_hash=mark, person_id=person, created_at=then, seen_at=then, expires_at=then
            ),
            OneTimeCode(
                person_id=person, purpose="staff", code_hash=mark, created_at=then, expires_at=then
            ),
            Outgoing(channel="sms", sealed="", state="sent", next_at=then, made_at=then),
            Message(person_id=person, title=mark, body="", at=then, read_at=then),
            Evidence(
                purpose="other", name=mark, media_type="image/jpeg", size=1, file=mark,
                preview=mark, source_sha256=mark, uploaded_at=then,
            ),
        ])  # fmt: skip
        row = applications.submit(
            session, SYSTEM, kind=Kind.PERSON, office_id=1, title=mark, data={"name": mark}
        )
        applications.move(session, SYSTEM, row, Verdict.WITHDRAW, version=1)
        row.ended_at = then
        session.add(row)


def left(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        tables = (SignIn, OneTimeCode, Outgoing, Message, Evidence, Application, Decision)
        counts = {table.__name__: len(session.exec(select(table)).all()) for table in tables}
        counts["sealed"] = len(
            [row for row in session.exec(select(Application)).all() if row.sealed]
        )
        return counts


def test_the_old_goes_the_new_stays(engine: Engine, person: int) -> None:
    fill(engine, person, OLD)
    fill(engine, person, timedelta(0))
    done = retention.run_once()
    assert {name: count for name, count in done.items() if count} == {
        "sign_ins": 1, "codes": 1, "outgoing": 1, "messages": 1, "evidence": 1,
        "applications": 1,
    }  # fmt: skip
    kept = left(engine)
    assert kept.pop("sealed") == 1
    # Who decided on what stays for good.
    assert kept == {
        "SignIn": 1, "OneTimeCode": 1, "Outgoing": 1, "Message": 1, "Evidence": 1,
        "Application": 2, "Decision": 4,
    }  # fmt: skip
    again = retention.run_once()
    assert not any(again.values())
    with Session(engine) as session:
        told = session.exec(select(AuditEvent).where(AuditEvent.action == "retention:ran")).all()
        assert len(told) == 1


# SQLite has one writer at a time anyway.
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_what_is_past_its_time_goes_while_figures_are_folded(engine: Engine, person: int) -> None:
    fill(engine, person, OLD)
    with database.transaction(on=engine) as other:
        wait_for(other, Lock.RETENTION)
        assert retention.run_once() == {}, "another process is at it"
    with database.transaction(on=engine) as other:
        wait_for(other, Lock.FOLDING)
        assert retention.run_once()["sign_ins"] == 1
