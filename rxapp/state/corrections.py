"""信息更正: how one's own request stands."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import corrections
from rxapp.services.corrections import CorrectionView
from rxapp.state.handlers import Screen, handler


class CorrectionState(Screen, rx.State):
    """The newest request; a new one is posted by the page's form."""

    view: CorrectionView | None = None
    done: str = ""

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the newest request."""
        self._clear()
        self.done = (
            "申请已提交，由单位和人力资源社会保障局审核。" if self._route_word("new") else ""
        )
        self.view = await self._use(corrections.get_own)
        self.loaded = True

    @handler(Permission.LEARN)
    async def withdraw(self) -> None:
        """Take the request back."""
        self._clear()
        self.done = ""
        self.view = await self._change(corrections.withdraw_own)
        self.done = "申请已撤回。"
