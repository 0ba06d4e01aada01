"""How nginx hands on: who asked, how fast, what is kept, what comes from folder or store."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.deploy.upstream import Asked, Upstream
from tests.fronting import NAME, SHIPPED, Front, front, line_to

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
FILM = bytes(range(256)) * 40
# A school or a university behind one address, all of them learning at the same time.
SCHOOL = 2000


@pytest.fixture(scope="module")
def narrow(
    behind: Upstream, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """The same nginx with limits a test can reach."""
    small = {
        "rxapp/socket.conf:rxapp_sockets 3000": "rxapp_sockets 2",
        "rxapp/try.conf:burst=1000 delay=200": "burst=4 nodelay",
        "rxapp/page.conf:burst=4000": "burst=6",
        "nginx.conf:rate=1000r/s": "rate=1r/s",
        "nginx.conf:rate=20r/s": "rate=1r/s",
    }
    folder = tmp_path_factory.mktemp("narrow")
    with front(folder, upstream=behind.port, files=files, also=small) as made:
        yield made


def test_the_address_of_a_client_cannot_be_made_up(client: httpx.Client, behind: Upstream) -> None:
    lies = {"X-Forwarded-For": "203.0.113.7, 198.51.100.1", "Forwarded": "for=203.0.113.7",
            "X-Real-IP": "203.0.113.7", "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http", "X-Request-Id": "mine"}  # fmt: skip
    assert client.get("/sign-in", headers=lies).status_code == 200
    heard = {name.lower(): value for name, value in behind.asked[-1].headers.items()}
    assert heard["x-forwarded-for"] == "127.0.0.1"
    assert heard["x-forwarded-proto"] == "https"
    assert re.fullmatch(r"[0-9a-f]{32}", heard["x-request-id"])
    assert not any("203.0.113" in value or "evil" in value for value in heard.values())
    assert not {"forwarded", "x-real-ip", "x-forwarded-host"} & set(heard)


def test_plain_http_leads_to_https(nginx: Front) -> None:
    answer = httpx.get(f"http://{NAME}:{nginx.plain_port}/sign-in?a=1", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{NAME}/sign-in?a=1"


def test_a_name_nobody_gave_is_not_served(nginx: Front, client: httpx.Client) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{nginx.plain_port}/", headers={"Host": "evil.example"})
    with pytest.raises(ssl.SSLError):
        _handshake(nginx, server_name="evil.example")
    assert _handshake(nginx, server_name=NAME) == "TLSv1.3"
    assert client.get("/").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/", headers={"Host": "evil.example"})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(nginx: Front) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _handshake(nginx, server_name=NAME, newest=ssl.TLSVersion.TLSv1_1)
    assert _handshake(nginx, server_name=NAME, newest=ssl.TLSVersion.TLSv1_2) == "TLSv1.2"


def test_hashed_files_are_asked_for_once_in_each_kind(
    client: httpx.Client, behind: Upstream
) -> None:
    behind.answer = lambda asked: (200, FOREVER, asked.headers.get("Accept-Encoding", "-").encode())
    kinds = {"gzip, deflate, br, zstd": "br", "br;q=1, gzip": "br", "gzip, deflate": "gzip",
             "identity": "-"}  # fmt: skip
    for _ in range(2):
        for said, meant in kinds.items():
            answer = client.get("/assets/a-1.js", headers={"Accept-Encoding": said})
            assert answer.text == meant
            assert answer.headers["cache-control"] == FOREVER["Cache-Control"]
    assert len(behind.asked) == 3


def test_what_is_not_for_ever_is_asked_for_again(client: httpx.Client, behind: Upstream) -> None:
    behind.answer = lambda _: (404, {"Cache-Control": "no-cache"}, b"")
    for _ in range(2):
        assert client.get("/assets/gone-1.js").status_code == 404
    behind.answer = lambda _: (200, {"Cache-Control": "no-cache"}, b"look")
    for _ in range(2):
        assert client.get("/look.css").text == "look"
    assert len(behind.asked) == 4


def test_a_piece_is_handed_on_while_it_comes(nginx: Front, behind: Upstream) -> None:
    for path, waits in (("/api/courses/piece", False), ("/api/evidence", True)):
        behind.begun.clear()
        with line_to(nginx) as line:
            line.sendall(f"POST {path}?upload=1 HTTP/1.1\r\nHost: {NAME}\r\n"
                         "Content-Length: 200000\r\n\r\n".encode() + b"x" * 100_000)  # fmt: skip
            assert behind.begun.wait(0.4 if waits else 5) is not waits
            line.sendall(b"x" * 100_000)
            assert line.recv(15).startswith(b"HTTP/1.1 200")


def test_a_websocket_goes_through_and_nothing_else_is_upgraded(
    nginx: Front, behind: Upstream
) -> None:
    with line_to(nginx) as line:
        line.sendall(_opening("/_event/?EIO=4&transport=websocket", "websocket"))
        assert line.recv(12) == b"HTTP/1.1 101"
    behind.asked.clear()
    for path, kind in (("/_event/", "h2c"), ("/sign-in", "websocket")):
        with line_to(nginx) as line:
            line.sendall(_opening(path, kind))
            assert line.recv(12) == b"HTTP/1.1 200"
    assert all("Upgrade" not in asked.headers for asked in behind.asked)
    assert len(behind.asked) == 2


def test_lines_of_one_address_are_capped(narrow: Front) -> None:
    with line_to(narrow) as first, line_to(narrow) as second, line_to(narrow) as third:
        for line in (first, second):
            line.sendall(_opening("/_event/", "websocket"))
            assert line.recv(12) == b"HTTP/1.1 101"
        third.sendall(_opening("/_event/", "websocket"))
        assert third.recv(12) == b"HTTP/1.1 429"
        first.sendall(b"x")
        assert _ended(first)
        with line_to(narrow) as fourth:
            fourth.sendall(_opening("/_event/", "websocket"))
            assert fourth.recv(12) == b"HTTP/1.1 101"


def test_too_many_tries_of_one_address_are_told_so(narrow: Front, behind: Upstream) -> None:
    behind.answer = lambda _: (200, {}, b"in")
    with httpx.Client(base_url=narrow.address, verify=narrow.trust()) as client:
        answers = [client.post("/auth/sign-in", data={"a": "b"}) for _ in range(12)]
        assert {answer.status_code for answer in answers[:4]} == {200}
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert "操作过于频繁" in refused[0].json()["message"]
        pages = [client.get("/sign-in") for _ in range(12)]
        assert "访问过于频繁" in next(page.text for page in pages if page.status_code == 429)


def test_a_school_behind_one_address_is_not_refused(client: httpx.Client) -> None:
    def ask(_: int) -> int:
        return client.post("/api/watch/beat", json={"seq": 1}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(600))) == {200}
    limits = "".join(path.read_text() for path in SHIPPED.rglob("*.conf"))
    for zone, each in (("rxapp_sockets", 1), ("rxapp_lines", 2)):
        assert all(
            int(most) >= SCHOOL * each for most in re.findall(rf"limit_conn {zone} (\d+)", limits)
        )
    bursts = re.findall(r"zone=rxapp_asks burst=(\d+)", limits)
    assert len(bursts) >= 5
    assert all(int(most) >= SCHOOL for most in bursts)


def test_a_kept_file_comes_from_the_folder_with_its_protection(
    client: httpx.Client, behind: Upstream, files: Path
) -> None:
    (files / "ab").mkdir(exist_ok=True)
    (files / "ab" / "film.mp4").write_bytes(FILM)
    said = {"X-Accel-Redirect": "/_protected/files/ab/film.mp4", "Content-Type": "video/mp4",
            "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'"}  # fmt: skip
    behind.answer = lambda _: (200, said, b"")
    answer = client.get("/media/1/ticket", headers={"Range": "bytes=256-511"})
    assert answer.status_code == 206
    assert answer.content == FILM[256:512]
    for name in (
        "Content-Type",
        "Cache-Control",
        "X-Content-Type-Options",
        "Content-Security-Policy",
    ):
        assert answer.headers.get_list(name) == [said[name]], name
    assert "x-accel-redirect" not in answer.headers
    behind.answer = lambda _: (403, {}, b"")
    assert client.get("/media/1/ticket").status_code == 403
    assert client.get("/_protected/files/ab/film.mp4").status_code == 404


def test_a_kept_file_comes_from_the_store_as_it_was_signed(
    client: httpx.Client, behind: Upstream, store: Upstream
) -> None:
    said = {"Content-Type": "image/jpeg", "Cache-Control": "private, no-store",
            "Content-Disposition": "inline"}  # fmt: skip
    signed = "/bucket/ab/film-1.jpg?X-Amz-Signature=0a%2Fb&X-Amz-Date=20260801T000000Z"
    behind.answer = lambda _: (
        200,
        {"X-Accel-Redirect": "/_protected/store" + signed, **said},
        b"",
    )

    def answer_part(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        return 206, {"Content-Type": "binary/x", "Set-Cookie": "a=b", "ETag": '"x"',
                     "Content-Range": "bytes 0-3/9", "x-amz-version-id": "v1",
                     "Access-Control-Allow-Origin": "*"}, b"film"  # fmt: skip

    store.answer = answer_part
    answer = client.get(
        "/files/evidence/1/preview", headers={"Range": "bytes=0-3", "Cookie": "secret=1"}
    )
    assert (answer.status_code, answer.content) == (206, b"film")
    for name, value in said.items():
        assert answer.headers.get_list(name) == [value]
    assert "set-cookie" not in answer.headers
    # Nor is told what the store says of itself, or opened to other sites.
    assert not [name for name in answer.headers if name.startswith(("x-amz", "access-control"))]
    assert answer.headers["x-content-type-options"] == "nosniff"
    (asked,) = store.asked
    assert asked.path == signed
    assert asked.headers["Host"] == f"127.0.0.1:{store.port}"
    assert asked.headers["Range"] == "bytes=0-3"
    assert "Cookie" not in asked.headers
    assert client.head("/files/evidence/1/preview").status_code == 206
    assert store.asked[-1].method == "GET"


def test_a_service_that_is_away_is_said_in_chinese(
    files: Path, tmp_path: Path, nginx: Front, client: httpx.Client
) -> None:
    with (
        front(tmp_path, upstream=9, files=files) as away,
        httpx.Client(base_url=away.address, verify=away.trust()) as asking,
    ):
        page = asking.get("/sign-in")
        assert page.status_code == 503
        assert "平台正在重新启动" in page.text
        told = asking.post("/auth/sign-in", data={"a": "b"})
        assert told.status_code == 503
        assert "已填写的内容仍在" in told.json()["message"]


def test_what_a_dying_worker_was_asked_is_asked_again_unless_it_was_posted(
    client: httpx.Client, behind: Upstream
) -> None:
    def die_once(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if len(behind.asked) == 1:
            raise ConnectionAbortedError
        return 200, {}, b"answered"

    behind.answer = die_once
    assert client.get("/sign-in").text == "answered"
    assert len(behind.asked) == 2
    behind.asked.clear()
    assert client.post("/api/watch/beat", json={"seq": 1}).status_code == 503
    assert len(behind.asked) == 1


def test_the_log_holds_no_ticket_no_query_and_no_code(nginx: Front, client: httpx.Client) -> None:
    for path in ("/media/7/t1cket", "/check-in/7/k0uling", "/verify?number=n0mber", "/sign-in"):
        client.get(path)
    deadline = time.monotonic() + 5
    while "/verify" not in nginx.logged("access.log") and time.monotonic() < deadline:
        time.sleep(0.02)
    said = nginx.logged("access.log")
    assert "GET /media/7" in said
    assert not any(word in said for word in ("t1cket", "k0uling", "n0mber"))


def _handshake(nginx: Front, *, server_name: str, newest: ssl.TLSVersion | None = None) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    if newest:
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    with (
        socket.create_connection(("127.0.0.1", nginx.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=server_name) as line,
    ):
        return str(line.version())


def _opening(path: str, kind: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {NAME}", "Connection: Upgrade", f"Upgrade: {kind}",
             "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _ended(line: ssl.SSLSocket) -> bool:
    while line.recv(4096):
        pass
    return True
