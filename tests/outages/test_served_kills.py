"""kill -9 of the served app while people are at it: it starts again by itself, and they go on."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rxapp.adapters import database, passwords
from rxapp.adapters.database import transaction
from tests import servers
from tests.gate.cast import installed
from tests.outages import books
from tests.outages.nursery import make_keys
from tests.outages.test_kills import SEED, SETTINGS
from tests.outages.visitors import Street, Visitor, wait_for_all
from tests.outages.visits import visits
from tests.outages.world import World
from tests.screens.city import CLI
from tests.serving import ROOT, answers, command, tail

pytestmark = pytest.mark.usefixtures("pages")
KILLS = 8
# How long everybody goes on after each was served again, in seconds.
LONGEST = 1.5


class Service:
    """`rxapp serve`, started again and again on the same data without a hand."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.log = port, folder / "service.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("a") as said:
            self.process = subprocess.Popen(
                command(*CLI, "serve"), cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """As a power cut would end it, with all it started."""
        assert self.process
        assert self.process.poll() is None, tail(self.log)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


@contextmanager
def at_work(street: Street, world: World) -> Iterator[set[str]]:
    """Everybody at it until the block ends, by what they came for."""
    everybody = [Visitor(street, name, act) for name, act in visits(world).items()]
    for each in everybody:
        each.start()
    try:
        yield {each.name for each in everybody}
    finally:
        street.over.set()
        for each in everybody:
            each.join(30)


def look(street: Street) -> None:
    """While the service is dead: what was told is there, nothing is half-done, all is proved."""
    with transaction() as session:
        assert books.missing(session, list(street.facts)) == []
    assert books.find_all() == []


def test_whatever_was_answered_is_there_after_each_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"seed {SEED}; another one by RXAPP_TEST_SEED")
    monkeypatch.setattr(passwords, "COST", 4)
    drawn, port = random.Random(SEED), servers.free_port()
    street, service = Street(f"http://localhost:{port}"), Service(tmp_path, port)
    with installed(tmp_path / "data", RXAPP_PORT=f"{port}", **SETTINGS):
        database.migrate()
        make_keys()
        world = World()
        try:
            service.start()
            with at_work(street, world) as everybody:
                for _ in range(KILLS):
                    wait_for_all(street, everybody)
                    street.over.wait(drawn.uniform(0, LONGEST))
                    service.kill()
                    look(street)
                    service.start()
                wait_for_all(street, everybody)
            assert street.faults == []
        finally:
            street.over.set()
            service.stop()
        look(street)
        # The positive control: what was told and is not there is missed.
        for spoil in ("UPDATE showing SET answered_at = NULL", "DELETE FROM claim_file"):
            with transaction(write=True) as session:
                session.connection().exec_driver_sql(spoil)
                assert books.missing(session, list(street.facts)), spoil
                session.rollback()
    print(f"told {dict(street.told)}, cut off {dict(street.cut_off)}")
    assert street.told.total() > 20 * KILLS
    assert all(street.cut_off[name] >= KILLS for name in everybody)
    assert "Traceback" not in service.log.read_text()
    assert answers(port) is False
