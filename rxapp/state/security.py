"""The second factor and the forgotten password."""

import reflex as rx

from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.rules.permissions import Permission
from rxapp.services import second_factors
from rxapp.services.second_factors import FactorView, Setup
from rxapp.state.handlers import Screen, handler


class ChallengeState(Screen, rx.State):
    """动态验证码: asked for after the password."""

    demo_code: str = ""

    @handler(Permission.SECOND_FACTOR)
    async def load(self) -> None:
        """Show the question; in the demo its answer too."""
        self.demo_code = (await self._use(second_factors.get_challenge)).demo_code
        self._clear()
        self.loaded = True


class MyFactorState(Screen, rx.State):
    """Setting the own second factor up, renewing the recovery codes."""

    view: FactorView | None = None
    setup: Setup | None = None
    # Shown once: gone with the next page.
    recovery: list[str] = []
    done: str = ""

    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show whether it is on."""
        self.setup, self.recovery = None, []
        self.view = await self._use(second_factors.get_factor)
        self._clear()
        self.done = "已停用动态验证码。" if self._route_word("removed") else ""
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def begin(self) -> None:
        """Show a new secret to be scanned."""
        self._clear()
        self.setup = await self._change(second_factors.begin_setup)
        self.done = ""

    @handler(Permission.SIGNED_IN)
    async def confirm(self, form: dict[str, str]) -> None:
        """Switch it on with the first code; the recovery codes are shown once."""
        codes = await self._with_code(second_factors.confirm_setup, form.get("code", ""))
        self.recovery, self.setup = codes, None
        self.view = await self._use(second_factors.get_factor)
        self.done = "动态验证码已启用，其他设备上的登录已退出。"

    @handler(Permission.SIGNED_IN)
    async def renew(self, form: dict[str, str]) -> None:
        """Give ten new recovery codes for a current code."""
        self.recovery = await self._with_code(
            second_factors.renew_recovery_codes, form.get("renew_code", "")
        )
        self.view = await self._use(second_factors.get_factor)
        self.done = "已重新生成恢复码，原来的恢复码不能再用。"

    async def _with_code(self, use_case, code: str) -> list[str]:  # type: ignore[no-untyped-def]
        self._clear()
        key = await self._use(lambda _session, actor: f"person:{actor.person_id}")
        throttles.take(throttles.FACTOR, key)
        try:
            made = await self._change(use_case, code=code)
        except Invalid:
            await self._change(second_factors.note_refused)
            raise
        throttles.give_back(throttles.FACTOR, key)
        return made


class ResetState(Screen, rx.State):
    """忘记密码."""

    done: bool = False

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the form, or that it is done."""
        self.done = bool(self._route_word("done"))
        self._clear()
        self.loaded = True
