"""What stands behind nginx in these tests: it remembers what reached it, answers as told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    length: int
    first_byte_at: float


@dataclass
class Upstream:
    """A service made of one function."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Answer] = lambda asked: (200, {}, asked.path.encode())
    # Set once the first bytes of a body are there.
    begun: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """What was asked for, without the query."""
        return [each.path.partition("?")[0] for each in self.asked]


@contextmanager
def upstream() -> Iterator[Upstream]:
    """A service of this test's own, until the block ends."""
    made = Upstream(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            length, at = int(self.headers.get("Content-Length", 0)), 0.0
            read = 0
            while read < length:
                part = self.rfile.read1(min(65536, length - read))
                if not part:
                    return
                at = at or time.monotonic()
                made.begun.set()
                read += len(part)
            asked = Asked(self.command, self.path, dict(self.headers.items()), read, at)
            made.asked.append(asked)
            if self.headers.get("Upgrade"):
                self.send_response(101)
                self.send_header("Upgrade", self.headers["Upgrade"])
                self.send_header("Connection", self.headers["Connection"])
                self.end_headers()
                self.wfile.flush()
                self.rfile.read1(1)
                self.close_connection = True
                return
            status, headers, body = made.answer(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_POST = do_HEAD = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request: object, client_address: object) -> None:
            """A line that a test lets break is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
