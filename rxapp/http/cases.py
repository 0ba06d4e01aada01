"""Matters of supervision over plain HTTP: opened, answered, reported on; the file to print."""

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import case_pdf
from rxapp.errors import AppError
from rxapp.gate import addresses, throttles
from rxapp.http.acting import act, failure, token_of
from rxapp.http.forms import answered, form_of, lead_to
from rxapp.services import case_hearing, case_opening, case_papers, rectifications

log = structlog.get_logger()

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@answered
async def open_case(request: Request) -> Response:
    """Open a matter and notify who is concerned."""
    id = await act(request, case_opening.open_case, typed=await _form(request))
    return lead_to(f"{routes.desk_case(id)}?new=1")


@answered
async def answer(request: Request) -> Response:
    """Take the word of the person who is heard."""
    id = await act(request, case_hearing.answer, typed=await _form(request))
    return lead_to(f"{routes.my_case(id)}?new=1")


@answered
async def reply(request: Request) -> Response:
    """Take the word of the organisation that is heard."""
    id = await act(request, case_hearing.reply, typed=await _form(request))
    return lead_to(f"{routes.desk_case(id)}?new=2")


@answered
async def report(request: Request) -> Response:
    """Take an organisation's report on what it put right."""
    id = await act(request, rectifications.report, typed=await _form(request))
    return lead_to(f"{routes.desk_order(id)}&new=1")


async def paper(request: Request) -> Response:
    """Send the whole file of a matter as one PDF, to whom it concerns."""
    try:
        made = await act(
            request, case_papers.get_paper, write=False, case_id=request.path_params["case_id"]
        )
        throttles.take(throttles.EXPORTS, token_of(request))
    except AppError as error:
        log.warning("refused", path="/files/case", error=type(error).__name__)
        return failure(error)
    file = await asyncio.to_thread(case_pdf.render, made)
    # The number is all ASCII, so the name needs no escaping.
    shown = {"Content-Disposition": f'attachment; filename="{made.number}.pdf"'}
    return Response(file, media_type="application/pdf", headers=HEADERS | shown)


ROUTES: list[Route] = [
    Route(routes.CASE_OPEN, open_case, methods=["POST"]),
    Route(routes.CASE_ANSWER, answer, methods=["POST"]),
    Route(routes.CASE_REPLY, reply, methods=["POST"]),
    Route(routes.ORDER_REPORT, report, methods=["POST"]),
    Route(routes.CASE_PAPER, paper, methods=["GET"]),
]


async def _form(request: Request) -> dict[str, str]:
    form = await form_of(request)
    throttles.take(throttles.APPLY, addresses.address_of(request.scope))
    return form
