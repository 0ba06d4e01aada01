"""Whether a font file is whole: every table lies inside it and has the sum it says it has."""

import struct
from enum import Enum, auto, unique
from pathlib import Path

from fontTools.ttLib.sfnt import calcChecksum

HEADER, ENTRY = 12, 16
# Its sum is taken with this field empty, for it holds what makes the whole file's sum.
ADJUSTED, ADJUSTMENT = b"head", slice(8, 12)


@unique
class Fault(Enum):
    """What is wrong with a file."""

    MISSING = auto()
    BROKEN = auto()


def fault_of(path: Path) -> Fault | None:
    """What is wrong with a font file; None when it is whole."""
    try:
        raw = path.read_bytes()
    except OSError:
        return Fault.MISSING
    if len(raw) < HEADER or raw[:4] != b"\0\1\0\0":
        return Fault.BROKEN
    (count,) = struct.unpack(">H", raw[4:6])
    entries = [raw[HEADER + ENTRY * n : HEADER + ENTRY * (n + 1)] for n in range(count)]
    return None if count and all(_is_whole(raw, entry) for entry in entries) else Fault.BROKEN


def _is_whole(raw: bytes, entry: bytes) -> bool:
    if len(entry) < ENTRY:
        return False
    tag, wanted, place, length = struct.unpack(">4sLLL", entry)
    table = bytearray(raw[place : place + length])
    if len(table) < length:
        return False
    if tag == ADJUSTED:
        table[ADJUSTMENT] = bytes(4)
    return calcChecksum(bytes(table)) == wanted
