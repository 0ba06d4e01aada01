"""A claim over plain HTTP: kept at every change, sent in, its files; each answer is definite."""

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.errors import AppError
from rxapp.gate import throttles
from rxapp.http.acting import act, failure, token_of
from rxapp.http.forms import answered, form_of, lead_to
from rxapp.services import claims, evidence, old_records

log = structlog.get_logger()


@answered
async def save(request: Request) -> Response:
    """Keep what was typed so far; the answer carries the version to go on from."""
    form = await form_of(request)
    throttles.take(throttles.DRAFTS, token_of(request))
    claim_id, version = _number(form, "claim"), _number(form, "version")
    kept = await act(request, claims.save, claim_id=claim_id, typed=form, version=version)
    return JSONResponse({"ok": True, "version": kept}, headers={"Cache-Control": "no-store"})


@answered
async def save_line(request: Request) -> Response:
    """Keep what was typed so far on one line of the old paper certificate."""
    form = await form_of(request)
    throttles.take(throttles.DRAFTS, token_of(request))
    # Many lines stand on one page, so each field is named after its line: “12-title”.
    typed = {name.rpartition("-")[2]: word for name, word in form.items()}
    claim_id, version = _number(form, "claim"), _number(form, "version")
    kept = await act(
        request, old_records.save_line, claim_id=claim_id, typed=typed, version=version
    )
    return JSONResponse({"ok": True, "version": kept}, headers={"Cache-Control": "no-store"})


@answered
async def submit(request: Request) -> Response:
    """Keep what was typed, then send it in; an answer that was lost is given once more."""
    form = await form_of(request)
    throttles.take(throttles.DRAFTS, token_of(request))
    claim_id, version = _number(form, "claim"), _number(form, "version")
    sent = await act(request, claims.find_sent, write=False, claim_id=claim_id, version=version)
    if not sent:
        # Two transactions: what was typed stays even when it cannot be sent in yet.
        kept = await act(request, claims.save, claim_id=claim_id, typed=form, version=version)
        try:
            await act(request, claims.submit, claim_id=claim_id, version=kept)
        except AppError as error:
            log.warning("refused", path=request.url.path, error=type(error).__name__)
            return failure(error, version=kept)
    return lead_to(f"{routes.claim(claim_id)}?new=1")


@answered
async def detach(request: Request) -> Response:
    """Take one file off a draft."""
    form = await form_of(request)
    files = await act(
        request, claims.detach, claim_id=_number(form, "claim"),
        evidence_id=_number(form, "evidence"),
    )  # fmt: skip
    await asyncio.to_thread(evidence.discard, files)
    return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})


ROUTES: list[Route] = [
    Route(routes.CLAIM_SAVE, save, methods=["POST"]),
    Route(routes.CLAIM_LINE_SAVE, save_line, methods=["POST"]),
    Route(routes.CLAIM_SUBMIT, submit, methods=["POST"]),
    Route(routes.CLAIM_DETACH, detach, methods=["POST"]),
]


def _number(form: dict[str, str], name: str) -> int:
    word = form.get(name, "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 12 else 0
