"""Who attended, over plain HTTP: a table sent in and taken, wrong rows sent out, today's code."""

import asyncio
import os
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import clock, routes
from rxapp.adapters import sheets_in, sheets_out
from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.http.acting import act, token_of
from rxapp.http.collect import draft, named_or, sent
from rxapp.http.forms import answered, form_of, lead_to
from rxapp.rules.collected import Kind
from rxapp.rules.rosters import ClassHours
from rxapp.services import check_ins, roster_files, roster_imports, rosters
from rxapp.services.roster_files import Kept
from rxapp.services.roster_imports import Draft

MOST_BYTES = 8 * 1024 * 1024
LONGEST_NAME = 120
NO_STORE = {"Cache-Control": "no-store"}


@answered
async def upload(request: Request) -> Response:
    """Look a table through; what is in it is written down nowhere but in the sealed file."""
    project_id = _number(request.query_params.get("project_id", ""))
    # Asked before anything is read: whoever may not is refused at once.
    offered = await act(request, roster_imports.open_class, write=False, project_id=project_id)
    throttles.take(throttles.COLLECTING, token_of(request))
    name = _file_name(request.query_params.get("name", ""))
    content = await _content(request)
    drafts = await asyncio.to_thread(_read, content, name, offered)
    looked = await act(
        request, roster_imports.look, write=False, project_id=project_id, drafts=drafts
    )
    file = await asyncio.to_thread(roster_files.seal, content, name=name)
    async with named_or(lambda file: roster_files.discard([file]), file):
        file_id, gone = await act(
            request, roster_files.keep, project_id=project_id, file=file, file_name=name,
            looked=looked,
        )  # fmt: skip
    await asyncio.to_thread(roster_files.discard, gone)
    return lead_to(f"{routes.desk_roster(project_id, 'import')}?file={file_id}")


@answered
async def take(request: Request) -> Response:
    """Take in what is right, some rows at a time; pressed twice it changes nothing more."""
    form = await form_of(request)
    file_id = _number(form.get("file", ""))
    kept = await act(request, roster_files.get_kept, write=False, file_id=file_id)
    throttles.take(throttles.COLLECTING, token_of(request))
    project_id = kept.project_id
    if kept.taken:
        # Sent once more by a page that was left open: what was ticked since stays.
        return lead_to(routes.desk_roster(project_id))
    offered = await act(request, roster_imports.open_class, write=False, project_id=project_id)
    drafts = await asyncio.to_thread(_read_kept, kept, offered)
    looked = await act(
        request, roster_imports.look, write=False, project_id=project_id, drafts=drafts
    )
    for entries in roster_imports.batched(looked.entries):
        await act(request, roster_imports.take, project_id=project_id, entries=entries)
    await act(request, roster_files.end, file_id=file_id)
    return lead_to(routes.desk_roster(project_id))


@answered
async def template(request: Request) -> Response:
    """An empty table to fill in."""
    await act(request, rosters.require_clerk, write=False)
    path = draft()
    await asyncio.to_thread(sheets_out.write_template, path, Kind.ROSTER)
    return sent(path, "培训名册模板.xlsx")


@answered
async def faults(request: Request) -> Response:
    """The wrong rows as they were, each with its reason, to correct and send again."""
    kept = await act(
        request, roster_files.get_kept, write=False, file_id=request.path_params["file_id"]
    )
    path = draft()
    await asyncio.to_thread(_write_faults, path, kept)
    return sent(path, f"{Path(kept.file_name).stem}-待更正.xlsx")


@answered
async def check_in_screen(request: Request) -> Response:
    """The code of this moment and how many are in, for the teacher's screen."""
    throttles.take(throttles.CHECK_IN_SCREEN, token_of(request))
    code = await act(
        request, check_ins.get_code, write=False, project_id=request.path_params["project_id"]
    )
    return JSONResponse(
        {
            "picture": code.picture, "seconds": code.seconds, "count": code.count,
            "not_enrolled": code.not_enrolled, "at": f"{clock.local(clock.now()):%H:%M:%S}",
        },
        headers=NO_STORE,
    )  # fmt: skip


def _read(content: bytes, name: str, offered: ClassHours) -> list[Draft]:
    handle = os.memfd_create("roster")
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(content)
        return roster_imports.read(Path(f"/proc/self/fd/{handle}"), name=name, offered=offered)
    finally:
        os.close(handle)


def _read_kept(kept: Kept, offered: ClassHours) -> list[Draft]:
    with roster_files.opened(kept.file) as path:
        return roster_imports.read(path, name=kept.file_name, offered=offered)


def _write_faults(path: Path, kept: Kept) -> None:
    with roster_files.opened(kept.file) as source:
        sheet = sheets_in.open_sheet(source, name=kept.file_name, kind=Kind.ROSTER)
        wrong = ((row, kept.reasons[row.line]) for row in sheet.rows() if row.line in kept.reasons)
        sheets_out.write_faults(path, sheet.heading, wrong)


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise Invalid({"file": "文件超过8兆字节，请分成几个文件导入。"})
    if not content:
        raise Invalid({"file": "请选择要导入的文件。"})
    return bytes(content)


def _file_name(typed: str) -> str:
    bare = " ".join(typed[:300].replace("\\", "/").rpartition("/")[2].split())
    stem, dot, suffix = bare.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z]{2,5}", suffix):
        raise Invalid({"file": "只能导入 .xlsx 或 .csv 文件，请另存后再上传。"})
    return f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix}"


def _number(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0


ROUTES: list[Route] = [
    Route(routes.ROSTER_UPLOAD, upload, methods=["POST"]),
    Route(routes.ROSTER_TAKE, take, methods=["POST"]),
    Route(routes.ROSTER_TEMPLATE, template, methods=["GET"]),
    Route(routes.ROSTER_FAULTS, faults, methods=["GET"]),
    Route(routes.CHECK_IN_SCREEN, check_in_screen, methods=["GET"]),
]
