"""监督检查: the matters in which one is heard oneself, and what stands on record."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import case_pages, integrity, order_pages
from rxapp.services.case_pages import CaseDetail, CaseRow
from rxapp.services.disclosures import DisclosureRow
from rxapp.services.integrity import IntegrityRow
from rxapp.services.order_pages import ResponsibilityRow
from rxapp.state.handlers import Screen, handler


class MyCasesState(Screen, rx.State):
    """One's own matters, records, and who looked them up."""

    rows: list[CaseRow] = []
    records: list[IntegrityRow] = []
    looks: list[DisclosureRow] = []
    responsibility: list[ResponsibilityRow] = []

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show everything that concerns oneself."""
        self._clear()
        self.rows = await self._use(case_pages.list_own)
        self.records = await self._use(integrity.list_own)
        self.looks = await self._use(integrity.list_looks)
        self.responsibility = await self._use(order_pages.list_own_responsibility)
        self.loaded = True


class MyCaseState(Screen, rx.State):
    """One matter in which one is heard; the answer is posted by the page's form."""

    view: CaseDetail | None = None
    done: str = ""

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the matter named in the address."""
        self._clear()
        self.view = None
        self.done = "答复已提交。" if self._route_word("new") else ""
        self.view = await self._use(case_pages.get_own, self._route_number("case_id"))
        self.loaded = True
