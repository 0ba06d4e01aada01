"""Every plain route, in one list, and the small ones themselves."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from rxapp import routes
from rxapp.http import (
    account,
    apply,
    cases,
    certificates,
    claims,
    collect,
    courses,
    evidence,
    exports,
    notices,
    plans,
    reset,
    rosters,
    second_factor,
    standing_api,
    verify,
    video,
    watch,
)


async def health(_request: Request) -> Response:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    # First what is asked for most.
    *watch.ROUTES,
    Route(routes.HEALTH, health, methods=["GET"]),
    *account.ROUTES,
    *second_factor.ROUTES,
    *reset.ROUTES,
    *video.ROUTES,
    *certificates.ROUTES,
    *verify.ROUTES,
    *standing_api.ROUTES,
    *collect.ROUTES,
    *exports.ROUTES,
    *plans.ROUTES,
    *apply.ROUTES,
    *evidence.ROUTES,
    *claims.ROUTES,
    *cases.ROUTES,
    *notices.ROUTES,
    *rosters.ROUTES,
    *courses.ROUTES,
]
