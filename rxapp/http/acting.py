"""How plain HTTP runs a use case: a thread, a transaction, a freshly looked-up actor."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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
from rxapp.gate import cookies, tracing
from rxapp.rules.texts import all_plain
from rxapp.services import sign_ins
from rxapp.services.actors import Actor

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()

STATUS: dict[type[AppError], tuple[int, str]] = {
    NotSignedIn: (401, "signed_out"),
    NotPermitted: (403, "not_permitted"),
    NotFound: (404, "not_found"),
    Superseded: (409, "superseded"),
    Conflict: (409, "conflict"),
    Invalid: (422, "invalid"),
    TooMany: (429, "too_many"),
    Unavailable: (503, "unavailable"),
}


def token_of(request: Request) -> str:
    """The sign-in cookie a request carries, or an empty string."""
    return cookies.read(request.headers.get("cookie"), cookies.session_cookie())


def run_as(
    token: str, use_case: Callable[Concatenate[Session, Actor, P], R], /, write: bool,
    *args: P.args, **arguments: P.kwargs,
) -> R:  # fmt: skip
    """Run one use case in one transaction as the person behind `token` (blocking)."""
    with metrics.timed(use_case), transaction(write=write) as session:
        actor = sign_ins.find_actor(session, token)
        if write and actor.sign_in_id is not None:
            sign_ins.keep_alive(session, actor)
        return use_case(session, actor, *args, **arguments)


async def act(
    request: Request, use_case: Callable[..., R], /, *,
    write: bool = True, **arguments: Any,
) -> R:  # fmt: skip
    """Run one use case for a request without ever holding up the event loop."""
    run: Callable[..., R] = run_as
    try:
        return await asyncio.to_thread(run, token_of(request), use_case, write, **arguments)
    except Exception as error:
        raise refusal_of(error, request) or error from None


def refusal_of(error: Exception, request: Request) -> AppError | None:
    """What to answer when something failed: a refusal, or an outage that is noted in the log."""
    if isinstance(error, AppError):
        return error
    refusal = outages.refusal_of(error)
    if refusal is not None:
        log.warning("unavailable", path=request.url.path, fault=type(error).__name__)
    return refusal


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object a request carries; anything else is refused with a sentence."""
    try:
        found = json.loads(await request.body())
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise Invalid(message="提交的内容无法识别，请刷新页面后再试。") from None
    if not isinstance(found, dict) or not all_plain(found):
        raise Invalid(message="提交的内容无法识别，请刷新页面后再试。")
    return found


def unexpected() -> Response:
    """The answer after a fault of ours: its sentence has the number that finds it in the log."""
    metrics.FAULTS.add("request")
    return failure(Fault(tracing.current()))


def failure(error: AppError, **more: object) -> Response:
    """The answer that carries a refusal: a status, a word for the page, a sentence to show."""
    kinds = type(error).__mro__
    status, word = next((STATUS[kind] for kind in kinds if kind in STATUS), (500, "fault"))
    fields = error.fields if isinstance(error, Invalid) else {}
    if status < 500:
        metrics.REFUSALS.add(word)
    return JSONResponse(
        {"error": word, "message": error.message, "fields": fields, **more},
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )
