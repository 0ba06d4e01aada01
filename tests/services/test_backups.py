"""Backups made, tried and brought back on both databases, and everything that refuses."""

import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from rxapp.adapters import schema
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import place
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict
from rxapp.models.backups import BackupRun
from rxapp.models.people import Person
from rxapp.rules.backup_manifest import BadBackup
from rxapp.rules.backups import Kind
from rxapp.services import backup_making, backup_restoring, backup_testing, backups
from rxapp.settings import settings
from tests import servers
from tests.factories import make_person, make_policies
from tests.services.backing import Machine, installed, listing


@pytest.fixture
def machine(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request
) -> Iterator[Machine]:
    """A migrated installation with a person in it."""
    server = partial(request.getfixturevalue, "postgres_url")
    with installed(database, tmp_path, monkeypatch, server) as made:
        with transaction(write=True) as session:
            make_policies(session)
            make_person(session)
        yield made


def people() -> list[tuple[str, str]]:
    with transaction() as session:
        return list(session.exec(select(Person.name, Person.identity_hash)).all())


def runs() -> list[tuple[Kind, bool]]:
    with transaction() as session:
        return list(session.exec(select(BackupRun.kind, BackupRun.sound)).all())


def test_all_comes_back_as_it_was_and_can_be_gone_on_with(machine: Machine) -> None:
    before, names = listing(settings().data_dir), people()
    made = backup_making.make()
    assert [row.name for row in backups.list_backups()] == [made.name]
    machine.fresh()
    brought = backup_restoring.restore(place(), made.name, load_key())
    assert [f.sentence for f in brought.findings if not f.sound] == []
    assert len(brought.findings) >= 9
    after = listing(settings().data_dir)
    assert after == before
    assert len(after) == 8
    assert people() == names
    assert names
    # The next id follows on, the guards are back, and what changed is marked again.
    with transaction(write=True) as session:
        newest = make_person(session)
        assert newest.id == max(row for row in session.exec(select(Person.id)).all() if row)
        with pytest.raises(Exception, match="append-only"), session.begin_nested():
            session.execute(text("UPDATE audit_event SET action = 'x'"))
    assert runs() == [(Kind.RESTORED, True)]


def test_a_bucket_does_as_well_as_a_folder(machine: Machine, object_server: servers.Bucket) -> None:
    store = {
        "BACKUP_TO": f"s3://{object_server.name}/{uuid4().hex}",
        "S3_ENDPOINT": object_server.endpoint,
        "S3_KEY_ID": object_server.key_id,
        "S3_SECRET": object_server.secret,
    }

    def use_it() -> None:
        for name, value in store.items():
            machine.patch.setenv(f"RXAPP_{name}", value)
        settings.cache_clear()

    use_it()
    before = people()
    made = backup_making.make()
    assert not (machine.folder / "to").exists()
    name, findings = backup_testing.verify()
    assert (name, [f.sentence for f in findings if not f.sound]) == (made.name, [])
    machine.fresh()
    use_it()
    brought = backup_restoring.restore(place(), made.name, load_key())
    assert [f.sentence for f in brought.findings if not f.sound] == []
    assert people() == before


def test_what_is_written_is_for_the_service_alone(machine: Machine) -> None:
    made = backup_making.make()
    kept = machine.folder / "to" / made.name
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE((machine.folder / "to").stat().st_mode) == 0o700
    machine.fresh()
    backup_restoring.restore(place(), made.name, load_key())
    data = settings().data_dir
    for path in data.rglob("*"):
        open_to = stat.S_IMODE(path.stat().st_mode) & 0o007
        assert path.is_dir() or open_to == 0, path
    for name in ("keys", "uploads", "outgoing"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "keys" / "data.json").stat().st_mode) == 0o600


def test_a_trial_proves_the_newest_and_leaves_nothing_behind(machine: Machine) -> None:
    made = backup_making.make()
    name, findings = backup_testing.verify()
    assert name == made.name
    assert [f.sentence for f in findings if not f.sound] == []
    assert len(findings) >= 9
    assert runs() == [(Kind.MADE, True), (Kind.TESTED, True)]
    assert [row.tested for row in backups.list_backups()] == [True]
    assert sorted(p.name for p in (settings().data_dir / "backup-work").iterdir()) == [
        "lock", "removals",
    ]  # fmt: skip
    if settings().database.startswith("postgres"):
        with transaction() as session:
            asked = text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'rxapp_verify%'")
            assert session.execute(asked).scalar() == 0


def test_a_trial_finds_what_was_lost_before_the_backup(machine: Machine) -> None:
    """The control: a trial is not satisfied with a box that opens."""
    with transaction(write=True) as session:
        session.execute(text("INSERT INTO year_total SELECT id, 2026, 9, 0, 0 FROM person"))
    backup_making.make()
    _, findings = backup_testing.verify()
    assert [f.sentence[:8] for f in findings if not f.sound] == ["有1处学时合计与"]
    assert runs()[-1] == (Kind.TESTED, False)
    assert [row.tested for row in backups.list_backups()] == [False]


def test_nothing_is_restored_where_anything_is(machine: Machine) -> None:
    made = backup_making.make()
    before = listing(settings().data_dir)
    with pytest.raises(Conflict, match="数据目录不是空的"):
        backup_restoring.restore(place(), made.name, load_key())
    assert listing(settings().data_dir) == before
    used = settings().database
    machine.on("other", used if "postgres" in used else used.replace("///", "////"))
    with pytest.raises(Conflict, match="数据库不是空的"):
        backup_restoring.restore(place(), made.name, load_key())
    assert not settings().data_dir.exists()


def test_a_damaged_backup_leaves_the_place_empty(machine: Machine) -> None:
    made = backup_making.make()
    kept = machine.folder / "to" / made.name
    whole = bytearray(kept.read_bytes())
    machine.fresh()
    for at, fault in ((len(whole) - 40, "已损坏"), (20, "另一把密钥"), (3, "不是本平台")):
        spoiled = bytearray(whole)
        spoiled[at] ^= 1
        kept.write_bytes(spoiled)
        with pytest.raises(BadBackup, match=fault):
            backup_restoring.restore(place(), made.name, load_key())
        assert not settings().data_dir.exists() or not list(settings().data_dir.iterdir())
    kept.write_bytes(whole[:-100])
    with pytest.raises(BadBackup, match="不完整"):
        backup_restoring.restore(place(), made.name, load_key())
    kept.write_bytes(whole)
    assert backup_restoring.restore(place(), made.name, load_key()).sound


def test_a_backup_of_a_newer_schema_or_another_database_is_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup_making.make()
    machine.fresh()
    with monkeypatch.context() as older:
        older.setattr(schema, "known", lambda: ("0016", "0015"))
        with pytest.raises(BadBackup, match="比本版本新"):
            backup_restoring.restore(place(), made.name, load_key())
    with monkeypatch.context() as strange:
        kind = "sqlite" if settings().database.startswith("postgres") else "postgresql"
        strange.setattr(backup_restoring.database_dump, "kind_of", lambda _url: kind)
        with pytest.raises(BadBackup, match="备份来自"):
            backup_restoring.restore(place(), made.name, load_key())
    assert not settings().data_dir.exists()
