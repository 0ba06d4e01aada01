"""The own account, and activation."""

import reflex as rx

from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, activation, codes
from rxapp.services.accounts import AccountView
from rxapp.services.activation import ActivationView
from rxapp.state.handlers import Screen, handler


class AccountState(Screen, rx.State):
    """我的: the own account, its devices, staff rights."""

    view: AccountView | None = None
    done: str = ""

    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the account."""
        self.view = await self._use(accounts.get_account)
        self._clear()
        self.done = "密码已修改，其他设备上的登录已退出。" if self._route_word("changed") else ""
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def end_others(self) -> None:
        """Sign out on every other device."""
        ended = await self._change(accounts.end_other_sign_ins)
        self.view = await self._use(accounts.get_account)
        self.done = f"已退出其他 {ended} 处登录。" if ended else "没有其他登录需要退出。"

    @handler(Permission.SIGNED_IN)
    async def begin_staff(self, form: dict[str, str]) -> None:
        """Begin staff rights with the single-use code from the level above."""
        self._clear()
        key = await self._use(lambda _session, actor: str(actor.person_id))
        throttles.take(throttles.CODE, key)
        try:
            offices = await self._change(codes.begin_staff, code=form.get("code", "").strip())
        except Invalid:
            await self._change(codes.note_refused)
            raise
        self.view = await self._use(accounts.get_account)
        self.done = f"已启用{offices}的管理权限，可进入工作台。"


class ActivationState(Screen, rx.State):
    """激活: the one page a collected person reaches before anything else."""

    view: ActivationView | None = None

    @handler(Permission.ACTIVATE)
    async def load(self) -> None:
        """Show what is to be confirmed."""
        self.view = await self._use(activation.get_activation)
        self.loaded = True
