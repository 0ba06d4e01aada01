"""信息发布 at the desk: the bureau's notices, and one of them being written."""

import asyncio

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import notice_files, notice_pages, notices
from rxapp.services.notice_pages import DeskRow, NoticeEditor
from rxapp.state.handlers import Screen, handler


class NoticesState(Screen, rx.State):
    """The bureau's notices, by state."""

    rows: list[DeskRow] = []
    next_before: int = 0
    status: str = ""

    @handler(Permission.NOTICE_WRITE)
    async def load(self) -> None:
        """Show the newest of every state, or of the one the address names."""
        self._clear()
        self.rows, self.next_before = [], 0
        self.status = self._route_word("status")[:20]
        await self._append(0)
        self.loaded = True

    @handler(Permission.NOTICE_WRITE)
    async def filter(self, status: str) -> None:
        """Show one state, or all of them."""
        self._clear()
        self.status = status[:20]
        self.rows, self.next_before = [], 0
        await self._append(0)

    @handler(Permission.NOTICE_WRITE)
    async def more(self) -> None:
        """Show the next older ones below."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.NOTICE_WRITE)
    async def begin(self) -> object:
        """Begin a notice and open it."""
        self._clear()
        notice_id = await self._change(notices.begin)
        return rx.redirect(routes.desk_notice(notice_id))

    async def _append(self, before: int) -> None:
        status = "" if self.status == "all" else self.status
        page = await self._use(notice_pages.list_notices, status=status, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before


class NoticeEditState(Screen, rx.State):
    """One notice being written; the page's script keeps what is typed."""

    view: NoticeEditor | None = None
    done: str = ""
    # Counts up when the form has to be drawn anew.
    drawn: int = 0

    @handler(Permission.NOTICE_WRITE)
    async def load(self) -> None:
        """Show the notice named in the address."""
        self.view = None
        self._clear()
        done = self._route_word("done") == "1"
        await self._look(self._route_number("notice_id"))
        self.done = _said(self._known()) if done else ""
        self.loaded = True

    @handler(Permission.NOTICE_WRITE)
    async def refresh(self) -> None:
        """Show how it will look after something was kept, without touching what is typed."""
        self.view = await self._use(notice_pages.get_editor, self._known().id)

    @handler(Permission.NOTICE_WRITE)
    async def withdraw(self, form: dict[str, str]) -> None:
        """Take the notice away from its readers."""
        self._clear()
        known = self._known()
        fresh = await self._use(notice_pages.get_editor, known.id)
        await self._change(
            notices.withdraw, notice_id=known.id, reason=form.get("reason", ""),
            version=fresh.version,
        )  # fmt: skip
        await self._look(known.id)
        self.done = "已撤下，任何人不能再查看。"

    @handler(Permission.NOTICE_WRITE)
    async def drop(self) -> object:
        """Throw away what was typed and not published."""
        self._clear()
        known = self._known()
        fresh = await self._use(notice_pages.get_editor, known.id)
        files = await self._change(notices.drop, notice_id=known.id, version=fresh.version)
        await asyncio.to_thread(notice_files.discard, files)
        if known.edition == 0:
            return rx.redirect(routes.DESK_NOTICES)
        await self._look(known.id)
        self.done = "修改已放弃，已发布的内容不变。"
        return None

    async def _look(self, notice_id: int) -> None:
        self.view = await self._use(notice_pages.get_editor, notice_id)
        self.drawn += 1
        self.done = ""

    def _known(self) -> NoticeEditor:
        if self.view is None:
            raise NotFound()
        return self.view


def _said(view: NoticeEditor) -> str:
    if view.status == "scheduled":
        return f"已定时，将于{view.when}。"
    return "已发布。" if view.status == "published" else ""
