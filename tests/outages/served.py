"""The real service with a small town, and what its people do over HTTP and the websocket."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import update
from sqlmodel import select

from rxapp import routes
from rxapp.adapters import file_store, passwords
from rxapp.adapters.database import transaction
from rxapp.http.acting import run_as
from rxapp.models.courses import Lesson
from rxapp.services import claims, messages
from tests import servers
from tests.app import Line
from tests.gate.cast import PASSWORD, Town, installed, settle, sign_in
from tests.gate.tabs import BOOT, ROOT
from tests.serving import running

HOME = f"{ROOT}.rxapp___state___hours____home_state.load"
READ_ALL = f"{ROOT}.rxapp___state___inbox____inbox_state.read_all"
AGAIN = f"{ROOT}.rxapp___gate___outage____outage_state.again"
TOLD = r"outage_state.*sentence"
SECONDS = 60
SETTINGS = {
    "RXAPP_DEMO": "1", "RXAPP_TODAY": "2020-08-03", "RXAPP_RESERVE_MEGABYTES": "0",
    "RXAPP_DATABASE_PATIENCE_SECONDS": "1",
}  # fmt: skip


@dataclass
class Site:
    """A running service, the people in it, and one of them at work."""

    address: str
    town: Town
    log: Path
    pid: int
    cookie: str = ""
    watch: str = ""
    seq: int = 0
    claim: int = 0
    version: int = 0
    files: int = 0
    lines: list[Line] = field(default_factory=list)

    def post(self, path: str, *, cookie: bool = True, **given: Any) -> httpx.Response:
        """Send as our own pages do; the answer comes, whatever is away."""
        cookies = {"rxapp": self.cookie} if cookie else {}
        headers = {"Origin": self.address}
        return httpx.post(
            self.address + path, headers=headers, cookies=cookies, timeout=SECONDS, **given
        )

    def settle_in(self) -> None:
        """Open a lesson and begin a claim, while everything is there."""
        self.cookie = sign_in(self.town.lena)
        self.claim = run_as(self.cookie, claims.begin, True, rule_key="qualification")
        self.version = self._version()
        with transaction(write=True) as session:
            kept = file_store.put_bytes(b"film", suffix=".mp4")
            session.execute(update(Lesson).values(video_file=kept))
            for title in ("甲", "乙"):
                messages.send(session, to=self.town.lena.id, title=title, body="请查看。")
            lesson = session.exec(select(Lesson.id)).first()
        # A service that is just beginning on a busy machine may ask to be asked again.
        wait_until(lambda: self._opens(lesson))

    def _opens(self, lesson: int | None) -> bool:
        answer = self.post(routes.WATCH_OPEN, json={"lesson_id": lesson})
        assert answer.status_code in (200, 503), answer.text
        self.watch = answer.json().get("watch", "")
        return bool(self.watch)

    def sign_in(self) -> httpx.Response:
        """The form of the sign-in page."""
        form = {"identity_number": self.town.olga.number, "password": PASSWORD}
        return self.post(routes.AUTH_SIGN_IN, cookie=False, data=form)

    def beat(self, *, again: bool = False) -> httpx.Response:
        """The next beat, or the last one once more."""
        self.seq += not again
        said = {"watch": self.watch, "seq": self.seq, "position_ms": 500, "playing": True}
        return self.post(routes.WATCH_BEAT, json=said)

    def save(self) -> httpx.Response:
        """Keep what was typed in the claim."""
        typed = {"title": f"资格{time.time_ns()}", "earned_on": "2020-01-05"}
        form = {"claim": f"{self.claim}", "version": f"{self.version}"} | typed
        answer = self.post(routes.CLAIM_SAVE, data=form)
        self.version = answer.json().get("version", self.version)
        return answer

    def upload(self) -> httpx.Response:
        """One more photograph for the claim."""
        written = BytesIO()
        Image.effect_noise((300 + self.files, 300), 90).save(written, "PNG")
        self.files += 1
        sent = {"file": ("证.png", written.getvalue(), "image/png")}
        query = f"?claim={self.claim}&need=certificate"
        return self.post(routes.CLAIM_UPLOAD + query, files=sent, data={"purpose": "claim"})

    def line(self) -> Line:
        """A tab that is open and whose page is filled."""
        line = Line(self.address, cookie=self.cookie)
        self.lines.append(line)
        line.join()
        line.ask(BOOT, "is_hydrated")
        line.ask(HOME, "home_state")
        return line

    def health(self) -> float:
        """How long the service takes to say that it is there."""
        begun = time.monotonic()
        assert httpx.get(f"{self.address}/healthz", timeout=SECONDS).status_code == 200
        return time.monotonic() - begun

    def workers(self) -> list[int]:
        """The processes that serve."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        pids = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        return [pid for pid in pids if _serves(pid)]

    def acts(self) -> dict[str, Callable[[], httpx.Response]]:
        """Everything that saves."""
        return {
            "sign-in": self.sign_in, "beat": self.beat, "save": self.save, "upload": self.upload,
        }  # fmt: skip

    def _version(self) -> int:
        def get(session: Any, actor: Any) -> int:
            return claims.get_own(session, actor, self.claim).version

        return run_as(self.cookie, get, False)


def _serves(pid: int) -> bool:
    try:
        return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # gone meanwhile
        return False


@contextmanager
def site(folder: Path, data: Path | None = None, **settings: str) -> Iterator[Site]:
    """The service with its town in a database of its own; a trace in its log fails the test."""
    cost, passwords.COST = passwords.COST, 4
    port, log = servers.free_port(), folder / "service.log"
    given = SETTINGS | {"RXAPP_PORT": str(port)} | settings
    begin = ("-c", "from rxapp import server; server.serve()")
    with installed(data or folder / "data", **given):
        town = settle()
        with running(*begin, environment=os.environ, port=port, log=log) as service:
            made = Site(f"http://localhost:{port}", town, log, service.pid)
            made.settle_in()
            yield made
            for line in made.lines:
                line.close()
    passwords.COST = cost
    assert "Traceback" not in log.read_text()


def refused(answer: httpx.Response, word: str = "unavailable") -> str:
    """The sentence of an answer that says that something is away."""
    assert answer.status_code == 503, answer.text
    said = answer.json()
    assert said["error"] == word
    assert re.fullmatch(r"[^A-Za-z!！]+。", said["message"]), said
    assert "已填写的内容仍在" in said["message"]
    return said["message"]


def wait_until(holds: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait until something holds; fails when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
