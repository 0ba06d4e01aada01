"""The websocket's allow-list: well-formed events of known names, nothing else reaches Reflex."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from reflex.app import App
from reflex_base.registry import RegistrationContext

from rxapp.gate.policy import FRAMEWORK, permission_of

EVENTS = frozenset({"event", "ping", "client_error"})
NAVIGATION = ("pathname", "asPath", "query")
LONGEST_NAME = 240
LARGEST_MESSAGE = 64 * 1024

log = structlog.get_logger()


def guard(app: App) -> None:
    """Put the allow-list in front of the Socket.IO server of an app."""
    sio: Any = app.sio
    namespace: Any = app.event_namespace
    # Engine.IO closes the connection on anything larger, before it is decoded.
    sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    sio._handle_event = _only_known(sio._handle_event)
    namespace.on_event = _only_well_formed(namespace.on_event)
    namespace.on_connect = _only_plain_connect(namespace.on_connect)


def _only_known(handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A client must not be able to raise "connect" or any other event of the server's own."""

    async def handle_known(eio_sid: str, namespace: str, id: Any, data: Any) -> None:
        name = data[0] if isinstance(data, list) and data else None
        if not isinstance(name, str) or name not in EVENTS or len(data) > 2:
            log.warning("socket event refused", name=str(name)[:40])
            return
        await handle(eio_sid, namespace, id, data)

    return handle_known


def _only_well_formed(on_event: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def on_known_event(sid: str, data: Any) -> None:
        if not well_formed(data):
            log.warning("event refused", name=_name_of(data))
            return
        # Reflex overwrites these from the connection, but an event never needs to bring them.
        router = data.get("router_data", {})
        own = {key: router[key] for key in NAVIGATION if key in router}
        await on_event(sid, {**data, "router_data": own})

    return on_known_event


def _only_plain_connect(on_connect: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def on_plain_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> Any:
        boot = auth.get("event") if isinstance(auth, dict) else None
        if boot is not None and not well_formed(boot):
            log.warning("connect event refused", name=_name_of(boot))
            auth = {key: value for key, value in auth.items() if key != "event"}
        return await on_connect(sid, environ, auth)

    return on_plain_connect


def well_formed(data: Any) -> bool:
    """Whether a message is an event of a handler that exists and may be called by someone."""
    if not isinstance(data, dict):
        return False
    name, payload, router = data.get("name"), data.get("payload", {}), data.get("router_data", {})
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return False
    if not isinstance(payload, dict) or not isinstance(router, dict):
        return False
    return name in FRAMEWORK or (_registered(name) and permission_of(name) is not None)


def _name_of(data: Any) -> str:
    name = data.get("name") if isinstance(data, dict) else None
    return ascii(name)[:120] if isinstance(name, str) else "none"


def _registered(name: str) -> bool:
    return name in RegistrationContext.get().event_handlers
