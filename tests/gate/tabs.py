"""A browser's tab as Reflex sees it, without a server in between."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from uuid import uuid4

from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils import format

from rxapp.gate import cookies, outage
from rxapp.gate.policy import permission_of

ROOT = "reflex___state____state"
BOOT = f"{ROOT}.hydrate_and_load"
_numbers = count(1)


class Tab:
    """One connection: what it sends goes through the allow-list, what it is sent is kept."""

    def __init__(self, stage: "Stage", cookie: str, token: str | None) -> None:
        self.stage = stage
        self.sid = f"sid-{next(_numbers)}"
        self.token = token or str(uuid4())
        self.cookie = cookie
        self.frames: list[str] = stage.sent[self.sid]

    async def open(self, auth: Any = None) -> Any:
        """Connect, as a page does."""
        header = f"{cookies.session_cookie()}={self.cookie}".encode()
        scope = {
            "headers": [(b"cookie", header)] if self.cookie else [],
            "client": ("10.0.0.9", 1),
        }
        environ = {"asgi.scope": scope, "QUERY_STRING": f"token={self.token}"}
        answer = await self.stage.namespace.on_connect(self.sid, environ, auth)
        await self.stage.settled()
        return answer

    async def send(self, name: str, payload: Any = None, path: str = "/help", **query: str) -> str:
        """Send one event and wait for all that follows; everything answered, as one text."""
        seen = len(self.frames)
        router = {"pathname": path, "asPath": path, "query": query}
        data = {"name": name, "payload": payload or {}, "router_data": router}
        await self.stage.namespace.on_event(self.sid, data)
        await self.stage.settled()
        return "\n".join(self.frames[seen:])

    async def force(self, name: str, payload: Any = None) -> str:
        """Put an event past the allow-list, straight into Reflex's queue."""
        seen = len(self.frames)
        static = self.stage.namespace._static_router_data[self.sid]
        router = {"pathname": "/help", "asPath": "/help", "query": {}, **static}
        event = Event(name=name, payload=payload or {}, router_data=router)
        await self.stage.app.event_processor.enqueue(self.token, event)
        await self.stage.settled()
        return "\n".join(self.frames[seen:])

    async def close(self) -> None:
        """Go away."""
        task = self.stage.namespace.on_disconnect(self.sid)
        if task:
            await task


class Stage:
    """The app's event loop with a wire that keeps what is put on it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.namespace = app.event_namespace
        self.sent: defaultdict[str, list[str]] = defaultdict(list)

    def tab(self, cookie: str = "", token: str | None = None) -> Tab:
        """A tab that is not connected yet."""
        return Tab(self, cookie, token)

    async def opened(self, cookie: str = "", token: str | None = None) -> Tab:
        """A tab that is connected and has its page."""
        tab = self.tab(cookie, token)
        await tab.open()
        await tab.send(BOOT)
        return tab

    async def settled(self) -> None:
        """Wait until nothing is left to do."""
        # What failed outside our handlers is told beside its event.
        while self.app.event_processor._futures or outage._told:
            await asyncio.sleep(0.001)

    async def keep(self, _event: str, data: Any = None, to: str = "", **_more: Any) -> None:
        """What would go over the wire."""
        self.sent[to].append(json.dumps(json.loads(format.json_dumps(data)), ensure_ascii=False))


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """The real app in this process."""
    from rxapp.rxapp import app

    outage._told.clear()  # of a loop that ended before they had come
    made = Stage(app)
    async with app._setup_event_processor():
        made.namespace.emit = made.keep
        try:
            yield made
        finally:
            await made.settled()
            del made.namespace.emit


def handlers() -> Iterator[tuple[str, Any]]:
    """Every handler that carries a mark, with its permission."""
    import rxapp.rxapp  # noqa: F401  (registers every screen)

    for name in RegistrationContext.get().event_handlers:
        permission = permission_of(name)
        if permission is not None:
            yield name, permission


def unmarked() -> list[str]:
    """Every callable name that carries none."""
    import rxapp.rxapp  # noqa: F401

    names = RegistrationContext.get().event_handlers
    return [name for name in names if permission_of(name) is None]
