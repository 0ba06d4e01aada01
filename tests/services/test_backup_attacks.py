"""Backups made by somebody who has the key and means ill, and a restore that is killed."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from rxapp.adapters import data_files, database, schema
from rxapp.adapters.backup_box import BoxReader, BoxWriter
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import place
from rxapp.adapters.backup_stream import (
    FILE,
    HEAD,
    MANIFEST,
    PART,
    Entry,
    Header,
    entries,
)
from rxapp.cli import main
from rxapp.errors import Conflict
from rxapp.rules import backup_manifest
from rxapp.rules.backup_manifest import BadBackup, Manifest
from rxapp.services import backup_making, backup_restoring
from rxapp.services.backup_making import Sums
from rxapp.settings import settings
from tests.services.backing import Machine, installed, listing
from tests.serving import ROOT

Pieces = list[tuple[Header, bytes]]
NAME = "rxapp-20260101T000000Z-0017-abcdef.rxbackup"


@pytest.fixture(scope="module")
def real(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    """What lies in a real backup."""
    folder = tmp_path_factory.mktemp("real")
    url = f"sqlite:///{shutil.copyfile(sqlite_template, folder / 'real.db')}"
    with installed(url, folder, pytest.MonkeyPatch(), str):
        made = backup_making.make()
        with place().open(made.name) as source:
            found = entries(BoxReader(source, load_key()))
            return [(each.header, each.content()) for each in found]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """An empty place, and a key."""
    with installed("", tmp_path, monkeypatch, str) as made:
        made.fresh()
        yield made


@pytest.fixture
def pieces(machine: Machine, real: Pieces) -> Pieces:
    """The same, to be changed and brought back into this place."""
    return list(real)


def put(pieces: Pieces, *, mend: bool = True) -> None:
    """Seal changed pieces; `mend` makes the manifest fit them again."""

    def fill(out) -> None:
        box = BoxWriter(out, load_key())
        sums = Sums()
        for header, content in pieces:
            if header.kind == MANIFEST and mend:
                said = replace(backup_manifest.read(content), stores=sums.stores)
                content = backup_manifest.write(said)
            entry = Entry(box, header)
            entry.write(content)
            hashed = entry.end()
            if header.kind == FILE:
                sums.add(header.store, header.name, len(content), hashed)
        box.close()

    place().put(NAME, fill)


def test_the_pieces_unchanged_are_a_backup(pieces: Pieces) -> None:
    put(pieces)
    assert backup_restoring.restore(place(), NAME, load_key()).findings[0].sound


@pytest.mark.parametrize(
    ("store", "path"),
    [
        ("files", "../../escaped"),
        ("files", "/tmp/escaped"),
        ("..", "escaped"),
        ("root", "rxapp.db"),
        ("root", "restoring"),
        ("files/../..", "escaped"),
    ],
)
def test_no_file_leaves_its_store(machine: Machine, pieces: Pieces, store: str, path: str) -> None:
    before = sorted(machine.folder.rglob("*"))
    put([*pieces[:-1], (Header(FILE, path, store), b"x"), pieces[-1]])
    with pytest.raises(BadBackup, match="不属于平台数据目录"):
        backup_restoring.restore(place(), NAME, load_key())
    after = set(machine.folder.rglob("*")) - set(before)
    assert {path.name for path in after} <= {NAME, "other", "to"}


def change(at: int, **columns: object) -> Callable[[Pieces], Pieces]:
    def changed(pieces: Pieces) -> Pieces:
        header, content = pieces[at]
        header = replace(header, **{k: v for k, v in columns.items() if k != "content"})
        return [*pieces[:at], (header, columns.get("content", content)), *pieces[at + 1 :]]  # type: ignore[list-item]

    return changed


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: [p[0], *p[2:]], "没有数据库|清单不一致"),
        (lambda p: [p[0], p[1], p[1], *p[2:]], "不认识的数据表"),
        (lambda p: p[:-1], "不完整或次序不对"),
        (lambda p: [*p, p[-1]], "不完整或次序不对"),
        (lambda p: p[1:], "不完整或次序不对"),
        (lambda p: [p[0], p[2], p[1], *p[3:]], "不完整或次序不对"),
        (lambda p: [*p[:3], p[2], *p[3:]], "重复的文件"),
        (lambda p: [*p[:2], *p[3:]], "文件与清单不一致"),
        (lambda p: change(3, content=b"other")(p), "文件与清单不一致"),
        (lambda p: change(1, name="person")(p), "不认识的数据表"),
        (lambda p: change(1, content=b"not a database")(p), "数据库文件已损坏"),
        (lambda p: change(1, content=p[1][1][:8192])(p), "数据库文件已损坏"),
        (lambda p: change(2, kind=PART, name="person")(p), "不认识的数据表"),
    ],
)
def test_what_does_not_fit_leaves_an_empty_place(pieces: Pieces, spoil, words: str) -> None:
    put(spoil(pieces), mend=False)
    with pytest.raises(BadBackup, match=words):
        backup_restoring.restore(place(), NAME, load_key())
    assert not settings().data_dir.exists() or not list(settings().data_dir.iterdir())


def test_rows_that_point_nowhere_are_found(machine: Machine, pieces: Pieces) -> None:
    from rxapp.adapters.database_dump import opened

    file = machine.folder / "spoiled.db"
    file.write_bytes(pieces[1][1])
    with opened(file) as line:
        line.execute("PRAGMA foreign_keys=OFF")
        line.execute("INSERT INTO membership (id, person_id, organisation_id) VALUES (1, 77, 78)")
        line.commit()
    put(change(1, content=file.read_bytes())(pieces), mend=False)
    with pytest.raises(BadBackup, match="指向不存在内容"):
        backup_restoring.restore(place(), NAME, load_key())


def test_nothing_is_believed_of_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths that promise gigabytes bring no more than one piece into memory."""
    key = b"k" * 32
    for content in (b"\xff\xff\xff\xff", b'\x00\x00\x00\x10{"kind":"head"}\xff\xff\xff\xff'):
        out = BytesIO()
        box = BoxWriter(out, key)
        box.write(content)
        box.close()
        out.seek(0)
        with pytest.raises(BadBackup, match="不符合格式"):
            [list(found.blocks()) for found in entries(BoxReader(out, key))]


def test_a_head_alone_is_no_backup(pieces: Pieces) -> None:
    head = Manifest("1", schema.head(), "sqlite", datetime.now(UTC))
    put([(Header(HEAD), backup_manifest.write(head))])
    with pytest.raises(BadBackup, match="不完整或次序不对"):
        backup_restoring.restore(place(), NAME, load_key())


def test_a_restore_that_is_killed_is_known_for_what_it_is(machine: Machine) -> None:
    machine.on("data", "")
    database.migrate()
    before = listing(settings().data_dir)
    made = backup_making.make()
    machine.fresh()
    script = (
        "import os, signal\n"
        "from rxapp.adapters import data_files, backup_key, backup_places\n"
        "from rxapp.services import backup_restoring\n"
        "take = data_files.Restored.take\n"
        "def die(self, found):\n"
        "    take(self, found)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "data_files.Restored.take = die\n"
        f"backup_restoring.restore(backup_places.place(), '{made.name}', backup_key.load_key())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert data_files.is_half_restored(settings().data_dir)
    for words in (["serve"], ["migrate"], ["check"], ["backup", "make"], ["restore", made.name]):
        refused = CliRunner().invoke(main, words)
        assert (refused.exit_code, "恢复没有完成" in refused.output) == (1, True), words
    with pytest.raises(Conflict, match="上次恢复没有完成"):
        backup_restoring.restore(place(), made.name, load_key())
    machine.fresh("third")
    assert CliRunner().invoke(main, ["restore", made.name]).exit_code == 0
    assert listing(settings().data_dir) == before
