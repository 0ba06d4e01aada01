"""A data directory that is filled from a backup: what counts as empty, and who may look in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rxapp.adapters import data_files
from rxapp.adapters.backup_stream import FILE, Header
from rxapp.errors import Conflict

HASHED = "ab/" + "ab" * 32 + ".mp4"


def _found(store: str, name: str) -> Any:
    def blocks() -> Iterator[bytes]:
        yield b"content"

    return SimpleNamespace(header=Header(FILE, name, store), blocks=blocks)


def test_the_installers_empty_folder_is_nothing_and_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files").chmod(0o2750)
    data_files.require_empty(tmp_path)
    data_files.Restored(tmp_path, "a").take(_found("files", HASHED))
    assert (tmp_path / "files").stat().st_mode & 0o7777 == 0o2750
    data_files.finish(tmp_path)
    with pytest.raises(Conflict, match="不是空的"):
        data_files.require_empty(tmp_path)


def test_a_link_is_not_nothing(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "files").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Conflict):
        data_files.require_empty(tmp_path / "data")


def test_every_folder_of_the_keys_is_closed_to_others(tmp_path: Path) -> None:
    filled = data_files.Restored(tmp_path, "a")
    filled.take(_found("keys", "signing/2020.pem"))
    filled.take(_found("files", HASHED))
    modes = {name: (tmp_path / name).stat().st_mode & 0o777
             for name in ("keys", "keys/signing", "files", "files/ab")}  # fmt: skip
    assert modes == {"keys": 0o700, "keys/signing": 0o700, "files": 0o750, "files/ab": 0o750}
