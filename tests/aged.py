"""Kept files that seem to have lain there for long."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from rxapp import clock
from rxapp.settings import settings

LONG = timedelta(days=2)


def age(*names: str, root: Path | None = None) -> None:
    """Let files of a folder have been put there two days ago; those that are gone stay gone."""
    then = (clock.now() - LONG).timestamp()
    for name in names:
        with suppress(FileNotFoundError):
            os.utime((root or settings().files_dir) / name[:2] / name, (then, then))
