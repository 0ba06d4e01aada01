"""Files full of identity numbers: encrypted on disk, and open only in memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rxapp.adapters import file_store
from rxapp.adapters.encryption import data_keys
from rxapp.errors import NotFound

NONCE = 12


def put(content: bytes, *, suffix: str, root: Path, context: str) -> str:
    """Keep a file encrypted; returns its name."""
    nonce = os.urandom(NONCE)
    sealed = AESGCM(data_keys().cipher).encrypt(nonce, content, context.encode())
    return file_store.put_bytes(nonce + sealed, suffix=suffix, root=root)


@contextmanager
def opened(name: str, *, root: Path, context: str) -> Iterator[Path]:
    """A kept file as it was, at a path that leads into this process's memory alone."""
    sealed = file_store.read(name, root=root)
    try:
        content = AESGCM(data_keys().cipher).decrypt(
            sealed[:NONCE], sealed[NONCE:], context.encode()
        )
    except InvalidTag:
        raise NotFound("文件已损坏，请重新上传。") from None
    handle = os.memfd_create("sheet")
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(content)
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
