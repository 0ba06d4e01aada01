"""工作台, as far as codes and people need it."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import codes, people
from rxapp.services.people import PersonRow
from rxapp.state.handlers import Screen, handler


class DeskState(Screen, rx.State):
    """The people of one's own office and below, and one-time codes for them."""

    rows: list[PersonRow] = []
    office: str = ""
    query: str = ""
    next_after: int = 0
    code: str = ""
    code_for: str = ""
    may_issue: bool = False
    may_read: bool = False

    @handler(Permission.STAFF)
    async def load(self) -> None:
        """Show the office and its people."""
        self.code = self.code_for = ""
        self.query = self._route_word("q")
        self.office, self.may_read, self.may_issue = await self._use(people.get_office)
        self.rows, self.next_after = [], 0
        if self.may_read:
            await self._append(0)
        self._clear()
        self.loaded = True

    @handler(Permission.PEOPLE_READ)
    async def search(self, form: dict[str, str]) -> None:
        """Look for people by name."""
        self.query = form.get("q", "").strip()[:40]
        self.rows = []
        await self._append(0)

    @handler(Permission.PEOPLE_READ)
    async def more(self) -> None:
        """Show the next people below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.CODE_ISSUE)
    async def issue(self, person_id: int, purpose: str) -> None:
        """Give one person a one-time code; it is shown once."""
        self._clear()
        self.code = self.code_for = ""
        code, name = await self._change(codes.issue, person_id=person_id, purpose=purpose)
        self.code, self.code_for = code, name

    async def _append(self, after: int) -> None:
        page = await self._use(people.list_people, query=self.query, after=after)
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after
