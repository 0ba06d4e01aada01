"""Security headers on every answer, and a content policy made from what was really built."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rxapp.gate.frontend import mark_of
from rxapp.settings import settings

INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
STATIC = "/assets/"
BUILD_HEADER = "X-Rxapp-Build"
POLICY = b"content-security-policy"
# What shows nothing by itself need not carry the digests of every page's scripts: with dozens of
# pages they would outweigh the smaller files.
PARTS = (b"text/javascript", b"application/javascript", b"text/css", b"image/", b"font/",
         b"application/json")  # fmt: skip
OF_PARTS = (POLICY, b"default-src 'none'; frame-ancestors 'none'")


class SecurityHeaders:
    """Adds the headers to every HTTP answer of the application, pages and errors alike."""

    def __init__(self, app: ASGIApp, *, build: Path) -> None:
        self.app = app
        self.fixed = [
            (name.lower().encode(), value.encode())
            for name, value in _headers(content_policy(build), mark_of(build)).items()
        ]
        self.besides = [pair for pair in self.fixed if pair[0] != POLICY]
        self.replaced = frozenset({b"server", b"x-powered-by", *(name for name, _ in self.fixed)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith(STATIC)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message["headers"] if pair[0].lower() not in self.replaced]
                forever = static and message["status"] == 200
                # Files that strangers sent come with a narrower policy of their own.
                policy = [pair for pair in message["headers"] if pair[0].lower() == POLICY]
                if not policy and _is_part(message["headers"]):
                    policy = [OF_PARTS]
                fixed = [*policy, *self.besides] if policy else self.fixed
                message["headers"] = [*_cached(own, forever=forever), *fixed]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _is_part(headers: list[tuple[bytes, bytes]]) -> bool:
    kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
    return kind.lower().startswith(PARTS)


def _cached(own: list[tuple[bytes, bytes]], *, forever: bool) -> list[tuple[bytes, bytes]]:
    if forever:
        rest = [pair for pair in own if pair[0].lower() != b"cache-control"]
        return [*rest, (b"cache-control", b"public, max-age=31536000, immutable")]
    if any(name.lower() == b"cache-control" for name, _ in own):
        return own
    return [*own, (b"cache-control", b"no-cache")]


@cache
def content_policy(build: Path) -> str:
    """The Content-Security-Policy: our own files, plus exactly the inline scripts of the build."""
    hashes = sorted(
        {f"'sha256-{_digest(body)}'" for page in build.rglob("*.html") for body in _inline(page)}
    )
    socket = settings().address.replace("http", "ws", 1)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "media-src 'self' blob:",
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            "manifest-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def _headers(policy: str, mark: str) -> dict[str, str]:
    made = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if mark:
        # By it an open page learns that the platform was renewed.
        made[BUILD_HEADER] = mark
    if settings().address.startswith("https://"):
        made["Strict-Transport-Security"] = "max-age=31536000"
    return made


def _inline(page: Path) -> list[bytes]:
    return [body for body in INLINE.findall(page.read_bytes()) if body.strip()]


def _digest(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()
