"""Files that no row names go after a day; one that somebody is just naming never does."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from rxapp import clock
from rxapp.adapters import (
    backup_work,
    database,
    file_store,
    letting_go,
    locks,
    object_store,
    store_lock,
)
from rxapp.adapters.evidence_files import EvidenceFile
from rxapp.adapters.locks import Lock
from rxapp.models.applications import Evidence
from rxapp.models.audit import AuditEvent
from rxapp.models.courses import FilmLeftover
from rxapp.services import course_uploads, evidence, retention, unnamed_files
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings
from tests import aged

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture(params=["folder", "bucket"])
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> str:
    """Where files lie; on both they are kept under the same names."""
    if request.param == "bucket":
        request.getfixturevalue("bucket")
        settings.cache_clear()
    monkeypatch.setattr(database, "engine", lambda: engine)
    # All parts in one go and from the first, whatever the hour.
    monkeypatch.setattr(unnamed_files, "AT_ONCE", unnamed_files.PARTS)
    monkeypatch.setattr(unnamed_files, "STEP", 0)
    return request.param


@pytest.fixture
def two_days_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let everything that is there have lain there for two days."""
    now = clock.now
    return lambda: monkeypatch.setattr(clock, "now", lambda: now() + aged.LONG)


def put(content: bytes) -> str:
    return file_store.put_bytes(content, suffix=".jpg", root=evidence.folder())


def is_there(name: str) -> bool:
    return file_store.is_there(name, root=evidence.folder())


def name_in_a_row(session: Session, file: str) -> None:
    session.add(
        Evidence(
            purpose="other", name="", media_type="image/jpeg", size=5, pages=1, file=file,
            preview=file, source_sha256="", uploaded_at=clock.now(),
        )
    )  # fmt: skip


def named(*contents: bytes) -> list[str]:
    names = [put(content) for content in contents]
    with database.transaction(write=True) as session:
        for name in names:
            name_in_a_row(session, name)
    return names


def every_column_of_files() -> set[str]:
    """Columns that hold a name in a store, found by how they are called."""
    return {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name in ("file", "preview") or column.name.endswith("_file")
        if getattr(column.type, "length", None)
    }


def test_every_column_that_names_a_file_is_asked() -> None:
    asked = {
        f"{column.class_.__tablename__}.{column.key}"
        for store in unnamed_files.stores()
        for column in store.named_by
    }
    assert asked | {"course_upload.file"} == every_column_of_files()
    assert len(asked) == 9


def test_what_no_row_names_goes_after_a_day(
    kept_in: str, two_days_later: Callable[[], None]
) -> None:
    kept = named(b"a", b"b", b"c")
    left = put(b"killed before the row")
    assert retention.run_once()["unnamed"] == 0
    assert is_there(left)
    two_days_later()
    assert unnamed_files.remove_due() == 1
    assert not is_there(left)
    assert all(map(is_there, kept))
    assert unnamed_files.remove_due() == 0


def test_what_was_removed_is_counted_in_the_audit_log(
    kept_in: str, two_days_later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    named(b"a", b"b")
    put(b"left")
    two_days_later()
    monkeypatch.setattr(evidence, "UNCLAIMED", timedelta(days=9))
    with backup_work.nothing_removed():
        assert retention.run_once() == {}
    assert retention.run_once()["unnamed"] == 1
    with database.transaction() as session:
        told = session.exec(select(AuditEvent).where(AuditEvent.action == "retention:ran")).all()
        assert [each.detail["counts"] for each in told] == [{"unnamed": 1}]


def test_another_installations_database_takes_nothing_away(
    kept_in: str, two_days_later: Callable[[], None]
) -> None:
    names = [put(f"{number}".encode()) for number in range(4)]
    with database.transaction(write=True) as session:
        name_in_a_row(session, names[0])
    two_days_later()
    assert unnamed_files.remove_due() == 0
    assert all(map(is_there, names))


def test_a_leftover_is_left_to_its_own_job(
    kept_in: str, two_days_later: Callable[[], None]
) -> None:
    name = file_store.put_bytes(b"film", suffix=".mp4")
    with database.transaction(write=True) as session:
        session.add(FilmLeftover(file=name, at=clock.now()))
    two_days_later()
    assert unnamed_files.remove_due() == 0
    assert file_store.is_there(name)


def test_half_made_files_and_pieces_go_too(
    kept_in: str, two_days_later: Callable[[], None]
) -> None:
    named(b"a")
    half = evidence.folder() / "drafts" / "tmpxyz"
    piece = course_uploads.folder() / f"{'ab' * 24}.part"
    piece.parent.mkdir(parents=True, exist_ok=True)
    for each in (half, piece):
        each.write_bytes(b"half")
    assert unnamed_files.remove_due() == 0
    assert half.exists()
    two_days_later()
    assert unnamed_files.remove_due() == 2
    assert not half.exists()
    assert not piece.exists()


def test_parts_have_their_turn_whenever_one_looks(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once an hour everything within eight; once a day within six days."""
    seen: list[str] = []
    monkeypatch.setattr(letting_go, "old_names", lambda _, parts: seen.extend(parts) or ())
    begin = clock.now()
    for step, times in ((timedelta(hours=1), 8), (timedelta(days=1), 6)):
        seen.clear()
        for turn in range(times):
            monkeypatch.setattr(clock, "now", lambda at=begin + turn * step: at)
            assert list(unnamed_files._batches(installation)) == []
        assert len(set(seen)) == unnamed_files.PARTS


def test_whoever_sends_the_same_bytes_again_keeps_them(
    kept_in: str, two_days_later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is not committed when the others were asked: the file is new again, and stays."""
    left = put(b"the same")
    age(kept_in, left, monkeypatch)
    assert list(letting_go.old_names(evidence.folder(), [left[:2]])) == [(left[:2], {left})]
    named_meanwhile = put(b"the same")
    assert named_meanwhile == left
    assert letting_go.let_go([left], root=evidence.folder()) == 0
    assert is_there(left)


def test_while_somebody_puts_a_file_none_is_taken_away(
    kept_in: str, two_days_later: Callable[[], None]
) -> None:
    left = put(b"left")
    two_days_later()
    with store_lock.keeping(evidence.folder()):
        assert letting_go.let_go([left], root=evidence.folder()) == 0
    assert letting_go.let_go([left], root=evidence.folder()) == 1


def test_while_somebody_sends_a_file_from_another_machine_none_is_taken_away(
    kept_in: str, engine: Engine, two_days_later: Callable[[], None]
) -> None:
    """There the lock of the folder is another one: PostgreSQL keeps both apart."""
    left = put(b"left")
    two_days_later()
    with locks.beside(Lock.FILES, "evidence", alone=False):
        at_once = letting_go.let_go([left], root=evidence.folder())
    # A folder, and the embedded database, are one machine's.
    assert at_once == (kept_in == "folder" or engine.dialect.name == "sqlite")
    assert at_once + letting_go.let_go([left], root=evidence.folder()) == 1


def test_whoever_sends_a_file_waits_for_whoever_takes_one_away(
    kept_in: str, engine: Engine
) -> None:
    with (
        locks.beside(Lock.FILES, "evidence", alone=True) as mine,
        locks.beside(Lock.FILES, "evidence", alone=True) as another,
        locks.beside(Lock.FILES, "notices", alone=True) as elsewhere,
    ):
        assert mine
        assert another == (engine.dialect.name == "sqlite")
        # Who keeps a film does not keep others from their proofs.
        assert elsewhere
    with (
        locks.beside(Lock.FILES, "evidence", alone=False),
        locks.beside(Lock.FILES, "evidence", alone=False),
    ):
        assert put(b"together")
    with locks.beside(Lock.FILES, "evidence", alone=True) as mine:
        assert mine


def test_what_somebody_wants_gone_goes_at_once_unless_a_row_names_it(kept_in: str) -> None:
    left, kept = put(b"left"), named(b"kept")[0]
    evidence.discard([left, kept])
    assert not is_there(left)
    assert is_there(kept)


def test_while_somebody_puts_a_file_what_is_wanted_gone_waits_for_a_day(
    kept_in: str, two_days_later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    named(*(f"{number}".encode() for number in range(40)))
    left = put(b"left")
    monkeypatch.setattr(letting_go, "PATIENCE_SECONDS", 0.1)
    with store_lock.keeping(evidence.folder()):
        evidence.discard([left])
    assert is_there(left)
    two_days_later()
    assert unnamed_files.remove_due() == 1


def test_whoever_sent_the_same_bytes_as_they_were_wanted_gone_has_them(kept_in: str) -> None:
    """Put, but not named yet: somebody else's, who wants them gone, are the same."""
    sent = EvidenceFile(b"a", ".jpg", "image/jpeg", b"b", 1)
    names = [put(sent.content), put(sent.preview)]
    evidence.discard(names)
    assert not any(map(is_there, names))
    with database.transaction(write=True) as session:
        ahead = replace(sent, ahead=True)
        evidence.keep(session, SYSTEM, purpose="other", name="", source=b"a", made=ahead)
    evidence.settle(sent)
    assert all(map(is_there, names))
    evidence.discard(names)
    assert all(map(is_there, names))


def test_of_two_at_once_the_file_is_there_for_whoever_named_it(
    kept_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One keeps the same bytes again and again, one takes away what is old the whole time."""
    over, taken = threading.Event(), 0
    rounds = 200 if kept_in == "folder" else 40
    root = evidence.folder()

    def take_away() -> None:
        nonlocal taken
        while not over.is_set():
            taken += letting_go.let_go([name], root=root)

    name = put(b"wanted")
    taker = threading.Thread(target=take_away)
    taker.start()
    try:
        for _ in range(rounds):
            age(kept_in, name, monkeypatch)
            assert put(b"wanted") == name
            assert is_there(name)
    finally:
        over.set()
        taker.join()
    # The positive control: it was taken away again and again.
    assert taken > rounds / 20


def age(kept_in: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one file have been put there two days ago; to put it anew makes it new."""
    if kept_in == "folder":
        aged.age(name, root=evidence.folder())
        return
    AgedStore.old.add(f"evidence/{name[:2]}/{name}")
    monkeypatch.setattr(object_store, "ObjectStore", AgedStore)
    if not isinstance(object_store.store(), AgedStore):
        object_store._store.cache_clear()


class AgedStore(object_store.ObjectStore):
    """A store, part of which was filled two days ago."""

    old: ClassVar[set[str]] = set()

    def put(self, key: str, path: Path) -> None:
        super().put(key, path)
        self.old.discard(key)

    def look(self, key: str) -> object_store.Stored | None:
        found = super().look(key)
        return found and replace(found, at=self._aged(key, found.at))

    def names(self, folder: str, *, after: str) -> Iterator[tuple[str, datetime]]:
        for key, at in super().names(folder, after=after):
            yield key, self._aged(key, at)

    def _aged(self, key: str, at: datetime) -> datetime:
        return at - aged.LONG if key in self.old else at
