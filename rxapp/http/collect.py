"""Files of people and organisations: sent in as they are, templates and wrong rows sent out."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import sealed_files, sheets_in, sheets_out
from rxapp.errors import AppError, Invalid, Unavailable
from rxapp.gate import throttles
from rxapp.http.account import answered
from rxapp.http.acting import act
from rxapp.rules import collected
from rxapp.rules.permissions import Permission
from rxapp.services import collections
from rxapp.services.actors import Actor

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 256 * 1024
HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@answered
async def upload(request: Request) -> Response:
    """Take one file in; the answer says where to see how far it is."""
    # Asked before anything is read: a stranger's thirty megabytes are not waited for.
    kind = request.query_params.get("kind", "")
    sender = await act(request, collections.require_sender, write=False, kind=kind)
    throttles.take(throttles.COLLECTING, str(sender))
    name = request.query_params.get("name", "")[:300]
    content = await _content(request)
    file = await asyncio.to_thread(collections.seal, content, file_name=name)
    async with named_or(collections.discard, file):
        run_id = await act(request, collections.begin, kind=kind, file=file, file_name=name)
    return JSONResponse(
        {"ok": True, "next": routes.desk_collection(run_id)}, headers={"Cache-Control": "no-store"}
    )


@answered
async def template(request: Request) -> Response:
    """An empty table to fill in."""
    kind = collected.parse_kind(request.path_params["kind"])
    await act(request, _sender, write=False)
    path = draft()
    await asyncio.to_thread(sheets_out.write_template, path, kind)
    return sent(path, f"{kind.label}采集模板.xlsx")


@answered
async def faults(request: Request) -> Response:
    """The wrong rows as they were, each with its reason, to correct and send again."""
    found = await act(
        request, collections.get_faults, write=False, run_id=request.path_params["collection_id"]
    )
    path = draft()
    await asyncio.to_thread(_write_faults, path, found)
    return sent(path, f"{Path(found.file_name).stem}-待更正.xlsx")


@answered
async def sample(request: Request) -> Response:
    """The demo's faulty file, to try with."""
    found = await act(request, collections.get_sample, write=False)
    return FileResponse(found, media_type=WORKBOOK, filename="人员试用文件.xlsx", headers=HEADERS)


@asynccontextmanager
async def named_or(discard: Callable[[str], None], file: str) -> AsyncIterator[None]:
    """Have a row name a file that is kept already; refused, the file is discarded."""
    try:
        yield
    except AppError as error:
        # Where the database did not answer the row may be there after all.
        if not isinstance(error, Unavailable):
            await asyncio.to_thread(discard, file)
        raise


def draft() -> Path:
    """A file of our own to write to, gone once it was sent."""
    handle, name = tempfile.mkstemp(suffix=".xlsx")
    with open(handle, "wb"):
        return Path(name)


def sent(path: Path, name: str) -> Response:
    """Send a written file; it is off the disk before the first byte leaves."""
    file = path.open("rb")
    size = path.stat().st_size
    path.unlink()
    headers = HEADERS | {
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}",
    }
    return StreamingResponse(_chunks(file), media_type=WORKBOOK, headers=headers)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > collected.MOST_BYTES:
            raise Invalid({"file": "文件超过32兆字节，请分成几个文件导入。"})
    if not content:
        raise Invalid({"file": "请选择要导入的文件。"})
    return bytes(content)


def _write_faults(path: Path, found: collections.FaultFile) -> None:
    with sealed_files.opened(
        found.file, root=collections.folder(), context=collections.CONTEXT
    ) as source:
        sheet = sheets_in.open_sheet(source, name=found.file_name, kind=found.kind)
        wrong = (
            (row, found.reasons[row.line]) for row in sheet.rows() if row.line in found.reasons
        )
        sheets_out.write_faults(path, sheet.heading, wrong)


def _sender(_session: Session, actor: Actor) -> int:
    return actor.require(Permission.COLLECT)


ROUTES: list[Route] = [
    Route(routes.COLLECT_UPLOAD, upload, methods=["POST"]),
    Route(routes.COLLECT_TEMPLATE, template, methods=["GET"]),
    Route(routes.COLLECT_FAULTS, faults, methods=["GET"]),
    Route(routes.COLLECT_SAMPLE, sample, methods=["GET"]),
]
