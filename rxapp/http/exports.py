"""Lists of one's own subtree as workbooks; what was taken out is recorded before it is sent."""

import asyncio
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import clock, routes
from rxapp.adapters import sheets_out
from rxapp.gate import throttles
from rxapp.http.account import answered
from rxapp.http.acting import act, run_as, token_of
from rxapp.http.collect import draft, sent
from rxapp.services import (
    audit_log,
    behind_export,
    exporting,
    own_export,
    roster_export,
    statistics_export,
)
from rxapp.services.audit_log import AuditLine, Wanted
from rxapp.services.exporting import START, Chunk, Cover, Place
from rxapp.services.own_export import OwnSheet

ROUNDS = 3
AUDIT_HEADING = ("序号", "时间", "操作", "操作人", "单位", "对象")
Next = Callable[[Place], Chunk]


@answered
async def people(request: Request) -> Response:
    """The people of one's own subtree."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    full, reason = form.get("full", [""])[0] == "1", form.get("reason", [""])[0]
    cover = await act(request, exporting.open_people, write=False, full=full, reason=reason)
    _count(request)
    token = token_of(request)

    def read(after: Place) -> Chunk:
        return run_as(token, exporting.list_people, False, full=full, after=after)

    def note(count: int, ids: list[int]) -> None:
        run_as(token, exporting.note_people, True, count=count, full=full, reason=reason, ids=ids)

    return await _made("人员名单", cover, read, note)


@answered
async def organisations(request: Request) -> Response:
    """The organisations of one's own subtree."""
    cover = await act(request, exporting.open_organisations, write=False)
    _count(request)
    token = token_of(request)

    def read(after: Place) -> Chunk:
        return run_as(token, exporting.list_organisations, False, after=after)

    def note(count: int, _ids: list[int]) -> None:
        run_as(token, exporting.note_organisations, True, count=count)

    return await _made("单位名单", cover, read, note)


@answered
async def audit(request: Request) -> Response:
    """The audit log of one's own subtree, as the screen's filters say."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    wanted = Wanted(**{each.name: form.get(each.name, [""])[0][:80] for each in fields(Wanted)})
    _count(request)
    rows = await act(request, audit_log.list_for_export, wanted=wanted)
    path = draft()
    try:
        await asyncio.to_thread(_write_audit, path, rows)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return sent(path, f"操作日志{clock.today():%Y%m%d}.xlsx")


@answered
async def behind(request: Request) -> Response:
    """Who of one employer is behind in a year."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    words = {name: form.get(name, [""])[0] for name in ("organisation_id", "year")}
    wanted = {name: int(word) if _is_number(word) else 0 for name, word in words.items()}
    cover = await act(request, behind_export.open_list, write=False, **wanted)
    _count(request)
    token = token_of(request)

    def read(_after: Place) -> Chunk:
        return run_as(token, behind_export.list_rows, False, **wanted)

    def note(count: int, _ids: list[int]) -> None:
        run_as(token, behind_export.note_list, True, count=count, **wanted)

    return await _made("年度未完成名单", cover, read, note)


@answered
async def roster(request: Request) -> Response:
    """Who attended one class."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    word = form.get("project_id", [""])[0]
    wanted = {"project_id": int(word) if _is_number(word) else 0}
    cover = await act(request, roster_export.open_list, write=False, **wanted)
    _count(request)
    token = token_of(request)

    def read(after: Place) -> Chunk:
        return run_as(token, roster_export.list_rows, False, after=after, **wanted)

    def note(count: int, _ids: list[int]) -> None:
        run_as(token, roster_export.note_list, True, count=count, **wanted)

    return await _made("培训名册", cover, read, note)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 9


@answered
async def own(request: Request) -> Response:
    """All that is kept about the signed-in person, for himself."""
    _count(request)
    sheets = await act(request, own_export.list_sheets)
    path = draft()
    try:
        await asyncio.to_thread(_write_sheets, path, sheets)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return sent(path, f"我的继续教育信息{clock.today():%Y%m%d}.xlsx")


@answered
async def statistics(request: Request) -> Response:
    """How one office and all below it stand in a year."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    words = {name: form.get(name, [""])[0] for name in ("organisation_id", "year")}
    wanted = {name: int(word) if _is_number(word) else 0 for name, word in words.items()}
    _count(request)
    sheets = await act(
        request, statistics_export.list_sheets, organisation_id=wanted["organisation_id"],
        year=wanted["year"],
    )  # fmt: skip
    path = draft()
    try:
        await asyncio.to_thread(_write_sheets, path, sheets)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return sent(path, f"完成情况{clock.today():%Y%m%d}.xlsx")


def _write_sheets(path: Path, sheets: list[OwnSheet]) -> None:
    with sheets_out.workbook(path, *(sheet.name for sheet in sheets)) as tables:
        for table, sheet in zip(tables, sheets, strict=True):
            table.heading(sheet.heading)
            for row in sheet.rows:
                table.row(row)


def _write_audit(path: Path, rows: list[AuditLine]) -> None:
    with sheets_out.workbook(path, "操作日志") as (table,):
        table.row(["操作日志"])
        table.row([f"共{len(rows)}行　{clock.local(clock.now()):%Y-%m-%d %H:%M} 导出"])
        table.heading(AUDIT_HEADING)
        for row in rows:
            table.row((row.id, row.at, row.action, row.who, row.office, row.about))


async def _made(
    name: str, cover: Cover, read: Next, note: Callable[[int, list[int]], None]
) -> Response:
    path = draft()
    try:
        ids = await asyncio.to_thread(_write, path, cover, read)
        await asyncio.to_thread(note, len(ids), ids)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return sent(path, f"{name}{clock.today():%Y%m%d}.xlsx")


def _write(path: Path, cover: Cover, read: Next) -> list[int]:
    """Write the list; its head says how many rows follow, so a list that grew is written again."""
    count, ids = cover.count, [0]
    for _ in range(ROUNDS):
        ids = _write_once(path, cover, count, read)
        if len(ids) == count:
            break
        count = len(ids)
    return ids


def _write_once(path: Path, cover: Cover, count: int, read: Next) -> list[int]:
    ids: list[int] = []
    place: Place | None = START
    with sheets_out.workbook(path, "名单") as (table,):
        table.row([cover.title])
        table.row([f"共{count}行　{cover.taken}"])
        table.heading(cover.heading)
        while place is not None:
            chunk = read(place)
            for row in chunk.rows:
                table.row(row)
            ids += chunk.ids
            place = chunk.next
    return ids


def _count(request: Request) -> None:
    throttles.take(throttles.EXPORTS, token_of(request))


ROUTES: list[Route] = [
    Route(routes.EXPORT_PEOPLE, people, methods=["POST"]),
    Route(routes.EXPORT_ORGANISATIONS, organisations, methods=["POST"]),
    Route(routes.EXPORT_AUDIT, audit, methods=["POST"]),
    Route(routes.EXPORT_OWN, own, methods=["POST"]),
    Route(routes.EXPORT_BEHIND, behind, methods=["POST"]),
    Route(routes.EXPORT_STATISTICS, statistics, methods=["POST"]),
    Route(routes.EXPORT_ROSTER, roster, methods=["POST"]),
]
