"""The websocket's allow-list: well-formed events of known names, nothing else reaches Reflex."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog
from reflex.app import App
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State
from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from rxapp.adapters import metrics
from rxapp.gate import cookies
from rxapp.gate.owner import OwnerState
from rxapp.gate.policy import FRAMEWORK, permission_of
from rxapp.rules.texts import is_plain

EVENTS = frozenset({"event", "ping", "client_error"})
NAVIGATION = ("pathname", "asPath", "query")
BINARY = ("5", "6")  # packets that announce attachments
LONGEST_NAME = 240
LONGEST_WORD = 2000
MOST_WORDS = 40
# What a browser names its tab. Without an underscore, which parts the keys of the state store.
TAB = re.compile(r"[0-9A-Za-z-]{8,64}")
DIGITS = re.compile(r"[0-9０-９]{6,}[Xx]?")
LARGEST_MESSAGE = 64 * 1024

log = structlog.get_logger()

_errands: set[asyncio.Task[None]] = set()


def guard(app: App) -> None:
    """Put the allow-list in front of the Socket.IO server of an app."""
    sio: Any = app.sio
    namespace: Any = app.event_namespace
    # Engine.IO closes the connection on anything larger, before it is decoded.
    sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    sio.eio.handlers["message"] = _only_readable(sio)
    sio._handle_event = _only_known(sio._handle_event)
    namespace.on_event = _only_well_formed(namespace.on_event)
    namespace.on_connect = _only_plain_connect(namespace.on_connect)
    namespace.on_client_error = _without_numbers(namespace.on_client_error)
    namespace.emit_update = _only_to_who_asked(namespace)
    namespace.on_disconnect = _forgetting_strangers(namespace)


def _only_readable(sio: Any) -> Callable[..., Awaitable[None]]:
    """Our pages send text that can be read; whoever sends anything else is cut off."""
    handle = sio.eio.handlers["message"]

    async def handle_readable(eio_sid: str, data: Any) -> None:
        try:
            if not isinstance(data, str) or data.startswith(BINARY):
                raise ValueError("our pages send no binary data")
            await handle(eio_sid, data)
        except Exception as error:  # whatever the reader calls it, the sender made it
            metrics.REFUSALS.add("socket_packet")
            log.warning("packet refused", error=type(error).__name__)
            await sio.eio.disconnect(eio_sid)

    return handle_readable


def _only_known(handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A client must not be able to raise "connect" or any other event of the server's own."""

    async def handle_known(eio_sid: str, namespace: str, id: Any, data: Any) -> None:
        name = data[0] if isinstance(data, list) and data else None
        if not isinstance(name, str) or name not in EVENTS or len(data) > 2:
            metrics.REFUSALS.add("socket_event")
            log.warning("socket event refused", name=str(name)[:40])
            return
        await handle(eio_sid, namespace, id, data)

    return handle_known


def _only_well_formed(on_event: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def on_known_event(sid: str, data: Any = None) -> None:
        if not well_formed(data):
            metrics.REFUSALS.add("socket_event")
            log.warning("event refused", name=_name_of(data))
            return
        # Reflex overwrites these from the connection, but an event never needs to bring them.
        router = data.get("router_data", {})
        own = {key: router[key] for key in NAVIGATION if key in router}
        await on_event(
            sid, {"name": data["name"], "payload": data.get("payload", {}), "router_data": own}
        )

    return on_known_event


def _only_plain_connect(on_connect: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def on_plain_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> Any:
        # One websocket is one tab: joining again and again would make states without end.
        again = environ.setdefault("rxapp.joined", sid) != sid
        if again or not _names_a_tab(environ.get("QUERY_STRING", "")):
            metrics.REFUSALS.add("socket_connect")
            log.warning("connect refused", again=again)
            return False
        boot = auth.get("event") if isinstance(auth, dict) else None
        if boot is not None and not well_formed(boot):
            metrics.REFUSALS.add("socket_event")
            log.warning("connect event refused", name=_name_of(boot))
            auth = {key: value for key, value in auth.items() if key != "event"}
        return await on_connect(sid, environ, auth)

    return on_plain_connect


def _without_numbers(on_client_error: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """What a browser reports goes to the log; what looks like a person's number does not."""

    async def on_plain_error(sid: str, data: Any = None) -> None:
        if isinstance(data, dict):
            told = {key: value for key, value in data.items() if isinstance(value, str)}
            await on_client_error(sid, {k: DIGITS.sub("…", v[:500]) for k, v in told.items()})

    return on_plain_error


def _only_to_who_asked(namespace: Any) -> Callable[..., Awaitable[None]]:
    """A tab's name is no secret: an answer goes to the connection it was asked on, or to nobody.

    A handler may still be at work when its tab was left and somebody else took up the name.
    """
    emit_update = namespace.emit_update

    async def emit(update: Any, token: str) -> None:
        record = namespace._token_manager.token_to_socket.get(token)
        if record is None:
            return
        now = namespace._static_router_data.get(record.sid, {})
        if not _same_visitor(_asking(), now):
            metrics.REFUSALS.add("socket_answer")
            log.warning("answer withheld: the tab has changed hands")
            return
        await emit_update(update, token)

    return emit


def _forgetting_strangers(namespace: Any) -> Callable[[str], Any]:
    """What a stranger's tab held is dropped as it leaves; kept for an hour it would fill memory."""
    on_disconnect = namespace.on_disconnect

    def leave(sid: str) -> Any:
        tab = namespace.sid_to_token.get(sid)
        done = on_disconnect(sid)
        if tab and isinstance(namespace.app.state_manager, StateManagerMemory):
            _errands.add(errand := asyncio.create_task(_forget(namespace.app, tab)))
            errand.add_done_callback(_errands.discard)
        return done

    return leave


async def _forget(app: App, tab: str) -> None:
    name = BaseStateToken(ident=tab, cls=State)
    store: Any = app.state_manager
    async with store.modify_state(name) as state:
        owner = await state.get_state(OwnerState)
    if not owner._owner:
        store._purge_token(name)


def _asking() -> Mapping[str, Any]:
    try:
        return EventContext.get().router_data
    except LookupError:
        return {}


def _same_visitor(asked: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    if not asked or not now:
        return False
    if asked.get(RouteVar.SESSION_ID) == now.get(RouteVar.SESSION_ID):
        return True
    # The same browser, back after a gap in the network.
    name = cookies.session_cookie()
    before, after = (
        cookies.read(each.get("headers", {}).get("cookie"), name) for each in (asked, now)
    )
    return bool(before) and before == after


def _names_a_tab(query: str) -> bool:
    names = parse_qs(query).get("token", [])
    return len(names) == 1 and TAB.fullmatch(names[0]) is not None


def well_formed(data: Any) -> bool:
    """Whether a message is an event of a handler that exists and may be called by someone."""
    if not isinstance(data, dict):
        return False
    name, payload, router = data.get("name"), data.get("payload", {}), data.get("router_data", {})
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return False
    if not isinstance(payload, dict) or not isinstance(router, dict):
        return False
    if not _is_address(router):
        return False
    return name in FRAMEWORK or (_registered(name) and permission_of(name) is not None)


def _is_address(router: dict[str, Any]) -> bool:
    query = router.get("query", {})
    if not isinstance(query, dict) or len(query) > MOST_WORDS:
        return False
    paths = (router.get("pathname", ""), router.get("asPath", ""))
    if not all(_is_word(each) for each in (*paths, *query)):
        return False
    return all(_is_word(each) or _are_words(each) for each in query.values())


def _are_words(value: Any) -> bool:
    """The parts of an address that fits no page come as a list."""
    return isinstance(value, list) and len(value) <= MOST_WORDS and all(map(_is_word, value))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD and is_plain(value)


def _name_of(data: Any) -> str:
    name = data.get("name") if isinstance(data, dict) else None
    return ascii(name)[:120] if isinstance(name, str) else "none"


def _registered(name: str) -> bool:
    return name in RegistrationContext.get().event_handlers
