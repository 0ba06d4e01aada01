"""The outermost door: what is refused is refused before anything of it is read."""

import asyncio
from typing import Any

import pytest

from rxapp.adapters import evidence_files, question_sheets
from rxapp.gate import throttles
from rxapp.gate.door import MAX_BODY, Door
from rxapp.rules import collected
from rxapp.services import course_uploads
from tests.gate.cast import installed

OWN = "http://localhost:3000"
SIGN_IN = "/auth/sign-in"


@pytest.fixture(autouse=True)
def at_home(tmp_path):
    with installed(tmp_path, RXAPP_PORT="3000"):
        yield


def knock(
    path: str, method: str = "POST", kind: str = "http", query: bytes = b"", **headers: str
) -> tuple[Any, bool]:
    """The answer (None when let through) and whether anything of the body was read."""
    reached, sent, read = [], [], False

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope)

    async def receive() -> dict[str, Any]:
        nonlocal read
        read = kind == "http"
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": kind, "method": method, "path": path, "query_string": query,
        "client": ("9.9.9.9", 1),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    asyncio.run(Door(inner)(scope, receive, send))
    if reached:
        return None, read
    return sent[0].get("status") or sent[0].get("code"), read


@pytest.mark.parametrize("path", [SIGN_IN, "/api/watch/beat", "/api/certificate/2020"])
def test_our_own_pages_may_post(path: str) -> None:
    assert knock(path, origin=OWN, content_length="10") == (None, False)
    assert knock(path, origin=OWN, content_length=str(MAX_BODY)) == (None, False)
    assert knock(path, origin="http://127.0.0.1:3000", content_length="0") == (None, False)
    assert knock(path, content_length="10") == (None, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3001"}, 403),
        ({"origin": "https://localhost:3000"}, 403),
        ({"origin": f"{OWN}.evil.example"}, 403),
        ({"origin": f"{OWN}/"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": OWN, "content_length": str(MAX_BODY + 1)}, 413),
        ({"origin": OWN, "content_length": "9" * 30}, 413),
        ({"origin": OWN, "content_length": "-1"}, 413),
        ({"origin": OWN, "content_length": "1e3"}, 413),
        ({"origin": OWN, "content_length": "²"}, 413),
        ({"origin": OWN, "content_length": ""}, 413),
        ({"origin": OWN, "content_length": "", "transfer_encoding": "chunked"}, 413),
    ],
)
def test_others_and_large_ones_may_not(headers: dict[str, str], status: int) -> None:
    given = {"content_length": "10"} | headers
    assert knock(SIGN_IN, **given) == (status, False)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/_upload", "/_upload/x.pdf", "/_health", "/ping", "/auth-codespace", "/_event",
             "/_event/", "/_all_routes"]
)  # fmt: skip
def test_reflexs_own_doors_are_shut(path: str, method: str) -> None:
    assert knock(path, method, origin=OWN, content_length="10") == (404, False)


@pytest.mark.parametrize(
    ("path", "method"),
    [("/", "POST"), ("//_upload", "POST"), ("/years", "POST"), (SIGN_IN, "PUT"),
     (SIGN_IN, "DELETE"), (SIGN_IN, "PATCH"), ("/", "TRACE"), ("/AUTH/sign-in", "POST")],
)  # fmt: skip
def test_nothing_else_may_be_sent_anywhere_else(path: str, method: str) -> None:
    assert knock(path, method, origin=OWN, content_length="10") == (405, False)


def test_a_collected_file_may_be_larger_by_exactly_its_own_path() -> None:
    most = collected.MOST_BYTES
    assert knock("/api/collect", origin=OWN, content_length=str(most)) == (None, False)
    assert knock("/api/collect", origin=OWN, content_length=str(most + 1)) == (413, False)
    assert knock("/api/collect", origin="http://evil.example", content_length="9") == (403, False)
    for path in ("/api/collect/", "/api/export/people", "/auth/sign-in"):
        assert knock(path, origin=OWN, content_length=str(MAX_BODY + 1)) == (413, False)
    assert knock("/api/export/people", origin=OWN, content_length="10") == (None, False)


def test_pages_are_open_to_all() -> None:
    assert knock("/", "GET") == (None, False)
    assert knock("/verify/x", "GET", origin="http://evil.example") == (None, False)


@pytest.mark.parametrize(
    ("path", "origin", "answer"),
    [
        ("/_event/", OWN, None),
        ("/_event/", "http://evil.example", 1008),
        ("/_event/", "null", 1008),
        ("/other", OWN, 1008),
    ],
)
def test_websockets_only_from_our_own_pages(path: str, origin: str, answer: int | None) -> None:
    assert knock(path, kind="websocket", origin=origin)[0] == answer


def test_websockets_without_end_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "CONNECTS", throttles.Limit("connects", "3/minute", "慢"))
    answers = [knock("/_event/", kind="websocket", origin=OWN)[0] for _ in range(5)]
    assert answers == [None, None, None, 1008, 1008]


def test_behind_a_public_address_only_that_address_counts(tmp_path) -> None:
    with installed(tmp_path / "public", RXAPP_PUBLIC_URL="https://xuexi.example.cn"):
        assert knock(SIGN_IN, origin="https://xuexi.example.cn", content_length="1")[0] is None
        for other in (OWN, "http://xuexi.example.cn", "https://a.xuexi.example.cn"):
            assert knock(SIGN_IN, origin=other, content_length="1")[0] == 403


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/courses/piece", course_uploads.PIECE),
        ("/api/courses/questions", question_sheets.MOST_BYTES),
        ("/api/courses/poster", evidence_files.LARGEST),
        ("/api/courses/begin", MAX_BODY),
        ("/api/courses/finish", MAX_BODY),
    ],
)
def test_each_door_of_a_course_takes_what_it_needs(path: str, most: int) -> None:
    assert knock(path, origin=OWN, content_length=str(most)) == (None, False)
    assert knock(path, origin=OWN, content_length=str(most + 1)) == (413, False)
    assert knock(path, origin="http://evil.example", content_length="10") == (403, False)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_no_database_takes_is_refused(method: str) -> None:
    given = {"method": method, "origin": OWN, "content_length": "10"}
    path = "/api/courses/questions"
    assert knock(path, query=b"name=a%00.csv", **given) == (400, False)
    assert knock(f"{path}\0", **given) == (400, False)
    assert knock(path, query=b"name=100%2500.csv", **given) == (None, False)
