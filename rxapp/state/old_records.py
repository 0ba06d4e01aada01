"""原证书录入: the lines of one's old paper certificate."""

import asyncio

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import evidence, old_records
from rxapp.services.old_records import OldBook
from rxapp.state.handlers import Screen, handler


class OldRecordsState(Screen, rx.State):
    """Every line with what it comes to; what is typed is kept by the page's script."""

    view: OldBook | None = None
    # What is wrong with a line that was not sent, by its id.
    said: dict[str, str] = {}
    done: str = ""

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the lines there are."""
        self._begin()
        self.view = await self._use(old_records.get_book)
        self.loaded = True

    @handler(Permission.LEARN)
    async def refresh(self) -> None:
        """Show what the lines come to after something was kept."""
        self.view = await self._use(old_records.get_book)

    @handler(Permission.LEARN)
    async def add_line(self) -> None:
        """Begin one more line."""
        self._begin()
        await self._change(old_records.add_line)
        self.view = await self._use(old_records.get_book)

    @handler(Permission.LEARN)
    async def remove_line(self, claim_id: int) -> None:
        """Delete a line that was not sent in."""
        self._begin()
        files = await self._change(old_records.remove_line, claim_id=claim_id)
        await asyncio.to_thread(evidence.discard, files)
        self.view = await self._use(old_records.get_book)

    @handler(Permission.LEARN)
    async def submit(self) -> None:
        """Send every line in, each for itself."""
        self._begin()
        results = await self._change(old_records.submit_all)
        self.said = {f"{each.id}": each.said for each in results if not each.sent}
        sent = len(results) - len(self.said)
        left = f"；{len(self.said)}行需要修改，原因写在行内" if self.said else ""
        self.done = f"已提交{sent}行{left}。" if sent else ""
        if not sent:
            self.error = f"没有提交：{len(self.said)}行需要修改，原因写在行内，已填写的内容仍在。"
        self.view = await self._use(old_records.get_book)

    def _begin(self) -> None:
        self._clear()
        self.done, self.said = "", {}
