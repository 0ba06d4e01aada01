"""Trying a store of the S3 kind as the service will use it, and reading its clock."""

import http.client
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from rxapp.adapters.object_store import ObjectStore

PREFIX = "rxapp-doctor"
CONTENT = b"rxapp doctor"
SECONDS = 5


class Trouble(StrEnum):
    """What keeps a store from being used."""

    AWAY = "away"
    BUCKET = "bucket"
    KEY = "key"
    CLOCK = "clock"
    RIGHTS = "rights"
    CHANGED = "changed"


CODES = {
    "NoSuchBucket": Trouble.BUCKET, "InvalidAccessKeyId": Trouble.KEY,
    "SignatureDoesNotMatch": Trouble.KEY, "InvalidToken": Trouble.KEY,
    "RequestTimeTooSkewed": Trouble.CLOCK,
}  # fmt: skip


@dataclass(frozen=True)
class Failed:
    """What went wrong, and at what: 写入, 读取, 列出 or 删除."""

    trouble: Trouble
    step: str


def try_out(store: ObjectStore) -> Failed | None:
    """Put a small object, read it, find it in the list and remove it; None when all went well."""
    key = f"{PREFIX}/{secrets.token_hex(16)}"
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("写入", lambda: obstore.put(store.inner, key, CONTENT)),
        ("读取", lambda: _require(bytes(obstore.get(store.inner, key).bytes()) == CONTENT)),
        ("列出", lambda: _require(key in _listed(store))),
        ("删除", lambda: obstore.delete(store.inner, key)),
    )
    for step, do in steps:
        try:
            do()
        except (BaseError, OSError, _Changed) as error:
            with suppress(BaseError, OSError):
                obstore.delete(store.inner, key)
            return Failed(_trouble(error), step)
    return None


def clock_of(endpoint: str) -> datetime | None:
    """The time on the store's machine, by its answer to anybody; None when it says none."""
    parts = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        line.request("HEAD", "/")
        said = line.getresponse().getheader("Date")
        return parsedate_to_datetime(said).astimezone(UTC) if said else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()


class _Changed(Exception):
    pass


def _require(fine: bool) -> None:
    if not fine:
        raise _Changed


def _listed(store: ObjectStore) -> set[str]:
    return {each["path"] for some in obstore.list(store.inner, prefix=PREFIX) for each in some}


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, _Changed):
        return Trouble.CHANGED
    code = re.search(r"<Code>(\w+)</Code>", str(error))
    if code and code[1] in CODES:
        return CODES[code[1]]
    refused = "status code: 403" in str(error)
    if refused or isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        return Trouble.RIGHTS
    return Trouble.BUCKET if isinstance(error, FileNotFoundError) else Trouble.AWAY
