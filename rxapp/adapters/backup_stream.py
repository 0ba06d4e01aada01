"""What lies in a box: entries one after the other, each a header, its bytes in blocks, its hash.

Nothing is said of a size before the bytes come, so a header can promise nothing that must be
believed; a block is never longer than one piece of the box.
"""

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from rxapp.rules.backup_manifest import BadBackup

BLOCK = 1 << 20
LONGEST_HEADER = 64 * 1024
HEAD, PART, FILE, MANIFEST = "head", "part", "file", "manifest"

_LENGTH = struct.Struct(">I")
_BROKEN = "备份的内容不符合格式，不能使用这份备份。"


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes | memoryview) -> object:
        """Take them."""
        ...


class Source(Protocol):
    """Gives bytes."""

    def read(self, size: int) -> bytes:
        """Exactly so many, or fewer at the end."""
        ...


@dataclass(frozen=True)
class Header:
    """What an entry is: its kind, its name, a file's store, a table's columns."""

    kind: str
    name: str = ""
    store: str = ""
    columns: tuple[str, ...] = ()


class Entry:
    """An entry being written: bytes go in, then `end` writes the hash over all of them."""

    def __init__(self, out: Sink, header: Header) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.size = 0
        said = {key: value for key, value in vars(header).items() if value}
        content = json.dumps(said, ensure_ascii=False).encode()
        out.write(_LENGTH.pack(len(content)) + content)

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        for at in range(0, len(data), BLOCK):
            block = data[at : at + BLOCK]
            self._hash.update(block)
            self._out.write(_LENGTH.pack(len(block)))
            self._out.write(block)
            self.size += len(block)

    def end(self) -> str:
        """Close the entry; returns the hash of its bytes."""
        self._out.write(_LENGTH.pack(0) + self._hash.digest())
        return self._hash.hexdigest()


class Found:
    """An entry being read: go through `blocks` to the end, then `sha256` and `size` are proved."""

    def __init__(self, source: Source, header: Header) -> None:
        self._source = source
        self.header = header
        self.size = 0
        self.sha256 = ""

    def blocks(self) -> Iterator[bytes]:
        """Its bytes in order; BadBackup where the hash does not fit."""
        made = hashlib.sha256()
        while length := _length(self._source):
            if length > BLOCK:
                raise BadBackup(_BROKEN)
            block = _exactly(self._source, length)
            made.update(block)
            self.size += length
            yield block
        if _exactly(self._source, 32) != made.digest():
            raise BadBackup(_BROKEN)
        self.sha256 = made.hexdigest()

    def content(self, most: int = 16 * BLOCK) -> bytes:
        """All its bytes, of an entry that is small."""
        parts: list[bytes] = []
        for block in self.blocks():
            parts.append(block)
            if self.size > most:
                raise BadBackup(_BROKEN)
        return b"".join(parts)


def entries(source: Source) -> Iterator[Found]:
    """Every entry in order; each must be read to its end before the next."""
    while start := source.read(_LENGTH.size):
        if len(start) < _LENGTH.size or _LENGTH.unpack(start)[0] > LONGEST_HEADER:
            raise BadBackup(_BROKEN)
        found = Found(source, _header(_exactly(source, _LENGTH.unpack(start)[0])))
        yield found
        if not found.sha256:
            raise BadBackup(_BROKEN)


def _header(content: bytes) -> Header:
    try:
        said = json.loads(content)
        made = Header(**{**said, "columns": tuple(said.get("columns", ()))})
        words = (made.kind, made.name, made.store, *made.columns)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadBackup(_BROKEN) from None
    if made.kind not in (HEAD, PART, FILE, MANIFEST) or not all(isinstance(w, str) for w in words):
        raise BadBackup(_BROKEN)
    return made


def _length(source: Source) -> int:
    return _LENGTH.unpack(_exactly(source, _LENGTH.size))[0]


def _exactly(source: Source, size: int) -> bytes:
    content = source.read(size)
    if len(content) < size:
        raise BadBackup(_BROKEN)
    return content
