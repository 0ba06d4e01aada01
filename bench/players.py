"""Honest learners without a screen: they open a lesson and beat as the page does."""

import time
from collections.abc import Sequence

from bench.load import Act, all_at
from bench.seeding import City, Learner
from bench.wire import Line

# What one beat may bring is capped on the server; a player that was away says no more than this.
_MOST_MS = 9_000


class Player:
    """One learner's window on a lesson."""

    def __init__(self, learner: Learner, city: City) -> None:
        self.learner = learner
        self.credited_ms = 0
        self._city = city
        self._token = ""
        self._seq = 0
        self._said_at = 0.0

    async def open(self, line: Line) -> None:
        """Begin the lesson."""
        answer = await line.post(
            self._city.watch_open, self.learner.cookie, {"lesson_id": self.learner.lesson_id}
        )
        if answer.status != 200:
            raise RuntimeError(f"open: {answer.status} {answer.body.decode()}")
        said = answer.json()
        self._token, self._seq, self.credited_ms = said["watch"], 0, said["credited_ms"]
        self._said_at = time.monotonic()

    async def beat(self, line: Line) -> str:
        """Say where the film is; empty when the time since the last beat was credited."""
        self._seq += 1
        # The film goes on while a beat is under way.
        now = time.monotonic()
        played, self._said_at = min(_MOST_MS, int(1000 * (now - self._said_at))), now
        beat = {
            "watch": self._token,
            "seq": self._seq,
            "position_ms": self.credited_ms + played,
            "playing": True,
        }
        answer = await line.post(self._city.watch_beat, self.learner.cookie, beat)
        if answer.status != 200:
            return f"{answer.status} {answer.json().get('error')}"
        said = answer.json()
        before, self.credited_ms = self.credited_ms, said["credited_ms"]
        if said["verdict"] == "credited" and self.credited_ms == before:
            return "credited nothing"
        return "" if said["verdict"] == "credited" else said["verdict"]


async def seat(players: Sequence[Player], lines: Sequence[Line]) -> list[Act]:
    """Open every player's lesson and share the players out; each hand beats for its own in turn."""
    groups = [list(players[place :: len(lines)]) for place in range(len(lines))]

    def opening(line: Line, group: list[Player]):  # type: ignore[no-untyped-def]
        async def open_all() -> None:
            for player in group:
                await player.open(line)

        return open_all

    await all_at(16, [opening(*pair) for pair in zip(lines, groups, strict=True)])
    return [_beating(*pair) for pair in zip(lines, groups, strict=True)]


def _beating(line: Line, group: list[Player]) -> Act:
    turn = 0

    async def beat() -> str:
        nonlocal turn
        turn = (turn + 1) % len(group)
        return await group[turn].beat(line)

    return beat
