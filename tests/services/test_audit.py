"""The record: written with the change, sealed into a chain, never changed afterwards."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import func, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.audit import AuditEvent, AuditSeal
from rxapp.models.credits import Credit
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import audit
from rxapp.services.actors import SYSTEM
from tests.factories import make_person

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def history(engine: Engine) -> Engine:
    """Six things that happened, all of them sealed."""
    happen(engine, 6)
    seal(engine)
    return engine


def happen(engine: Engine, times: int, **detail: Any) -> None:
    with transaction(write=True, on=engine) as session:
        for number in range(1, times + 1):
            audit.record(
                session, SYSTEM, audit.Action.CODE_ISSUED, kind="person", id=number,
                at=clock.now() - LONG_AGO, **(detail or {"purpose": "staff", "count": number}),
            )  # fmt: skip


def seal(engine: Engine, **limit: int) -> int:
    with transaction(write=True, on=engine) as session:
        return audit.seal(session, **limit)


def broken(engine: Engine) -> int | None:
    with transaction(on=engine) as session:
        return audit.find_broken(session)


def tamper(engine: Engine, *statements: str, **values: Any) -> None:
    """Change the tables as somebody would who owns the database and its triggers."""
    off, on = _triggers(engine)
    with transaction(write=True, on=engine) as session:
        for statement in (*off, *statements, *on):
            session.connection().execute(text(statement), values)


def test_what_happened_is_undone_with_its_change(engine: Engine) -> None:
    def fails() -> None:
        with transaction(write=True, on=engine) as session:
            audit.record(session, SYSTEM, audit.Action.CODE_ISSUED)
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert _count(engine, AuditEvent) == 0
    happen(engine, 1)
    assert _count(engine, AuditEvent) == 1


def test_an_untouched_chain_is_sound(history: Engine) -> None:
    assert broken(history) is None
    assert seal(history) == 0
    happen(history, 3)
    assert broken(history) is None
    assert (seal(history), broken(history)) == (3, None)


def test_sealing_in_parts_makes_the_same_chain(history: Engine) -> None:
    happen(history, 5)
    assert [seal(history, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert broken(history) is None
    with transaction(on=history) as session:
        positions = session.exec(select(AuditSeal.position).order_by(AuditSeal.position)).all()  # type: ignore[arg-type]
    assert list(positions) == list(range(1, 12))


def test_sealing_reads_the_last_link_and_not_the_chain(history: Engine) -> None:
    happen(history, 1)
    read: list[int] = []

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        # SQLite hands rows over one by one and knows no number.
        read.append(cursor.rowcount)

    event.listen(history, "after_cursor_execute", note)
    seal(history)
    event.remove(history, "after_cursor_execute", note)
    assert read
    assert max(read) <= 1


def test_one_that_was_committed_late_is_sealed_too(history: Engine) -> None:
    tamper(
        history,
        "INSERT INTO audit_event (id, at, action, object_kind, detail) "
        "VALUES (-5, '2026-01-01 00:00:00+00:00', 'x:y', '', '{}')"
        if history.dialect.name == "postgresql"
        else "INSERT INTO audit_event (id, at, action, object_kind, detail) "
        "VALUES (-5, '2026-01-01 00:00:00.000000', 'x:y', '', '{}')",
    )
    assert broken(history) == -5
    assert seal(history) == 1
    assert broken(history) is None


@pytest.mark.parametrize(
    "change",
    [
        "action = 'account:signed_in'",
        "actor_id = 7",
        "object_id = 99",
        "object_id = NULL",
        "object_kind = 'course'",
        'detail = \'{"purpose": "staff", "count": 4000}\'',
        'detail = \'{"purpose": "staff", "count": 4, "more": null}\'',
        'detail = \'{"purpose": "staff", "count": 4.5}\'',
        "detail = '{}'",
        "detail = 'null'",
        "at = '2020-01-01 00:00:00'",
        "id = 4000",
    ],
)
def test_the_first_row_touched_is_named(history: Engine, change: str) -> None:
    tamper(history, f"UPDATE audit_event SET {change} WHERE id = 4")
    assert broken(history) == 4


@pytest.mark.parametrize(
    ("statements", "first"),
    [
        (["DELETE FROM audit_event WHERE id = 3"], 3),
        (["DELETE FROM audit_event WHERE id = 6"], 6),
        (["DELETE FROM audit_event WHERE id = 3", "DELETE FROM audit_seal WHERE event_id = 3"], 4),
        (["DELETE FROM audit_seal WHERE position = 2"], 3),
        (["UPDATE audit_seal SET digest = 'x' WHERE position = 5"], 5),
        (["UPDATE audit_seal SET position = 60 WHERE position = 6"], 6),
        (["UPDATE audit_seal SET event_id = 70 WHERE position = 2",
          "UPDATE audit_seal SET event_id = 2 WHERE position = 3",
          "UPDATE audit_seal SET event_id = 3 WHERE position = 2"], 3),
        (["UPDATE audit_event SET action = 'a' WHERE id = 5",
          "UPDATE audit_event SET action = 'b' WHERE id = 2"], 2),
    ],
)  # fmt: skip
def test_what_is_gone_or_out_of_order_is_named(
    history: Engine, statements: list[str], first: int
) -> None:
    tamper(history, *statements)
    assert broken(history) == first


def test_a_chain_torn_off_goes_on_to_be_torn(history: Engine) -> None:
    tamper(history, "UPDATE audit_event SET object_id = 99 WHERE id = 4")
    happen(history, 3)
    seal(history)
    assert broken(history) == 4


def test_words_in_chinese_and_empty_detail_are_sealed(engine: Engine) -> None:
    happen(engine, 1, reason="重复学习", ids=[1, 2], nothing=None, yes=True)
    with transaction(write=True, on=engine) as session:
        audit.record(session, SYSTEM, audit.Action.SIGNED_OUT)
    assert (seal(engine), broken(engine)) == (2, None)


@pytest.mark.parametrize("table", ["audit_event", "audit_seal", "credit"])
def test_the_database_itself_refuses_a_change(history: Engine, table: str) -> None:
    _earn(history)
    column = {"credit": "title", "audit_event": "action", "audit_seal": "digest"}[table]
    statements = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"]
    if history.dialect.name == "postgresql":
        statements.append(f"TRUNCATE {table} CASCADE")
    before = _everything(history, table)
    assert before
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match="append-only"),
            transaction(write=True, on=history) as session,
        ):
            session.connection().execute(text(statement))
        assert _everything(history, table) == before


def test_every_word_of_the_record_is_its_own() -> None:
    words = [action.value for action in audit.Action]
    assert len(set(words)) == len(words) > 10
    assert all(word.count(":") == 1 and word.isascii() for word in words)


def _earn(engine: Engine) -> None:
    with transaction(write=True, on=engine) as session:
        person = make_person(session)
        session.add(
            Credit(
                person_id=person.id or 0, year=2020, subject=Subject.PROFESSIONAL,
                hours=Hours.of("1"), source_kind="course", source_key="course:1", title="样例",
                rule="r1", earned_on=clock.now().date(), created_at=clock.now(),
            )
        )  # fmt: skip


def _triggers(engine: Engine) -> tuple[list[str], list[str]]:
    tables = ("audit_event", "audit_seal")
    if engine.dialect.name == "postgresql":
        return (
            [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables],
            [f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in tables],
        )
    names = [f"{table}_no_{verb}" for table in tables for verb in ("update", "delete")]
    return [f"DROP TRIGGER IF EXISTS {name}" for name in names], []


def _everything(engine: Engine, table: str) -> list[str]:
    with transaction(on=engine) as session:
        return sorted(map(repr, session.connection().execute(text(f"SELECT * FROM {table}"))))


def _count(engine: Engine, table: Any) -> int:
    with transaction(on=engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()
