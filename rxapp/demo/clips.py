"""The demo's clips: what each shows and when, and where its film lies."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

INTRO_SECONDS = 5
HERE = Path(__file__).parent
CLIPS = HERE / "clips" / "clips.json"


class Span(NamedTuple):
    """Whole seconds from the start of a clip, the end not included."""

    start: int
    end: int


@dataclass(frozen=True)
class Card:
    """One screen of a clip: a heading and three lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Clip:
    """A short video: a title screen, then its cards for equal times."""

    name: str
    title: str
    mark: str
    colour: str
    seconds: int
    cards: tuple[Card, ...]

    def span(self, card: int) -> Span:
        """Say when card number `card` (counted from 1) is on the screen."""
        room, count = self.seconds - INTRO_SECONDS, len(self.cards)
        start, end = (INTRO_SECONDS + room * n // count for n in (card - 1, card))
        return Span(start, end)

    @property
    def path(self) -> Path:
        """Where the video lies on disk."""
        return HERE / "clips" / f"{self.name}.mp4"


@cache
def load_clips() -> tuple[Clip, ...]:
    """Read what the clips show, in the order of the file."""
    return tuple(_clip(source) for source in json.loads(CLIPS.read_text(encoding="utf-8")))


def clip_named(name: str) -> Clip:
    """The clip of that name; StopIteration when there is none."""
    return next(clip for clip in load_clips() if clip.name == name)


def _clip(source: dict[str, Any]) -> Clip:
    cards = tuple(Card(card["heading"], tuple(card["lines"])) for card in source["cards"])
    return Clip(**{**source, "cards": cards})
