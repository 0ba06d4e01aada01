"""A bucket on a store of the S3 kind as the place of backups: each is there whole or not at all."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import obstore

from rxapp.adapters.backup_terms import Kept, require_name
from rxapp.adapters.object_store import ObjectStore, faults_told
from rxapp.errors import AppError, NotFound, Unavailable
from rxapp.rules.backup_manifest import moment_of

# Ten thousand pieces are the most a store takes: room for a backup of 160 gigabytes.
PIECE = 16 << 20
MOST_BYTES = 10_000 * PIECE
TOO_LARGE = (
    "备份超过160吉字节，一个存储桶放不下这样大的一份，没有留下不完整的备份。"
    "请把 RXAPP_BACKUP_TO 改为文件夹，或设置 RXAPP_BACKUP_STORE_FILES=0，"
    "由存储桶自己的版本保存文件。"
)
AWAY = (
    "备份位置的对象存储连接不上，或拒绝了访问；这次没有完成，没有留下不完整的备份。"
    "请检查网络和 RXAPP_S3_* 设置后再运行。"
)


class BucketPlace:
    """A bucket, or a part of it."""

    def __init__(self, address: str, store: ObjectStore) -> None:
        self._address, self._store = address, store

    def describe(self) -> str:
        """Its address."""
        return self._address

    def put(self, name: str, fill: Callable[[BinaryIO], None]) -> None:
        """Send it in pieces; the store shows it once all are there and it is closed."""
        require_name(name)
        with _told():
            out = obstore.open_writer(self._store.inner, name, buffer_size=PIECE, max_concurrency=2)
        counted = _Counted(out)
        # Not closed when this raises: what is not closed is never shown.
        fill(cast(BinaryIO, counted))
        with _told():
            out.close()
        found = self._look(name)
        if found != counted.size:
            raise AppError(AWAY)

    def list(self) -> list[Kept]:
        """The objects in it that have the name of a backup; all else is not ours."""
        with _told():
            there = obstore.list_with_delimiter(self._store.inner)["objects"]
        found = [Kept(each["path"], each["size"]) for each in there if moment_of(each["path"])]
        return sorted(found, key=lambda each: (moment_of(each.name), each.name), reverse=True)

    def open(self, name: str) -> BinaryIO:
        """The object, read piece by piece as it is asked for."""
        require_name(name)
        if self._look(name) is None:
            raise NotFound(f"备份位置中没有“{name}”，请用 rxapp backup list 查看。")
        with _told():
            reader = obstore.open_reader(self._store.inner, name, buffer_size=1 << 20)
        return cast(BinaryIO, io.BufferedReader(_Reading(reader), 1 << 20))

    def remove(self, name: str) -> None:
        """Delete the object."""
        require_name(name)
        with _told():
            self._store.remove(name)

    def _look(self, name: str) -> int | None:
        with _told():
            found = self._store.look(name)
        return None if found is None else found.size


class _Counted:
    def __init__(self, out: Any) -> None:
        self._out, self.size = out, 0

    def write(self, data: bytes | memoryview) -> int:
        """Send some more."""
        self.size += len(data)
        if self.size > MOST_BYTES:
            raise AppError(TOO_LARGE)
        with _told():
            self._out.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing: only the end decides."""


class _Reading(io.RawIOBase):
    def __init__(self, reader: Any) -> None:
        super().__init__()
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        with _told():
            found = bytes(self._reader.read(len(into)))
        into[: len(found)] = found
        return len(found)


@contextmanager
def _told() -> Iterator[None]:
    try:
        with faults_told():
            yield
    except Unavailable:
        raise AppError(AWAY) from None
