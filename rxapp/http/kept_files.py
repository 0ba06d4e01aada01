"""Kept files as answers: in byte ranges, from the folder, from the store, or through the proxy."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import obstore
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from rxapp.adapters import file_store, object_store
from rxapp.adapters.file_store import Kept
from rxapp.adapters.object_store import READ_AT_ONCE
from rxapp.settings import settings

REDIRECT = "X-Accel-Redirect"


async def kept_file(
    name: str, *, headers: Mapping[str, str], media_type: str, root: Path | None = None,
    filename: str | None = None, disposition: str = "inline",
) -> Response:  # fmt: skip
    """The answer that sends a kept file, or the part that is asked for; NotFound when missing.

    With RXAPP_INTERNAL_REDIRECT the proxy in front sends it; what it is told stays between the two.
    """
    kept = await asyncio.to_thread(file_store.look, name, root=root)
    # The same name never has other bytes.
    said = {"ETag": f'"{name.partition(".")[0][:32]}"', **headers}
    answer = _KeptResponse(
        kept, headers=said, media_type=media_type, filename=filename, disposition=disposition
    )
    inside = _inside(kept, root) if settings().internal_redirect else None
    if inside is None:
        return answer
    led = {key: value for key, value in answer.headers.items() if key in PASSED}
    return Response(headers=led | {REDIRECT: inside}, media_type=media_type)


# What the proxy cannot know by itself; length, range and age of the file are its own affair.
PASSED = {
    "cache-control", "x-content-type-options", "content-disposition",
    "cross-origin-resource-policy", "content-security-policy",
}  # fmt: skip


def _inside(kept: Kept, root: Path | None) -> str | None:
    store = object_store.store()
    if kept.path is None:
        return f"/_protected/store{store.sign(kept.key)}" if store else None
    # The proxy may read the folder of films and certificates alone.
    return f"/_protected/files/{kept.key.partition('/')[2]}" if root is None else None


class _KeptResponse(FileResponse):
    """Starlette's answer in byte ranges, whose bytes may lie on the store."""

    def __init__(
        self, kept: Kept, *, headers: Mapping[str, str], media_type: str, filename: str | None,
        disposition: str,
    ) -> None:  # fmt: skip
        stated: Any = SimpleNamespace(st_size=kept.size, st_mtime=kept.at.timestamp())
        super().__init__(
            kept.path or kept.key, headers=headers, media_type=media_type, filename=filename,
            stat_result=stated, content_disposition_type=disposition,
        )  # fmt: skip
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if self._kept.path is None:
            # The server would look for the file on its own disk.
            extensions = dict(scope.get("extensions") or {})
            extensions.pop("http.response.pathsend", None)
            scope = {**scope, "extensions": extensions}
        await super().__call__(scope, receive, send)

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        store = object_store.store()
        if self._kept.path is not None or store is None:
            async with super()._open_file() as file:
                yield file
            return
        yield _Reading(await obstore.open_reader_async(
            store.inner, self._kept.key, buffer_size=READ_AT_ONCE
        ))  # fmt: skip


class _Reading:
    """A file of the store, as an open file is read."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    async def read(self, size: int) -> bytes:
        """The next bytes, fewer only at the end."""
        return bytes(await self._reader.read(size))

    async def seek(self, place: int) -> None:
        """Go on from there."""
        await self._reader.seek(place)
