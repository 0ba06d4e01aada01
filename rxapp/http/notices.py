"""Notices over plain HTTP: kept at every change, published, their attachments up and down."""

import asyncio
from dataclasses import replace

import structlog
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import attachments, file_store
from rxapp.adapters.attachments import Attachment
from rxapp.errors import AppError, Invalid
from rxapp.gate import throttles
from rxapp.http.acting import act, failure, token_of
from rxapp.http.forms import answered, form_of, lead_to
from rxapp.http.kept_files import kept_file
from rxapp.rules.texts import plain
from rxapp.services import notice_files, notices

MOST_FIELDS = 300
HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}

log = structlog.get_logger()


@answered
async def save(request: Request) -> Response:
    """Keep what was typed so far; the answer carries the version to go on from."""
    throttles.take(throttles.DRAFTS, token_of(request))
    kept = await _keep(request, await form_of(request, most_fields=MOST_FIELDS))
    return JSONResponse({"ok": True, "version": kept}, headers={"Cache-Control": "no-store"})


@answered
async def publish(request: Request) -> Response:
    """Keep what was typed, then publish it; an answer that was lost is given once more."""
    throttles.take(throttles.DRAFTS, token_of(request))
    form = await form_of(request, most_fields=MOST_FIELDS)
    notice_id, version = _number(form.get("notice", "")), _number(form.get("version", ""))
    known = {"notice_id": notice_id, "version": version}
    if not await act(request, notices.find_published, write=False, **known):
        # Two transactions: what was typed stays even when it cannot be published yet.
        kept = await _keep(request, form)
        try:
            await act(request, notices.publish, notice_id=notice_id, version=kept)
        except AppError as error:
            log.warning("refused", path=request.url.path, error=type(error).__name__)
            return failure(error, version=kept)
    return lead_to(f"{routes.desk_notice(notice_id)}?done=1")


@answered
async def upload(request: Request) -> Response:
    """Take one attachment; asked whose notice it is before the file is opened."""
    throttles.take(throttles.CLAIM_UPLOAD, token_of(request))
    notice_id = _number(request.query_params.get("notice", ""))
    await act(request, notice_files.require_room, write=False, notice_id=notice_id)
    name, source = await _file(request)
    made = await asyncio.to_thread(_made, source)
    await act(request, notice_files.add, notice_id=notice_id, name=name, made=made)
    await asyncio.to_thread(notice_files.settle, made)
    return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})


@answered
async def detach(request: Request) -> Response:
    """Take one attachment off what is being written."""
    form = await form_of(request, most_fields=MOST_FIELDS)
    gone = await act(
        request, notice_files.remove, notice_id=_number(form.get("notice", "")),
        file_id=_number(form.get("file", "")),
    )  # fmt: skip
    await asyncio.to_thread(notice_files.discard, gone)
    return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})


async def download(request: Request) -> Response:
    """Send an attachment to be saved, never to be shown as a page of ours."""
    try:
        stored = await act(
            request, notice_files.get_file, write=False, file_id=request.path_params["file_id"]
        )
        return await kept_file(
            stored.file, root=notice_files.folder(), media_type=stored.media_type,
            filename=stored.name, disposition="attachment", headers=HEADERS,
        )  # fmt: skip
    except AppError as error:
        log.warning("refused", path="/files/notice", error=type(error).__name__)
        return failure(error)


ROUTES: list[Route] = [
    Route(routes.NOTICE_SAVE, save, methods=["POST"]),
    Route(routes.NOTICE_PUBLISH, publish, methods=["POST"]),
    Route(routes.NOTICE_UPLOAD, upload, methods=["POST"]),
    Route(routes.NOTICE_DETACH, detach, methods=["POST"]),
    Route(routes.NOTICE_FILE, download, methods=["GET"]),
]


async def _keep(request: Request, form: dict[str, str]) -> int:
    ticked = [name.partition("-") for name, word in form.items() if word == "1"]
    return await act(
        request, notices.save, notice_id=_number(form.get("notice", "")), typed=form,
        kinds=[rest for name, _, rest in ticked if name == "kind"],
        counties=[_number(rest) for name, _, rest in ticked if name == "county"],
        version=_number(form.get("version", "")),
    )  # fmt: skip


async def _file(request: Request) -> tuple[str, bytes]:
    try:
        form = await request.form(max_files=1, max_fields=4)
    except Exception:  # a malformed body is the sender's fault, whatever the parser calls it
        raise Invalid({"file": "文件没有上传完整，请重新选择。"}) from None
    sent = form.get("file")
    if not isinstance(sent, UploadFile):
        raise Invalid({"file": "请选择要上传的文件。"})
    return plain(sent.filename or ""), await sent.read()


def _made(source: bytes) -> Attachment:
    made = attachments.accept(source)
    sent = file_store.put_ahead(made.content, suffix=made.suffix, root=notice_files.folder())
    return replace(made, ahead=sent)


def _number(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
