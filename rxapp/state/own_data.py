"""我的信息: what is kept about oneself, and putting it right."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import own_data
from rxapp.services.own_data import OwnData
from rxapp.state.handlers import Screen, handler


class OwnDataState(Screen, rx.State):
    """The own record, what is kept beside it, who looked at a full number."""

    view: OwnData | None = None
    done: str = ""

    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show all of it."""
        self._begin()
        self.view = await self._use(own_data.get_own_data)
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def save(self, form: dict[str, str]) -> None:
        """Put the own record right."""
        self._begin()
        if self.view is None:
            raise NotFound()
        await self._change(own_data.change_record, typed=form, version=self.view.record.version)
        self.view = await self._use(own_data.get_own_data)
        self.done = "个人资料已保存。"

    def _begin(self) -> None:
        self._clear()
        self.done = ""
