"""The number of a request: made at the door, in every line of the log, in the answer, in the
sentence after an unexpected failure, so that a clerk can read it out on the telephone.
"""

import random
import re
import time
from contextvars import ContextVar
from typing import Any

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rxapp import routes
from rxapp.adapters import metrics
from rxapp.errors import Fault
from rxapp.rules.redaction import redacted
from rxapp.settings import settings

HEADER = b"x-request-id"
# Without I, L, O and U: what is read out is understood.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [a + b for a in LETTERS for b in LETTERS]
WELL_FORMED = re.compile(r"[0-9A-Za-z-]{8,64}")
PLAIN = frozenset(
    value
    for name, value in vars(routes).items()
    if name.isupper() and isinstance(value, str) and "[" not in value and "{" not in value
)
TEMPLATES = frozenset(
    value for name, value in vars(routes).items() if name.isupper() and "{" in str(value)
)
# Asked for all day long: a line of each would bury the others.
QUIET = frozenset({
    routes.WATCH_BEAT, routes.HEALTH, routes.READY, routes.METRICS, "assets", "page",
})  # fmt: skip
SLOW_SECONDS = 1.0
CLASSES = ("", "1xx", "2xx", "3xx", "4xx", "5xx")

log = structlog.get_logger()

_current: ContextVar[str] = ContextVar("rxapp_request", default="")


def current() -> str:
    """The number of the request or event at work here, empty where there is none."""
    return _current.get()


def begin(number: str = "") -> str:
    """Give what begins here a number; a thread begun from here has the same."""
    number = number or _made()
    _current.set(number)
    return number


def none_here() -> None:
    """What follows serves many at once."""
    _current.set("")


class Tracing:
    """Numbers, times, counts and notes every request; the outermost part of the door."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or websocket."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin(_brought(scope))
        metrics.SOCKETS.add()
        try:
            await self.app(scope, receive, send)
        finally:
            metrics.SOCKETS.add(by=-1)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = begin(_brought(scope))
        path, began, status, ended = scope["path"], time.perf_counter(), 500, False

        async def numbered(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, number.encode())]
            else:
                ended = not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, numbered)
        except Exception:
            metrics.FAULTS.add("request")
            log.exception("request failed", route=route_of(path, scope), method=scope["method"])
            # What was cut off half-way must be seen to be cut off.
            if not ended:
                raise
        finally:
            took = time.perf_counter() - began
            route = route_of(path, scope)
            metrics.REQUESTS.took(took, route, CLASSES[status // 100])
            if route not in QUIET or took > SLOW_SECONDS or status >= 500:
                _note(scope["method"], route, status, took)


async def unexpected(_request: Any, _error: Exception) -> JSONResponse:
    """The answer after a failure nobody expected: a sentence with the number of the request."""
    message = Fault(current()).message
    return JSONResponse({"error": "fault", "message": message, "fields": {}}, 500)


def route_of(path: str, scope: Scope) -> str:
    """The route of a request in words of the code, whatever was asked for."""
    if path in PLAIN:
        return path
    template = getattr(scope.get("route"), "path", "")
    if template in TEMPLATES:
        return template
    return "assets" if path.startswith("/assets/") else "page"


def _note(method: str, route: str, status: int, took: float) -> None:
    tell = log.warning if took > SLOW_SECONDS or status >= 500 else log.info
    word = method if method in ("GET", "HEAD", "POST") else "other"
    tell("request", method=word, route=route, status=status, ms=round(took * 1000, 1))


def _brought(scope: Scope) -> str:
    """The number a trusted proxy gave, if it is well-formed and says nothing of a person."""
    if not settings().trusted_proxy_hops:
        return ""
    found = [value for name, value in scope["headers"] if name.lower() == HEADER]
    if len(found) != 1:
        return ""
    number = found[0].decode("latin-1")
    return number if WELL_FORMED.fullmatch(number) and redacted(number) == number else ""


def _made() -> str:
    drawn = random.getrandbits(40)
    return (
        PAIRS[drawn & 1023]
        + PAIRS[drawn >> 10 & 1023]
        + PAIRS[drawn >> 20 & 1023]
        + PAIRS[drawn >> 30]
    )
