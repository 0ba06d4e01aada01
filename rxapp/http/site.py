"""Every plain route, in one list."""

from starlette.routing import BaseRoute

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
    outside,
    plans,
    reset,
    rosters,
    second_factor,
    standing_api,
    verify,
    video,
    watch,
)

ROUTES: list[BaseRoute] = [
    # First what is asked for most.
    *watch.ROUTES,
    *outside.ROUTES,
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
