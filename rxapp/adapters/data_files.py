"""Every file of the data directory that must not be lost, read for a backup and brought back."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from rxapp.adapters import disk, far_files, file_store
from rxapp.adapters.backup_stream import BLOCK, Found
from rxapp.errors import AppError, Conflict, NotFound, Unavailable
from rxapp.rules.backup_manifest import ROOT, ROOT_FILES, STORES, BadBackup, require_path

# Half-made files that nobody was told of.
PASSED_OVER = ("drafts",)
# What a front server may read, as the store itself keeps it; all else is for the service alone.
READABLE = ("files", "evidence", "notices", "collect")
MARK = "restoring"
# What a new disk may hold by itself.
_NOTHING = ("lost+found",)


@dataclass(frozen=True)
class DataFile:
    """A file of a store; `path` is relative to the store, with slashes.

    `far`: it lies on the object store, and would otherwise lie at its place.
    """

    store: str
    path: str
    place: Path
    far: bool = False


def walk(data_dir: Path, *, far: bool = False) -> Iterator[DataFile]:
    """Every file in a fixed order, the keys last, before them those `far` on the object store.

    One that is brought over meanwhile comes at least once. AppError where something lies that is no
    plain file: left out unnoticed it would be lost.
    """
    for name in ROOT_FILES:
        if (data_dir / name).is_file():
            yield DataFile(ROOT, name, data_dir / name)
    for store in STORES:
        if store != "keys" and (data_dir / store).is_dir():
            yield from _within(store, data_dir / store, "")
    for store in READABLE if far else ():
        for name in far_files.names(data_dir / store):
            path = f"{name[:2]}/{name}"
            yield DataFile(store, path, data_dir / store / path, far=True)
    if (data_dir / "keys").is_dir():
        yield from _within("keys", data_dir / "keys", "")


def blocks(file: DataFile) -> Iterator[bytes]:
    """A file's bytes, never by way of a link; NotFound, at once, when it is gone since."""
    if file.far:
        pieces = file_store.pieces(file.place.name, root=file.place.parents[1])
        first = next(pieces, b"")
        return chain((first,), pieces)
    return _blocks(_opened(file))


def _blocks(source: BinaryIO) -> Iterator[bytes]:
    with source:
        while block := source.read(BLOCK):
            yield block


def _opened(file: DataFile) -> BinaryIO:
    try:
        handle = os.open(file.place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise NotFound() from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise AppError(_strange(file.store, file.path))
    return open(handle, "rb", buffering=0)


def require_empty(data_dir: Path) -> None:
    """Conflict where anything is already."""
    if (data_dir / MARK).exists():
        raise Conflict(
            f"上次恢复没有完成，{data_dir} 中的内容不完整，没有作任何改动。"
            "请清空这个目录（和要恢复到的数据库），再重新恢复。"
        )
    if data_dir.exists() and any(not _is_nothing(each) for each in data_dir.iterdir()):
        raise Conflict(
            f"要恢复到的数据目录不是空的：{data_dir}，没有作任何改动。请换一个空的目录再恢复。"
        )


def _is_nothing(path: Path) -> bool:
    # The installer makes the folder that a front server may read; it brings its rights along.
    hollow = path.is_dir() and not path.is_symlink() and next(path.iterdir(), None) is None
    return path.name in _NOTHING or hollow


def is_half_restored(data_dir: Path) -> bool:
    """Whether a restore began here and did not end."""
    return (data_dir / MARK).exists()


def finish(data_dir: Path) -> None:
    """Everything was brought back and looked at: take the mark away."""
    (data_dir / MARK).unlink()
    disk.sync(data_dir)


class Restored:
    """A data directory being filled; until `finish` it bears a mark, and nobody serves it.

    `far`: kept files go to the object store instead.
    """

    def __init__(self, data_dir: Path, name: str, *, far: bool = False) -> None:
        self._root, self._far = data_dir, far
        self._sent: list[tuple[str, Path]] = []
        data_dir.mkdir(parents=True, exist_ok=True)
        # Empty folders that were prepared with rights of their own.
        self._before = set(data_dir.iterdir())
        (data_dir / MARK).write_text(f"{name}\n", encoding="ascii")
        disk.sync(data_dir)
        self._folders = {data_dir}

    def take(self, found: Found) -> None:
        """Write one file in its store; BadBackup for a name that leads anywhere else."""
        store, path = found.header.store, found.header.name
        require_path(store, path)
        if self._far and store in READABLE and file_store.is_place(path):
            self._send(found, self._root / store)
            return
        target = (self._root if store == ROOT else self._root / store) / path
        self._make(target.parent, store)
        mode = 0o640 if store in READABLE else 0o600
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            handle = os.open(target, flags, 0o600)
        except FileExistsError:
            raise BadBackup("备份中有重复的文件，不能使用这份备份。") from None
        with open(handle, "wb", buffering=0) as file:
            for block in found.blocks():
                file.write(block)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())

    def _send(self, found: Found, root: Path) -> None:
        name = found.header.name.rpartition("/")[2]
        self._make(root, root.name)
        with file_store.draft(root) as copy:
            with copy.open("wb") as file:
                for block in found.blocks():
                    file.write(block)
            if far_files.send(copy, name, root=root):
                self._sent.append((name, root))

    def settle(self) -> None:
        """Everything was written: have the names on the disk too."""
        for folder in self._folders:
            disk.sync(folder)

    def abandon(self, remove: Callable[[Path], object]) -> None:
        """Take away all that was brought here; there were empty folders before, if anything."""
        there = {each for each in self._root.iterdir() if each.name not in (MARK, *_NOTHING)}
        for each in there - self._before:
            remove(each)
        for folder in there & self._before:
            for each in list(folder.iterdir()):
                remove(each)
        # What is left because the store is away has the name of its bytes and harms nobody.
        with suppress(Unavailable):
            for name, root in self._sent:
                file_store.remove(name, root=root)
        (self._root / MARK).unlink(missing_ok=True)

    def _make(self, folder: Path, store: str) -> None:
        if folder in self._folders:
            return
        # One after the other: of several made at once only the last would get these rights.
        self._make(folder.parent, store)
        folder.mkdir(mode=0o750 if store in READABLE else 0o700, exist_ok=True)
        self._folders.add(folder)


def _within(store: str, folder: Path, before: str) -> Iterator[DataFile]:
    for each in sorted(os.scandir(folder), key=lambda each: each.name):
        path = before + each.name
        if not before and each.name in PASSED_OVER:
            continue
        if each.is_dir(follow_symlinks=False):
            yield from _within(store, Path(each.path), f"{path}/")
            continue
        try:
            require_path(store, path)
        except BadBackup:
            raise AppError(_strange(store, path)) from None
        if not each.is_file(follow_symlinks=False):
            # Gone in this very moment, or a link, a socket, a pipe.
            if not os.path.lexists(each.path):
                continue
            raise AppError(_strange(store, path))
        yield DataFile(store, path, Path(each.path))


def _strange(store: str, path: str) -> str:
    return (
        f"数据目录的 {store}/{ascii(path)[1:-1]} 不是平台的普通文件（可能是链接），"
        "备份不会跟随它，也不能遗漏它，所以没有制作备份。请移走或换成文件本身后再运行。"
    )
