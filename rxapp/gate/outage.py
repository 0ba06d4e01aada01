"""What a tab is told while something the service stands on is away, and how it goes on afterwards.

The sentence is sent past the tab's own state, which may not be at hand; the page asks again by
itself until it is served (`assets/app.js`).
"""

import asyncio
import sys
from typing import Any

import reflex as rx
import structlog
from reflex.state import OnLoadInternalState, State, StateUpdate
from reflex.utils import tasks
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event.context import EventContext

from rxapp.adapters import outages
from rxapp.errors import AppError
from rxapp.gate import marks
from rxapp.rules.permissions import Permission

log = structlog.get_logger()

_told: set[asyncio.Task[None]] = set()


def _public(function: Any) -> Any:
    marks.mark(function, Permission.PUBLIC)
    return function


class OutageState(rx.State):
    """Why the last event came to nothing; `missed` when it would have filled the page."""

    sentence: str = ""
    missed: bool = False

    @_public
    async def again(self, missed: bool) -> Any:
        """Fill the page now, if that was missed; whoever gets here is served again."""
        # Past the state, as the sentence came: of that it knows nothing.
        await EventContext.get().emit_delta(_delta("", missed=False))
        return [State.hydrate, OnLoadInternalState.on_load_internal] if missed else None


def keep_listening() -> None:
    """Let what listens to Redis try again for as long as it is away.

    Reflex gives up at the fifth try: then each listener leaves a trace, nobody hears of what other
    workers send until somebody connects, and the service breaks off when it is stopped.
    """
    defaults = tasks.ensure_task.__kwdefaults__ or {}
    assert "exception_limit" in defaults
    defaults["exception_limit"] = sys.maxsize


def answer(error: AppError, *, missed: bool) -> StateUpdate:
    """The answer to an event that could not be looked at: a sentence, and nothing of the tab's.

    A page that was missed before stays so, whatever is pressed until it is filled.
    """
    return StateUpdate(delta=_delta(error.message, missed=True if missed else None))


def failed(exception: Exception) -> None:
    """For `rx.App(backend_exception_handler=…)`: what failed outside our handlers is told too."""
    refusal = outages.refusal_of(exception)
    if refusal is None:
        log.error("event failed", exc_info=exception)
    else:
        log.warning("unavailable", fault=type(exception).__name__)
    told = EventContext.get().emit_delta(_delta((refusal or AppError()).message, missed=True))
    _told.add(task := asyncio.create_task(told))
    task.add_done_callback(_told.discard)


def _delta(sentence: str, *, missed: bool | None) -> dict[str, dict[str, Any]]:
    said = {"sentence": sentence} | ({} if missed is None else {"missed": missed})
    return {OutageState.get_full_name(): {name + FIELD_MARKER: word for name, word in said.items()}}
