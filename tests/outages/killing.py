"""Killing workers of a nursery, and keeping what they said until then."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.outages.deeds import DEEDS
from tests.outages.people_deeds import PEOPLE

ALL = DEEDS | PEOPLE
# How many deeds a worker may tell of, and how long it may go on after the last, in seconds.
MOST_TOLD, SCALES = 6, (0.004, 0.02, 0.12)
# Of so many one dies when a deed is done and before it is told.
SILENT_ONE_IN = 4
AWAY = "OperationalError"


@dataclass
class Heard:
    """What all workers said until they were killed."""

    facts: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    interrupted: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    open: list[Any] | None = None

    def hear(self, words: list[Any], *, server_killed: bool = False) -> bool:
        """Take one line in; whether a deed was told of."""
        match words:
            case ["try", name, given, facts]:
                self.open = [name, given, facts]
                self.tried[name] += 1
            case ["told", name, facts]:
                self.open = None if name in ALL else self.open
                self.told[name] += 1
                self.facts += facts
                return True
            case ["again", name, facts]:
                self.repeated[f"{name}: done"] += 1
                self.facts += facts
            case ["refused", name, facts, kind, sentence]:
                # Whoever presses again is refused only where it is done already.
                assert facts, f"{name} was refused when pressed again: {kind} {sentence}"
                self.repeated[f"{name}: {kind}"] += 1
                self.facts += facts
            case ["fault", fault]:
                assert server_killed, f"a worker failed: {fault} after {self.open}"
                assert fault.startswith(AWAY), fault
                self.faults[fault.partition(":")[0]] += 1
        return False

    def take_open(self) -> list[Any] | None:
        """The deed that was interrupted, for whoever comes next."""
        deed, self.open = self.open, None
        if deed is None:
            return None
        self.interrupted[deed[0]] += 1
        return deed if ALL[deed[0]].again else None


@contextmanager
def nursery(seed: int) -> Iterator[subprocess.Popen[str]]:
    """The process that forks workers, its town built."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.outages.nursery", str(seed)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while next(_said(process)) != ["built"]:
            pass
        yield process
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(30)


def kill_one(
    process: subprocess.Popen[str], drawn: random.Random, heard: Heard,
    kill_server: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """Start a worker and kill it in the middle of something; all it said was done by then.

    Or kill the database's server instead, which the worker sees and says.
    """
    most, then = drawn.randint(0, MOST_TOLD), drawn.uniform(0, drawn.choice(SCALES))
    silent = None if kill_server or drawn.randrange(SILENT_ONE_IN) else most
    assert process.stdin
    process.stdin.write(json.dumps([heard.take_open(), silent]) + "\n")
    process.stdin.flush()
    pid = told = 0
    for words in _said(process):
        if words == ["gone"]:
            return
        if words[0] == "pid":
            pid = words[1]
        else:
            told += heard.hear(words)
        if pid and silent is None and told >= most:
            break
    time.sleep(then)
    if kill_server:
        kill_server()
    else:
        os.kill(pid, signal.SIGKILL)
    for words in _said(process):
        if words == ["gone"]:
            return
        heard.hear(words, server_killed=kill_server is not None)


def _said(process: subprocess.Popen[str]) -> Iterator[list[Any]]:
    """What is said, line by line."""
    assert process.stdout
    while line := process.stdout.readline():
        yield json.loads(line)
    raise AssertionError("the nursery ended")
