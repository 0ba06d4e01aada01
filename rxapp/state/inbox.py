"""消息."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import messages
from rxapp.services.messages import MessageRow
from rxapp.state.handlers import Screen, handler
from rxapp.state.shell import ShellState


class InboxState(Screen, rx.State):
    """The own messages, the newest first."""

    rows: list[MessageRow] = []
    next_before: int = 0
    unread: int = 0

    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the newest messages."""
        await self._show_from(0)
        self._clear()
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def more(self) -> None:
        """Show the next messages below the ones shown."""
        if self.next_before:
            await self._show_from(self.next_before)

    @handler(Permission.SIGNED_IN)
    async def read(self, message_id: int) -> object:
        """Note that one message was read, and go where it leads."""
        href = await self._change(messages.mark_read, message_id=message_id)
        if href:
            return rx.redirect(href)
        await self._show_from(0)
        return ShellState.load

    @handler(Permission.SIGNED_IN)
    async def read_all(self) -> object:
        """Note that every message was read."""
        await self._change(messages.mark_all_read)
        await self._show_from(0)
        return ShellState.load

    async def _show_from(self, before: int) -> None:
        page = await self._use(messages.list_messages, before=before)
        self.rows = [*self.rows, *page.rows] if before else page.rows
        self.next_before, self.unread = page.next_before, page.unread
