"""A full disk: everybody is told so, nothing is half-done, and with room all goes on by itself."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from rxapp.adapters.database import transaction
from rxapp.models.audit import AuditSeal
from rxapp.models.people import Person
from tests.outages import books
from tests.outages.served import AGAIN, HOME, READ_ALL, Site, refused, site, wait_until

pytestmark = pytest.mark.usefixtures("pages")
# Until what the database has set aside for itself is used up, too.
MOST = 400
Turn = Callable[[Site, bool], None]


@contextmanager
def tiny_disk(folder: Path) -> Iterator[tuple[Path, Turn]]:
    """A disk of a few megabytes, and what fills and empties it."""
    disk = folder / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"nothing may be mounted here, only the limit was tried: {done.stderr.strip()}")
    filler = disk / "filler"

    def turn(_site: Site, full: bool) -> None:
        if not full:
            filler.unlink()
            return
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    try:
        yield disk / "data", turn
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@contextmanager
def limited_files(folder: Path) -> Iterator[tuple[Path, Turn]]:
    """A service of which no file may grow any more, nor be written: its log neither."""

    def turn(made: Site, full: bool) -> None:
        size = 0 if full else resource.RLIM_INFINITY
        for pid in (made.pid, *_below(made.pid)):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    yield folder / "data", turn


def _below(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for task in tasks for each in (task / "children").read_text().split()]


@pytest.mark.parametrize("way", [limited_files, tiny_disk])
def test_a_full_disk_is_told_and_leaves_nothing_half_done(way: Any, tmp_path: Path) -> None:
    with way(tmp_path) as (data, turn), site(tmp_path, data) as made:
        told: set[str] = set()
        for name, act in made.acts().items():
            assert act().status_code == 200, name
        line = made.line()
        turn(made, True)
        for name, act in made.acts().items():
            sentence = next(_refusals(act), "")
            assert sentence, f"{name} went on for ever on a full disk"
            told.add(sentence)
        # What is there can be read, and a press is answered with the sentence.
        assert "home_state" in line.ask(HOME, "home_state")
        assert "存" in line.ask(READ_ALL, r"inbox_state.*error")
        assert _unread(made) == 2
        assert made.health() < 5
        sealed = _sealed()
        turn(made, False)
        assert made.beat(again=True).status_code == 200
        for name, act in made.acts().items():
            assert act().status_code == 200, name
        line.ask(READ_ALL, "shell_state")
        assert not _unread(made)
        line.ask(AGAIN, "outage_state", {"missed": False})
        wait_until(lambda: _sealed() > sealed)
        assert books.find_all() == []
        assert {os.path.basename(each) for each in _strays(data)} <= set()
        if way is tiny_disk:
            assert any("存储空间已满" in sentence for sentence in told)


def _refusals(act: Callable[[], Any]) -> Iterator[str]:
    for _ in range(MOST):
        answer = act()
        if answer.status_code == 429:
            return
        if answer.status_code != 200:
            yield refused(answer)


def _unread(made: Site) -> int:
    with transaction() as session:
        return session.exec(select(Person.unread).where(Person.id == made.town.lena.id)).one()


def _sealed() -> int:
    with transaction() as session:
        return session.exec(select(func.count()).select_from(AuditSeal)).one()


def _strays(data: Path) -> list[Path]:
    """What was begun to be written and is of no use to anybody."""
    return [each for folder in data.glob("*/drafts") for each in folder.iterdir()]
