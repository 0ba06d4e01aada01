"""One's own certificate over plain HTTP: have it issued, fetch the signed file."""

import asyncio

import structlog
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.errors import AppError
from rxapp.gate import throttles
from rxapp.http.account import answered
from rxapp.http.acting import act, failure
from rxapp.http.kept_files import kept_file
from rxapp.rules.permissions import Permission
from rxapp.services import certificates
from rxapp.services.actors import Actor

log = structlog.get_logger()

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@answered
async def issue(request: Request) -> Response:
    """Issue one's certificate of a year, or answer with the one there is."""
    year = request.path_params["year"]
    throttles.take(throttles.CERTIFICATE, str(await act(request, _holder, write=False)))
    made = await act(request, certificates.prepare, write=False, year=year)
    if isinstance(made, certificates.Draft):
        # Printing and signing take a tenth of a second: in a thread, and in no transaction.
        file = await asyncio.to_thread(certificates.render, made)
        made = await act(request, certificates.issue, draft=made, file=file)
    return JSONResponse(
        {"ok": True, "number": made.number, "file": made.file, "next": routes.year(year)},
        headers={"Cache-Control": "no-store"},
    )


async def download(request: Request) -> Response:
    """Send the signed file as it was issued, to its owner only."""
    try:
        stored = await act(
            request, certificates.get_file, write=False, number=request.path_params["number"]
        )
        return await kept_file(
            stored.file, media_type="application/pdf", filename=stored.download_name,
            disposition="attachment", headers=HEADERS,
        )  # fmt: skip
    except AppError as error:
        # The number opens the check page, so it stays out of the log.
        log.warning("refused", path="/files/certificate", error=type(error).__name__)
        return failure(error)


def _holder(_session: Session, actor: Actor) -> int:
    return actor.require(Permission.LEARN)


ROUTES: list[Route] = [
    Route(routes.CERTIFICATE_ISSUE, issue, methods=["POST"]),
    Route(routes.CERTIFICATE_FILE, download, methods=["GET"]),
]
