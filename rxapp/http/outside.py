"""For those who watch the service from outside: does it answer, can it work, what are the figures.

Words and figures only: nothing here names anybody or anything that somebody made.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import counting, metrics
from rxapp.errors import TooMany
from rxapp.gate import addresses, throttles
from rxapp.services import outside, readiness
from rxapp.settings import settings

# What a proxy adds; who asks through one is not on this machine.
PROXIED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded",
           "via")  # fmt: skip
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
TEXT = "text/plain; version=1.0.0; charset=utf-8"
LONGEST_SECONDS = 5.0
NO_STORE = {"Cache-Control": "no-store"}

log = structlog.get_logger()


async def health(_request: Request) -> Response:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


async def ready(_request: Request) -> Response:
    """Whether it can work: 200 or 503, with a word for each thing it needs."""
    try:
        found = await asyncio.wait_for(_ready(), LONGEST_SECONDS)
    except TimeoutError:
        found = readiness.away()
    return JSONResponse(found.words, 200 if found.is_ready else 503, headers=NO_STORE)


async def figures(request: Request) -> Response:
    """The figures of all workers, for this machine or for whoever has the key; else nothing."""
    if not _may(request):
        metrics.REFUSALS.add("metrics")
        return JSONResponse(
            {"error": "not_found", "message": "没有这个页面。", "fields": {}}, 404, headers=NO_STORE
        )
    said = await asyncio.to_thread(lambda: counting.text(outside.facts()))
    return Response(said, media_type=TEXT, headers=NO_STORE)


def _may(request: Request) -> bool:
    given = request.headers.get("authorization", "")
    if not given and _is_this_machine(request):
        return True
    address = addresses.address_of(request.scope)
    try:
        # Counted before it is compared: guesses sent at once must not all find room.
        throttles.take(throttles.METRICS_WRONG, address)
    except TooMany:
        return False
    if settings().metrics_key and _is_key(given, settings().metrics_key):
        throttles.give_back(throttles.METRICS_WRONG, address)
        return True
    log.warning("metrics refused", why="key" if given else "elsewhere")
    return False


def _is_key(given: str, key: str) -> bool:
    scheme, _, word = given.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(
        word.strip().encode("latin-1", "replace"), key.encode()
    )


def _is_this_machine(request: Request) -> bool:
    """Whether somebody on this machine asks it directly, which no proxy and no page can pretend."""
    if any(name in request.headers for name in PROXIED):
        return False
    # HTTPS ends in a proxy. Where none is announced, everybody may look as if he were here.
    if settings().address.startswith("https://") and not settings().trusted_proxy_hops:
        return False
    name = request.headers.get("host", "")
    if (name if name.endswith("]") else name.rpartition(":")[0] or name) not in LOCAL_NAMES:
        return False
    client = request.scope.get("client")
    try:
        return bool(client) and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


class _Once:
    """What is dear to find out is found out by one at a time, and told to all who ask meanwhile."""

    def __init__(self, look: Callable[[], Any], seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._task: asyncio.Task[Any] | None = None
        self._since = -seconds

    def __call__(self) -> Awaitable[Any]:
        loop = asyncio.get_running_loop()
        old = self._task
        fresh = old is not None and (not old.done() or loop.time() - self._since < self._seconds)
        if old is None or not fresh or old.get_loop() is not loop:
            self._task, self._since = loop.create_task(asyncio.to_thread(self._look)), loop.time()
        assert self._task is not None
        return asyncio.shield(self._task)


_ready = _Once(readiness.look, readiness.FRESH_SECONDS)

ROUTES = [
    Route(routes.HEALTH, health, methods=["GET"]),
    Route(routes.READY, ready, methods=["GET"]),
    Route(routes.METRICS, figures, methods=["GET"]),
]
