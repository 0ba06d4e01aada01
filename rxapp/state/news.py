"""信息发布, for readers: the list with its search, and one notice."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import news
from rxapp.services.news import NewsRow, NewsView
from rxapp.state.handlers import Screen, handler


class NewsState(Screen, rx.State):
    """What can be read, the newest first, or what has the words that were looked for."""

    rows: list[NewsRow] = []
    next_after: str = ""
    query: str = ""
    # Notices of the last weeks that were not opened; always none for whoever is not signed in.
    unread: int = 0

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the newest, or what the address asks for."""
        self._clear()
        self.rows, self.next_after, self.unread = [], "", 0
        self.query = self._route_word("q")[:60]
        await self._append("")
        await self._count()
        self.loaded = True

    @handler(Permission.PUBLIC)
    async def search(self, form: dict[str, str]) -> None:
        """Look for words in titles and texts."""
        self._clear()
        self.query = form.get("q", "")[:60]
        self.rows, self.next_after = [], ""
        await self._append("")

    @handler(Permission.PUBLIC)
    async def more(self) -> None:
        """Show the next ones below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.SIGNED_IN)
    async def read_all(self) -> None:
        """Take everything as read."""
        self._clear()
        await self._change(news.mark_all_read)
        self.rows, self.next_after = [], ""
        await self._append("")
        await self._count()

    async def _append(self, after: str) -> None:
        page = await self._use(news.list_news, query=self.query, after=after)
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after

    async def _count(self) -> None:
        self.unread = await self._use(news.find_unread)


class NoticeState(Screen, rx.State):
    """One notice."""

    view: NewsView | None = None

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the notice named in the address, and note that it was read."""
        self.view = None
        self._clear()
        notice_id = self._route_number("notice_id")
        view = await self._use(news.get_notice, notice_id)
        if view.unread:
            await self._change(news.mark_read, notice_id=notice_id)
        self.view = view
        self.loaded = True
