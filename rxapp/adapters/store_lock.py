"""Whoever keeps files and whoever takes them away, in any process, kept apart for a moment."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rxapp.adapters import locks
from rxapp.adapters.locks import Lock


@contextmanager
def keeping(root: Path, *, far: bool = False) -> Iterator[None]:
    """While the block lasts nobody takes a file of this folder away; many may be in it at once.

    `far`: the file goes to a store that other machines take files away from too.
    """
    others = locks.beside(Lock.FILES, root.name, alone=False) if far else nullcontext()
    with _locked(root, fcntl.LOCK_SH), others:
        yield


@contextmanager
def taking_away(root: Path, *, far: bool = False) -> Iterator[bool]:
    """Whether nobody keeps a file at this very moment; if so nobody does until the block ends.

    On a disk that knows no such locks it is never sure, and nothing is taken away.
    """
    others = locks.beside(Lock.FILES, root.name, alone=True) if far else nullcontext(True)
    with _locked(root, fcntl.LOCK_EX | fcntl.LOCK_NB) as mine, others as alone:
        yield mine and alone


@contextmanager
def _locked(root: Path, kind: int) -> Iterator[bool]:
    folder = root / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, kind)
        except OSError:  # somebody else's, or there are none here
            yield False
            return
        yield True
    finally:
        os.close(handle)
