"""诚信档案: looked up by name and number together; a bureau's own list."""

import reflex as rx
from sqlmodel import Session

from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.rules.permissions import Permission
from rxapp.services import integrity
from rxapp.services.actors import Actor
from rxapp.services.integrity import IntegrityAnswer, IntegrityRow
from rxapp.state.cases import of_form
from rxapp.state.handlers import Screen, handler


class IntegrityState(Screen, rx.State):
    """What stands against a person, and the records of one's subtree."""

    answer: IntegrityAnswer | None = None
    rows: list[IntegrityRow] = []
    next_before: int = 0
    # The record that is about to be cancelled.
    chosen: int = 0
    chosen_name: str = ""
    done: str = ""

    @handler(Permission.INTEGRITY_READ)
    async def load(self) -> None:
        """Show the bureau's own list; a panel sees only the form."""
        self._clear()
        self.answer, self.rows, self.done = None, [], ""
        self.chosen, self.chosen_name = 0, ""
        await self._append(0)
        self.loaded = True

    @handler(Permission.INTEGRITY_READ)
    async def look_up(self, form: dict[str, str]) -> None:
        """Look one person up; counted, recorded, and seen by that person."""
        self._clear()
        self.answer, self.done = None, ""
        throttles.take(throttles.INTEGRITY, str(await self._use(_reader)))
        self.answer = await self._change(
            integrity.look_up, name=form.get("name", ""), number=form.get("identity_number", "")
        )

    @handler(Permission.INTEGRITY_READ)
    async def more(self) -> None:
        """Show older records below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.SUPERVISE)
    async def choose(self, record_id: int) -> None:
        """Choose one of the records shown, to cancel it."""
        self._clear()
        self.done = ""
        found = [row for row in self.rows if row.id == record_id and row.state != "已撤销"]
        self.chosen = found[0].id if found else 0
        self.chosen_name = found[0].name if found else ""

    @handler(Permission.SUPERVISE)
    async def cancel(self, form: dict[str, str]) -> None:
        """Cancel the chosen record with a reason."""
        self._clear()
        try:
            self.done = await self._change(
                integrity.cancel, record_id=self.chosen, reason=form.get("cancel_reason", "")
            )
        except Invalid as error:
            raise of_form("cancel", error) from None
        self.chosen, self.chosen_name, self.rows = 0, "", []
        await self._append(0)

    async def _append(self, before: int) -> None:
        page = await self._use(integrity.list_records, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before


def _reader(_session: Session, actor: Actor) -> int:
    return actor.require(Permission.INTEGRITY_READ)
