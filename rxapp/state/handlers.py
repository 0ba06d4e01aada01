"""How a handler is marked, and how it calls one use case.

Every method of a State can be called by anyone on the internet. The gate lets through only what is
marked here, and only with arguments of the declared kinds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import reflex as rx
import structlog
from sqlmodel import Session

from rxapp import routes
from rxapp.adapters import metrics, outages
from rxapp.adapters.database import transaction
from rxapp.errors import (
    AppError,
    Conflict,
    Fault,
    Invalid,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Superseded,
    TooMany,
    Unavailable,
)
from rxapp.gate import addresses, cookies, marks, tracing
from rxapp.rules.permissions import Permission
from rxapp.rules.texts import is_plain
from rxapp.services import sign_ins
from rxapp.services.actors import Actor

log = structlog.get_logger()

# As those who watch from outside count them.
KINDS: dict[type[AppError], str] = {
    NotPermitted: "not_permitted", NotFound: "not_found", Superseded: "superseded",
    Conflict: "conflict", Invalid: "invalid", TooMany: "too_many",
}  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")


def handler(permission: Permission) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Mark a handler with the one permission it needs, and turn refusals into sentences."""

    def wrap(function: Callable[..., Awaitable[Any]]) -> Any:
        fills = marks.fills_page(function.__name__)

        @wraps(function)
        async def run(self: "Screen", *args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return await function(self, *args, **kwargs)
            except NotSignedIn:
                metrics.REFUSALS.add("signed_out")
                return rx.redirect(routes.SIGN_IN)
            except AppError as error:
                metrics.REFUSALS.add(KINDS.get(type(error), metrics.OTHER))
                if isinstance(error, Unavailable) and fills:
                    raise
                if isinstance(error, (NotFound, NotPermitted)):
                    # Somebody reached for what is not his, or a page is out of date.
                    word = type(error).__name__
                    log.warning("refused", handler=function.__qualname__, error=word)
                self._show(error)
            except Exception as error:
                refusal = outages.refusal_of(error)
                if refusal is not None and fills:
                    # The gate tells it, and the page asks again by itself until it is filled.
                    raise
                if refusal is not None:
                    fault = type(error).__name__
                    log.warning("unavailable", handler=function.__qualname__, fault=fault)
                    self._show(refusal)
                else:  # a fault of ours: the person gets a sentence, we get the trace
                    metrics.FAULTS.add("event")
                    log.exception("handler failed", handler=function.__qualname__)
                    self._show(Fault(tracing.current()))
            finally:
                _note(function.__qualname__, time.perf_counter() - began)

        marks.mark(run, permission)
        return run

    return wrap


class Screen(rx.State, mixin=True):
    """What every screen has: a sentence when something was refused, and whether it is loaded."""

    error: str = ""
    field_errors: dict[str, str] = {}
    loaded: bool = False

    async def _use(
        self, use_case: Callable[Concatenate[Session, Actor, P], R], /, *args: P.args,
        **arguments: P.kwargs,
    ) -> R:  # fmt: skip
        """Run a reading use case in a thread and transaction, as a freshly looked-up actor."""
        return await asyncio.to_thread(_run, self._token(), use_case, False, *args, **arguments)

    async def _change(
        self, use_case: Callable[Concatenate[Session, Actor, P], R], /, *args: P.args,
        **arguments: P.kwargs,
    ) -> R:  # fmt: skip
        """Run a changing use case likewise."""
        return await asyncio.to_thread(_run, self._token(), use_case, True, *args, **arguments)

    def _token(self) -> str:
        headers = self.router_data.get("headers", {})
        return cookies.read(headers.get("cookie"), cookies.session_cookie())

    def _address(self) -> str:
        return addresses.noted(self.router_data.get("headers", {}))

    def _place(self) -> str:
        """Path and query of the page's address, as the browser names them."""
        return str(self.router_data.get("asPath", "")).partition("#")[0]

    def _route_word(self, name: str) -> str:
        """A word of the page's address; as untrusted as anything the browser sends."""
        found = self.router_data.get("query", {}).get(name, "")
        good = isinstance(found, str) and len(found) <= 100 and is_plain(found)
        return found if good else ""

    def _route_number(self, name: str) -> int:
        """A number of the page's address, 0 when it is none."""
        word = self._route_word(name)
        return int(word) if word.isascii() and word.isdigit() and len(word) <= 9 else 0

    def _show(self, error: AppError) -> None:
        self.error = error.message
        self.field_errors = error.fields if isinstance(error, Invalid) else {}
        self.loaded = True

    def _clear(self) -> None:
        self.error = ""
        self.field_errors = {}


def _note(name: str, took: float) -> None:
    metrics.EVENTS.took(took, name)
    if took > tracing.SLOW_SECONDS:
        log.warning("event", handler=name, ms=round(took * 1000, 1))


def _run(token: str, use_case: Callable[..., R], write: bool, /, *args: Any, **arguments: Any) -> R:
    with metrics.timed(use_case), transaction(write=write) as session:
        actor = sign_ins.find_actor(session, token)
        if write and actor.sign_in_id is not None:
            sign_ins.keep_alive(session, actor)
        return use_case(session, actor, *args, **arguments)
