"""An installation of a test's own that can be backed up, and moved to other places."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rxapp.adapters import database, encryption, file_store
from rxapp.adapters.backup_key import make_key
from rxapp.settings import settings
from tests import servers

CACHES = (settings, encryption.data_keys)


@dataclass
class Machine:
    """An installation that a test moves to other folders and databases."""

    patch: pytest.MonkeyPatch
    folder: Path
    other: Callable[[], str]

    def on(self, data: str, url: str) -> None:
        """Let this process be the one of this data directory and database."""
        for name, value in (
            ("DATA_DIR", self.folder / data), ("DATABASE_URL", url),
            ("BACKUP_TO", self.folder / "to"), ("BACKUP_KEY_FILE", self.folder / "key"),
        ):  # fmt: skip
            self.patch.setenv(f"RXAPP_{name}", str(value))
        forget()

    def fresh(self, data: str = "other") -> None:
        """An empty place of the same kind."""
        self.on(data, self.other())


@contextmanager
def installed(
    url: str, folder: Path, patch: pytest.MonkeyPatch, server: Callable[[], str]
) -> Iterator[Machine]:
    """The machine of a database, with keys, a backup key, and files in every store."""
    made: list[str] = []

    def other() -> str:
        if not url.startswith("postgres"):
            return ""
        made.append(f"other_{os.getpid()}_{len(made)}")
        return servers.create_database(server(), made[-1])

    machine = Machine(patch, folder, other)
    machine.on("data", url)
    encryption.ensure(settings().keys_dir)
    fill(settings().data_dir)
    make_key()
    try:
        yield machine
    finally:
        forget()
        for name in made:
            servers.drop_database(server(), name)
        patch.undo()
        forget()


def forget() -> None:
    """Let this process read its surroundings anew."""
    database.forget_engine()
    for cached in CACHES:
        cached.cache_clear()


def fill(data: Path) -> None:
    """Put a file into every store, and one that is half made."""
    for store in ("files", "evidence", "notices", "collect"):
        file_store.put_bytes(store.encode() * 1000, suffix=".bin", root=data / store)
    for path in ("uploads/" + "a" * 48 + ".part", "outgoing/2026-01-01.jsonl", "installed"):
        (data / path).parent.mkdir(exist_ok=True)
        (data / path).write_bytes(path.encode())
    (data / "files" / "drafts" / "half").write_bytes(b"half")


def listing(data: Path) -> dict[str, bytes]:
    """Every file that must not be lost."""
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and not {"drafts", "backup-work"} & set(path.parts)
        and not path.name.startswith("rxapp.db")
    }  # fmt: skip
