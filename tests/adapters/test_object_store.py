"""Files on a store of the S3 kind: kept whole, found by range, sound or told, away or refused."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rxapp.adapters import file_store, object_store, sealed_files
from rxapp.adapters.object_store import PIECE
from rxapp.errors import Conflict, NotFound, Unavailable
from rxapp.services import checking, moving_files
from rxapp.settings import settings
from tests.relay import Relay
from tests.servers import Bucket

LONG = os.urandom(PIECE * 2 + 12_345)


@pytest.fixture
def root(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of this test's own, whose files go to the store."""
    monkeypatch.setenv("RXAPP_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return settings().files_dir


@pytest.fixture
def relay(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, root: Path) -> Relay:
    """The line to the store, to be cut."""
    made = Relay(int(bucket.endpoint.rpartition(":")[2]))
    resettle(monkeypatch, RXAPP_S3_ENDPOINT=f"http://127.0.0.1:{made.port}")
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try no second time, so that a denial does not keep the tests waiting."""
    monkeypatch.setattr(object_store, "TRIES", 0)


def resettle(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    object_store._store.cache_clear()


def here(root: Path) -> list[str]:
    """What lies in the data directory."""
    return [path.name for path in root.parent.rglob("*") if path.is_file()]


def key_of(name: str) -> str:
    return f"files/{name[:2]}/{name}"


def store() -> object_store.ObjectStore:
    found = object_store.store()
    assert found is not None
    return found


@pytest.mark.parametrize("content", [b"", b"short", LONG])
def test_a_file_is_kept_there_whole_and_comes_back(content: bytes, root: Path) -> None:
    name = file_store.put_bytes(content, suffix=".bin")
    assert name == f"{hashlib.sha256(content).hexdigest()}.bin"
    assert file_store.put_bytes(content, suffix=".bin") == name
    assert here(root) == []
    assert file_store.is_there(name)
    assert file_store.look(name).size == len(content)
    assert file_store.read(name) == content
    assert b"".join(store().read(key_of(name), start=3)) == content[3:] if content else True
    assert file_store.is_sound(name)
    with file_store.opened(name) as path:
        assert path.read_bytes() == content
    assert here(root) == []
    file_store.remove(name)
    file_store.remove(name)
    assert not file_store.is_there(name)
    assert not file_store.is_sound(name)
    with pytest.raises(NotFound):
        file_store.read(name)


def test_folders_stay_apart_and_sealed_files_are_sealed_there_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keys:
        cipher = b"c" * 32

    monkeypatch.setattr(sealed_files, "data_keys", Keys)
    name = sealed_files.put(b"names", suffix=".xlsx", root=root.parent / "collect", context="x")
    assert not file_store.is_there(name)
    assert b"names" not in file_store.read(name, root=root.parent / "collect")
    with sealed_files.opened(name, root=root.parent / "collect", context="x") as path:
        assert path.read_bytes() == b"names"


def test_a_name_that_is_none_is_asked_of_nobody(root: Path) -> None:
    for wrong in ("../keys/data.json", "x", "0" * 64, f"{'0' * 64}.bin/../x"):
        with pytest.raises(NotFound):
            file_store.read(wrong)
        assert not file_store.is_there(wrong)


def test_what_was_changed_on_the_store_is_found(root: Path, tmp_path: Path) -> None:
    name = file_store.put_bytes(b"as it was", suffix=".bin")
    (tmp_path / "other").write_bytes(b"as it is!")
    store().put(key_of(name), tmp_path / "other")
    assert not file_store.is_sound(name)
    with pytest.raises(NotFound, match="损坏"), file_store.opened(name):
        pass
    # One that was cut short is put there anew.
    (tmp_path / "other").write_bytes(b"as")
    store().put(key_of(name), tmp_path / "other")
    assert file_store.put_bytes(b"as it was", suffix=".bin") == name
    assert file_store.is_sound(name)


def test_an_address_for_the_proxy_is_good_for_one_file_and_a_minute(
    bucket: Bucket, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    name = file_store.put_bytes(b"0123456789", suffix=".bin")
    signed = store().sign(key_of(name))
    answer = httpx.get(bucket.endpoint + signed, headers={"Range": "bytes=-3"})
    assert (answer.status_code, answer.content) == (206, b"789")
    assert httpx.get(bucket.endpoint + signed[:-4] + "0000").status_code == 403
    other = file_store.put_bytes(b"another", suffix=".bin")
    assert httpx.get(bucket.endpoint + signed.replace(name, other)).status_code == 403
    assert httpx.get(bucket.endpoint + signed.partition("?")[0]).status_code == 403
    monkeypatch.setattr(object_store, "SIGNED_FOR", object_store.timedelta(seconds=1))
    signed = store().sign(key_of(name))
    time.sleep(2.1)
    assert httpx.get(bucket.endpoint + signed).status_code == 403


def test_a_passing_fault_is_tried_again(relay: Relay) -> None:
    relay.cut()
    threading.Timer(0.3, relay.mend).start()
    name = file_store.put_bytes(b"in the end", suffix=".bin")
    assert file_store.read(name) == b"in the end"


@pytest.mark.parametrize(
    "use",
    [
        lambda _: file_store.put_bytes(b"new", suffix=".bin"),
        lambda name: file_store.read(name),
        lambda name: file_store.is_there(name),
        lambda name: file_store.is_sound(name),
        lambda name: file_store.remove(name),
    ],
)
def test_a_store_that_is_away_says_so_and_keeps_what_it_has(
    use: Callable[[str], object], relay: Relay, root: Path, impatient: None
) -> None:
    object_store._store.cache_clear()
    name = file_store.put_bytes(b"there", suffix=".bin")
    relay.cut()
    # To be away is not to be missing: nobody may take a file for lost.
    with pytest.raises(Unavailable, match="连接不上"):
        use(name)
    assert here(root) == []
    relay.mend()
    assert file_store.read(name) == b"there"


@pytest.mark.parametrize(
    "changed",
    [
        {"RXAPP_S3_SECRET": "wrong"},
        {"RXAPP_S3_KEY_ID": "AKIAWRONG"},
        {"RXAPP_FILES_TO": "s3://wrong-bucket"},
    ],
)
def test_wrong_keys_are_told_from_a_store_that_is_away(
    changed: dict[str, str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resettle(monkeypatch, **changed)
    with pytest.raises(Unavailable, match="RXAPP_S3_KEY_ID") as caught:
        file_store.put_bytes(b"x", suffix=".bin")
    assert "wrong" not in str(caught.value)


def test_files_are_brought_over_one_by_one_and_proved(
    root: Path, relay: Relay, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    roots = moving_files.folders()
    with pytest.MonkeyPatch.context() as patch:
        resettle(patch, RXAPP_FILES_TO="")
        names = [(each, file_store.put_bytes(os.urandom(9), suffix=".bin", root=each))
                 for each in roots for _ in range(3)]  # fmt: skip
        with pytest.raises(Conflict, match="RXAPP_FILES_TO"):
            moving_files.move(lambda *_: None)
    resettle(monkeypatch)
    # Until they are brought over they are found where they lie.
    assert all(file_store.is_sound(name, root=each) for each, name in names)
    spoiled = root / names[0][1][:2] / names[0][1]
    spoiled.write_bytes(b"spoiled")

    def cut_off(behind: int, total: int) -> None:
        assert total == len(names)
        if behind == 5:
            relay.cut()

    with pytest.raises(Unavailable):
        moving_files.move(cut_off)
    assert len(here(root)) == len(names) - 4
    relay.mend()
    done = moving_files.move(lambda *_: None)
    assert (done.moved, done.unsound) == (
        len(names) - 5,
        [f"files/{names[0][1][:2]}/{names[0][1]}"],
    )
    assert here(root) == [names[0][1]]
    assert all(file_store.is_sound(name, root=each) for each, name in names[1:])
    assert not file_store.is_sound(names[0][1])


def test_the_checks_read_what_lies_on_the_store(root: Path, tmp_path: Path) -> None:
    name = file_store.put_bytes(b"film", suffix=".mp4")

    assert [finding.sound for finding in checking._files({name})] == [True]
    (tmp_path / "other").write_bytes(b"fils")
    store().put(key_of(name), tmp_path / "other")
    assert [finding.sound for finding in checking._files({name})] == [False]
