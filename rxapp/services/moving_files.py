"""Bringing all kept files from the data directory to a store: all at once, or by and by."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rxapp.adapters import far_files, file_store, object_store, serving_lock
from rxapp.errors import Conflict, NotFound, Unavailable
from rxapp.rules.moves import SERVED
from rxapp.services import collections, evidence, notice_files
from rxapp.settings import settings

# Then others are let to work; the rest comes an hour later.
SOME_SECONDS = 600

Tell = Callable[[int, int], object]


@dataclass
class Brought:
    """What was brought over, and what was left because its bytes are not what its name says."""

    moved: int = 0
    unsound: list[str] = field(default_factory=list)


def folders() -> tuple[Path, ...]:
    """Every folder in which kept files lie."""
    return (
        settings().files_dir,
        evidence.folder(),
        notice_files.folder(),
        collections.folder(),
    )


def bring_left() -> int:
    """Bring over some of what lies here although a store is set; returns how many.

    What a transaction kept lies here until then (`file_store.put_near`), and what was here before.
    """
    if object_store.store() is None:
        return 0
    until, brought = time.monotonic() + SOME_SECONDS, 0
    for root in folders():
        for name in file_store.names(root):
            if time.monotonic() > until:
                return brought
            # Another process of this machine may have brought it over meanwhile.
            with suppress(NotFound, FileNotFoundError):
                brought += far_files.bring_over(name, root=root)
    return brought


def bring_soon() -> int:
    """Likewise, at once, where this process has kept something here meanwhile."""
    if object_store.store() is None or not file_store.NEAR.is_set():
        return 0
    file_store.NEAR.clear()
    try:
        return bring_left()
    except Unavailable:
        file_store.NEAR.set()
        raise


def move(tell: Tell) -> Brought:
    """Bring over what still lies here; broken off, it goes on with the rest the next time.

    Conflict when no store is set, or while somebody serves who may know of none. A file is here
    until the store has given the same bytes back.
    """
    if serving_lock.is_taken():
        raise Conflict(SERVED)
    if object_store.store() is None:
        raise Conflict("还没有设置文件存储：请先设置 RXAPP_FILES_TO 和 RXAPP_S3_*，再运行。")
    waiting = [(root, name) for root in folders() for name in file_store.names(root)]
    done = Brought()
    for behind, (root, name) in enumerate(waiting, start=1):
        if far_files.bring_over(name, root=root):
            done.moved += 1
        else:
            done.unsound.append(f"{root.name}/{name[:2]}/{name}")
        tell(behind, len(waiting))
    return done
