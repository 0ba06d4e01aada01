"""Text messages and e-mails on their way out: one interface, a file as the first back end.

A bureau's own gateway takes the place of the file by another class with the same one function.
"""

import errno
import fcntl
import json
import os
from pathlib import Path
from typing import Protocol

from rxapp import clock
from rxapp.settings import settings


class Outlet(Protocol):
    """Takes one message; whatever it raises means that it was not delivered."""

    def deliver(self, channel: str, to: str, text: str) -> None:
        """Hand over a message: channel `sms` or `email`, a mobile or an address, plain text."""


class FileOutlet:
    """Appends each message as one line of JSON to the day's file, readable by the service alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, channel: str, to: str, text: str) -> None:
        """Write one line and have it on the disk before saying so."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        now = clock.local(clock.now())
        said = {"at": now.isoformat(), "channel": channel, "to": to, "text": text}
        line = json.dumps(said, ensure_ascii=False) + "\n"
        path = self.folder / f"{now:%Y-%m-%d}.jsonl"
        # One write to a file opened for appending: two workers never mix their lines.
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A disk that is full takes a part of the line: a part is none.
            fcntl.flock(handle, fcntl.LOCK_EX)
            before = os.fstat(handle).st_size
            try:
                if os.write(handle, line.encode()) < len(line.encode()):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, before)
                raise
        finally:
            os.close(handle)


def outlet() -> Outlet | None:
    """Where messages go in this installation; None when none are sent."""
    return FileOutlet(settings().data_dir / "outgoing") if settings().messages == "file" else None
