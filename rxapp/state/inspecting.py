"""监督检查: one sample looked through, claim by claim."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import inspection_pages, inspections
from rxapp.services.inspection_pages import InspectionView, ItemRow, ItemView, Result
from rxapp.state.handlers import Screen, handler


class InspectingState(Screen, rx.State):
    """The work list, the claim that is open, what is being said of it, the result."""

    view: InspectionView | None = None
    rows: list[ItemRow] = []
    next_after: int = 0
    wanted: str = ""
    item: ItemView | None = None
    note: str = ""
    right_hours: str = ""
    done: str = ""
    result: Result | None = None

    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Show the sample named in the address, and its first claim without a finding."""
        self.view = self.item = self.result = None
        self.rows, self.next_after, self.wanted, self.done = [], 0, "", ""
        self._clear()
        id = self._route_number("inspection_id")
        await self._look(id)
        await self._append(0)
        await self._open(
            self._route_number("item")
            or await self._use(inspection_pages.find_next, inspection_id=id)
        )
        self.loaded = True

    @handler(Permission.SUPERVISE)
    async def narrow(self, wanted: str) -> None:
        """Show only those with a finding, those without, or all."""
        self.wanted, self.rows = wanted[:20], []
        await self._append(0)

    @handler(Permission.SUPERVISE)
    async def more(self) -> None:
        """Show the next claims below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.SUPERVISE)
    async def open(self, item_id: int) -> object:
        """Put one claim of the list before the inspector."""
        self._clear()
        self.done = ""
        await self._open(item_id)
        return rx.set_focus("item")

    @handler(Permission.SUPERVISE)
    async def write(self, note: str) -> None:
        """Keep what is being typed as the reason."""
        self.note = note[:400]

    @handler(Permission.SUPERVISE)
    async def write_hours(self, hours: str) -> None:
        """Keep what is being typed as the right hours."""
        self.right_hours = hours[:20]

    @handler(Permission.SUPERVISE)
    async def record(self, item_id: int, finding: str, version: int) -> object:
        """Say what was found; the next claim without a finding opens by itself."""
        if self.view is None or self.item is None or self.item.id != item_id:
            return None  # the second press: the first one has gone on to the next claim
        self._clear()
        self.done = ""
        self.done = await self._change(
            inspections.record, item_id=item_id, finding=finding, note=self.note,
            right_hours=self.right_hours, version=version,
        )  # fmt: skip
        await self._look(self.view.id)
        await self._renew()
        following = await self._use(
            inspection_pages.find_next, inspection_id=self.view.id, after=self.item.place
        )
        await self._open(following or item_id)
        return rx.set_focus("item")

    @handler(Permission.SUPERVISE)
    async def close(self, version: int) -> None:
        """End the inspection."""
        self._clear()
        if self.view is None:
            raise NotFound()
        self.done = await self._change(
            inspections.close, inspection_id=self.view.id, version=version
        )
        await self._look(self.view.id)
        if self.item is not None:
            await self._open(self.item.id)
        await self._show_result()

    @handler(Permission.SUPERVISE)
    async def summarise(self) -> None:
        """Show the result, to be printed."""
        self._clear()
        if self.view is None:
            raise NotFound()
        await self._look(self.view.id)
        await self._show_result()

    async def _look(self, inspection_id: int) -> None:
        self.view = await self._use(inspection_pages.get_inspection, inspection_id)

    async def _show_result(self) -> None:
        if self.view is not None:
            self.result = await self._use(inspection_pages.get_result, self.view.id)

    async def _open(self, item_id: int) -> None:
        self.item, self.note, self.right_hours = None, "", ""
        if item_id and self.view is not None:
            self.item = await self._use(
                inspection_pages.get_item, inspection_id=self.view.id, item_id=item_id
            )
            self.note, self.right_hours = self.item.note, self.item.right_hours

    async def _renew(self) -> None:
        """The same stretch of the list as it is now."""
        wanted = max(len(self.rows), 1)
        self.rows, self.next_after = [], 0
        await self._append(0)
        while self.next_after and len(self.rows) < wanted:
            await self._append(self.next_after)

    async def _append(self, after: int) -> None:
        if self.view is None:
            return
        page = await self._use(
            inspection_pages.list_items, inspection_id=self.view.id, wanted=self.wanted,
            after=after,
        )  # fmt: skip
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after
