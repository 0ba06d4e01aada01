"""What every place of backups promises, and what a backup may be called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from rxapp.errors import NotFound
from rxapp.rules.backup_manifest import moment_of


@dataclass(frozen=True)
class Kept:
    """A whole backup in a place."""

    name: str
    size: int


class Place(Protocol):
    """Keeps whole backups under their names."""

    def describe(self) -> str:
        """What the operator knows it by."""
        ...

    def put(self, name: str, fill: Callable[[BinaryIO], None]) -> None:
        """Keep what `fill` writes; nothing is kept if it raises."""
        ...

    def list(self) -> list[Kept]:
        """The backups that are there, the newest first."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Read a backup from its beginning; NotFound when there is none of this name."""
        ...

    def remove(self, name: str) -> None:
        """Take a backup away; nothing when it is gone already."""
        ...


def require_name(name: str) -> None:
    """NotFound for a name that no backup has."""
    if moment_of(name) is None:
        raise NotFound("备份的名称不符合格式，请用 rxapp backup list 查看。")
