"""Where a backup is worked on, and who keeps away meanwhile: one at a time, nothing removed."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rxapp.errors import Conflict
from rxapp.settings import settings

FOLDER = "backup-work"


@contextmanager
def alone() -> Iterator[Path]:
    """A private folder for one backup or test of this installation; Conflict while another runs.

    What one that was killed left behind goes first.
    """
    folder = settings().data_dir / FOLDER
    with _locked("lock", fcntl.LOCK_EX) as mine:
        if not mine:
            raise Conflict("另一次备份或核验正在进行，请等它结束后再运行。")
        scratch = folder / "scratch"
        clear(scratch)
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            clear(scratch)


def clear(folder: Path) -> None:
    """Take a folder of ours away with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def nothing_removed() -> Iterator[None]:
    """Between the moment of the database and the last file, what a row names must stay."""
    with _locked("removals", fcntl.LOCK_EX, wait=True):
        yield


@contextmanager
def removing() -> Iterator[bool]:
    """Whether files may be removed now; as long as the block lasts no backup begins to read."""
    if not settings().data_dir.is_dir():
        yield True
        return
    with _locked("removals", fcntl.LOCK_SH) as mine:
        yield mine


@contextmanager
def _locked(name: str, kind: int, *, wait: bool = False) -> Iterator[bool]:
    folder = settings().data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
