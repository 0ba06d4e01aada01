"""The box a backup lies in: encrypted and authenticated piece by piece, written and read in one go.

Magic, format, key id and salt; then pieces of one megabyte, each with its number, its length and
whether it is the last, sealed with AES-256-GCM under a key of the box's own. Nobody without the key
can read it or change anything in it unnoticed: no byte, no order, no end.
"""

import hashlib
import hmac
import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rxapp.rules.backup_manifest import BadBackup

MAGIC = b"RXBACKUP"
FORMAT = 1
CHUNK = 1 << 20
TAG = 16
KEY_BYTES = 32

_HEADER = struct.Struct(">8sH16s32s")
_FRAME = struct.Struct(">II")
_LAST = 1 << 31


class Foreign(BadBackup):
    """Not a box of ours."""


class OtherKey(BadBackup):
    """Sealed with another key."""


class Truncated(BadBackup):
    """The end is missing."""


class OutOfOrder(BadBackup):
    """Pieces were exchanged, repeated or left out."""


class Damaged(BadBackup):
    """Something in it was changed."""


def key_id(key: bytes) -> str:
    """What a key is known by; says nothing about the key itself."""
    return hmac.new(key, b"rxapp backup key id", hashlib.sha256).hexdigest()[:32]


class BoxWriter:
    """Takes bytes in any portions and writes them sealed; only `close` makes the box whole."""

    def __init__(self, out: BinaryIO, key: bytes) -> None:
        self._out = out
        salt = os.urandom(32)
        self._header = _HEADER.pack(MAGIC, FORMAT, bytes.fromhex(key_id(key)), salt)
        self._cipher = _cipher(key, salt)
        self._waiting = bytearray()
        self._number = 0
        self.size = len(self._header)
        out.write(self._header)

    def write(self, data: bytes | memoryview) -> None:
        """Put more bytes into the box."""
        self._waiting += data
        # One piece is held back: only at the end is it known which is the last.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """Seal what is left as the last piece."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), data, self._header)
        frame = _FRAME.pack(self._number, len(sealed) | (_LAST if last else 0))
        self._out.write(frame)
        self._out.write(sealed)
        self.size += len(frame) + len(sealed)
        self._number += 1


class BoxReader:
    """Reads a box from its beginning to its end; nothing unproved ever comes out."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self._source = source
        self._header = _read(source, _HEADER.size)
        if self._header[: len(MAGIC)] != MAGIC[: len(self._header)] or not self._header:
            raise Foreign("这不是本平台的备份文件。")
        if len(self._header) < _HEADER.size:
            raise Truncated("备份文件不完整，连开头也没有写完，不能使用。")
        _, made, owner, salt = _HEADER.unpack(self._header)
        if made != FORMAT:
            raise Foreign("备份文件的格式不是本版本能读的，请用制作它的平台版本恢复。")
        if owner != bytes.fromhex(key_id(key)):
            raise OtherKey(
                f"备份是用另一把密钥加密的（密钥编号{owner.hex()[:8]}，"
                f"现有的是{key_id(key)[:8]}），请找到当时的密钥文件。"
            )
        self._cipher = _cipher(key, salt)
        self._ready = memoryview(b"")
        self._number = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or fewer at the end of the box."""
        parts: list[memoryview] = []
        while size and (self._ready or self._open()):
            part = self._ready[:size]
            self._ready = self._ready[len(part) :]
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _open(self) -> bool:
        """The next piece that has something in it; False at the end."""
        while not self._ended and not self._ready:
            self._ready = memoryview(self._next())
        return bool(self._ready)

    def _next(self) -> bytes:
        frame = _read(self._source, _FRAME.size)
        if len(frame) < _FRAME.size:
            raise Truncated(f"备份文件不完整，只有前{self._number}段，不能使用。")
        number, length = _FRAME.unpack(frame)
        last, length = bool(length & _LAST), length & ~_LAST
        if number != self._number:
            raise OutOfOrder(f"备份文件第{self._number + 1}段的次序不对，不能使用。")
        if not TAG <= length <= CHUNK + TAG or (not last and length != CHUNK + TAG):
            raise Damaged(f"备份文件第{self._number + 1}段已损坏，不能使用。")
        sealed = _read(self._source, length)
        if len(sealed) < length:
            raise Truncated(f"备份文件不完整，在第{self._number + 1}段中断，不能使用。")
        try:
            data = self._cipher.decrypt(_nonce(number, last), sealed, self._header)
        except InvalidTag:
            raise Damaged(f"备份文件第{self._number + 1}段已损坏，不能使用。") from None
        if last and self._source.read(1):
            raise Damaged("备份文件的末尾多出了内容，不能使用。")
        self._number += 1
        self._ended = last
        return data


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    # A key of the box's own: numbers as nonces never meet those of another box.
    derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"rxapp backup box 1")
    return AESGCM(derived.derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">3xQB", number, last)


def _read(source: BinaryIO, size: int) -> bytes:
    """So many bytes, or fewer at the end: a stream may give less than it is asked for."""
    parts: list[bytes] = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
