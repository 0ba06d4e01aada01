"""操作日志 and 期限设置: what only bureaus see."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import audit_log, city_values
from rxapp.services.audit_log import AuditLine, ChainHead, Wanted
from rxapp.state.handlers import Screen, handler


class AuditState(Screen, rx.State):
    """The records of one's own subtree, and the head of their chain."""

    rows: list[AuditLine] = []
    next_before: int = 0
    head: ChainHead | None = None
    wanted: dict[str, str] = {}

    @handler(Permission.AUDIT_READ)
    async def load(self) -> None:
        """Show the newest records."""
        self.wanted, self.rows = {}, []
        self.head = await self._use(audit_log.get_head)
        await self._append(0)
        self._clear()
        self.loaded = True

    @handler(Permission.AUDIT_READ)
    async def search(self, form: dict[str, str]) -> None:
        """Look by person, action, kind, office and days."""
        self._clear()
        known = ("person", "action", "kind", "office", "first", "last")
        self.wanted = {key: form.get(key, "")[:80] for key in known}
        self.rows = []
        await self._append(0)

    @handler(Permission.AUDIT_READ)
    async def more(self) -> None:
        """Show older records below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    async def _append(self, before: int) -> None:
        page = await self._use(audit_log.list_events, wanted=Wanted(**self.wanted), before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before


class ValuesState(Screen, rx.State):
    """The city's own periods."""

    typed: dict[str, str] = {}
    versions: dict[str, int] = {}
    done: str = ""

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show every period."""
        self.done = ""
        await self._look()
        self._clear()
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def save(self, form: dict[str, str]) -> None:
        """Set one period."""
        self._clear()
        self.done = ""
        key = form.get("key", "")
        await self._change(
            city_values.set_value, key=key, typed=form.get(key, ""),
            version=self.versions.get(key, 0),
        )  # fmt: skip
        await self._look()
        self.done = "已保存，即时生效。"

    async def _look(self) -> None:
        rows = await self._use(city_values.list_values)
        self.typed = {row.key: row.value for row in rows}
        self.versions = {row.key: row.version for row in rows}
