"""导出名单: what a list would hold, before it is taken out."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import exporting
from rxapp.state.handlers import Screen, handler


class ExportState(Screen, rx.State):
    """Which list's form is open, and how many rows the list has."""

    opened: str = ""
    summary: str = ""

    @handler(Permission.EXPORT)
    async def open(self, kind: str) -> None:
        """Open the form of one list and say how long the list is."""
        self._clear()
        self.opened = ""
        self.summary = await self._use(exporting.describe, kind=kind)
        self.opened = kind
