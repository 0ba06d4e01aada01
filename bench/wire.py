"""The two things a browser does all day, as cheaply as Python can: post JSON, speak Reflex.

A load generator shares its machine with the server it measures, so these speak HTTP/1.1 and
Engine.IO over bare sockets: about a tenth of what a full client library costs.
"""

import asyncio
import base64
import json
import os
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

REFLEX_VERSION = "0.10.1"
_SPACE = "/_event"
_HYDRATE = "reflex___state____state.hydrate_and_load"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
# RFC 6455 wants client frames masked; a mask of zeros leaves the payload as it is.
_NO_MASK = b"\0\0\0\0"
Protocol = TypeVar("Protocol", bound=asyncio.Protocol)


class Lost(Exception):
    """The server closed the connection or answered something else than was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    head: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Door:
    """Where a server of this machine listens, and how it is called; with TLS behind a proxy."""

    port: int
    name: str = "127.0.0.1"
    trust: ssl.SSLContext | None = None

    @property
    def host(self) -> str:
        """As the `Host` header says it."""
        return f"{self.name}:{self.port}"

    @property
    def origin(self) -> str:
        """As the `Origin` header says it."""
        return f"{'https' if self.trust else 'http'}://{self.host}"

    async def connect(self, protocol: Callable[[], Protocol]) -> Protocol:
        """A connection of one kind."""
        named = self.name if self.trust else None
        _, made = await asyncio.get_running_loop().create_connection(
            protocol, "127.0.0.1", self.port, ssl=self.trust, server_hostname=named
        )
        return made


class Line(asyncio.Protocol):
    """One HTTP keep-alive connection; one request at a time."""

    def __init__(self, door: Door, address: str = "") -> None:
        self._door = door
        self._from = f"X-Forwarded-For: {address}\r\n" if address else ""
        self._buffer = b""
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport

    @classmethod
    async def open(cls, door: Door, address: str = "") -> Self:
        """Connect to a server on this machine; `address` is what a proxy would have noted."""
        return await door.connect(lambda: cls(door, address))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(Lost(str(exc)))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or self._waiting is None:
            return
        length = _content_length(head)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        if not self._waiting.done():
            self._waiting.set_result(Answer(int(head[9:12]), rest[:length], head))

    async def post(self, path: str, cookie: str, said: dict[str, Any]) -> Answer:
        """Post JSON as a signed-in page does."""
        return await self.send(path, cookie, json.dumps(said).encode(), "application/json")

    async def send(self, path: str, cookie: str, body: bytes, kind: str) -> Answer:
        """Post a body of a kind."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._door.host}\r\nOrigin: {self._door.origin}\r\n"
            f"{self._from}"
            f"Cookie: {cookie}\r\nContent-Type: {kind}\r\nAccept: application/json\r\n"
            f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + body)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


class Socket(asyncio.Protocol):
    """One tab's websocket, speaking Socket.IO as Reflex's own page does; one event at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._upgraded = False
        self._router = {"pathname": "/", "asPath": "/"}
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._transport: asyncio.Transport

    @classmethod
    async def open(
        cls, door: Door, *, token: str, cookie: str = "", address: str = "", page: str = "/"
    ) -> Self:
        """Connect, hydrate and load a page; `address` is what a proxy would have noted."""
        made = await door.connect(cls)
        made._router = {"pathname": page, "asPath": page}
        made._transport.write(_handshake(door, token, cookie, address))
        await made._expect("0{")
        boot = {"name": _HYDRATE, "payload": {}, "router_data": made._router}
        made._say(f"40{_SPACE}," + json.dumps({"event": boot}))
        await made._expect(f"40{_SPACE}")
        await made._expect('"is_hydrated_rx_state_":true')
        return made

    async def fire(self, state: str, handler: str, **payload: Any) -> str:
        """Send one event and wait for the update of its state."""
        event = {"name": f"{state}.{handler}", "payload": payload, "router_data": self._router}
        self._say(f"42{_SPACE}," + json.dumps(["event", event]))
        return await self._expect(f'"{state}":{{')

    def close(self) -> None:
        """Close the tab."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self._frames.put_nowait(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        while (frame := _next_frame(self._buffer)) is not None:
            self._hear(*frame)

    async def _expect(self, part: str) -> str:
        while (text := await self._frames.get()) is not None:
            if part in text:
                return text
        raise Lost(f"no {part}")

    def _upgrade(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._buffer.startswith(b"HTTP/1.1 101"):
            self._frames.put_nowait(None)
            return False
        del self._buffer[: end + 4]
        self._upgraded = True
        return True

    def _hear(self, kind: int, payload: bytes) -> None:
        if kind == _PING:
            self._send(_PONG, payload)
        elif kind == _CLOSE:
            self._transport.close()
        elif payload == b"2":
            self._say("3")
        else:
            self._frames.put_nowait(payload.decode())

    def _say(self, text: str) -> None:
        self._send(_TEXT, text.encode())

    def _send(self, kind: int, payload: bytes) -> None:
        self._transport.write(_head(kind, len(payload)) + _NO_MASK + payload)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise Lost("an answer without a length")


def _handshake(door: Door, token: str, cookie: str, address: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {_SPACE}/?token={token}&EIO=4&transport=websocket HTTP/1.1",
        f"Host: {door.host}",
        f"Origin: {door.origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Protocol: {REFLEX_VERSION}",
        *([f"Cookie: {cookie}"] if cookie else []),
        *([f"X-Forwarded-For: {address}"] if address else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _head(kind: int, length: int) -> bytes:
    if length < 126:
        return struct.pack(">BB", 0x80 | kind, 0x80 | length)
    if length < 65_536:
        return struct.pack(">BBH", 0x80 | kind, 0x80 | 126, length)
    return struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, length)


def _next_frame(buffer: bytearray) -> tuple[int, bytes] | None:
    """Take one whole frame off the front of what was received, if there is one."""
    if len(buffer) < 2:
        return None
    start, length = 2, buffer[1] & 0x7F
    if length >= 126:
        start, form = (4, ">H") if length == 126 else (10, ">Q")
        if len(buffer) < start:
            return None
        (length,) = struct.unpack_from(form, buffer, 2)
    if len(buffer) < start + length:
        return None
    kind, payload = buffer[0] & 0x0F, bytes(buffer[start : start + length])
    del buffer[: start + length]
    return kind, payload
