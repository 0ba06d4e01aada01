"""Headers on every answer, and a policy that knows exactly the inline scripts of the build."""

import base64
import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rxapp.gate.headers import SecurityHeaders, content_policy
from rxapp.http import evidence
from tests.gate.cast import installed

PAGE = """<html><script>let a = 1</script><script src="/app.js"></script>
<script type="module">import "/x.js"</script><script></script></html>"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "client"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    return folder


async def _plain(_request) -> PlainTextResponse:
    return PlainTextResponse("x", headers={"Server": "granian", "X-Powered-By": "y"})


async def _fails(_request) -> None:
    raise RuntimeError


def _client(build: Path) -> TestClient:
    paths = ("/", "/assets/x.js", "/api/x")
    routes = [Route("/fails", _fails), *(Route(path, _plain) for path in paths)]
    app = SecurityHeaders(Starlette(routes=routes), build=build)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/api/x", "/no-such", "/fails", "/assets/x.js"])
def test_every_answer_carries_them(tmp_path, build, path) -> None:
    with installed(tmp_path):
        headers = _client(build).get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "x-powered-by" not in headers
    assert "strict-transport-security" not in headers


def test_a_narrower_policy_of_its_own_stays(tmp_path, build) -> None:
    async def boxed(_request) -> PlainTextResponse:
        return PlainTextResponse("x", headers=evidence.HEADERS)

    app = SecurityHeaders(Starlette(routes=[Route("/", boxed)]), build=build)
    with installed(tmp_path):
        headers = TestClient(app).get("/").headers
    assert headers.get_list("content-security-policy") == ["default-src 'none'; sandbox"]
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("kind", "whole"),
    [("text/html", True), ("application/pdf", True), ("text/javascript", False),
     ("text/css", False), ("image/svg+xml", False), ("application/json", False)],
)  # fmt: skip
def test_only_pages_carry_the_digests_of_scripts(tmp_path, build, kind, whole) -> None:
    async def shown(_request) -> PlainTextResponse:
        return PlainTextResponse("x", media_type=kind)

    app = SecurityHeaders(Starlette(routes=[Route("/", shown)]), build=build)
    with installed(tmp_path):
        policies = TestClient(app).get("/").headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")
    assert ("sha256-" in policies[0]) == whole


def test_only_built_files_are_kept_for_long(tmp_path, build) -> None:
    with installed(tmp_path):
        client = _client(build)
        assert "immutable" in client.get("/assets/x.js").headers["cache-control"]
        assert client.get("/assets/gone.js").headers["cache-control"] == "no-cache"
        assert client.get("/").headers["cache-control"] == "no-cache"


def test_the_policy_knows_the_inline_scripts_by_their_digest(tmp_path, build) -> None:
    with installed(tmp_path):
        policy = content_policy(build)
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    known = {_digest("let a = 1"), _digest('import "/x.js"')}
    assert {word.strip("'") for word in scripts.split()[2:]} == known
    assert "unsafe" not in scripts
    for wanted in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert wanted in policy


def test_https_is_for_good(tmp_path, build) -> None:
    content_policy.cache_clear()
    with installed(tmp_path, RXAPP_PUBLIC_URL="https://xuexi.example.cn"):
        headers = _client(build).get("/").headers
    content_policy.cache_clear()
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "wss://xuexi.example.cn" in headers["content-security-policy"]


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
