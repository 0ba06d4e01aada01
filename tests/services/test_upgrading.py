"""A database of any released revision moves forward, and there is a way back to what it was."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text
from sqlmodel import Session, select

from rxapp.adapters import database, schema
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import place
from rxapp.adapters.database import make_engine, transaction
from rxapp.cli import main
from rxapp.errors import AppError
from rxapp.models.backups import BackupRun
from rxapp.models.people import Person
from rxapp.rules.backups import Kind
from rxapp.services import backup_restoring, upgrading
from rxapp.settings import settings
from tests import servers
from tests.services.backing import Machine, forget, installed
from tests.test_migrations import insert_into_first_schema

RELEASED = schema.known()[::-1]
OLDER = RELEASED[:-1]
# PostgreSQL's restore makes the schema of that time by the migrations: the first, one before and
# one after the triggers of the figures, and the last but one.
ON_POSTGRES = ("0001", "0013", "0015", OLDER[-1])
Rows = dict[str, list[tuple]]


@pytest.fixture(params=["sqlite", "postgres"])
def machine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """An installation without a database yet."""
    server = partial(request.getfixturevalue, "postgres_url")
    name = f"upgraded_{os.getpid()}"
    url = servers.create_database(server(), name) if request.param == "postgres" else ""
    with installed(url, tmp_path, monkeypatch, server) as made:
        yield made
    if url:
        servers.drop_database(server(), name)


def rows() -> Rows:
    """Everything in the database, as it is, but for the notes of backups themselves."""
    engine = make_engine(settings().database)
    with engine.connect() as line:
        names = sorted(set(inspect(engine).get_table_names()) - {"backup_run"})
        found = {
            name: sorted(map(tuple, line.execute(text(f'SELECT * FROM "{name}"'))), key=repr)
            for name in names
        }
    engine.dispose()
    return found


def begin_with_rows() -> None:
    database.migrate(to="0001")
    engine = make_engine(settings().database)
    with Session(engine) as session:
        insert_into_first_schema(session)
        session.commit()
    engine.dispose()


def test_every_revision_is_backed_up_moved_forward_and_brought_back(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sqlite = settings().database.startswith("sqlite")
    url = settings().database
    begin_with_rows()
    for revision in OLDER if on_sqlite else ON_POSTGRES:
        database.migrate(url, to=revision)
        before = rows()
        assert before["person"]
        made = backup_of_upgrade(machine, monkeypatch, revision)
        assert f"-{revision}-" in made
        assert brought_back(machine, monkeypatch, made) == before
        machine.on("data", url)
    database.migrate()
    assert upgrading.upgrade() is None


def backup_of_upgrade(machine: Machine, patch: pytest.MonkeyPatch, revision: str) -> str:
    """The backup that an upgrade makes first; the database itself stays for the next revision."""
    with patch.context() as still:
        still.setattr(database, "migrate", lambda *_, **__: None)
        made = upgrading.upgrade()
    assert made is not None
    assert database.revision_of() == revision
    return made


def brought_back(machine: Machine, patch: pytest.MonkeyPatch, made: str) -> Rows:
    """What a backup holds, before it is moved forward."""
    machine.fresh(f"back-{made}")
    move = database.migrate

    def only_so_far(url: str | None = None, *, to: str = "head") -> None:
        if to != "head":
            move(url, to=to)

    with patch.context() as still:
        still.setattr(database, "migrate", only_so_far)
        still.setattr(backup_restoring.backup_checks, "check_restored", lambda _: [])
        backup_restoring.restore(place(), made, load_key())
    return rows()


@pytest.mark.parametrize("revision", ["0001", OLDER[-1]])
def test_the_way_forward_again_after_the_way_back(machine: Machine, revision: str) -> None:
    begin_with_rows()
    database.migrate(to=revision)
    made = upgrading.upgrade()
    assert made
    assert database.revision_of() == RELEASED[-1]
    with transaction() as session:
        noted = session.exec(select(BackupRun)).all()
        assert [(run.kind, run.name, run.sound) for run in noted] == [(Kind.MADE, made, True)]
    forget()
    machine.fresh()
    brought = backup_restoring.restore(place(), made, load_key())
    # The row of the test has no cipher and no sums: what is proved is the way, not the books.
    assert brought.findings[0].sound
    assert database.revision_of() == RELEASED[-1]
    with transaction() as session:
        assert session.exec(select(Person.name)).all() == ["林夏"]


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """An installation of the last revision but one, on SQLite."""
    with installed("", tmp_path, monkeypatch, str) as made:
        begin_with_rows()
        database.migrate(to=OLDER[-1])
        yield made


def test_without_a_place_nothing_is_moved_but_for_who_asks(older: Machine) -> None:
    older.patch.delenv("RXAPP_BACKUP_TO")
    forget()
    refused = CliRunner().invoke(main, ["migrate"])
    assert (refused.exit_code, "RXAPP_BACKUP_TO" in refused.output) == (1, True), refused.output
    assert "--without-backup" in refused.output
    assert database.revision_of() == OLDER[-1]
    done = CliRunner().invoke(main, ["migrate", "--without-backup"])
    assert done.exit_code == 0, done.output
    assert database.revision_of() == RELEASED[-1]
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0


def test_a_backup_that_fails_stops_the_upgrade(older: Machine) -> None:
    (older.folder / "key").chmod(0o644)
    refused = CliRunner().invoke(main, ["migrate"])
    assert (refused.exit_code, "chmod 600" in refused.output) == (1, True)
    assert database.revision_of() == OLDER[-1]
    (older.folder / "key").chmod(0o600)
    done = CliRunner().invoke(main, ["migrate"])
    assert (done.exit_code, "升级前已备份" in done.output) == (0, True)


def test_a_demo_goes_on_without_a_place(older: Machine) -> None:
    older.patch.delenv("RXAPP_BACKUP_TO")
    older.patch.setenv("RXAPP_DEMO", "1")
    forget()
    assert upgrading.upgrade() is None
    assert database.revision_of() == RELEASED[-1]


def test_a_database_of_a_newer_version_is_left_alone(older: Machine) -> None:
    with transaction(write=True) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    forget()
    with pytest.raises(AppError, match="由更新版本的平台写入（结构9999）"):
        upgrading.upgrade()
    assert not (older.folder / "to").exists()
