"""The city bureau hears of backups that are too old, once a day, and nobody else does."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session, select

from rxapp.adapters import backup_work, file_store
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import Membership
from rxapp.rules.backup_manifest import name_of
from rxapp.rules.backups import Kind
from rxapp.rules.permissions import Capacity
from rxapp.services import alerting, audit, backup_runs, retention, troubles
from rxapp.services.actors import SYSTEM
from rxapp.services.backup_runs import Run
from tests import aged
from tests.factories import Clock, make_organisation, make_person, make_policies
from tests.services.backing import Machine, forget, installed

HOUR = 3600


@pytest.fixture
def bureau(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, request
) -> Iterator[Machine]:
    """A city bureau with a clerk who has an address, one who left, and a clerk of an employer."""
    with installed(
        database, tmp_path, monkeypatch, partial(request.getfixturevalue, "postgres_url")
    ) as made:
        # What else may be amiss on a machine that nothing runs on is told elsewhere.
        monkeypatch.setattr(troubles, "SOURCES", (troubles.of_backups,))
        with transaction(write=True) as session:
            make_policies(session)
            city = make_organisation(session, capacities=frozenset({Capacity.CITY_BUREAU}))
            school = make_organisation(session)
            sealed = data_keys().encrypt("a@example.com", context="email")
            clerk = make_person(session, "市局", email_cipher=sealed)
            for person, office, ended in (
                (clerk, city, None),
                (make_person(session, "离开"), city, clock.real),
                (make_person(session, "学校"), school, None),
            ):
                _serve(session, person.id or 0, office.id or 0, ended=ended, clock=clock)
            audit.record(session, SYSTEM, audit.Action.SIGNED_IN)
        yield made


def _serve(session: Session, person: int, office: int, *, ended, clock: Clock) -> None:
    session.add(
        Membership(
            person_id=person, organisation_id=office, begins_at=clock.real, ended_at=ended
        )
    )  # fmt: skip


def told() -> list[str]:
    with transaction() as session:
        return list(session.exec(select(Message.body)).all())


def looked() -> int:
    """Of how many troubles somebody was told at one look."""
    return alerting.look_once()


def note_trial(clock: Clock, *, sound: bool) -> None:
    name = name_of(clock.real, "0017", "abcdef")
    backup_runs.note(Run(Kind.TESTED, name, clock.real, 1, sound, ""))


def test_the_clerks_of_the_city_are_told_once_a_day(bureau: Machine, clock: Clock) -> None:
    assert looked() == 0
    clock.pass_(25 * HOUR)
    assert looked() == 0
    clock.pass_(2 * HOUR)
    assert looked() == 1
    assert looked() == 0
    assert ["还没有" in body for body in told()] == [True]
    with transaction() as session:
        assert session.exec(select(Outgoing.channel)).all() == ["email"]
    clock.pass_(24 * HOUR)
    assert looked() == 1


def test_only_a_backup_that_was_tested_and_sound_is_enough(bureau: Machine, clock: Clock) -> None:
    clock.pass_(40 * HOUR)
    backup_runs.note(Run(Kind.MADE, "", clock.real, 1, True, ""))
    note_trial(clock, sound=False)
    assert looked() == 1
    clock.pass_(24 * HOUR)
    note_trial(clock, sound=True)
    assert looked() == 1
    assert "已恢复正常" in told()[-1]
    assert looked() == 0
    clock.pass_(27 * HOUR)
    assert looked() == 1
    assert "27小时以前" in told()[-1]


def test_a_demo_is_not_watched_unless_backups_were_set_up(bureau: Machine, clock: Clock) -> None:
    clock.pass_(40 * HOUR)
    bureau.patch.setenv("RXAPP_DEMO", "1")
    bureau.patch.setenv("RXAPP_BACKUP_TO", "")
    forget()
    assert looked() == 0
    bureau.patch.setenv("RXAPP_BACKUP_TO", str(bureau.folder / "to"))
    forget()
    assert looked() == 1


def test_nothing_is_removed_while_a_backup_reads(bureau: Machine, clock: Clock) -> None:
    from rxapp.models.applications import Evidence
    from rxapp.services import evidence

    kept = file_store.put_bytes(b"proof", suffix=".jpg", root=evidence.folder())
    with transaction(write=True) as session:
        session.add(
            Evidence(
                purpose="other", name="", media_type="image/jpeg", size=5, pages=1, file=kept,
                preview=kept, source_sha256="", uploaded_at=clock.real - timedelta(days=3),
            )
        )  # fmt: skip
    aged.age(kept, root=evidence.folder())
    with backup_work.nothing_removed():
        assert retention.run_once() == {}
        assert file_store.is_there(kept, root=evidence.folder())
    assert retention.run_once()["evidence"] == 1
    assert not file_store.is_there(kept, root=evidence.folder())
