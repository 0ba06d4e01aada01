"""Deny by default: before every Reflex event, who asks, whose tab it is, may they, with what."""

import asyncio
from typing import Any

import reflex as rx
import structlog
from reflex.app import App
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from rxapp import routes
from rxapp.adapters.database import transaction
from rxapp.errors import TooMany
from rxapp.gate import addresses, arguments, cookies, throttles
from rxapp.gate.marks import permission_on
from rxapp.gate.owner import OwnerState
from rxapp.rules.permissions import Permission
from rxapp.services import sign_ins
from rxapp.services.actors import Actor

# Reflex's own four, by exact name: they load the page and carry no data of ours by themselves.
_ON_LOAD = "reflex___state____state.reflex___state____on_load_internal_state"
FRAMEWORK = {
    "reflex___state____state.hydrate": frozenset[str](),
    "reflex___state____state.hydrate_and_load": frozenset({"vars", "hashes"}),
    "reflex___state____state.set_is_hydrated": frozenset({"value"}),
    f"{_ON_LOAD}.on_load_internal": frozenset(),
    f"{_ON_LOAD}.set_is_hydrated": frozenset({"value"}),
}

log = structlog.get_logger()


class Policy(Middleware):
    """Runs before every handler, whether sent by a browser or chained by another handler."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Let the event through (None) or stop it with an answer that changes nothing."""
        headers = state.router_data.get("headers", {})
        token = cookies.read(headers.get("cookie"), cookies.session_cookie())
        await _bind(state, token)
        if event.name in FRAMEWORK:
            return None if _plain(event) else _denied(event, None, "arguments")
        permission = permission_of(event.name)
        if permission is None:
            return _denied(event, None, "unmarked")
        if not arguments.accepted(_function(event.name), event.payload):
            return _denied(event, None, "arguments")
        if not _within_rate(headers, token):
            return _denied(event, None, "rate")
        actor = await asyncio.to_thread(_actor, token)
        if not actor.may(permission):
            return _denied(event, actor, "permission")
        return None


def permission_of(name: str) -> Permission | None:
    """The permission a registered handler is marked with; None when it is unmarked or unknown."""
    registered = RegistrationContext.get().event_handlers.get(name)
    return permission_on(registered.handler.fn) if registered else None


def _function(name: str) -> Any:
    return RegistrationContext.get().event_handlers[name].handler.fn


async def _bind(state: BaseState, token: str) -> None:
    """Give the tab to this sign-in; what another sign-in left in it is wiped first."""
    owner = await state.get_state(OwnerState)
    mine = sign_ins.token_hash(token) if token else ""
    if owner._bound and owner._owner == mine:
        return
    if owner._bound:
        state._get_root_state().reset()
    owner._owner = mine
    owner._bound = True


def _plain(event: Event) -> bool:
    """Whether a framework event carries only what our own pages send (no stored browser values)."""
    return event.payload.keys() <= FRAMEWORK[event.name] and not event.payload.get("vars")


def _within_rate(headers: dict[str, str], token: str) -> bool:
    key = sign_ins.token_hash(token) if token else addresses.noted(headers)
    try:
        throttles.take(throttles.EVENTS, key)
    except TooMany:
        return False
    return True


def _actor(token: str) -> Actor:
    with transaction() as session:
        return sign_ins.find_actor(session, token)


def _denied(event: Event, actor: Actor | None, why: str) -> StateUpdate:
    log.warning(
        "event denied", handler=event.name[:160], why=why, person=actor.person_id if actor else None
    )
    if why != "permission" or actor is None:
        return StateUpdate()
    return StateUpdate(events=Event.from_event_type(rx.redirect(_where_to(actor))))


def _where_to(actor: Actor) -> str:
    if actor.person_id is None:
        return routes.SIGN_IN
    return routes.HOME if actor.activated else routes.ACTIVATE
