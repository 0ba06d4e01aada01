"""Evidence over plain HTTP: uploaded by anyone who applies, fetched by those whose turn it is."""

import asyncio
import base64
from dataclasses import replace

import structlog
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import evidence_files, file_store
from rxapp.errors import AppError, Invalid
from rxapp.gate import addresses, throttles
from rxapp.http.acting import act, failure, token_of
from rxapp.http.forms import answered
from rxapp.http.kept_files import kept_file
from rxapp.rules.texts import plain
from rxapp.services import claims, evidence

log = structlog.get_logger()

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@answered
async def upload(request: Request) -> Response:
    """Take one file, make it anew, and answer with the ticket that claims it."""
    throttles.take(throttles.UPLOAD, addresses.address_of(request.scope))
    throttles.take(throttles.UPLOADS_OF_ALL)
    purpose, name, source = await _file(request)
    made = await asyncio.to_thread(_made, source)
    kept = await act(request, evidence.keep, purpose=purpose, name=name, source=source, made=made)
    await asyncio.to_thread(evidence.settle, made)
    picture = base64.b64encode(made.preview).decode()
    said = {
        "ok": True, "ticket": kept.ticket, "name": kept.name, "pages": made.pages,
        # Nobody but its sender can fetch it before it belongs to an application.
        "preview": f"data:image/jpeg;base64,{picture}",
    }  # fmt: skip
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


@answered
async def upload_to_claim(request: Request) -> Response:
    """Take one file for a draft of one's own; asked whose it is before the file is opened."""
    throttles.take(throttles.CLAIM_UPLOAD, token_of(request))
    query = request.query_params
    word, need = query.get("claim", ""), query.get("need", "")[:40]
    claim_id = int(word) if word.isascii() and word.isdigit() and len(word) < 12 else 0
    await act(request, claims.require_room, write=False, claim_id=claim_id, need=need)
    _, name, source = await _file(request)
    made = await asyncio.to_thread(_made, source)
    await act(
        request, claims.keep_file, claim_id=claim_id, need=need, name=name, source=source,
        made=made,
    )  # fmt: skip
    await asyncio.to_thread(evidence.settle, made)
    return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})


async def download(request: Request) -> Response:
    """Send a file or its small picture, shown in the browser, never run."""
    part = request.path_params["part"]
    try:
        stored = await act(
            request, evidence.get_file, write=evidence.is_audited(part),
            evidence_id=request.path_params["evidence_id"], part=part,
        )  # fmt: skip
        if stored.page:
            picture = await asyncio.to_thread(_page, stored.file, stored.page)
            return Response(picture, media_type=stored.media_type, headers=HEADERS)
        return await kept_file(
            stored.file, root=evidence.folder(), media_type=stored.media_type,
            filename=stored.name, headers=HEADERS,
        )  # fmt: skip
    except AppError as error:
        log.warning("refused", path="/files/evidence", error=type(error).__name__)
        return failure(error)


ROUTES: list[Route] = [
    Route(routes.EVIDENCE_UPLOAD, upload, methods=["POST"]),
    Route(routes.CLAIM_UPLOAD, upload_to_claim, methods=["POST"]),
    Route(routes.EVIDENCE_FILE, download, methods=["GET"]),
]


def _page(name: str, page: int) -> bytes:
    return evidence_files.render_page(file_store.read(name, root=evidence.folder()), page)


def _made(source: bytes) -> evidence_files.EvidenceFile:
    made, root = evidence_files.accept(source), evidence.folder()
    file_store.put_ahead(made.content, suffix=made.suffix, root=root)
    return replace(made, ahead=file_store.put_ahead(made.preview, suffix=".jpg", root=root))


async def _file(request: Request) -> tuple[str, str, bytes]:
    try:
        form = await request.form(max_files=1, max_fields=4)
    except Exception:  # a malformed body is the sender's fault, whatever the parser calls it
        raise Invalid({"file": "文件没有上传完整，请重新选择。"}) from None
    sent, purpose = form.get("file"), form.get("purpose")
    if not isinstance(sent, UploadFile) or not isinstance(purpose, str):
        raise Invalid({"file": "请选择要上传的文件。"})
    return plain(purpose), plain(sent.filename or ""), await sent.read()
