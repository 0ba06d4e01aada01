"""How much room the disk has, so that what comes in never takes the last of it."""

import os
import shutil
from pathlib import Path

from rxapp.errors import Invalid
from rxapp.settings import settings

FULL = (
    "服务器存储空间不足，文件没有收下，已上传的部分仍在。"
    "请联系平台管理员清理或扩充存储空间，之后选择同一个文件继续上传。"
)


def free_bytes(folder: Path) -> int:
    """What is free on the disk a folder lies on, or would lie on."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free


def reserve() -> int:
    """The bytes that are to stay free."""
    return settings().reserve_megabytes * 1024 * 1024


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def require_room(folder: Path, needed: int, *, field: str = "file") -> None:
    """Invalid when so many bytes more would touch the reserve that everything else lives on."""
    if free_bytes(folder) - needed < reserve():
        raise Invalid({field: FULL})
