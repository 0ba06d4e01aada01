"""A store of the S3 kind: whole files under their names, on another machine.

A file is there whole or not at all; what was told to be kept is kept there.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from rxapp.errors import NotFound, Unavailable
from rxapp.settings import settings

PIECE = 8 << 20
READ_AT_ONCE = 1 << 20
LISTED = 1_000
# A passing fault is tried again; somebody waits, so not for long.
TRIES = 3
PATIENCE = timedelta(seconds=8)
SIGNED_FOR = timedelta(seconds=60)
MISSING = "文件不存在，请联系管理员。"
AWAY = "文件存储暂时连接不上，这次没有存取，已填写的内容仍在，请稍后再试。"
REFUSED = (
    "文件存储拒绝了访问，文件没有存取，已填写的内容仍在；"
    "请管理员检查 RXAPP_FILES_TO、RXAPP_S3_KEY_ID 和 RXAPP_S3_SECRET。"
)

_REFUSAL = re.compile(r"status code: 40[134]\b")

R = TypeVar("R")


@dataclass(frozen=True)
class Stored:
    """What the store says of a file."""

    size: int
    at: datetime


class ObjectStore:
    """One bucket, or a part of it; every fault becomes a sentence."""

    def __init__(self, inner: S3Store) -> None:
        self.inner = inner

    def look(self, key: str) -> Stored | None:
        """How long a file is; None when there is none."""
        try:
            found = _told(lambda: obstore.head(self.inner, key))
        except NotFound:
            return None
        return Stored(found["size"], found["last_modified"])

    def put(self, key: str, path: Path) -> None:
        """Send a file; returns once the whole of it is kept."""
        size = path.stat().st_size
        with path.open("rb") as file, _bucket_there():
            # A long one goes in pieces: of each alone it is known whether it came through.
            _told(
                lambda: obstore.put(
                    self.inner, key, file, use_multipart=size > PIECE, chunk_size=PIECE
                )
            )
        found = self.look(key)
        if found is None or found.size != size:
            raise Unavailable(AWAY)

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """A file from some byte on, in pieces; NotFound when there is none."""
        options = {"range": {"offset": start}} if start else {}
        found = _told(lambda: obstore.get(self.inner, key, options=options))  # type: ignore[arg-type]
        pieces = iter(found.stream(READ_AT_ONCE))
        while (piece := _told(lambda: next(pieces, None))) is not None:
            yield bytes(piece)

    def require_reachable(self) -> None:
        """Unavailable when it does not answer, refuses, or has no such bucket."""
        with _bucket_there():
            next(self.names("probe"), None)

    def digest(self, key: str) -> str:
        """The SHA-256 of a file's bytes, in hex."""
        made = hashlib.sha256()
        for piece in self.read(key):
            made.update(piece)
        return made.hexdigest()

    def remove(self, key: str) -> None:
        """Take a file away; nothing when it is gone already."""
        _told(lambda: obstore.delete(self.inner, key))

    def names(self, folder: str, *, after: str | None = None) -> Iterator[tuple[str, datetime]]:
        """The keys of a folder, all or behind one, in order, each with when it was put there."""
        listed = _told(lambda: obstore.list(self.inner, folder, offset=after, chunk_size=LISTED))
        while (some := _told(lambda: next(listed, None))) is not None:
            yield from ((each["path"], each["last_modified"]) for each in some)

    def sign(self, key: str) -> str:
        """Path and query with which the store gives this one file to anybody, for a minute.

        For the proxy in front alone: it must never reach a browser.
        """
        signed = urlsplit(obstore.sign(self.inner, "GET", key, SIGNED_FOR))
        return f"{signed.path}?{signed.query}"


def store() -> ObjectStore | None:
    """The store of the settings; None where files lie in the data directory."""
    return _store() if settings().files_to else None


def bucket_of(address: str) -> tuple[str, str]:
    """Bucket and prefix of an address like `s3://bucket/prefix`."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    return bucket, prefix.strip("/")


def open_bucket(address: str) -> ObjectStore:
    """A bucket, or a part of it, on the server of the settings."""
    said = settings()
    bucket, prefix = bucket_of(address)
    return ObjectStore(
        S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=said.s3_endpoint or f"https://s3.{said.s3_region}.amazonaws.com",
            region=said.s3_region,
            access_key_id=said.s3_key_id,
            secret_access_key=said.s3_secret,
            # A server of the bureau's own has one name, not one for each bucket.
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": said.s3_endpoint.startswith("http://"),
                "connect_timeout": "3s",
                "timeout": "60s",
            },
            retry_config={"max_retries": TRIES, "retry_timeout": PATIENCE},
        )
    )


@cache
def _store() -> ObjectStore:
    return open_bucket(settings().files_to)


def _told(ask: Callable[[], R]) -> R:
    with faults_told():
        return ask()


@contextmanager
def _bucket_there() -> Iterator[None]:
    """What is missing where nothing is looked for is the bucket itself."""
    try:
        yield
    except NotFound:
        raise Unavailable(REFUSED) from None


@contextmanager
def faults_told() -> Iterator[None]:
    """Turn what the library says into a sentence; its own words name keys and addresses."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(MISSING) from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise Unavailable(REFUSED) from None
    except (BaseError, OSError) as error:
        # Where many are asked for, the library has no kind of its own for a refusal.
        raise Unavailable(REFUSED if _REFUSAL.search(str(error)) else AWAY) from None
