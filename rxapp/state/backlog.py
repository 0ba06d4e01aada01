"""审核进度: where claims wait in a bureau's subtree, and how long."""

import reflex as rx

from rxapp import routes
from rxapp.rules.permissions import Permission
from rxapp.services import backlog
from rxapp.services.backlog import LevelRow, OfficeRow
from rxapp.state.handlers import Screen, handler


class BacklogState(Screen, rx.State):
    """The offices at which claims wait; the level stays in the address."""

    rows: list[OfficeRow] = []
    levels: list[LevelRow] = []
    level: str = ""
    next_after: str = ""
    waiting: int = 0

    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Show the offices with what waits longest first."""
        self._clear()
        self.rows, self.level = [], self._route_word("level")[:20]
        await self._append("")
        self.loaded = True

    @handler(Permission.SUPERVISE)
    async def more(self) -> None:
        """Show the next offices below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.SUPERVISE)
    async def choose(self, level: str) -> object:
        """Put one level, or all of them, in the address."""
        known = {each.key for each in self.levels}
        return rx.redirect(
            f"{routes.DESK_BACKLOG}?level={level}" if level in known else routes.DESK_BACKLOG
        )

    async def _append(self, after: str) -> None:
        page = await self._use(backlog.list_backlog, level=self.level, after=after)
        self.rows, self.next_after = [*self.rows, *page.rows], page.next_after
        self.levels, self.waiting = page.levels, page.waiting
