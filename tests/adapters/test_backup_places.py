"""Places for backups, a folder and a bucket: whole or not there, the newest first, ours alone."""

import os
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pytest

from rxapp.adapters import object_store
from rxapp.adapters.backup_bucket import PIECE, BucketPlace
from rxapp.adapters.backup_places import FolderPlace, Place, place
from rxapp.errors import AppError, NotFound
from rxapp.settings import settings
from tests.relay import Relay
from tests.servers import Bucket

OLD = "rxapp-20190101T000000Z-0017-aaaaaa.rxbackup"
NEW = "rxapp-20300101T000000Z-0017-bbbbbb.rxbackup"
LONG = os.urandom(PIECE * 2 + 4321)


@pytest.fixture(params=["folder", "bucket"])
def there(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place that the settings name, which is empty."""
    wanted = str(tmp_path / "to")
    if request.param == "bucket":
        wanted = f"s3://{request.getfixturevalue('bucket').name}/{uuid4().hex}"
    monkeypatch.setenv("RXAPP_BACKUP_TO", wanted)
    settings.cache_clear()
    made = place()
    assert isinstance(made, BucketPlace if request.param == "bucket" else FolderPlace)
    assert made.describe() == wanted
    return made


def filling(content: bytes, *, fails: bool = False):  # type: ignore[no-untyped-def]
    def fill(out: BinaryIO) -> None:
        for at in range(0, len(content), 1_000_000):
            out.write(content[at : at + 1_000_000])
        if fails:
            raise ValueError("in the middle")

    return fill


@pytest.mark.parametrize("content", [b"", b"short", LONG], ids=["empty", "short", "long"])
def test_what_is_put_comes_back(there: Place, content: bytes) -> None:
    there.put(NEW, filling(content))
    assert [(kept.name, kept.size) for kept in there.list()] == [(NEW, len(content))]
    with there.open(NEW) as source:
        begun = source.read(3)
        assert begun + source.read() == content
    there.remove(NEW)
    there.remove(NEW)
    assert there.list() == []
    with pytest.raises(NotFound, match="没有"):
        there.open(NEW)


@pytest.mark.parametrize("content", [b"short", LONG], ids=["short", "long"])
def test_what_was_not_finished_is_not_there(there: Place, content: bytes) -> None:
    there.put(OLD, filling(b"older"))
    with pytest.raises(ValueError, match="in the middle"):
        there.put(NEW, filling(content, fails=True))
    assert [kept.name for kept in there.list()] == [OLD]


def test_the_newest_comes_first_and_other_files_are_not_ours(there: Place) -> None:
    if isinstance(there, FolderPlace):
        there.folder.mkdir()
        (there.folder / "letter.txt").write_bytes(b"mine")
    else:
        object_store.open_bucket(there.describe()).put("letter.txt", Path(__file__))
    for name in (OLD, NEW):
        there.put(name, filling(b"x"))
    assert [kept.name for kept in there.list()] == [NEW, OLD]
    for wrong in ("letter.txt", "../x", ""):
        for use in (there.open, there.remove, lambda name: there.put(name, filling(b""))):
            with pytest.raises(NotFound):
                use(wrong)


def test_a_bucket_that_is_away_or_closed_to_us_says_so(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "TRIES", 0)
    relay = Relay(int(bucket.endpoint.rpartition(":")[2]))
    monkeypatch.setenv("RXAPP_S3_ENDPOINT", f"http://127.0.0.1:{relay.port}")
    monkeypatch.setenv("RXAPP_BACKUP_TO", f"s3://{bucket.name}/{uuid4().hex}")
    settings.cache_clear()
    there = place()
    there.put(OLD, filling(b"older"))

    def cut_off(out: BinaryIO) -> None:
        out.write(LONG)
        relay.cut()
        out.write(LONG)

    for use in (lambda: there.put(NEW, cut_off), there.list, lambda: there.open(OLD)):
        with pytest.raises(AppError, match="没有留下不完整的备份"):
            use()
    relay.mend()
    assert [kept.name for kept in there.list()] == [OLD]
    monkeypatch.setenv("RXAPP_S3_SECRET", "wrong")
    settings.cache_clear()
    with pytest.raises(AppError, match="RXAPP_S3_") as caught:
        place().put(NEW, filling(b"x"))
    assert "wrong" not in str(caught.value)


def test_a_bucket_needs_a_key_and_a_proper_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("s3://Bad_Bucket", "ftp://x/y", "s3://city/backups"):
        monkeypatch.setenv("RXAPP_BACKUP_TO", wrong)
        settings.cache_clear()
        with pytest.raises(ValueError, match="RXAPP_"):
            settings()
    monkeypatch.setenv("RXAPP_S3_KEY_ID", "x")
    monkeypatch.setenv("RXAPP_S3_SECRET", "y")
    assert settings().backup_to == "s3://city/backups"
    monkeypatch.undo()
    settings.cache_clear()
