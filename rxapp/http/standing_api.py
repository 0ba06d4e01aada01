"""One person's years for another system: by a key, never by a cookie; see docs/standing-api.md."""

import asyncio
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import AppError, NotFound, NotSignedIn, TooMany
from rxapp.gate import addresses, throttles
from rxapp.gate.throttles import Limit
from rxapp.http.acting import body_of, failure, refusal_of, run_as, unexpected
from rxapp.services import standing_lookups
from rxapp.services.standing_lookups import MISSED, WRONG_KEY, KeyHolder

log = structlog.get_logger()

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
MINUTE, QUARTER, HOUR = 60, 900, 3600
LONGEST_KEY = 200


class Wait(TooMany):
    """A limit was used up; `seconds` is when to come back."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


async def standing(request: Request) -> Response:
    """The years of the one person whose number and name both match; a refusal is one sentence."""
    try:
        return JSONResponse(await _look_up(request), headers=HEADERS)
    except AppError as error:
        # Whom it was about stays out of the log.
        log.warning("refused", path=routes.API_STANDING, error=type(error).__name__)
        return _refusal(error)
    except Exception as error:
        refusal = refusal_of(error, request)
        if refusal is not None:
            return failure(refusal)
        # A fault of ours: the asker gets a sentence, we get the trace.
        log.exception("request failed", path=routes.API_STANDING)
        return unexpected()


async def _look_up(request: Request) -> dict[str, Any]:
    address = addresses.address_of(request.scope)
    _take(throttles.STANDING_ADDRESS, MINUTE, address)
    key = _key_of(request)
    holder = await _holder(key, address)
    _take(throttles.STANDING_KEY, MINUTE, f"{holder.key_id}")
    question = standing_lookups.read(holder, await body_of(request))
    number = data_keys().hash(question.number, context="throttle")
    _take(throttles.STANDING_PERSON, HOUR, f"{holder.key_id}:{number}")
    answer = await asyncio.to_thread(
        run_as, "", standing_lookups.look_up, True, key=key, question=question
    )
    if answer is None:
        raise NotFound(MISSED)
    return answer


async def _holder(key: str, address: str) -> KeyHolder:
    # Counted before it is looked for: guesses sent at once must not all find room.
    _take(throttles.STANDING_WRONG, QUARTER, address)
    holder = await asyncio.to_thread(run_as, "", standing_lookups.find_holder, False, key=key)
    throttles.give_back(throttles.STANDING_WRONG, address)
    return holder


def _key_of(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(key.strip()) <= LONGEST_KEY:
        raise NotSignedIn(WRONG_KEY)
    return key.strip()


def _take(limit: Limit, seconds: int, key: str) -> None:
    try:
        throttles.take(limit, key)
    except TooMany as error:
        raise Wait(error.message, seconds) from None


def _refusal(error: AppError) -> Response:
    answer = failure(TooMany(error.message) if isinstance(error, Wait) else error)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if isinstance(error, NotSignedIn):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Wait):
        answer.headers["Retry-After"] = f"{error.seconds}"
    return answer


ROUTES: list[Route] = [Route(routes.API_STANDING, standing, methods=["POST"])]
