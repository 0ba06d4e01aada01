"""Where backups lie: a folder on another disk or mounted from another machine, or a bucket.

A place shows whole backups only: what is being written has another name until it is safe.
"""

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rxapp.adapters import disk
from rxapp.adapters.backup_terms import Kept, Place, require_name
from rxapp.errors import AppError, NotFound
from rxapp.rules.backup_manifest import moment_of
from rxapp.settings import settings

PARTIAL = ".part"
LEFT_AFTER_SECONDS = 3600
NO_PLACE = (
    "还没有设置备份位置：请把 RXAPP_BACKUP_TO 设为数据目录以外的文件夹，"
    "最好在另一块磁盘或另一台机器上。"
)
FULL = "备份位置的空间不足，这次备份没有完成，没有留下不完整的备份；请清理后再运行。"


class FolderPlace:
    """A folder; its files are readable by the service alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def describe(self) -> str:
        """Its path."""
        return str(self.folder)

    def put(self, name: str, fill: Callable[[BinaryIO], None]) -> None:
        """Write beside, have it on the disk, then give it its name."""
        require_name(name)
        with _told():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._clear_left()
            part = self.folder / f"{name}{PARTIAL}"
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with open(os.open(part, flags, 0o600), "wb", buffering=1 << 20) as out:
                    fill(out)
                    out.flush()
                    os.fsync(out.fileno())
                part.rename(self.folder / name)
                disk.sync(self.folder)
            finally:
                part.unlink(missing_ok=True)

    def _clear_left(self) -> None:
        """What a backup that was killed left; nobody writes to it any more."""
        for left in self.folder.glob(f"rxapp-*{PARTIAL}"):
            if time.time() - left.stat().st_mtime > LEFT_AFTER_SECONDS:
                left.unlink(missing_ok=True)

    def list(self) -> list[Kept]:
        """The files in it that have the name of a backup; all else is not ours."""
        if not self.folder.is_dir():
            return []
        found = [
            Kept(each.name, each.stat(follow_symlinks=False).st_size)
            for each in os.scandir(self.folder)
            if moment_of(each.name) and each.is_file(follow_symlinks=False)
        ]
        return sorted(found, key=lambda each: (moment_of(each.name), each.name), reverse=True)

    def open(self, name: str) -> BinaryIO:
        """The file, opened for reading."""
        require_name(name)
        try:
            return (self.folder / name).open("rb", buffering=1 << 20)
        except FileNotFoundError:
            raise NotFound(f"备份位置中没有“{name}”，请用 rxapp backup list 查看。") from None

    def remove(self, name: str) -> None:
        """Unlink the file."""
        require_name(name)
        (self.folder / name).unlink(missing_ok=True)


def place() -> Place:
    """The place of this installation; AppError when none is set, or one that dies with the data."""
    wanted = settings().backup_to
    if not wanted:
        raise AppError(NO_PLACE)
    if wanted.startswith("s3://"):
        from rxapp.adapters import backup_bucket, object_store

        return backup_bucket.BucketPlace(wanted, object_store.open_bucket(wanted))
    folder = Path(wanted).resolve()
    if folder.is_relative_to(settings().data_dir.resolve()):
        raise AppError(
            "备份位置不能在数据目录之内：数据目录损坏时备份会一起丢失。"
            "请把 RXAPP_BACKUP_TO 改为数据目录以外的文件夹。"
        )
    return FolderPlace(folder)


def of_file(path: Path) -> tuple[Place, str]:
    """The place and the name of a backup given as a file."""
    return FolderPlace(path.resolve().parent), path.name


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise AppError(FULL) from fault
        raise AppError(
            f"备份没有完成，没有留下不完整的备份：{fault.strerror or fault}"
            f"（{fault.filename or '备份位置'}）。请检查磁盘和权限后再运行。"
        ) from fault
