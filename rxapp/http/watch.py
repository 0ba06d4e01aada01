"""Watching over plain HTTP: open, beat, quiz, answer; a lost answer is simply asked for again."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import database, metrics
from rxapp.errors import Invalid
from rxapp.gate import addresses, throttles
from rxapp.http.account import answered
from rxapp.http.acting import act, body_of, token_of
from rxapp.http.beats import Line
from rxapp.rules import playback
from rxapp.services import watching
from rxapp.services.sign_ins import token_hash

# A beat is under 200 bytes; nothing sent here is ever long.
MAX_BODY = 4_096
_LARGEST_ID = 2**31 - 1

_line = Line()


@answered
async def open_lesson(request: Request) -> Response:
    """Begin or go on with a lesson in this window."""
    said = await _said(request)
    lesson_id = _id(said, "lesson_id")
    return _answer(await act(request, watching.open, lesson_id=lesson_id))


@answered
async def beat(request: Request) -> Response:
    """Count what was watched since the last beat."""
    said = await _said(request)
    watch, heard = _token(said), playback.parse_beat(said)
    if database.engine().dialect.name == "sqlite":
        view = await _line.count(token_of(request), watch, heard)
        # Not asdict: it copies every field of every beat.
        quiz = asdict(view.quiz) if view.quiz else None
        return JSONResponse({**vars(view), "quiz": quiz}, headers={"Cache-Control": "no-store"})
    view = await act(request, watching.beat, watch=watch, said=heard)
    metrics.BEATS.add()
    return _answer(view)


@answered
async def quiz(request: Request) -> Response:
    """The question that is due, after a wait."""
    said = await _said(request)
    return _answer(await act(request, watching.quiz, watch=_token(said)))


@answered
async def answer(request: Request) -> Response:
    """Answer the question that is due."""
    said = await _said(request)
    showing, chosen = _id(said, "showing"), said.get("chosen")
    view = await act(request, watching.answer, watch=_token(said), showing=showing, chosen=chosen)
    metrics.QUIZZES.add("right" if view.right else "wrong")
    return _answer(view)


async def _said(request: Request) -> dict[str, Any]:
    throttles.take(throttles.WATCHING, _whose(request))
    length = request.headers.get("content-length", "")
    if not length.isdigit() or len(length) > 9 or int(length) > MAX_BODY:
        raise _unreadable()
    return await body_of(request)


def _whose(request: Request) -> str:
    token = token_of(request)
    return token_hash(token) if token else addresses.address_of(request.scope)


def _token(said: dict[str, Any]) -> str:
    token = said.get("watch")
    if not isinstance(token, str) or not 0 < len(token) <= 64:
        raise _unreadable()
    return token


def _id(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if type(value) is not int or not 0 < value <= _LARGEST_ID:
        raise _unreadable()
    return value


def _unreadable() -> Invalid:
    return Invalid(message="提交的内容无法识别，已计入的学习时间不变，请刷新页面后再试。")


def _answer(view: Any) -> Response:
    return JSONResponse(asdict(view), headers={"Cache-Control": "no-store"})


ROUTES: list[Route] = [
    Route(routes.WATCH_OPEN, open_lesson, methods=["POST"]),
    Route(routes.WATCH_BEAT, beat, methods=["POST"]),
    Route(routes.WATCH_QUIZ, quiz, methods=["POST"]),
    Route(routes.WATCH_ANSWER, answer, methods=["POST"]),
]
