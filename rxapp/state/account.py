"""The own account, and activation."""

import reflex as rx

from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.rules.email import parse_email
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, activation, codes, invitations
from rxapp.services.accounts import AccountView
from rxapp.services.activation import ActivationView
from rxapp.services.invitations import MyInvitation
from rxapp.state.handlers import Screen, handler

CHANGED = {"1": "密码已修改，其他设备上的登录已退出。", "mobile": "手机号码已更换。"}


class AccountState(Screen, rx.State):
    """我的: the own account, its devices, staff rights."""

    view: AccountView | None = None
    invitations: list[MyInvitation] = []
    done: str = ""

    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the account."""
        await self._refresh()
        self._clear()
        self.done = CHANGED.get(self._route_word("changed"), "")
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def end_others(self) -> None:
        """Sign out on every other device."""
        ended = await self._change(accounts.end_other_sign_ins)
        self.view = await self._use(accounts.get_account)
        self.done = f"已退出其他 {ended} 处登录。" if ended else "没有其他登录需要退出。"

    @handler(Permission.SIGNED_IN)
    async def end_one(self, sign_in_id: int) -> None:
        """Sign out on one other device."""
        self._clear()
        ended = await self._change(accounts.end_sign_in, sign_in_id=sign_in_id)
        await self._refresh()
        self.done = "已退出该设备上的登录。" if ended else "该设备上的登录早已退出。"

    @handler(Permission.SIGNED_IN)
    async def accept(self, invitation_id: int) -> None:
        """Become a clerk of the organisation that invited."""
        self._clear()
        office = await self._change(invitations.accept, invitation_id=invitation_id)
        await self._refresh()
        self.done = f"您已成为{office}的管理员，可进入工作台。"

    @handler(Permission.SIGNED_IN)
    async def set_email(self, form: dict[str, str]) -> None:
        """Set the e-mail address, or take it away."""
        self._clear()
        typed = form.get("email", "").strip()
        address = parse_email(typed) if typed else ""
        await self._change(accounts.set_email, address=address)
        await self._refresh()
        self.done = "电子邮箱已保存。" if address else "电子邮箱已删除。"

    async def _refresh(self) -> None:
        self.view = await self._use(accounts.get_account)
        self.invitations = await self._use(invitations.list_mine)

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
