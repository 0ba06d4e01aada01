"""The frame around every page."""

import reflex as rx
from sqlmodel import Session

from rxapp import routes
from rxapp.rules.permissions import Permission
from rxapp.services.actors import Actor
from rxapp.settings import settings
from rxapp.state.handlers import Screen, handler


class ShellState(Screen, rx.State):
    """Who is signed in, and whether there is a desk to go to."""

    name: str = ""
    signed_in: bool = False
    is_staff: bool = False
    demo: bool = False

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the signed-in person's name, or nobody's."""
        self.name, self.signed_in, self.is_staff = await self._use(_who)
        self.demo = settings().demo
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def require_sign_in(self) -> None:
        """Lead whoever is not signed in away from a page without data of its own."""

    @handler(Permission.PUBLIC)
    async def lead_on(self) -> object:
        """Lead whoever is signed in already away from the sign-in page."""
        where = await self._use(_where)
        return rx.redirect(where) if where else None


def _who(_session: Session, actor: Actor) -> tuple[str, bool, bool]:
    if not actor.activated:
        return "", False, False
    return actor.name, True, actor.may(Permission.STAFF)


def _where(_session: Session, actor: Actor) -> str:
    if actor.person_id is None:
        return ""
    return routes.HOME if actor.activated else routes.ACTIVATE
