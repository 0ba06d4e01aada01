"""批量导入: the files an office sent in, and how far each has come."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import collections
from rxapp.services.collection_views import RunRow, RunView
from rxapp.settings import settings
from rxapp.state.handlers import Screen, handler


class CollectingState(Screen, rx.State):
    """Where files are sent in, and the list of those that were."""

    runs: list[RunRow] = []
    organisations_too: bool = False
    demo: bool = False

    @handler(Permission.COLLECT)
    async def load(self) -> None:
        """Show the files of one's own offices."""
        self._clear()
        self.runs, self.organisations_too = await self._use(collections.list_runs)
        self.demo = settings().demo
        self.loaded = True


class CollectionState(Screen, rx.State):
    """One file: its progress, what was found in it, and the clerk's word on it."""

    view: RunView | None = None

    @handler(Permission.COLLECT)
    async def load(self) -> None:
        """Show the file the page's address names."""
        self._clear()
        self.view = None
        self.view = await self._use(collections.get_run, run_id=self._route_number("collection_id"))
        self.loaded = True

    @handler(Permission.COLLECT)
    async def refresh(self) -> None:
        """Show how far it is by now."""
        self.view = await self._use(collections.get_run, run_id=self._shown())

    @handler(Permission.COLLECT)
    async def take_right(self) -> None:
        """Have the rows that are right taken in."""
        self._clear()
        self.view = await self._change(collections.confirm, run_id=self._shown(), whole=False)

    @handler(Permission.COLLECT)
    async def take_whole(self) -> None:
        """Have everything taken in as one piece, or nothing."""
        self._clear()
        self.view = await self._change(collections.confirm, run_id=self._shown(), whole=True)

    @handler(Permission.COLLECT)
    async def cancel(self) -> None:
        """Stop it; what is in stays in."""
        self._clear()
        self.view = await self._change(collections.cancel, run_id=self._shown())

    def _shown(self) -> int:
        return self.view.id if self.view else 0
