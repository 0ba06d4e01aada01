"""The person at the screen: who is signed in, the own account, activation."""

import reflex as rx
from sqlmodel import Session

from rxapp import routes
from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.rules.permissions import Permission
from rxapp.services import accounts
from rxapp.services.accounts import AccountView, ActivationView
from rxapp.services.actors import Actor
from rxapp.state.handlers import Screen, handler


class ShellState(rx.State):
    """What the frame around every page shows: a name and whether there is a desk."""

    name: str = ""
    signed_in: bool = False
    is_staff: bool = False


class AccountState(Screen, rx.State):
    """我的: the own account, its devices, staff rights."""

    view: AccountView | None = None
    done: str = ""

    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the account."""
        self.view = await self._use(accounts.get_account)
        self._clear()
        self.done = ""
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def end_others(self) -> None:
        """Sign out on every other device."""
        ended = await self._change(accounts.end_other_sign_ins)
        self.view = await self._use(accounts.get_account)
        self.done = f"已退出其他 {ended} 台设备上的登录。"

    @handler(Permission.SIGNED_IN)
    async def begin_staff(self, form: dict[str, str]) -> None:
        """Begin staff rights with the code from the level above."""
        actor_key = self._token()
        throttles.require_room(throttles.CODE, actor_key)
        try:
            offices = await self._change(accounts.begin_staff, code=form.get("code", "").strip())
        except Invalid:
            throttles.hit(throttles.CODE, actor_key)
            await self._change(accounts.note_code_refused)
            raise
        self.view = await self._use(accounts.get_account)
        self._clear()
        self.done = f"已启用{offices}的管理权限。"


class ActivationState(Screen, rx.State):
    """激活: what a collected person sees before anything else."""

    view: ActivationView | None = None

    @handler(Permission.ACTIVATE)
    async def load(self) -> None:
        """Show what is to be confirmed."""
        self.view = await self._use(accounts.get_activation)
        self.loaded = True


class SignInState(Screen, rx.State):
    """登录: leads on whoever is signed in already."""

    @handler(Permission.PUBLIC)
    async def load(self) -> object:
        """Lead a signed-in person on."""
        where = await self._use(_where)
        self.loaded = True
        return rx.redirect(where) if where else None


def _where(_session: Session, actor: Actor) -> str:
    if actor.person_id is None:
        return ""
    return routes.HOME if actor.activated else routes.ACTIVATE
