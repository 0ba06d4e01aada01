"""A kept file as an answer: the same by range from the folder and from the store."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from rxapp.adapters import file_store, object_store
from rxapp.http.kept_files import kept_file
from rxapp.settings import settings

FILM = os.urandom((2 << 20) + 77)
END = len(FILM)


@pytest.fixture(params=["folder", "store"])
def name(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A film that is kept in the folder, or on the store."""
    monkeypatch.setenv("RXAPP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RXAPP_FILES_TO", "")
    if request.param == "store":
        request.getfixturevalue("bucket")
    settings.cache_clear()
    yield file_store.put_bytes(FILM, suffix=".mp4")
    monkeypatch.undo()
    settings.cache_clear()


def ask(name: str, **headers: str) -> httpx.Response:
    async def film(_request: Request) -> Response:
        return await kept_file(
            name, headers={"Cache-Control": "private"}, media_type="video/mp4", filename="课.mp4"
        )

    client = TestClient(Starlette(routes=[Route("/film", film)]))
    return client.get("/film", headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("range", "start", "end"),
    [
        ("bytes=0-", 0, END),
        ("bytes=0-0", 0, 1),
        ("bytes=100-1048675", 100, 1_048_676),
        ("bytes=1048570-1048590", 1_048_570, 1_048_591),
        ("bytes=-77", END - 77, END),
        (f"bytes={END - 1}-", END - 1, END),
        (f"bytes=5-{END * 2}", 5, END),
    ],
)
def test_a_part_is_sent_as_asked(name: str, range: str, start: int, end: int) -> None:
    answer = ask(name, range=range)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{END}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.content == FILM[start:end]


def test_the_whole_and_what_cannot_be_sent(name: str) -> None:
    whole = ask(name)
    assert (whole.status_code, whole.content) == (200, FILM)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"].startswith("inline; filename*=utf-8''")
    beyond = ask(name, range=f"bytes={END}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{END}")
    assert ask(name, range="bytes=x").status_code == 400
    both = ask(name, range="bytes=0-1,10-12")
    assert both.status_code == 206
    assert FILM[10:13] in both.content
    assert both.headers["content-type"].startswith("multipart/byteranges")


def test_a_part_is_sent_only_of_the_file_that_was_begun(name: str) -> None:
    tag = ask(name).headers["etag"]
    assert ask(name, range="bytes=0-1", if_range=tag).status_code == 206
    assert ask(name, range="bytes=0-1", if_range='"another"').status_code == 200


def test_with_a_proxy_in_front_it_sends_the_file_itself(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RXAPP_INTERNAL_REDIRECT", "1")
    monkeypatch.setenv("RXAPP_TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()
    answer = ask(name, range="bytes=1-3")
    led = answer.headers["x-accel-redirect"]
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["cache-control"] == "private"
    store = object_store.store()
    if store is None:
        assert led == f"/_protected/files/{name[:2]}/{name}"
        return
    # Signed for this file and a minute, and without the server's name.
    inside = led.removeprefix("/_protected/store")
    assert inside.startswith(
        f"/{settings().files_to.removeprefix('s3://')}/files/{name[:2]}/{name}?"
    )
    assert "X-Amz-Expires=60" in inside
    address = settings().s3_endpoint + inside
    assert httpx.get(address, headers={"Range": "bytes=1-3"}).content == FILM[1:4]


def test_without_a_proxy_no_signed_address_is_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RXAPP_INTERNAL_REDIRECT", "1")
    monkeypatch.delenv("RXAPP_TRUSTED_PROXY_HOPS", raising=False)
    settings.cache_clear()
    with pytest.raises(ValueError, match="RXAPP_TRUSTED_PROXY_HOPS"):
        settings()
    monkeypatch.delenv("RXAPP_INTERNAL_REDIRECT")
    assert not settings().internal_redirect


def test_a_file_that_is_gone_is_not_found(name: str) -> None:
    file_store.remove(name)
    with pytest.raises(file_store.NotFound):
        ask(name)
