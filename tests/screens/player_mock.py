"""A tiny platform for trying the player in a browser: the real rules, the real clock, no database.

It serves one page with one lesson, keeps every beat it heard, and can be told to play tricks.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import av

from rxapp.rules import playback
from rxapp.rules.playback import Limits, Progress, Tick, Verdict

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
CLIP = ROOT / "rxapp" / "demo" / "clips" / "weisheng.mp4"
TYPES = {".js": "text/javascript", ".css": "text/css", ".mp4": "video/mp4", ".svg": "image/svg+xml"}
CSP = "default-src 'self'; style-src 'self'; script-src 'self'; frame-ancestors 'none'"

QUESTIONS = [
    ("single", "洗手应当持续多少秒以上？", {"五秒": False, "二十秒": True, "一秒": False}),
    ("multiple", "下列哪些做法可以预防传染？", {"勤洗手": True, "常通风": True, "不戴口罩": False}),
    ("true_false", "含氯消毒剂可以与洁厕剂混用。", {"正确": False, "错误": True}),
]

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>学习</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/look.css">
<script type="module" src="/app.js?v=1"></script></head>
<body><main id="main"><h1>个人防护与消毒</h1>
<section class="player" data-rx="player" data-testid="player" data-lesson="12"
 data-title="个人防护与消毒" aria-label="个人防护与消毒" data-course-url="/course/3"
 data-next-url="/learn/13"></section></main></body></html>"""

FORM_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>登录</title>
<link rel="icon" href="/favicon.svg">
<script type="module" src="/app.js"></script></head><body><main><h1>登录</h1>
<form data-rx="form" action="/auth/sign-in" method="post" novalidate>
<label>身份证号码 <input name="number" data-rx="identity"></label>
<p data-rx-error-for="number"></p>
<label>密码 <input name="password" type="password"></label>
<button type="button" data-rx="reveal">显示密码</button>
<p data-rx-error-for="password"></p><p data-rx-message></p>
<button type="submit">登录</button></form>
<button type="button" data-rx="sign-out">退出</button></main></body></html>"""


def clip_length_ms() -> int:
    """The length of the lesson's film."""
    with av.open(str(CLIP)) as clip:
        return int((clip.duration or 0) // 1000)


@dataclass
class Platform:
    """What the one learner has, and what was heard from the player."""

    length_ms: int
    credited_ms: int = 0
    quiz_due_ms: int | None = None
    beat_ms: int = 500
    wait_ms: int = 900
    shortened: bool = False
    next_answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    opened: int = 0
    shown: int = 0
    waiting_until: float = 0
    completed: bool = False
    forms: list[dict[str, str]] = field(default_factory=list)
    signed_out: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.progress = Progress(self.length_ms, self.credited_ms, self.quiz_due_ms)
        self.watch = playback.open_watch(tick())
        self.url = ""

    @property
    def beats(self) -> list[dict[str, Any]]:
        """Every beat heard, in order."""
        return [body for verb, body in list(self.heard) if verb == "beat"]

    @property
    def question(self) -> tuple[str, str, dict[str, bool]]:
        """The question in turn: kind, stem, option → right."""
        return QUESTIONS[(self.shown - 1) % len(QUESTIONS)]

    def take_over(self) -> None:
        """Another device opens the lesson."""
        with self.lock:
            self.opened += 1

    def answer(self, verb: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What the platform says to one message of the player."""
        with self.lock:
            self.heard.append((verb, body))
            if verb in self.next_answers:
                return self.next_answers.pop(verb)
            if verb != "open" and body.get("watch") != f"w{self.opened}":
                return 409, {"error": "superseded", "message": "已在另一窗口打开"}
            return 200, getattr(self, f"_{verb}")(body)

    def _open(self, body: dict[str, Any]) -> dict[str, Any]:
        self.opened += 1
        self.watch = playback.open_watch(tick(), self.watch)
        return {
            "watch": f"w{self.opened}",
            "video": f"/media/{body['lesson_id']}/ticket{self.opened}",
            "beat_ms": self.beat_ms,
            "shortened": self.shortened,
            **self._standing(),
            **self._quiz_now(),
        }

    def _beat(self, body: dict[str, Any]) -> dict[str, Any]:
        beat = playback.parse_beat(body)
        limits = Limits.for_interval(self.beat_ms)
        done = playback.beat(self.progress, self.watch, tick=tick(), limits=limits, **asdict(beat))
        self.progress, self.watch = done.progress, done.watch
        self.verdicts.append(done.verdict.value)
        self.completed = self.completed or done.verdict is Verdict.FINISHED
        return {
            "verdict": done.verdict.value,
            "seek_to_ms": done.seek_to_ms,
            **self._standing(),
            **self._quiz_now(),
        }

    def _quiz(self, _body: dict[str, Any]) -> dict[str, Any]:
        return self._quiz_now()

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        _, _, options = self.question
        assert body["showing"] == self.shown
        right = {f"s{self.shown}-{n}" for n, good in enumerate(options.values()) if good}
        if set(body["chosen"]) == right:
            self.progress, self.watch = playback.pass_quiz(
                self.progress, self.watch, tick=tick(), next_due_ms=None
            )
            self.completed = self.completed or self.progress.finished
            return {"right": True, "review": None, "quiz": None, "wait_ms": 0, **self._standing()}
        self.shown += 1
        self.waiting_until = time.monotonic() + self.wait_ms / 1000
        review = {"from_ms": 0, "to_ms": 1200}
        return {
            "right": False,
            "review": review,
            "quiz": None,
            "wait_ms": self.wait_ms,
            **self._standing(),
        }

    def _standing(self) -> dict[str, Any]:
        progress = self.progress
        return {
            "credited_ms": progress.credited_ms,
            "length_ms": progress.length_ms,
            "completed": self.completed,
            "course_completed": self.completed,
            "hours": "2" if self.completed else None,
            "message": "",
        }

    def _quiz_now(self) -> dict[str, Any]:
        wait_ms = max(0, round((self.waiting_until - time.monotonic()) * 1000))
        if not self.progress.quiz_is_due or wait_ms:
            return {"quiz": None, "wait_ms": wait_ms if self.progress.quiz_is_due else 0}
        self.shown = max(1, self.shown)
        kind, stem, options = self.question
        listed = [{"id": f"s{self.shown}-{n}", "text": text} for n, text in enumerate(options)]
        quiz = {"showing": self.shown, "kind": kind, "stem": stem, "options": listed}
        return {"quiz": quiz, "wait_ms": 0}


def tick() -> Tick:
    """The clock nobody can set."""
    return Tick("test", round(time.monotonic() * 1000))


@contextmanager
def serving(platform: Platform) -> Iterator[Platform]:
    """Runs the platform on a free port of this machine and notes its address."""

    class Handler(_Handler):
        pass

    Handler.platform = platform
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    platform.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    platform: Platform
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/media/"):
            self._send_range(CLIP.read_bytes())
        elif (ASSETS / path[1:]).is_file():
            file = ASSETS / path[1:]
            self._send(200, file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream"))
        else:
            page = FORM_PAGE if path == "/form" else PAGE
            self._send(200, page.encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/api/watch/"):
            status, data = self.platform.answer(self.path.rpartition("/")[2], json.loads(raw))
        else:
            status, data = self._form(raw.decode())
        self._send(status, json.dumps(data).encode(), "application/json")

    def _form(self, raw: str) -> tuple[int, dict[str, Any]]:
        if self.path == "/auth/sign-out":
            self.platform.signed_out += 1
            return 200, {"ok": True, "next": "/form?out"}
        typed = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
        self.platform.forms.append(typed)
        time.sleep(0.2)
        if typed["password"] == "right":
            return 200, {"ok": True, "next": "/form?in"}
        fields = {"password": "密码不正确，请重新输入。"}
        return 422, {"message": "没有登录，请按提示修改。", "fields": fields}

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send_range(self, whole: bytes) -> None:
        asked = self.headers.get("Range", "bytes=0-").removeprefix("bytes=")
        first, _, last = asked.partition("-")
        start, stop = int(first), min(int(last or len(whole) - 1), len(whole) - 1)
        place = f"bytes {start}-{stop}/{len(whole)}"
        part = whole[start : stop + 1]
        self._send(206, part, TYPES[".mp4"], Content_Range=place, Accept_Ranges="bytes")
