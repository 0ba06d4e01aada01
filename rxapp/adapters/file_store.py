"""Where videos, evidence and issued certificates lie: under the hash of their bytes, written once.

In a folder, or on a store of the S3 kind (RXAPP_FILES_TO). What lay in the folder before the store
was set is found there still, until `rxapp move-files` has brought it over.
"""

import hashlib
import io
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rxapp import clock
from rxapp.adapters import disk, object_store, store_lock
from rxapp.errors import NotFound, Unavailable
from rxapp.settings import settings

CHUNK = 1 << 20
# That something lies here which should go to the store.
NEAR = threading.Event()
# So long after it was put somewhere a file is left alone, whoever names it or not: whoever puts it
# names it within that time.
GRACE = timedelta(days=1)
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
_MISSING = object_store.MISSING
_DAMAGED = "文件已损坏，请联系管理员。"


@dataclass(frozen=True)
class Kept:
    """A kept file: in the folder at `path`, or on the store under `key`."""

    size: int
    at: datetime
    path: Path | None
    key: str


def put(source: Path, *, suffix: str, root: Path | None = None) -> str:
    """Keep a copy of a file; returns its name (64 hex digits and `suffix`).

    The same bytes again are the same file, and new from this moment on: for a day nobody takes it
    away (`letting_go`), so the row that names it has time. It is whole before it can be found.
    """
    name = f"{digest(source)}{suffix}"
    # Whoever takes old files away is kept out until this one is new.
    with store_lock.keeping(_root(root), far=object_store.store() is not None):
        if not _renew(source, name, root):
            _write(source, name, root)
    return name


def put_bytes(content: bytes, *, suffix: str, root: Path | None = None) -> str:
    """Keep a file given as bytes; returns its name."""
    with draft(root) as copy:
        copy.write_bytes(content)
        return put(copy, suffix=suffix, root=root)


def put_ahead(content: bytes, *, suffix: str, root: Path | None = None) -> bool:
    """Send a file to a store that is far, before the transaction that will keep it begins.

    Whether it was sent: `put_near` then only names it. No writer waits behind a slow network.
    """
    if object_store.store() is None:
        return False
    put_bytes(content, suffix=suffix, root=root)
    return True


def put_near(
    content: bytes, *, suffix: str, root: Path | None = None, ahead: bool = False
) -> str:  # fmt: skip
    """Keep a file while a transaction is open; returns its name.

    Without a word to a store that is far: what was sent `ahead` is named, all else lies in the
    folder, where it is found until it is brought over.
    """
    name = f"{hashlib.sha256(content).hexdigest()}{suffix}"
    if ahead:
        return name
    with store_lock.keeping(_root(root)):
        if not _touch(place_of(name, root)):
            with draft(root) as copy:
                copy.write_bytes(content)
                _settle(copy, place_of(name, root))
    NEAR.set()
    return name


def put_again(content: bytes, *, suffix: str, root: Path | None = None) -> None:
    """Once the row that names a file is safe: have it there, whoever took it away meanwhile.

    Before that the row was nowhere to be seen, and the same bytes may have been somebody else's,
    who wanted them gone (`letting_go.take_away`). A store that is away now had it a moment ago.
    """
    name = f"{hashlib.sha256(content).hexdigest()}{suffix}"
    with suppress(Unavailable):
        with store_lock.keeping(_root(root), far=object_store.store() is not None):
            there = is_there(name, root=root)
        if not there:
            put_bytes(content, suffix=suffix, root=root)


def require_reachable() -> None:
    """Unavailable where files lie on a store and it does not answer, or refuses."""
    store = object_store.store()
    if store is not None:
        store.require_reachable()


def find(name: str, *, root: Path | None = None) -> Path:
    """Where a file lies in the folder; NotFound for a name that is none or a missing file."""
    path = place_of(name, root)
    if not path.is_file():
        raise NotFound(_MISSING)
    return path


def look(name: str, *, root: Path | None = None) -> Kept:
    """Where a kept file lies and how long it is; NotFound when there is none."""
    path, key, store = place_of(name, root), key_of(name, root), object_store.store()
    if store is not None and (found := store.look(key)):
        return Kept(found.size, found.at, None, key)
    held = find(name, root=root).stat()
    return Kept(held.st_size, datetime.fromtimestamp(held.st_mtime, UTC), path, key)


def is_there(name: str, *, root: Path | None = None) -> bool:
    """Whether a file of this name is kept."""
    try:
        return look(name, root=root) is not None
    except NotFound:
        return False


def pieces(name: str, *, root: Path | None = None) -> Iterator[bytes]:
    """The bytes of a kept file, piece by piece; NotFound when there is none."""
    kept, store = look(name, root=root), object_store.store()
    if kept.path is None and store is not None:
        yield from store.read(kept.key)
        return
    with find(name, root=root).open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def read(name: str, *, root: Path | None = None) -> bytes:
    """A kept file that is not long; NotFound when there is none."""
    held = io.BytesIO()
    for piece in pieces(name, root=root):
        held.write(piece)
    return held.getvalue()


@contextmanager
def opened(name: str, *, root: Path | None = None) -> Iterator[Path]:
    """A kept file at a path, for what reads nothing but paths; a copy where it lies elsewhere."""
    kept = look(name, root=root)
    if kept.path is not None:
        yield kept.path
        return
    with draft(root) as copy:
        with copy.open("wb") as file:
            for piece in pieces(name, root=root):
                file.write(piece)
        if digest(copy) != name.partition(".")[0]:
            raise NotFound(_DAMAGED)
        yield copy


def remove(name: str, *, root: Path | None = None) -> None:
    """Take a kept file away; nothing when it is gone already, or never was."""
    if not _NAME.fullmatch(name):
        return
    path, store = place_of(name, root), object_store.store()
    if store is not None:
        store.remove(key_of(name, root))
    path.unlink(missing_ok=True)


def is_sound(name: str, *, root: Path | None = None) -> bool:
    """Whether a kept file is there and still has the bytes its name promises."""
    made = hashlib.sha256()
    try:
        for piece in pieces(name, root=root):
            made.update(piece)
    except NotFound:
        return False
    return made.hexdigest() == name.partition(".")[0]


def is_place(path: str) -> bool:
    """Whether a path within a folder is where a kept file would lie."""
    name = path.rpartition("/")[2]
    return is_name(name) and path == f"{name[:2]}/{name}"


def last_put(name: str, *, root: Path | None = None) -> datetime | None:
    """When somebody last put a file, here or on the store; None when it is not kept."""
    path, store = place_of(name, root), object_store.store()
    kept = store.look(key_of(name, root)) if store is not None else None
    times = [kept.at] if kept else []
    if path.exists():
        times.append(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    return max(times, default=None)


def is_name(word: str) -> bool:
    """Whether this can be the name of a kept file."""
    return _NAME.fullmatch(word) is not None


def names(root: Path) -> Iterator[str]:
    """The files that lie in a folder."""
    for path in sorted(root.glob("[0-9a-f][0-9a-f]/*")):
        if _NAME.fullmatch(path.name) and path.is_file():
            yield path.name


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


def place_of(name: str, root: Path | None) -> Path:
    """Where a file of this name lies in the folder; NotFound for what is no name."""
    if not _NAME.fullmatch(name):
        raise NotFound(_MISSING)
    return _root(root) / name[:2] / name


def key_of(name: str, root: Path | None) -> str:
    """What a file of this name is called on the store."""
    return f"{_root(root).name}/{name[:2]}/{name}"


def _renew(source: Path, name: str, root: Path | None) -> bool:
    """Have a file that is there already count as put just now; False when it must be written."""
    store = object_store.store()
    if store is not None:
        kept = store.look(key_of(name, root))
        young = kept is not None and kept.at > clock.now() - GRACE / 2
        return young and kept is not None and kept.size == source.stat().st_size
    return _touch(place_of(name, root))


def _touch(path: Path) -> bool:
    try:
        os.utime(path)
    except (FileNotFoundError, PermissionError):  # or somebody else's: then it becomes ours
        return False
    return True


def _write(source: Path, name: str, root: Path | None) -> None:
    store = object_store.store()
    if store is not None:
        store.put(key_of(name, root), source)
        return
    with draft(root) as copy:
        shutil.copyfile(source, copy)
        _settle(copy, place_of(name, root))


def _root(root: Path | None) -> Path:
    return root or settings().files_dir


def _settle(copy: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    copy.chmod(0o640)
    disk.sync(copy)
    copy.replace(target)
    disk.sync(target.parent)
