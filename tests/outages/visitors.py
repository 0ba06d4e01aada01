"""People at the real service, each in a thread: over HTTP and the websocket, come what may.

Each keeps what was told to be done as facts (`table WHERE condition`) that hold from then on. Cut
off, each asks once more by itself, as our pages do.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from tests.app import Line
from tests.gate.tabs import BOOT

SECONDS = 10
# Sooner than our pages do.
AGAIN = 0.3


class Over(Exception):
    """Nobody goes on any more."""


@dataclass
class Street:
    """Where they all are, and all that was told to them."""

    address: str
    over: threading.Event = field(default_factory=threading.Event)
    facts: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def rest(self, seconds: float) -> None:
        """Wait a little; nobody waits for the end."""
        if self.over.wait(seconds):
            raise Over


class Visitor(threading.Thread):
    """Somebody who does one thing after the other until it is over."""

    def __init__(self, street: Street, name: str, act: Callable[[Visitor], object]) -> None:
        super().__init__(name=name, daemon=True)
        self.street, self.act = street, act
        self.line: Line | None = None

    def run(self) -> None:
        try:
            while True:
                self.act(self)
                self.street.rest(0.05)
        except Over:
            pass
        except Exception as fault:  # whoever waits for all of them says so
            self.street.faults.append(f"{self.name}: {type(fault).__name__}: {fault}"[:600])
        finally:
            if self.line is not None:
                self.line.close()

    def tell(self, *facts: str) -> None:
        """This was told to be done."""
        self.street.facts.extend(facts)
        self.street.told[self.name] += 1

    def ask(self, method: str, path: str, *, cookie: str = "", **given: Any) -> httpx.Response:
        """An answer, asked for until there is one; of what was cut off the last one counts.

        `again` on the answer says that it was asked for more than once.
        """
        again = False
        while True:
            try:
                answer = httpx.request(
                    method, self.street.address + path, timeout=SECONDS,
                    headers={"Origin": self.street.address, **given.get("headers", {})},
                    cookies={"rxapp": cookie} if cookie else {},
                    **{key: value for key, value in given.items() if key != "headers"},
                )  # fmt: skip
            except httpx.TransportError:
                self.street.cut_off[self.name] += 1
            else:
                if answer.status_code != 503:
                    answer.extensions["again"] = again
                    return answer
            again = True
            self.street.rest(AGAIN)

    def press(self, cookie: str, path: str, name: str, payload: Any, wanted: str) -> str:
        """Send an event and hear what comes, connecting anew until something does."""
        while True:
            try:
                if self.line is None:
                    self.line = Line(self.street.address, cookie=cookie).join()
                    self.line.ask(BOOT, "is_hydrated", path=path)
                return self.line.ask(name, wanted, payload, path=path)
            except (OSError, WebSocketException):  # a TimeoutError is an OSError
                self.street.cut_off[self.name] += 1
                if self.line is not None:
                    self.line.close()
                self.line = None
                self.street.rest(AGAIN)


def said(frames: str, state: str, name: str) -> str:
    """What a variable of a screen was last set to, as the frames say."""
    found = re.findall(rf'{state}".*?"{name}_rx_state_":\s*"([^"]*)"', frames)
    return found[-1] if found else ""


def expect(answer: httpx.Response, *statuses: int) -> bool:
    """Whether it was done; what is refused may only be what was asked for twice."""
    if answer.status_code in (200, 206):
        return True
    lost = answer.extensions["again"] and answer.status_code in (404, 409, 422)
    assert lost or answer.status_code in statuses, f"{answer.status_code} {answer.text[:300]}"
    return False


def wait_for_all(street: Street, kinds: set[str], *, seconds: float = 60) -> None:
    """Wait until each kind of them was served since now."""
    before, deadline = dict(street.told), time.monotonic() + seconds
    while late := [kind for kind in kinds if street.told[kind] <= before.get(kind, 0)]:
        assert not street.faults, street.faults
        assert time.monotonic() < deadline, f"not served again: {late}"
        time.sleep(0.05)
