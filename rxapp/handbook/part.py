"""A part of a handbook."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A heading and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]
