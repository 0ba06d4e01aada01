"""A lesson as the tests watch it: with the player of the page, or past it by bare requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import APIRequestContext, APIResponse, Locator, Page, expect

from tests.screens.city import City, Somebody

WAIT_MS = 20_000


@dataclass
class Line:
    """Somebody's own browser cookie speaking to the service without the player."""

    request: APIRequestContext
    address: str
    watch: str = ""
    seq: int = 0

    def post(self, path: str, said: dict[str, Any], **headers: str) -> APIResponse:
        """Send as a page of the site would, unless `headers` say otherwise."""
        return self.request.post(
            f"{self.address}{path}", data=said, headers={"Origin": self.address} | headers
        )

    def open(self, lesson: int) -> dict[str, Any]:
        """Begin a sitting; it takes the place of any other of the person."""
        opened = self.post("/api/watch/open", {"lesson_id": lesson}).json()
        self.watch, self.seq = opened["watch"], 0
        return opened

    def beat(self, position_ms: Any, *, seq: Any = None, playing: Any = True) -> APIResponse:
        """Claim to be somewhere, under the next number unless told another."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        said = {"watch": self.watch, "seq": seq, "position_ms": position_ms, "playing": playing}
        return self.post("/api/watch/beat", said)

    def quiz(self) -> dict[str, Any]:
        """Ask for the question that is due."""
        return self.post("/api/watch/quiz", {"watch": self.watch}).json()

    def answer(self, showing: int, chosen: list[str]) -> APIResponse:
        """Answer a showing."""
        return self.post(
            "/api/watch/answer", {"watch": self.watch, "showing": showing, "chosen": chosen}
        )

    def live(self, seconds: float, *, start_ms: int) -> dict[str, Any]:
        """Watch honestly for a while, a beat a second; what the last beat came to."""
        begun = time.monotonic()
        told: dict[str, Any] = {}
        while (passed := time.monotonic() - begun) < seconds:
            time.sleep(min(1.0, seconds - passed + 0.01))
            place = start_ms + round((time.monotonic() - begun) * 1000)
            told = self.beat(place).json()
        return told


def line_of(page: Page, where: City) -> Line:
    """A line that carries the cookies of a page's browser."""
    return Line(page.request, where.address)


def open_player(page: Page, lesson: int) -> None:
    """Go to a lesson and wait until the player knows how far one is."""
    page.goto(f"/learn/{lesson}")
    expect(page.get_by_test_id("player-amount")).to_contain_text("共", timeout=WAIT_MS)


def play(page: Page) -> None:
    """Press the big button and see it run."""
    page.get_by_test_id("player-big").click()
    expect(status(page)).to_have_text("计入中", timeout=WAIT_MS)


def pause(page: Page) -> None:
    """Stop the film; what was seen until then is told to the service at once."""
    with page.expect_response(lambda answer: answer.url.endswith("/api/watch/beat")):
        page.get_by_test_id("player-play").click()
    expect(status(page)).to_contain_text("已暂停")


def status(page: Page) -> Locator:
    """The sentence under the film."""
    return page.get_by_test_id("player-status")


def choose(page: Page, options: list[str]) -> None:
    """Tick options by the ids they are shown with, and submit."""
    for option in options:
        page.get_by_test_id("quiz").locator(f"input[value='{option}']").check()
    page.get_by_test_id("quiz-submit").click()


def wait_until(page: Page, holds: Callable[[], object], *, seconds: float = 20) -> None:
    """Give the page time until something holds; fails when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        # Not `time.sleep`: what the page asks is answered only while a call of its own waits.
        page.wait_for_timeout(50)


@dataclass
class Stopwatch:
    """Real time from before the first request until after the last look."""

    where: City
    person: Somebody
    lesson: int

    def __post_init__(self) -> None:
        self.begun, self.credited_ms = time.monotonic(), self._credited()

    @property
    def elapsed_ms(self) -> int:
        """What an honest learner could have watched at most, were there no quizzes."""
        return round((time.monotonic() - self.begun) * 1000)

    @property
    def gained_ms(self) -> int:
        """What the database credits more than at the start."""
        return self._credited() - self.credited_ms

    def _credited(self) -> int:
        return self.where.credited_ms(self.person, self.lesson)
