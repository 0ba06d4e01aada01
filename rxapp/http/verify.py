"""The check of a certificate as JSON, for anyone who has its number."""

from dataclasses import asdict
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.errors import AppError
from rxapp.gate import addresses, throttles
from rxapp.http.acting import act, failure
from rxapp.services import certificate_checks
from rxapp.services.certificate_checks import CheckView

log = structlog.get_logger()

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def check(request: Request) -> Response:
    """Every printed field and the state of a certificate; a refusal is one sentence."""
    try:
        throttles.take(throttles.VERIFY, addresses.address_of(request.scope))
        view = await act(
            request, certificate_checks.check, write=False,
            number=request.path_params["number"], signature=request.query_params.get("s"),
        )  # fmt: skip
    except AppError as error:
        # The number opens this page, so it stays out of the log.
        log.warning("refused", path="/api/verify", error=type(error).__name__)
        return failure(error)
    return _answer(view)


def _answer(view: CheckView) -> Response:
    if view.genuine:
        return JSONResponse(_named(view), headers=HEADERS)
    log.error("certificate record altered")
    said: dict[str, Any] = {"error": "not_genuine", "message": view.sentence, "fields": {}}
    return JSONResponse({**said, "genuine": False}, status_code=422, headers=HEADERS)


def _named(view: CheckView) -> dict[str, Any]:
    """The view by names that do not change; the pairs for the screen would say it all twice."""
    said = asdict(view)
    del said["fields"]
    names = ("title", "subject", "hours", "earned_on")
    said["lines"] = [dict(zip(names, line, strict=True)) for line in view.lines]
    return said


ROUTES: list[Route] = [Route(routes.API_VERIFY, check, methods=["GET"])]
