"""The audit chain: each record is sealed together with the seal of the one before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

GENESIS = "0" * 64


class Sealed(NamedTuple):
    """One audit record with the seal stored beside it."""

    payload: Mapping[str, object]
    seal: str


def link(previous_hash: bytes | str, payload: Mapping[str, object]) -> str:
    """The seal (64 hex digits) of a record that follows the record with the previous seal.

    The payload holds text, whole numbers, booleans, nothing, and lists or mappings of them;
    ValueError or TypeError for anything whose text form could differ between two databases.
    """
    return hashlib.sha256(_seal_bytes(previous_hash) + _canonical(payload)).hexdigest()


def first_broken(rows: Iterable[Sealed], *, start: bytes | str = GENESIS) -> int | None:
    """The position (from 0) of the first record that was altered, or None for a sound chain.

    `start` is the seal before the first row; a chain cut short at its end is told only by
    comparing the last seal with one kept elsewhere.
    """
    previous = start
    for index, row in enumerate(rows):
        if not _holds(previous, row):
            return index
        previous = row.seal
    return None


def _holds(previous: bytes | str, row: Sealed) -> bool:
    try:
        return link(previous, row.payload) == row.seal
    except (TypeError, ValueError):
        return False


def _seal_bytes(seal: bytes | str) -> bytes:
    raw = bytes.fromhex(seal) if isinstance(seal, str) else seal
    # A fixed length keeps the border between seal and record unambiguous.
    if len(raw) != 32:
        raise ValueError("a seal is 32 bytes")
    return raw


def _canonical(payload: Mapping[str, object]) -> bytes:
    _require_plain(payload)
    return json.dumps(dict(payload), sort_keys=True, separators=(",", ":")).encode("ascii")


def _require_plain(value: object) -> None:
    if isinstance(value, Mapping):
        _require_text_keys(value)
        for item in value.values():
            _require_plain(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _require_plain(item)
    elif value is not None and type(value) not in (str, int, bool):
        raise TypeError(f"{type(value).__name__} has no canonical form")


def _require_text_keys(mapping: Mapping[object, object]) -> None:
    # The number 1 and the text "1" would become the same key.
    if any(type(key) is not str for key in mapping):
        raise TypeError("keys are text")
