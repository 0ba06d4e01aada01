"""Deny by default: before every Reflex event, who asks, whose tab it is, may they, with what."""

import asyncio
from collections.abc import Iterator
from typing import Any

import reflex as rx
import structlog
from reflex.app import App
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from rxapp import routes
from rxapp.adapters import metrics, outages
from rxapp.adapters.database import transaction
from rxapp.errors import TooMany
from rxapp.gate import addresses, arguments, cookies, outage, throttles, tracing
from rxapp.gate.marks import fills_page, permission_on
from rxapp.gate.owner import OwnerState
from rxapp.rules.permissions import BY_CAPACITY, Capacity, Permission
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
        tracing.begin()
        headers = state.router_data.get("headers", {})
        token = cookies.read(headers.get("cookie"), cookies.session_cookie())
        if not _within_rate(headers, token):
            return _denied(event, None, "rate")
        try:
            actor = await asyncio.to_thread(_actor, token)
        except Exception as error:
            refusal = outages.refusal_of(error)
            if refusal is None:
                raise
            # Nobody knows whose tab this is: nothing of it is touched.
            log.warning("unavailable", handler=event.name[:160], fault=type(error).__name__)
            return outage.answer(refusal, missed=event.name in FRAMEWORK or fills_page(event.name))
        # Before Reflex's own events too: they send whatever the tab still holds.
        await _bind(state, actor)
        if event.name in FRAMEWORK:
            return None if _plain(event) else _denied(event, None, "arguments")
        permission = permission_of(event.name)
        if permission is None:
            return _denied(event, None, "unmarked")
        if not arguments.accepted(_function(event.name), event.payload):
            return _denied(event, None, "arguments")
        if not actor.may(permission):
            return _denied(event, actor, "permission")
        if actor.stale:
            await asyncio.to_thread(_keep_alive, actor)
        return None


def permission_of(name: str) -> Permission | None:
    """The permission a registered handler is marked with; None when it is unmarked or unknown."""
    registered = RegistrationContext.get().event_handlers.get(name)
    return permission_on(registered.handler.fn) if registered else None


def _function(name: str) -> Any:
    return RegistrationContext.get().event_handlers[name].handler.fn


async def _bind(state: BaseState, actor: Actor) -> None:
    """Give the tab to whoever acts now; what anybody else left in it is wiped first."""
    owner = await state.get_state(OwnerState)
    mine = _standing(actor)
    if owner._bound and owner._owner == mine:
        return
    if owner._bound:
        await _wipe(state)
    owner._owner = mine
    owner._bound = True


def _standing(actor: Actor) -> str:
    """One sign-in with the rights it has now: ended, or with a right less, it is another one."""
    if actor.sign_in_id is None:
        return ""
    offices = [office.organisation_id for office in actor.offices]
    return f"{actor.sign_in_id} {sorted(actor.permissions)} {offices}"


async def _wipe(state: BaseState) -> None:
    root = state._get_root_state()
    # A store outside this process hands over only the screens this event needs: fetch the others,
    # or what they hold would outlive the wipe.
    for screen in _below(type(root)):
        await root.get_state(screen)
    root.reset()


def _below(screen: type[BaseState]) -> Iterator[type[BaseState]]:
    for each in screen.get_substates():
        yield each
        yield from _below(each)


def _plain(event: Event) -> bool:
    """Whether a framework event carries only what our own pages send (no stored browser values)."""
    payload = event.payload
    fits = isinstance(payload.get("value", True), bool) and not payload.get("vars")
    hashes = payload.get("hashes") or []
    fits = fits and isinstance(hashes, list) and all(isinstance(each, str) for each in hashes)
    return fits and payload.keys() <= FRAMEWORK[event.name]


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


def _keep_alive(actor: Actor) -> None:
    # Reading pages is being here too, not only changing something.
    try:
        with transaction(write=True) as session:
            sign_ins.keep_alive(session, actor)
    except Exception as error:
        # With the disk full everything can still be read.
        if not outages.is_outage(error):
            raise
        log.warning("sign-in not kept alive", fault=type(error).__name__)


def _denied(event: Event, actor: Actor | None, why: str) -> StateUpdate:
    metrics.REFUSALS.add(f"event_{why}")
    log.warning(
        "event denied", handler=event.name[:160], why=why, person=actor.person_id if actor else None
    )
    if why != "permission" or actor is None:
        return StateUpdate()
    return StateUpdate(events=Event.from_event_type(rx.redirect(_where_to(actor, event.name))))


def _where_to(actor: Actor, name: str) -> str:
    if actor.person_id is None:
        return routes.SIGN_IN
    if actor.may(Permission.SECOND_FACTOR):
        return routes.SECOND_FACTOR
    # A bureau's rights wait for the second factor: lead to where it is set up.
    if actor.needs_factor and permission_of(name) in BY_CAPACITY[Capacity.CITY_BUREAU]:
        return routes.MY_FACTOR
    return routes.HOME if actor.activated else routes.ACTIVATE
