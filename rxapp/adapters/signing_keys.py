"""The keys that vouch for certificates: Ed25519 for the QR code, P-256 for the PDF's signature.

A directory holds one folder of three files per key id. The newest id signs, every id still
verifies, and nothing is ever overwritten, so that a certificate printed years ago stays checkable.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from rxapp.errors import NotFound

_PURPOSE = b"certificate/1"  # an old signature can never be taken for one of another kind
_VALID = timedelta(days=3653)
_EARLIER = timedelta(hours=1)  # a reader's clock may be slow
_LONGEST_NAME = 64  # characters of a common name, by X.509
_SIGNATURE = re.compile(r"(?P<key_id>[0-9a-f]{12})\.(?P<signature>[A-Za-z0-9_-]{86})")


@dataclass(frozen=True)
class SigningKey:
    """One pair of keys; `sample` keys were made without being asked for and vouch for nothing."""

    key_id: str
    created_at: datetime
    sample: bool
    qr: ed25519.Ed25519PrivateKey
    pdf: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True)
class SigningKeys:
    """Every key of a directory; `newest` signs."""

    newest: SigningKey
    by_id: Mapping[str, SigningKey]


def generate_keys(directory: Path, *, common_name: str, sample: bool, now: datetime) -> str:
    """Make a new pair of keys beside the older ones and return its key id.

    The files can be read by their owner only. `common_name` is the issuing office, `now` is aware
    of its zone.
    """
    qr, pdf = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    key_id = hashlib.sha256(qr.public_key().public_bytes_raw()).hexdigest()[:12]
    about = {"created_at": now.isoformat(), "sample": sample, "common_name": common_name}
    folder = directory / key_id
    folder.mkdir(mode=0o700, parents=True)
    _write(folder / "keys.pem", _pem(qr) + _pem(pdf))
    certificate = _certificate(pdf, common_name, now)
    _write(folder / "certificate.pem", certificate.public_bytes(serialization.Encoding.PEM))
    # Last: a folder without it was left half-made and is passed over.
    _write(folder / "about.json", json.dumps(about, ensure_ascii=False).encode())
    return key_id


def load_keys(directory: Path) -> SigningKeys:
    """Read every key of `directory`; NotFound if there is none."""
    found = [_load(path.parent) for path in sorted(directory.glob("*/about.json"))]
    if not found:
        raise NotFound("还没有签名密钥，暂时不能出具证明，请先完成系统初始化。")
    newest = max(found, key=lambda key: (key.created_at, key.key_id))
    return SigningKeys(newest=newest, by_id={key.key_id: key for key in found})


def sign_facts(keys: SigningKeys, number: str, digest: bytes) -> str:
    """The text after `?s=` in the QR code: key id, a dot, the signature in base64url."""
    signature = keys.newest.qr.sign(_message(number, digest))
    return f"{keys.newest.key_id}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def verify_facts(keys: SigningKeys, number: str, digest: bytes, text: str) -> bool:
    """Whether `text` was made by one of our keys for this number and these printed fields."""
    parts = _SIGNATURE.fullmatch(text)
    key = keys.by_id.get(parts["key_id"]) if parts else None
    if not parts or not key:
        return False
    try:
        signature = base64.urlsafe_b64decode(parts["signature"] + "==")
        key.qr.public_key().verify(signature, _message(number, digest))
    except InvalidSignature:
        return False
    return True


def _message(number: str, digest: bytes) -> bytes:
    return b"\n".join((_PURPOSE, number.encode(), digest.hex().encode()))


def _pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate(
    key: ec.EllipticCurvePrivateKey, common_name: str, now: datetime
) -> x509.Certificate:
    """A certificate signed by its own key, for signing documents and nothing else."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:_LONGEST_NAME])])
    usage = {"digital_signature": True, "content_commitment": True}
    unused = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign")
    unused += ("crl_sign", "encipher_only", "decipher_only")
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _VALID)
        .add_extension(x509.KeyUsage(**usage, **dict.fromkeys(unused, False)), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _write(path: Path, data: bytes) -> None:
    """Create `path` for its owner only; an existing file is never overwritten."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _load(folder: Path) -> SigningKey:
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    qr, pdf = _private_keys((folder / "keys.pem").read_bytes())
    return SigningKey(
        key_id=folder.name,
        created_at=datetime.fromisoformat(about["created_at"]),
        sample=about["sample"],
        qr=qr,
        pdf=pdf,
        certificate=x509.load_pem_x509_certificate((folder / "certificate.pem").read_bytes()),
    )


def _private_keys(pem: bytes) -> tuple[Any, Any]:
    """The two keys of the file, in the order they were written."""
    end = b"-----END PRIVATE KEY-----\n"
    first, second = (part + end for part in pem.split(end)[:2])
    return (
        serialization.load_pem_private_key(first, password=None),
        serialization.load_pem_private_key(second, password=None),
    )
