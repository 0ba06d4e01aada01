"""The disk dies while a city works: what was told before the backup began is there again.

Clerks and learners act in processes of their own, files come in beside them, and every
acknowledged act is noted with its moment; meanwhile a backup is made, and then all is lost.
"""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session, select

from rxapp.adapters import file_store
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import place
from rxapp.adapters.database import engine, transaction
from rxapp.adapters.evidence_files import EvidenceFile
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim
from rxapp.rules.claims import Status, Step
from rxapp.services import backup_making, backup_restoring, evidence
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings
from tests.services.backing import Machine, installed
from tests.services.claim_books import add_many, find_faults
from tests.services.claiming import Claims
from tests.services.test_claim_kills import nursery

CLAIMS = 400
BEFORE, AFTER = 12, 6
LONGEST = 60
Told = list[tuple[float, int, int]]


@pytest.fixture
def machine(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request
) -> Iterator[Machine]:
    """An installation on which people can work."""
    server = partial(request.getfixturevalue, "postgres_url")
    with installed(database, tmp_path, monkeypatch, server) as made:
        yield made


class City:
    """Who works meanwhile: a process that moves claims, a thread that hands files in."""

    def __init__(self, process) -> None:
        self.acts: Told = []
        self.files: list[tuple[float, str]] = []
        self._process = process
        self._over = threading.Event()
        self._pid = 0
        self._threads = [threading.Thread(target=each) for each in (self._hear, self._hand_in)]

    def begin(self) -> None:
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        for thread in self._threads:
            thread.start()

    def until(self, acts: int, files: int) -> None:
        """Wait until so much more was acknowledged."""
        acts, files = acts + len(self.acts), files + len(self.files)
        deadline = time.monotonic() + LONGEST
        while len(self.acts) < acts or len(self.files) < files:
            assert time.monotonic() < deadline, "nobody works any more"
            time.sleep(0.005)

    def end(self) -> None:
        self._over.set()
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(LONGEST)

    def _hear(self) -> None:
        while (line := self._process.stdout.readline().split()) != ["gone"]:
            if line[0] == "pid":
                self._pid = int(line[1])
            else:
                self.acts.append((time.monotonic(), int(line[0]), int(line[1])))

    def _hand_in(self) -> None:
        while not self._over.is_set():
            content = os.urandom(5000)
            made = EvidenceFile(content, ".jpg", "image/jpeg", content[:100], 1)
            with transaction(write=True) as session:
                evidence.keep(
                    session, SYSTEM, purpose="other", name="", source=content, made=made
                )  # fmt: skip
            self.files.append((time.monotonic(), hashlib.sha256(content).hexdigest()))
            self._over.wait(0.01)


def give_files() -> set[str]:
    """The proofs of the claims that are there already, which have names only."""
    with transaction() as session:
        names = {name for pair in session.exec(select(Evidence.file, Evidence.preview)).all()
                 for name in pair}  # fmt: skip
    for name in names:
        path = evidence.folder() / name[:2] / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return names


def test_what_was_told_before_the_backup_is_there_after_the_disk_died(machine: Machine) -> None:
    case = Claims(engine())
    add_many(case, CLAIMS, status=Status.DRAFT, step=Step.PERSON)
    seeded = give_files()
    with nursery(settings().database, case.town.employer, case.town.department) as process:
        city = City(process)
        try:
            city.begin()
            city.until(BEFORE, BEFORE)
            began = time.monotonic()
            made = backup_making.make()
            ended = time.monotonic()
            city.until(AFTER, AFTER)
        finally:
            city.end()
    # The city worked before the backup, while it was made, and afterwards.
    assert any(began < at < ended for at, *_ in [*city.acts, *city.files])
    machine.fresh()
    brought = backup_restoring.restore(place(), made.name, load_key())
    assert [finding.sentence for finding in brought.findings if not finding.sound] == []
    with Session(engine()) as session:
        kept = {id or 0: version for id, version in session.exec(select(Claim.id, Claim.version))}
        assert [each for at, *each in city.acts if at < began and kept[each[0]] < each[1]] == []
        assert find_faults(session) == []
        files = set(session.exec(select(Evidence.file)).all()) - seeded
    root = evidence.folder()
    assert [name for at, name in city.files if at < began and f"{name}.jpg" not in files] == []
    # Every file that a row names is there and whole, also those that came in meanwhile.
    assert len(files) >= BEFORE
    assert [name for name in files if not file_store.is_sound(name, root=root)] == []
    # The control: not everything is there, so the test can tell what is not.
    assert [name for at, name in city.files if at > ended and f"{name}.jpg" in files] == []
