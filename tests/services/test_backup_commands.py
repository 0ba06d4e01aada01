"""Backups by the operator's commands, and what they need of a database."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url
from sqlmodel import select

from rxapp.adapters import database, database_dump
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import place
from rxapp.adapters.database import transaction
from rxapp.adapters.database_dump import connect
from rxapp.cli import main
from rxapp.errors import AppError
from rxapp.models.people import Person
from rxapp.rules.backup_manifest import ROOT_FILES, STORES
from rxapp.services import backup_making, backup_restoring, backup_testing
from rxapp.settings import settings
from tests import servers
from tests.factories import make_person
from tests.services.backing import Machine, installed


@pytest.fixture
def small(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """An installation on SQLite."""
    with installed(sqlite_database, tmp_path, monkeypatch, str) as made:
        yield made


def test_every_folder_of_the_data_directory_is_known() -> None:
    """A new store must be backed up, or named here as one that is made anew."""
    made_anew = {"rxapp.db", "backup-work"}
    source = "".join(
        path.read_text() for path in (database.ROOT / "rxapp").rglob("*.py")
    )  # fmt: skip
    found = r"(?:settings\(\)|self)\.data_dir(?:\.resolve\(\))? / [\"']([^\"']+)"
    named = set(re.findall(found, source))
    assert {"keys", "files", "evidence", "rxapp.db"} <= named
    assert named - set(STORES) - set(ROOT_FILES) - made_anew == set()


def test_a_rows_owner_in_postgres_needs_no_other_right(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that owns its databases and nothing more makes, tries and restores backups."""
    role = f"plain_{os.getpid()}"
    names = [f"{role}_one", f"{role}_two"]
    with connect(postgres_url) as line:
        line.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'plain'".encode())
        for name in names:
            line.execute(f"CREATE DATABASE {name} OWNER {role}".encode())
    one, two = (
        make_url(postgres_url).set(username=role, password="plain", database=name)
        .render_as_string(hide_password=False)
        for name in names
    )  # fmt: skip
    try:
        with installed(one, tmp_path, monkeypatch, str) as machine:
            database.migrate()
            with transaction(write=True) as session:
                make_person(session)
            made = backup_making.make()
            _, findings = backup_testing.verify()
            assert [f.sentence for f in findings if not f.sound] == []
            machine.on("other", two)
            brought = backup_restoring.restore(place(), made.name, load_key())
            assert [f.sentence for f in brought.findings if not f.sound] == []
            with transaction() as session:
                assert len(session.exec(select(Person.id)).all()) == 1
    finally:
        for name in names:
            servers.drop_database(postgres_url, name)
        with connect(postgres_url) as line:
            line.execute(f"DROP ROLE {role}".encode())


def said(*words: str, fails: bool = False) -> str:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == fails, done.output
    return done.output


def test_the_operator_does_it_all_by_commands(small: Machine) -> None:
    assert "还没有备份" in said("backup", "list")
    assert "先运行 rxapp backup make" in said("backup", "verify", fails=True)
    assert "已经存在" in said("backup", "key", fails=True)
    made = said("backup", "make")
    name = place().list()[0].name
    assert name in made
    assert "未核验" in said("backup", "list")
    assert "没有“rxapp-20" in said(
        "backup", "verify", "rxapp-20200101T000000Z-0017-abcdef.rxbackup", fails=True
    )
    scratch = small.folder / "scratch"
    assert "通过恢复核验" in said("backup", "verify", "--scratch", str(scratch))
    assert list(scratch.iterdir()) == []
    assert "已核验" in said("backup", "list")
    assert "没有需要删除" in said("backup", "prune")
    assert "不是空的" in said("restore", name, fails=True)
    small.fresh()
    assert "可以运行 rxapp serve" in said("restore", str(small.folder / "to" / name))
    assert "正常" in said("check")


def test_a_backup_that_was_spoiled_does_not_pass(small: Machine) -> None:
    said("backup", "make")
    kept = small.folder / "to" / place().list()[0].name
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    output = said("backup", "verify", fails=True)
    assert "已损坏" in output
    assert "没有通过恢复核验" in output
    assert "核验不符" in said("backup", "list")


def test_a_database_that_cannot_be_read_leaves_no_backup(small: Machine) -> None:
    good = database_dump.file_of(settings().database)
    database.forget_engine()
    content = good.read_bytes()
    good.write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    for beside in ("-wal", "-shm"):
        good.with_name(good.name + beside).unlink(missing_ok=True)
    with pytest.raises(AppError, match="数据库没有读完"):
        backup_making.make()
    assert place().list() == []
    good.write_bytes(content)
    assert backup_making.make().size > 0
