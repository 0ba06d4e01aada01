"""The certificate the public address shows, looked at as a browser would, without trusting it."""

import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

SECONDS = 5


@dataclass(frozen=True)
class Shown:
    """A certificate as it was shown: until when it holds, for whom, whether it is trusted here."""

    until: datetime
    names: tuple[str, ...]
    fits: bool
    trusted: bool


def shown_at(address: str) -> Shown:
    """The certificate behind an https address; raises OSError when nobody answers there."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 443
    raw = _asked(host, port, ssl._create_unverified_context())
    certificate = x509.load_der_x509_certificate(raw)
    names = _names(certificate)
    return Shown(
        until=certificate.not_valid_after_utc, names=names, fits=_fits(host, names),
        trusted=_trusted(host, port),
    )  # fmt: skip


def _asked(host: str, port: int, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection((host, port), timeout=SECONDS) as line,
        context.wrap_socket(line, server_hostname=host) as sealed,
    ):
        return sealed.getpeercert(binary_form=True) or b""


def _trusted(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    try:
        _asked(host, port, context)
    except ssl.SSLCertVerificationError:
        return False
    return True


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = named.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(each) for each in named.get_values_for_type(x509.IPAddress)))


def _fits(host: str, names: tuple[str, ...]) -> bool:
    """Whether one of the names is the host's, or a star for its first part."""
    wanted = host.lower()
    star = f"*.{wanted.partition('.')[2]}"
    return any(name.lower() in (wanted, star) for name in names)
