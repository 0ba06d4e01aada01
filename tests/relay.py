"""A line to a server that can be cut and mended, so that to its clients the server is away."""

from __future__ import annotations

import contextlib
import socket
import threading


class Relay:
    """Listens on a port of 127.0.0.1 and gives everything on to another."""

    def __init__(self, to: int) -> None:
        self.to, self.port = to, 0
        self._lines: list[socket.socket] = []
        self._open: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        """Listen, on the same port as before."""
        self._open = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = self._open.getsockname()[1]
        threading.Thread(target=self._take, args=(self._open,), daemon=True).start()

    def cut(self) -> None:
        """Refuse everybody, and end what is under way."""
        ended, self._open = self._open, None
        for each in [ended, *self._lines]:
            if each:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self._lines.clear()

    def _take(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            self._lines += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while said := one.recv(1 << 16):
            other.sendall(said)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)
