"""Files that no row names any more, or never did: taken away without harm to whoever puts one."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from rxapp import clock
from rxapp.adapters import file_store, object_store, store_lock
from rxapp.adapters.file_store import GRACE

# To put a file takes some milliseconds; whoever wants some gone waits for so long altogether.
PATIENCE_SECONDS, REST_SECONDS = 2.0, 0.05


def let_go(names: Iterable[str], *, root: Path) -> int:
    """Take away files that no row names; returns how many.

    Not those that somebody put there within the last day, nor any while somebody puts one, here or
    (`Lock.FILES`) on another machine: another row may be about to name it. What is left is found
    again by `old_names`.
    """
    return sum(_let_go(name, root) for name in names)


def take_away(names: Iterable[str], *, root: Path, is_named: Callable[[str], bool]) -> int:
    """Take away at once files that somebody wants gone; returns how many.

    Not one that a row names by now. Whoever put the same bytes meanwhile puts them once more as
    soon as its row is safe (`file_store.put_again`), and then finds them or brings them back. What
    is left because somebody was putting a file all the while is found by `old_names`.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    return sum(_take_away(name, root, is_named, until) for name in names)


def old_names(root: Path, parts: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """The files that nobody put anew for a day, by the two hex digits their names begin with.

    `parts` are some of these digits, in order and without a gap.
    """
    before = clock.now() - GRACE
    listed = groupby(_on_store(root, parts), key=lambda found: found[0][:2])
    ahead = next(listed, None)
    for part in parts:
        found = list(in_folder(root / part))
        while ahead is not None and ahead[0] < part:  # no name of ours
            ahead = next(listed, None)
        if ahead is not None and ahead[0] == part:
            found += ahead[1]
            ahead = next(listed, None)
        yield part, {name for name, at in found if at < before and file_store.is_name(name)}


def clear_drafts(root: Path) -> int:
    """Take away half-made files that whoever wrote them left behind, a day later."""
    before, gone = clock.now() - GRACE, 0
    for name, at in in_folder(root / "drafts"):
        if at < before:
            (root / "drafts" / name).unlink(missing_ok=True)
            gone += 1
    return gone


def in_folder(folder: Path) -> Iterator[tuple[str, datetime]]:
    """The files of a folder, each with when it was written; those that go meanwhile are let be."""
    if not folder.is_dir():
        return
    for each in os.scandir(folder):
        with suppress(FileNotFoundError):
            if each.is_file(follow_symlinks=False):
                yield each.name, datetime.fromtimestamp(each.stat().st_mtime, UTC)


def _let_go(name: str, root: Path) -> bool:
    far = object_store.store() is not None
    with store_lock.taking_away(root, far=far) as alone:
        may = alone and _is_old(name, root)
        if may:
            file_store.remove(name, root=root)
        return may


def _take_away(name: str, root: Path, is_named: Callable[[str], bool], until: float) -> bool:
    far = object_store.store() is not None
    while True:
        with store_lock.taking_away(root, far=far) as alone:
            if alone:
                if is_named(name):
                    return False
                file_store.remove(name, root=root)
                return True
        if time.monotonic() > until:
            return False
        time.sleep(REST_SECONDS)


def _on_store(root: Path, parts: Sequence[str]) -> Iterator[tuple[str, datetime]]:
    store = object_store.store()
    if store is None:
        return
    for key, at in store.names(root.name, after=f"{root.name}/{parts[0]}"):
        name = key.rpartition("/")[2]
        if name[:2] > parts[-1]:
            return
        yield name, at


def _is_old(name: str, root: Path) -> bool:
    at = file_store.last_put(name, root=root) if file_store.is_name(name) else None
    return at is not None and at < clock.now() - GRACE
