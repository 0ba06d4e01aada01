"""A lesson's video, in byte ranges, to the very sign-in its address was made for."""

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import routes
from rxapp.errors import AppError, NotPermitted, NotSignedIn
from rxapp.http.acting import act, failure
from rxapp.http.kept_files import kept_file
from rxapp.services import watching

log = structlog.get_logger()

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def video(request: Request) -> Response:
    """Send the part of the video that is asked for; 403 once the sign-in has ended."""
    lesson_id, ticket = request.path_params["lesson_id"], request.path_params["ticket"]
    try:
        name = await act(
            request, watching.get_video, write=False, lesson_id=lesson_id, ticket=ticket
        )
        return await kept_file(name, media_type="video/mp4", headers=HEADERS)
    except AppError as error:
        log.warning("refused", path="/media", lesson=lesson_id, error=type(error).__name__)
        # A player cannot sign in again: to it an ended sign-in is an address that no longer works.
        return failure(NotPermitted(error.message) if isinstance(error, NotSignedIn) else error)


ROUTES: list[Route] = [Route(routes.VIDEO, video, methods=["GET"])]
