"""Who serves an embedded database: one service at a time, known by a lock the system takes back.

The lock ends with the last process that holds it, however that ended; nothing is left to clean up.
Commands such as check and import do not ask for it: beside the service they may do what they do.
"""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy.engine import make_url

from rxapp.settings import settings

_held: dict[Path, int] = {}


def place(url: str = "") -> Path | None:
    """The file that is locked, beside the embedded database; none with PostgreSQL.

    Of the database of the settings, or of another one.
    """
    parsed = make_url(url or settings().database)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(f"{parsed.database}.serving").absolute()


def take() -> bool:
    """Hold the place until this process ends; False when another service has it."""
    path = place()
    if path is None or path in _held:
        return True
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # Alone for a moment, which nobody is beside a service; then shared, for its workers.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return False
    _held[path] = handle
    return True


def is_taken(url: str = "") -> bool:
    """Whether a service other than this process has the place; changes nothing."""
    path = place(url)
    if path is None or path in _held or not path.exists():
        return False
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def holders() -> list[int]:
    """The processes that have the place open, as far as one may look."""
    path = place()
    if path is None:
        return []
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(link.readlink() == path for link in (folder / "fd").iterdir()):
                found.append(int(folder.name))
    return sorted(set(found) - {os.getpid()})


def leave() -> None:
    """Give the place back before this process ends."""
    for handle in _held.values():
        os.close(handle)
    _held.clear()


@contextlib.asynccontextmanager
async def share() -> AsyncIterator[None]:
    """Hold the place in a worker as well: it may outlive the process that began it."""
    path = place()
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600) if path else None
    try:
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        if handle is not None:
            os.close(handle)
