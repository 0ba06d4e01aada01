"""A course package written piece by piece, never whole in memory, the same bytes every time."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rxapp.adapters import file_store
from rxapp.adapters.packages import MANIFEST
from rxapp.rules import manifests
from rxapp.rules.manifests import CourseManifest

# A fixed date: the same course always packs to the same bytes.
_PACKED_AT = (2020, 7, 15, 0, 0, 0)


@dataclass(frozen=True)
class Film:
    """A film to be packed: how long it is, and its bytes when they are wanted."""

    size: int
    pieces: Callable[[], Iterable[bytes]]


def kept_film(name: str) -> Film:
    """A film of the file store; NotFound when it is missing."""
    return Film(file_store.look(name).size, lambda: file_store.pieces(name))


def film_at(path: Path) -> Film:
    """A film that lies at a path."""
    return Film(path.stat().st_size, lambda: _pieces(path))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(file_store.CHUNK):
            yield piece


class _Drain(io.RawIOBase):
    """Takes what the archive writes and gives it on; nothing can be gone back to."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:  # type: ignore[no-untyped-def]
        self._held += content
        return len(content)

    def drained(self) -> bytes:
        found, self._held = bytes(self._held), bytearray()
        return found


def stream(manifest: CourseManifest, films: Mapping[str, Film]) -> Iterator[bytes]:
    """The package as `read_package` takes it: the manifest, then each film once, unpacked."""
    drain = _Drain()
    with zipfile.ZipFile(cast(io.BytesIO, drain), "w", allowZip64=True) as archive:
        text = json.dumps(manifests.write(manifest), ensure_ascii=False, indent=1)
        archive.writestr(_entry(MANIFEST, zipfile.ZIP_DEFLATED), text.encode())
        yield drain.drained()
        for name in sorted(films):
            entry = _entry(name, zipfile.ZIP_STORED)
            entry.file_size = films[name].size
            with archive.open(entry, "w") as copy:
                for chunk in films[name].pieces():
                    copy.write(chunk)
                    yield drain.drained()
    yield drain.drained()


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _PACKED_AT)
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    return entry
