"""Where videos and issued certificates lie: under the hash of their bytes, written once."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rxapp.errors import NotFound
from rxapp.settings import settings

CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


def put(source: Path, *, suffix: str, root: Path | None = None) -> str:
    """Keep a copy of a file; returns its name (64 hex digits and `suffix`).

    The same bytes again are the same file. It is whole on disk before it can be found.
    """
    name = f"{digest(source)}{suffix}"
    target = _place(name, root)
    if not target.exists():
        with draft(root) as copy:
            shutil.copyfile(source, copy)
            _settle(copy, target)
    return name


def put_bytes(content: bytes, *, suffix: str, root: Path | None = None) -> str:
    """Keep a file given as bytes; returns its name."""
    with draft(root) as copy:
        copy.write_bytes(content)
        return put(copy, suffix=suffix, root=root)


def find(name: str, *, root: Path | None = None) -> Path:
    """Where a kept file lies; NotFound for a name that is none or a file that is missing."""
    path = _place(name, root)
    if not path.is_file():
        raise NotFound("文件不存在，请联系管理员。")
    return path


def is_there(name: str, *, root: Path | None = None) -> bool:
    """Whether a file of this name is kept."""
    return _place(name, root).is_file()


def remove(name: str, *, root: Path | None = None) -> None:
    """Take a kept file away; nothing when it is gone already."""
    _place(name, root).unlink(missing_ok=True)


def is_sound(name: str, *, root: Path | None = None) -> bool:
    """Whether a kept file is there and still has the bytes its name promises."""
    try:
        return digest(find(name, root=root)) == name.partition(".")[0]
    except NotFound:
        return False


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def draft(root: Path | None = None) -> Iterator[Path]:
    """A file to write to on the store's own disk; gone afterwards unless it was moved away."""
    folder = _root(root) / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _place(name: str, root: Path | None) -> Path:
    if not _NAME.fullmatch(name):
        raise NotFound("文件不存在，请联系管理员。")
    return _root(root) / name[:2] / name


def _root(root: Path | None) -> Path:
    return root or settings().files_dir


def _settle(copy: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    copy.chmod(0o640)
    _sync(copy)
    copy.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
