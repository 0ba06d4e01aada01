"""What was found when an installation was looked at: a word, how bad it is, how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Level(StrEnum):
    """How bad it is: a fault stops or endangers the service, a warning is worth a look."""

    FAULT = "fault"
    WARNING = "warning"
    FINE = "fine"

    @property
    def label(self) -> str:
        """The word before the sentence."""
        return {Level.FAULT: "故障", Level.WARNING: "提醒", Level.FINE: "正常"}[self]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `code` never changes, so that a monitor can go by it."""

    code: str
    level: Level
    sentence: str
    # The exact command or file; empty where nothing is to be mended.
    mend: str = ""


def fault(code: str, sentence: str, mend: str) -> Finding:
    """Something that stops or endangers the service."""
    return Finding(code, Level.FAULT, sentence, mend)


def warning(code: str, sentence: str, mend: str) -> Finding:
    """Something worth a look."""
    return Finding(code, Level.WARNING, sentence, mend)


def fine(code: str, sentence: str) -> Finding:
    """Something that is as it should be."""
    return Finding(code, Level.FINE, sentence)


def worst(findings: Iterable[Finding]) -> Level:
    """The level of the worst of them."""
    levels = {finding.level for finding in findings}
    return next((level for level in Level if level in levels), Level.FINE)
