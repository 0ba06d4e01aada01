"""The real service on a data directory of the test's own, and a raw line to its websocket."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.serving import ROOT, running

BUILD = ROOT / ".web" / "build" / "client"
NAMESPACE = "/_event"
SECONDS = 10
# By its package before it is bundled, by its class names afterwards.
THEMED = re.compile(rb"@radix-ui/themes|radix-themes")


@contextmanager
def served(log: Path) -> Iterator[str]:
    """Serve what `RXAPP_*` in this process's environment says; yields the address."""
    port = int(os.environ["RXAPP_PORT"])
    begin = ("-c", "from rxapp import server; server.serve()")
    with running(*begin, environment=os.environ, port=port, log=log):
        yield f"http://localhost:{port}"


def themed(build: Path = BUILD) -> list[str]:
    """The built files that hold the framework's heavy theme; empty is right."""
    files = (path for kind in ("*.js", "*.css") for path in build.rglob(kind))
    return [str(path.relative_to(build)) for path in files if THEMED.search(path.read_bytes())]


class Line:
    """A websocket that speaks Engine.IO and Socket.IO by hand, and may say anything."""

    def __init__(self, address: str, *, cookie: str = "", token: str = "", **options: Any) -> None:
        self.token = token or str(uuid4())
        self.heard: list[str] = []
        headers = {"Cookie": f"rxapp={cookie}"} if cookie else {}
        url = f"{address.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket"
        origin = options.pop("origin", address)
        self._open = ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            connect(
                f"{url}&token={quote(self.token)}", additional_headers=headers, origin=origin,
                open_timeout=SECONDS, max_size=None, **options,
            )
        )  # fmt: skip

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def join(self, auth: Any = None) -> Line:
        """Open the namespace, as a page does."""
        self.say(f"40{NAMESPACE},{json.dumps(auth) if auth is not None else ''}")
        self.until(rf"^4[04]{NAMESPACE}")
        return self

    def say(self, packet: str | bytes) -> None:
        """Put raw bytes on the wire."""
        self.socket.send(packet)

    def emit(self, *data: Any) -> None:
        """Send a Socket.IO event of any name."""
        self.say(f"42{NAMESPACE},{json.dumps(data)}")

    def event(self, name: str, payload: Any = None, path: str = "/help", **extra: Any) -> None:
        """Send an event of Reflex's."""
        router = {"pathname": path, "asPath": path, "query": {}}
        self.emit("event", {"name": name, "payload": payload or {}, "router_data": router} | extra)

    def ask(self, name: str, answer: str, payload: Any = None, **extra: Any) -> str:
        """Send an event and wait until something matching `answer` came; all heard since then."""
        seen = len(self.heard)
        self.event(name, payload, **extra)
        self.until(answer, since=seen)
        return "\n".join(self.heard[seen:])

    def until(self, pattern: str, *, since: int | None = None) -> str:
        """Wait for a frame that matches; TimeoutError when none comes."""
        start = len(self.heard) if since is None else since
        deadline = time.monotonic() + SECONDS
        while True:
            for frame in self.heard[start:]:
                if re.search(pattern, frame):
                    return frame
            self._hear(deadline - time.monotonic())

    def rest(self, seconds: float = 0.3) -> str:
        """Everything heard, after listening a little longer."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._hear(left)
        except (TimeoutError, ConnectionClosed):
            pass
        return "\n".join(self.heard)

    def is_cut_off(self) -> bool:
        """Whether the server closes this line."""
        try:
            while True:
                self._hear(SECONDS)
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        """Hang up."""
        self._open.close()

    def _hear(self, seconds: float) -> None:
        frame = self.socket.recv(timeout=max(seconds, 0.001))
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        if text == "2":
            self.say("3")
        self.heard.append(text)
