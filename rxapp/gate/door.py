"""The outermost door: which paths exist, who may post, how much, how often.

Runs before Reflex and before any body is read, so that what is refused here costs nothing.
"""

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rxapp import routes
from rxapp.adapters import evidence_files, metrics, question_sheets
from rxapp.errors import TooMany
from rxapp.gate import addresses, throttles, tracing
from rxapp.rules import collected, notices, plans
from rxapp.services import course_uploads
from rxapp.settings import settings

MAX_BODY = 64 * 1024
# Reflex's own doors that this product does not use; nothing is ever uploaded through them.
SHUT = ("/_upload", "/_health", "/ping", "/auth-codespace", "/_all_routes")
SOCKET = "/_event"
POSTS = (
    "/auth/", "/api/watch/", "/api/certificate/", "/api/apply/", "/api/export/",
    "/api/cases/", routes.EVIDENCE_UPLOAD, routes.COLLECT_UPLOAD, "/api/claims/",
    routes.API_STANDING,
    "/api/notices/",
    routes.PLAN_UPLOAD,
    "/api/rosters/",
    "/api/courses/",
)  # fmt: skip
# The few paths that take more, by exact name; a little more than the file itself for its frame.
LARGER = {
    routes.EVIDENCE_UPLOAD: 10 * 1024 * 1024 + 16 * 1024,
    routes.CLAIM_UPLOAD: 10 * 1024 * 1024 + 16 * 1024,
    routes.COLLECT_UPLOAD: collected.MOST_BYTES,
    # And one that takes less: a number, a name and some years.
    routes.API_STANDING: 4 * 1024,
    routes.NOTICE_UPLOAD: notices.LARGEST_FILE + 16 * 1024,
    # Twenty thousand characters, each nine letters long once it is sent.
    routes.NOTICE_SAVE: 256 * 1024,
    routes.NOTICE_PUBLISH: 256 * 1024,
    routes.PLAN_UPLOAD: plans.MOST_BYTES,
    routes.ROSTER_UPLOAD: 8 * 1024 * 1024,
    routes.COURSE_PIECE: course_uploads.PIECE,
    routes.COURSE_QUESTIONS: question_sheets.MOST_BYTES,
    routes.COURSE_POSTER: evidence_files.LARGEST,
}

log = structlog.get_logger()


class Door:
    """Refuses unknown doors, foreign origins, large bodies and floods before anything is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request or websocket."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = addresses.address_of(scope)
        fault = _foreign(scope) or not scope["path"].startswith(SOCKET)
        if fault or not _room(throttles.CONNECTS, address):
            metrics.REFUSALS.add("socket_foreign")
            log.warning("socket refused", route=tracing.route_of(scope["path"], scope))
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope)
        if refusal is not None:
            status, word, message = refusal
            metrics.REFUSALS.add(f"door_{word}")
            # The path itself may hold whatever somebody typed.
            log.warning(
                "door refused", route=tracing.route_of(scope["path"], scope), why=word,
                status=status,
            )  # fmt: skip
            answer = JSONResponse({"error": word, "message": message, "fields": {}}, status)
            await answer(scope, receive, send)
            return
        await self.app(scope, _counted(receive, _most(scope["path"])), send)


class BodyTooLarge(Exception):
    """More bytes arrived than were announced or are allowed."""


def _refusal(scope: Scope) -> tuple[int, str, str] | None:
    path, method = scope["path"], scope["method"]
    if any(path == shut or path.startswith(f"{shut}/") for shut in SHUT):
        return 404, "not_found", "没有这个页面。"
    if path.startswith(SOCKET):
        return 404, "not_found", "没有这个页面。"
    if "\0" in path or b"%00" in scope.get("query_string", b""):
        return 400, "not_plain", "地址中有无法识别的字符，请从页面重新打开。"
    if method in ("GET", "HEAD"):
        return None
    if method != "POST" or not path.startswith(POSTS):
        return 405, "not_allowed", "不支持这种操作。"
    if _foreign(scope):
        return 403, "foreign", "请求来源不正确，请从本系统的页面操作。"
    length = addresses.headers_of(scope).get("content-length", "")
    if not length.isdigit() or int(length) > _most(path):
        return 413, "too_large", "提交的内容过大，请减小后再试。"
    return None


def _foreign(scope: Scope) -> bool:
    """Whether a page of somebody else sent this; without an Origin only non-browsers come."""
    headers = addresses.headers_of(scope)
    origin = headers.get("origin", "")
    if origin:
        return origin not in allowed_origins()
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def allowed_origins() -> frozenset[str]:
    """The exact addresses our own pages come from."""
    address = settings().address
    local = {f"http://localhost:{settings().port}", f"http://127.0.0.1:{settings().port}"}
    return frozenset({address} | (local if address.startswith("http://localhost") else set()))


def _room(limit: throttles.Limit, key: str) -> bool:
    try:
        throttles.take(limit, key)
    except TooMany:
        return False
    return True


def _most(path: str) -> int:
    return LARGER.get(path, MAX_BODY)


def _counted(receive: Receive, most: int) -> Receive:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > most:
                raise BodyTooLarge
        return message

    return counted
