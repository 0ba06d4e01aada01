"""Courses over plain HTTP: films and packages piece by piece, tables of questions, films shown."""

import asyncio
from typing import Any
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import evidence_files, file_store, package_writer, pieces, question_sheets
from rxapp.errors import AppError, Conflict, Invalid, NotFound
from rxapp.gate import throttles
from rxapp.http.acting import act, failure, run_as, token_of
from rxapp.http.collect import draft, sent
from rxapp.http.forms import answered, form_of
from rxapp.http.kept_files import kept_file
from rxapp.services import (
    course_films,
    course_lists,
    course_packages,
    course_questions,
    course_uploads,
)
from rxapp.services.course_questions import Line
from rxapp.services.course_uploads import Progress

log = structlog.get_logger()

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FRESH = {"Cache-Control": "no-store"}
# The address carries the beginning of the file's own name: what it leads to never changes.
KEPT = HEADERS | {"Cache-Control": "private, max-age=86400"}


@answered
async def begin(request: Request) -> Response:
    """Begin to send a film or a package, or go on with it."""
    throttles.take(throttles.COURSE_UPLOADS, token_of(request))
    form = await form_of(request)
    said = await act(
        request, course_uploads.begin, kind=form.get("kind", ""),
        target_id=_number(form.get("target", "")), name=form.get("name", "")[:300],
        size=_number(form.get("size", "")), mark=form.get("mark", ""),
    )  # fmt: skip
    return _told(said)


@answered
async def piece(request: Request) -> Response:
    """Take one piece in at the place where the next one is expected."""
    throttles.take(throttles.COURSE_PIECES, token_of(request))
    upload_id = _number(request.query_params.get("upload", ""))
    offset = _number(request.query_params.get("offset", ""))
    # Asked before anything is read: a stranger's megabytes are not waited for.
    place = await act(request, course_uploads.get_place, write=False, upload_id=upload_id)
    content = await _content(request, course_uploads.PIECE, "这一段过大，请刷新页面后继续上传。")
    if not content or offset + len(content) > place.size:
        raise Invalid({"file": "这一段与文件的大小不符，请重新选择文件。"})
    try:
        token = token_of(request)
        return _told(await asyncio.to_thread(_store, token, upload_id, offset, content))
    except Conflict as error:
        now = await act(request, course_uploads.get_progress, write=False, upload_id=upload_id)
        return failure(error, received=now.received)


@answered
async def progress(request: Request) -> Response:
    """How far an upload is."""
    upload_id = _number(request.query_params.get("upload", ""))
    return _told(await act(request, course_uploads.get_progress, write=False, upload_id=upload_id))


@answered
async def finish(request: Request) -> Response:
    """Hand a wholly received file over to be looked at."""
    form = await form_of(request)
    upload_id = _number(form.get("upload", ""))
    return _told(await act(request, course_uploads.finish, upload_id=upload_id))


@answered
async def cancel(request: Request) -> Response:
    """Stop an upload, or clear away what was said of one that failed."""
    form = await form_of(request)
    await act(request, course_uploads.cancel, upload_id=_number(form.get("upload", "")))
    return JSONResponse({"ok": True}, headers=FRESH)


@answered
async def questions(request: Request) -> Response:
    """Take a table of questions in; what was wrong stands on the page afterwards."""
    throttles.take(throttles.COURSE_UPLOADS, token_of(request))
    lesson_id = _number(request.query_params.get("lesson", ""))
    name = request.query_params.get("name", "")[:300]
    await act(request, course_questions.require_open, write=False, lesson_id=lesson_id)
    content = await _content(
        request, question_sheets.MOST_BYTES, "文件超过2兆字节，请分成几个文件导入。"
    )
    rows = await asyncio.to_thread(question_sheets.read, content, name=name)
    added = await act(
        request, course_questions.take_in, lesson_id=lesson_id, name=name,
        lines=[Line(*row) for row in rows],
    )  # fmt: skip
    return JSONResponse({"ok": True, "added": added}, headers=FRESH)


@answered
async def poster(request: Request) -> Response:
    """Take a picture for a lesson, made anew like every other picture."""
    throttles.take(throttles.COURSE_UPLOADS, token_of(request))
    lesson_id = _number(request.query_params.get("lesson", ""))
    await act(request, course_questions.require_open, write=False, lesson_id=lesson_id)
    content = await _content(request, evidence_files.LARGEST, "文件超过10兆字节，请压缩后再上传。")
    if content.lstrip()[:5] == b"%PDF-":
        raise Invalid({"file": "封面只能上传照片或图片。"})
    made = await asyncio.to_thread(evidence_files.accept, content)
    file = await asyncio.to_thread(file_store.put_bytes, made.preview, suffix=".jpg")
    await act(request, course_films.set_poster, lesson_id=lesson_id, file=file)
    return JSONResponse({"ok": True}, headers=FRESH)


async def file(request: Request) -> Response:
    """Send a film in byte ranges, or a poster, to those who may look at it."""
    part, lesson_id = request.path_params["part"], request.path_params["lesson_id"]
    try:
        if part not in ("film", "poster"):
            raise NotFound()
        name = await act(
            request, course_films.get_film, write=False, lesson_id=lesson_id, part=part
        )
        kind = "video/mp4" if part == "film" else "image/jpeg"
        return await kept_file(name, media_type=kind, headers=KEPT)
    except AppError as error:
        log.warning("refused", path="/files/courses", error=type(error).__name__)
        return failure(error)


@answered
async def template(request: Request) -> Response:
    """An empty table of questions to fill in."""
    await act(request, course_lists.list_offices, write=False)
    path = draft()
    await asyncio.to_thread(question_sheets.write_template, path)
    return sent(path, "弹题导入模板.xlsx")


@answered
async def package(request: Request) -> Response:
    """A course as one file, packed while it is sent."""
    throttles.take(throttles.EXPORTS, token_of(request))
    course_id = request.path_params["course_id"]
    found = await act(request, course_packages.open_export, course_id=course_id)
    films = {name: await asyncio.to_thread(package_writer.kept_film, file)
             for name, file in found.films.items()}  # fmt: skip
    name = quote(f"{found.title}-第{found.edition}版.zip")
    headers = HEADERS | {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    content = package_writer.stream(found.manifest, films)
    return StreamingResponse(content, media_type="application/zip", headers=headers)


ROUTES: list[Route] = [
    Route(routes.COURSE_UPLOAD, begin, methods=["POST"]),
    Route(routes.COURSE_PIECE, piece, methods=["POST"]),
    Route(routes.COURSE_ASK, progress, methods=["GET"]),
    Route(routes.COURSE_FINISH, finish, methods=["POST"]),
    Route(routes.COURSE_CANCEL, cancel, methods=["POST"]),
    Route(routes.COURSE_QUESTIONS, questions, methods=["POST"]),
    Route(routes.COURSE_POSTER, poster, methods=["POST"]),
    Route(routes.COURSE_TEMPLATE, template, methods=["GET"]),
    Route(routes.COURSE_PACKAGE, package, methods=["GET"]),
    Route(routes.COURSE_FILE, file, methods=["GET"]),
]


def _store(token: str, upload_id: int, offset: int, content: bytes) -> Progress:
    def place() -> course_uploads.Place:
        return run_as(token, course_uploads.get_place, False, upload_id=upload_id)

    with course_uploads.one_at_a_time(place()):
        # Looked up again while nobody else writes.
        here = place()
        if offset != here.received:
            raise Conflict("这一段已经收到，请从平台记录的位置继续。")
        pieces.write(here.path, offset, content)
        return run_as(
            token, course_uploads.count_piece, True, upload_id=upload_id, offset=offset,
            length=len(content),
        )  # fmt: skip


def _told(said: Progress) -> Response:
    told: dict[str, Any] = {
        "ok": True, "upload": said.upload, "received": said.received, "size": said.size,
        "status": said.status, "piece": course_uploads.PIECE,
    }  # fmt: skip
    return JSONResponse(told, headers=FRESH)


async def _content(request: Request, most: int, sentence: str) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise Invalid({"file": sentence})
    return bytes(content)


def _number(word: str) -> int:
    # Up to what a film may be long; ids are far below.
    return int(word) if word.isascii() and word.isdigit() and len(word) < 13 else 0
