"""Encryption at rest and keyed look-up of identity numbers and mobiles.

Every value carries the id of its algorithm and key, so that another cipher can follow without a
flag day. Keys lie in `<data>/keys/data.json`, made once by `rxapp init` or the demo.
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rxapp.settings import settings

ALGORITHM = "a1"  # AES-256-GCM, 96-bit random nonce


@dataclass(frozen=True)
class DataKeys:
    """The keys of this installation: to encrypt, to look up, to sign short-lived tickets."""

    cipher: bytes
    lookup: bytes
    ticket: bytes

    def encrypt(self, text: str, *, context: str) -> str:
        """Encrypt `text`; `context` (what kind of value it is) must be given again to read it."""
        nonce = os.urandom(12)
        sealed = AESGCM(self.cipher).encrypt(nonce, text.encode(), context.encode())
        return f"{ALGORITHM}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, value: str, *, context: str) -> str:
        """Read an encrypted value; raises ValueError for an unknown algorithm."""
        algorithm, _, packed = value.partition(":")
        if algorithm != ALGORITHM:
            raise ValueError(f"unknown algorithm {algorithm!r}")
        raw = base64.b64decode(packed)
        return AESGCM(self.cipher).decrypt(raw[:12], raw[12:], context.encode()).decode()

    def hash(self, text: str, *, context: str) -> str:
        """The keyed hash by which a value is found without being readable."""
        return hmac.new(self.lookup, f"{context}:{text}".encode(), hashlib.sha256).hexdigest()

    def sign(self, text: str, *, context: str) -> str:
        """A short signature for tickets and device cookies."""
        mac = hmac.new(self.ticket, f"{context}:{text}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac[:18]).decode()

    def signed(self, text: str, signature: str, *, context: str) -> bool:
        """Whether a signature is ours, in constant time."""
        return hmac.compare_digest(self.sign(text, context=context), signature)


@cache
def data_keys() -> DataKeys:
    """The keys of this process; raises FileNotFoundError before the installation is prepared."""
    return load(settings().keys_dir)


def load(directory: Path) -> DataKeys:
    """Read the keys of a data directory."""
    raw = json.loads((directory / "data.json").read_text(encoding="ascii"))
    return DataKeys(
        **{name: base64.b64decode(raw[name]) for name in ("cipher", "lookup", "ticket")}
    )


def ensure(directory: Path) -> None:
    """Make the keys if there are none; existing keys are never overwritten."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    target = directory / "data.json"
    if target.exists():
        return
    made = {
        name: base64.b64encode(os.urandom(32)).decode() for name in ("cipher", "lookup", "ticket")
    }
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(made, file)
        file.flush()
        os.fsync(file.fileno())
