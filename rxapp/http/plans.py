"""A plan's table over plain HTTP: sent in as it is, the empty one sent out."""

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import plan_sheets
from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.http.acting import act
from rxapp.http.collect import draft, sent
from rxapp.http.forms import answered
from rxapp.rules.permissions import Permission
from rxapp.rules.plans import MOST_BYTES
from rxapp.services import plans
from rxapp.services.actors import Actor


@answered
async def upload(request: Request) -> Response:
    """Bring the good rows of a table into a plan; the wrong ones are listed on its page."""
    throttles.take(throttles.COLLECTING, str(await act(request, _sender, write=False)))
    word, name = request.query_params.get("kind", ""), request.query_params.get("name", "")[:300]
    plan_id = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    rows = await asyncio.to_thread(_read, await _content(request), name)
    came = await act(request, plans.bring_in, plan_id=plan_id, rows=rows)
    counts = {"plan": plan_id, "added": came.added, "same": came.same, "wrong": came.wrong}
    path = f"{routes.DESK_PLANS}?{urlencode(counts)}"
    return JSONResponse({"ok": True, "next": path}, headers={"Cache-Control": "no-store"})


@answered
async def template(request: Request) -> Response:
    """An empty table to fill in."""
    await act(request, _sender, write=False)
    path = draft()
    await asyncio.to_thread(plan_sheets.write_template, path)
    return sent(path, "年度培训计划模板.xlsx")


def _read(content: bytes, name: str) -> list[tuple[int, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        return plan_sheets.read(path, name=name)


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise Invalid({"file": "文件超过1兆字节，请分成几个文件导入。"})
    if not content:
        raise Invalid({"file": "请选择要导入的文件。"})
    return bytes(content)


def _sender(_session: Session, actor: Actor) -> int:
    return actor.require(Permission.PROJECT_FILE)


ROUTES: list[Route] = [
    Route(routes.PLAN_UPLOAD, upload, methods=["POST"]),
    Route(routes.PLAN_TEMPLATE, template, methods=["GET"]),
]
