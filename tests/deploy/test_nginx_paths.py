"""What nginx lets through: every address of the service, and nothing else."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from rxapp.gate import door
from rxapp.http.site import ROUTES
from rxapp.pages import SITE
from rxapp.services.course_uploads import PIECE
from tests import servers
from tests.deploy.upstream import Upstream
from tests.fronting import NAME, ROOT, Front, lay_out, line_to

# Never from outside, whatever the routes say.
INSIDE = ("/readyz", "/metrics")
HOSTILE = (
    *INSIDE, "/_upload", "/_upload/x", "/ping", "/_health", "/_all_routes", "/auth-codespace",
    "/admin", "/.git/config", "/.env", "/api", "/api/", "/api/unknown", "/auth/", "/auth/unknown",
    "/files/../../etc/passwd", "/files/case/1.pdf/x", "/files/case/x.pdf", "/media/1", "/media/x/y",
    "/_protected/files/ab/cd", "/_protected/store/x", "/_protected/", "/assets/", "/assets/a/b.js",
    "/assets/../rxapp.db", "/desk/unknown", "/sign-in.html", "/index.html", "/_event/x",
    "/_eventful", "/healthz/x", "/robots.txt", "/%2e%2e/etc/passwd", "/wp-login.php", "//", "//x",
    "/desk%00", "/look.css.br", "/_upload/../sign-in", "/x/../sign-in", "/x%2f..%2fsign-in",
    "/metrics/..%2Fsign-in", "/./sign-in", "/x%5c../sign-in",
)  # fmt: skip


def _generator() -> ModuleType:
    path = ROOT / "scripts" / "nginx-paths"
    loader = importlib.machinery.SourceFileLoader("nginx_paths", str(path))
    spec = importlib.util.spec_from_loader("nginx_paths", loader)
    assert spec
    made = importlib.util.module_from_spec(spec)
    loader.exec_module(made)
    return made


def _example(path: str) -> str:
    path = re.sub(r"\{\w+:number\}", "7", path)
    return re.sub(r"\[\w+\]|\{\w+\}", "a1-B2", path)


def _asks() -> list[tuple[str, str]]:
    """Every plain route by its methods, every page, every file of the pages."""
    plain = [
        (method, _example(route.path))  # type: ignore[attr-defined]
        for route in ROUTES
        for method in sorted(route.methods)  # type: ignore[attr-defined]
        if route.path not in INSIDE  # type: ignore[attr-defined]
    ]
    pages = [("GET", _example(route)) for _, route, _, _ in SITE]
    files = [("GET", f"/{path.name}") for path in (ROOT / "assets").iterdir() if path.is_file()]
    return [
        *plain,
        *pages,
        *files,
        ("GET", "/assets/_404_._index-oUMS3cNp.js"),
        ("GET", "/_event/"),
    ]


def test_the_list_is_that_of_the_routes() -> None:
    made = _generator()
    assert made.TARGET.read_text(encoding="utf-8") == made.paths()


def test_nginx_finds_no_fault_in_what_is_shipped(tmp_path: Path) -> None:
    main = lay_out(tmp_path, upstream=9, port=8, plain_port=7, files=tmp_path)
    program = str(servers.find_nginx())
    done = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", str(main)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
    wrong = (tmp_path / "rxapp" / "paths.conf").open("a")
    with wrong:
        wrong.write("location /x { include rxapp/nothing.conf; }\n")
    again = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", str(main)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode != 0


def test_every_address_of_the_service_is_reached(client: httpx.Client, behind: Upstream) -> None:
    asks = _asks()
    assert len(asks) > 150
    for method, path in asks:
        answer = client.request(method, path, content=b"x" if method == "POST" else None)
        assert answer.status_code == 200, (method, path)
        assert behind.asked[-1].path == path
        assert behind.asked[-1].method == ("GET" if path.startswith("/assets/") else method)


@pytest.mark.parametrize("path", HOSTILE)
def test_what_is_not_listed_never_reaches_the_service(
    path: str, nginx: Front, client: httpx.Client, behind: Upstream
) -> None:
    # Written by hand: a client would put the address straight first.
    with line_to(nginx) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        assert line.recv(12) in (b"HTTP/1.1 404", b"HTTP/1.1 400")
    assert behind.asked == []
    assert client.get("/sign-in?next=//x/../%2f").status_code == 200
    assert behind.paths == ["/sign-in"]


def test_what_is_missing_is_said_in_chinese(client: httpx.Client) -> None:
    assert "没有这个页面" in client.get("/nothing").text
    told = client.get("/api/nothing").json()
    assert told == {"error": "not_found", "message": "没有这个页面。", "fields": {}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(method: str, client: httpx.Client, behind: Upstream) -> None:
    assert client.request(method, "/sign-in").status_code == 405
    assert behind.asked == []


@pytest.mark.parametrize("path", sorted(door.LARGER))
def test_each_body_may_be_as_large_as_the_door_says(
    path: str, client: httpx.Client, behind: Upstream
) -> None:
    _try_the_limit(client, behind, path, door.LARGER[path])


@pytest.mark.parametrize("path", ["/api/watch/beat", "/auth/sign-in"])
def test_every_other_body_is_small(path: str, client: httpx.Client, behind: Upstream) -> None:
    assert path not in door.LARGER
    _try_the_limit(client, behind, path, door.MAX_BODY)


def test_pieces_are_the_only_bodies_handed_on_while_they_come() -> None:
    listed = (ROOT / "deploy/nginx/rxapp/paths.conf").read_text(encoding="utf-8")
    blocks = [block for block in listed.split("location ") if "piece.conf" in block]
    assert len(blocks) == 1
    assert "/api/courses/piece" in blocks[0]
    assert f"client_max_body_size {PIECE};" in blocks[0]


def _try_the_limit(client: httpx.Client, behind: Upstream, path: str, most: int) -> None:
    assert client.post(path, content=b"x" * most).status_code == 200
    assert behind.asked[-1].length == most
    answer = client.post(path, content=b"x" * (most + 1))
    assert answer.status_code == 413
    assert answer.json()["message"] == "提交的内容过大，请减小后再试。"
    assert len(behind.asked) == 1
