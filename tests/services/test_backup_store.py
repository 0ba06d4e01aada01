"""Backups of a city whose files lie on an object store: held, brought back to it or to a folder."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rxapp import clock
from rxapp.adapters import backup_bucket, data_files, far_files, file_store, object_store
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import place
from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Conflict
from rxapp.models.certificates import Certificate
from rxapp.rules.backup_manifest import BadBackup, StoreFiles
from rxapp.services import backup_making, backup_restoring, backup_testing, moving_files
from rxapp.settings import settings
from tests.factories import make_person, make_policies
from tests.relay import Relay
from tests.servers import Bucket
from tests.services.backing import Machine, forget, installed

SPOILED = b"spoiled"
STORES = ("files", "evidence", "notices", "collect")


@pytest.fixture
def machine(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Machine]:  # fmt: skip
    """An installation with a file in every store, and a certificate whose file lies there too.

    On the embedded database; what differs by database is tried on both.
    """
    database = request.getfixturevalue(getattr(request, "param", "sqlite_database"))
    server = partial(request.getfixturevalue, "postgres_url")
    with installed(database, tmp_path, monkeypatch, server) as made:
        name = file_store.put_bytes(b"certificate" * 300_000, suffix=".pdf")
        with transaction(write=True) as session:
            make_policies(session)
            session.add(
                Certificate(
                    number="0000-0000-0000-1", person_id=make_person(session).id or 0, year=2020,
                    version=1, facts={}, facts_digest="", signature="", ledger_digest="",
                    file=name, file_sha256="", issued_at=clock.now(),
                )
            )  # fmt: skip
        yield made


def use(machine: Machine, **values: str) -> None:
    """Other settings from now on."""
    for name, value in values.items():
        machine.patch.setenv(f"RXAPP_{name}", value)
    forget()
    object_store._store.cache_clear()


def far() -> dict[str, bytes]:
    """What lies on the store."""
    store = object_store.store()
    assert store is not None
    return {key: b"".join(store.read(key)) for name in STORES for key, _ in store.names(name)}


def near() -> dict[str, bytes]:
    """What lies in the folders of kept files."""
    data = settings().data_dir
    return {
        f"{path.relative_to(data)}": path.read_bytes()
        for name in STORES for path in (data / name).rglob("*")
        if path.is_file() and "drafts" not in path.parts
    }  # fmt: skip


def empty_the_store() -> None:
    """The store's disk died too."""
    store = object_store.store()
    assert store is not None
    for key in list(far()):
        store.remove(key)


def spoil(machine: Machine, *keys: str) -> None:
    """Other bytes under these names."""
    store = object_store.store()
    assert store is not None
    (machine.folder / "spoiled").write_bytes(SPOILED)
    for key in keys:
        store.put(key, machine.folder / "spoiled")


def restore(name: str) -> list[str]:
    """What is amiss after bringing it back."""
    brought = backup_restoring.restore(place(), name, load_key())
    return [finding.sentence for finding in brought.findings if not finding.sound]


def head(name: str) -> StoreFiles:
    return backup_restoring.head_of(place(), name, load_key()).store_files


@pytest.mark.parametrize("machine", ["sqlite_database", "postgres_database"], indirect=True)
def test_both_lost_all_comes_back_to_the_store_or_to_a_folder(machine: Machine) -> None:
    kept = far()
    assert (len(kept), near()) == (5, {})
    made = backup_making.make()
    assert made.run.sentence.endswith("，包括文件存储中的文件。")
    assert head(made.name) is StoreFiles.KEPT
    # A trial asks nothing but the backup, and puts nothing anywhere.
    spoil(machine, *kept)
    assert [f.sentence for f in backup_testing.verify()[1] if not f.sound] == []
    assert set(far().values()) == {SPOILED}
    empty_the_store()
    machine.fresh()
    assert restore(made.name) == []
    assert (far(), near()) == (kept, {})
    machine.fresh("third")
    use(machine, FILES_TO="")
    assert restore(made.name) == []
    assert near() == kept


def test_what_is_there_stays_and_what_was_spoiled_is_put_right(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = far()
    made = backup_making.make()
    store = object_store.store()
    assert store is not None
    gone, spoiled, *there = sorted(kept)
    store.remove(gone)
    spoil(machine, spoiled)
    put: list[str] = []
    true_put = object_store.ObjectStore.put

    def noting(self: object_store.ObjectStore, key: str, path: Path) -> None:
        put.append(key)
        true_put(self, key, path)

    monkeypatch.setattr(object_store.ObjectStore, "put", noting)
    machine.fresh()
    assert restore(made.name) == []
    assert far() == kept
    assert sorted(put) == [gone, spoiled]
    assert there


def test_a_file_that_is_being_brought_over_is_in_it_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = file_store.put_bytes(b"in both", suffix=".bin", root=_root("evidence"))
    file_store.put_near(b"in both", suffix=".bin", root=_root("evidence"))
    alone = file_store.put_near(b"alone", suffix=".pdf")
    opened, brought = data_files.blocks, list[str]()

    def meanwhile(file: data_files.DataFile) -> Any:
        if file.place.name == alone and not brought:
            # Between its listing and its reading.
            assert far_files.bring_over(alone, root=_root("files"))
            brought.append(alone)
        return opened(file)

    monkeypatch.setattr(data_files, "blocks", meanwhile)
    made = backup_making.make()
    assert brought == [alone]
    moving_files.bring_left()
    kept = far()
    assert {f"evidence/{both[:2]}/{both}", f"files/{alone[:2]}/{alone}"} <= set(kept)
    machine.fresh()
    use(machine, FILES_TO="")
    assert restore(made.name) == []
    assert near() == kept


def test_left_out_where_told_so_and_then_the_store_itself_is_asked(machine: Machine) -> None:
    kept = far()
    use(machine, BACKUP_STORE_FILES="0")
    made = backup_making.make()
    assert made.run.sentence.endswith("，不包括文件存储中的文件。")
    assert made.size < len(kept[max(kept, key=lambda key: len(kept[key]))])
    machine.fresh()
    assert restore(made.name) == []
    assert far() == kept
    empty_the_store()
    (wrong,) = [f.sentence for f in backup_testing.verify()[1] if not f.sound]
    assert wrong.startswith("文件缺失或内容不符")


def test_before_an_upgrade_nobody_waits_for_all_films(machine: Machine) -> None:
    made = backup_making.make(quick=True)
    assert head(made.name) is StoreFiles.LEFT


def test_a_damaged_backup_leaves_nothing_on_the_store(machine: Machine) -> None:
    made = backup_making.make()
    kept = machine.folder / "to" / made.name
    whole = kept.read_bytes()
    stays = min(far())
    store = object_store.store()
    assert store is not None
    for key in far().keys() - {stays}:
        store.remove(key)
    machine.fresh()
    kept.write_bytes(whole[:-100])
    with pytest.raises(BadBackup, match="不完整"):
        restore(made.name)
    # What was there before is still there.
    assert list(far()) == [stays]
    assert not any(path for path in settings().data_dir.rglob("*") if path.is_file())
    kept.write_bytes(whole)
    assert restore(made.name) == []


def test_a_store_that_is_away_is_named_and_nothing_half_is_left(
    machine: Machine, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "TRIES", 0)
    line = Relay(int(bucket.endpoint.rpartition(":")[2]))
    use(machine, S3_ENDPOINT=f"http://127.0.0.1:{line.port}")
    made = backup_making.make()
    line.cut()
    with pytest.raises(AppError, match="文件存储连接不上或拒绝了访问，没有备份完"):
        backup_making.make()
    assert [kept.name for kept in place().list()] == [made.name]
    machine.fresh()
    with pytest.raises(AppError, match="恢复没有完成，已把写入的内容清除"):
        restore(made.name)
    assert not list(settings().data_dir.iterdir())
    line.mend()
    assert restore(made.name) == []
    with pytest.raises(Conflict):
        restore(made.name)
    line.cut()


def test_a_bucket_says_what_is_too_large_for_it(
    machine: Machine, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(machine, BACKUP_TO=f"s3://{bucket.name}/{machine.folder.name}-backups")
    assert backup_making.make().size > 3_000_000
    assert len(place().list()) == 1
    monkeypatch.setattr(backup_bucket, "MOST_BYTES", 3_000_000)
    with pytest.raises(AppError, match="RXAPP_BACKUP_STORE_FILES=0"):
        backup_making.make()
    assert len(place().list()) == 1


def _root(store: str) -> Path:
    return settings().data_dir / store
