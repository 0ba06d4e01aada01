"""PAdES signatures, so that a PDF reader sees at once whether a certificate was altered."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from rxapp.adapters.signing_keys import SigningKey, SigningKeys

_FIELD = "Signature"
_ROOM = 4096  # bytes for the signature; it takes about 1,500


def sign_pdf(
    pdf: bytes, keys: SigningKeys, *, reason: str, location: str, signing_time: datetime
) -> bytes:
    """The same document with an invisible PAdES B-B signature that forbids any later change.

    May be called from any thread, whether or not an event loop runs in it: pyHanko signs in a loop
    of its own, and a loop cannot be started inside another. `signing_time` is aware of its zone.
    """
    signing = _sign(pdf, keys.newest, reason, location, signing_time)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, signing).result()


class _DatedSigner(PdfSigner):
    """Takes the moment of signing from its caller instead of the machine."""

    def __init__(self, *args: Any, signing_time: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signing_time = signing_time

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.signing_time
        return session


async def _sign(
    pdf: bytes, key: SigningKey, reason: str, location: str, signing_time: datetime
) -> bytes:
    about = PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        reason=reason,
        location=location,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signer = _DatedSigner(about, _signer(key), signing_time=signing_time)
    document = IncrementalPdfFileWriter(BytesIO(pdf))
    signed = await signer.async_sign_pdf(document, bytes_reserved=_ROOM)
    return signed.getvalue()


def _signer(key: SigningKey) -> SimpleSigner:
    certificate = key.certificate.public_bytes(serialization.Encoding.DER)
    private = key.pdf.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )
