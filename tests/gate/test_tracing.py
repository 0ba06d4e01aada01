"""The number of a request: where it comes from, and everywhere it is found again."""

import asyncio
import re
from typing import Any

import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import counting
from rxapp.gate import tracing
from rxapp.gate.tracing import Tracing, route_of
from tests.gate.cast import installed

NUMBER, MOBILE = "37080219850210107X", "13805370103"
OWN = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")


@pytest.fixture(autouse=True)
def at_home(tmp_path):
    with installed(tmp_path):
        yield


async def _seen(_request: Any) -> JSONResponse:
    return JSONResponse([tracing.current(), await asyncio.to_thread(tracing.current)])


async def _broken(_request: Any) -> PlainTextResponse:
    raise ValueError("张三 cannot be read")


async def _fault(request: Any) -> JSONResponse:
    return await tracing.unexpected(request, ValueError())


ROUTES = [
    Route(routes.WATCH_BEAT, _seen, methods=["POST"]),
    Route("/seen", _seen),
    Route(routes.CERTIFICATE_FILE, _seen),
    Route("/broken", _broken),
    Route("/fault", _fault),
]
APP = Tracing(Starlette(routes=ROUTES, exception_handlers={Exception: tracing.unexpected}))


def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of one request, through the outermost part of the door."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    given = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "headers": given,
        "client": ("9.9.9.9", 1),
    }  # fmt: skip
    asyncio.run(APP(scope, receive, send))
    heads = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], heads, b"".join(m.get("body", b"") for m in sent[1:]).decode()


def test_each_request_has_a_number_of_its_own_also_in_a_thread() -> None:
    _, heads, body = ask("/seen")
    number = heads["x-request-id"]
    assert OWN.fullmatch(number)
    assert body == f'["{number}","{number}"]'
    assert ask("/seen")[1]["x-request-id"] != number


def test_a_number_from_outside_counts_only_behind_a_trusted_proxy(tmp_path) -> None:
    brought = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
    assert ask("/seen", x_request_id=brought)[1]["x-request-id"] != brought
    with installed(tmp_path / "proxied", RXAPP_TRUSTED_PROXY_HOPS="1"):
        assert ask("/seen", x_request_id=brought)[1]["x-request-id"] == brought
        for wrong in (
            "short",
            "x" * 65,
            "a b c d e f",
            "abc\\ndefgh",
            "张三李四",
            NUMBER,
            "13805370103",
        ):
            assert OWN.fullmatch(ask("/seen", x_request_id=wrong)[1]["x-request-id"]), wrong


def test_an_unexpected_failure_is_told_with_its_number_and_logged_under_it(capsys) -> None:
    with structlog.testing.capture_logs() as lines:
        status, heads, body = ask("/broken")
    assert status == 500
    assert f"请将编号 {heads['x-request-id']} 告知管理员" in body
    assert "张三" not in body
    assert [line["event"] for line in lines] == ["request failed", "request"]


def test_a_line_of_each_request_says_the_route_and_nothing_of_what_was_asked_for() -> None:
    with structlog.testing.capture_logs() as lines:
        ask(f"/files/certificate/{NUMBER}.pdf")
        ask(routes.API_STANDING, "POST")
        # A beat has none, nor what is served as a page.
        ask(routes.WATCH_BEAT, "POST")
        ask(f"/nowhere/{NUMBER}")
    told = [(line["method"], line["route"], line["status"], line["log_level"]) for line in lines]
    assert told == [
        ("GET", routes.CERTIFICATE_FILE, 200, "info"),
        ("POST", routes.API_STANDING, 404, "info"),
    ]
    assert NUMBER not in f"{lines}"


def test_a_slow_beat_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "SLOW_SECONDS", -1.0)
    with structlog.testing.capture_logs() as lines:
        ask(routes.WATCH_BEAT, "POST")
    assert [(line["route"], line["log_level"]) for line in lines] == [
        (routes.WATCH_BEAT, "warning")
    ]


@pytest.mark.parametrize(
    ("path", "route", "told"),
    [
        (routes.WATCH_BEAT, "", routes.WATCH_BEAT),
        ("/desk/claims", "", "/desk/claims"),
        ("/files/case/7.pdf", routes.CASE_PAPER, routes.CASE_PAPER),
        ("/files/case/7.pdf", "/{path:path}", "page"),
        (f"/verify/{NUMBER}", "", "page"),
        ("/assets/index-1.js", "", "assets"),
        ("/张三", "", "page"),
    ],
)
def test_a_route_is_always_a_word_of_the_code(path: str, route: str, told: str) -> None:
    assert route_of(path, {"route": type("R", (), {"path": route})()}) == told


def test_odd_paths_make_no_lines_of_their_own() -> None:
    ask("/seen")
    before = counting.text().count(b"rxapp_request_seconds_count")
    for place in range(30):
        ask(f"/odd/{place}")
    assert counting.text().count(b"rxapp_request_seconds_count") <= before + 1
    assert b"/odd" not in counting.text()
    ask(routes.API_STANDING, "POST")
    assert f'route="{routes.API_STANDING}"'.encode() in counting.text()
