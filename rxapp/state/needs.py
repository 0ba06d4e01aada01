"""培训需求: posted by employers, answered by bases."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import needs
from rxapp.services.needs import NeedRow
from rxapp.state.handlers import Screen, handler

FIELDS = ("title", "subject", "field", "people", "wanted_by", "note")


class NeedsState(Screen, rx.State):
    """One's own needs, or all that a base may answer."""

    may_post: bool = False
    may_answer: bool = False
    classes: list[tuple[str, str]] = []
    place: str = ""
    rows: list[NeedRow] = []
    next_before: int = 0
    done: str = ""
    drawn: int = 0

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show what one's offices may do, and the needs that concern them."""
        desk = await self._use(needs.get_desk)
        self.may_post, self.may_answer, self.classes = (
            desk.may_post, desk.may_answer, desk.classes
        )  # fmt: skip
        word = self._route_word("place")
        self.place = word if word in ("own", "open") else "open" if desk.may_answer else "own"
        self._begin()
        await self._look()
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def more(self) -> None:
        """Show older ones below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.PROJECT_FILE)
    async def post(self, form: dict[str, str]) -> None:
        """Say what training one's people need."""
        self._begin()
        await self._change(needs.post, typed={name: form.get(name, "") for name in FIELDS})
        self.place = "own"
        self.drawn += 1
        await self._look()
        self.done = "已发布，继续教育基地答复后会发消息告知。"

    @handler(Permission.PROJECT_FILE)
    async def answer(self, form: dict[str, str]) -> None:
        """Answer a need with a class of one's own."""
        self._begin()
        await self._change(
            needs.answer, need_id=_number(form.get("need", "")),
            project_id=_number(form.get("project", "")),
        )  # fmt: skip
        await self._look()
        self.done = "已答复，对方会收到消息。"

    @handler(Permission.PROJECT_FILE)
    async def close(self, need_id: int) -> None:
        """Close a need of one's own."""
        self._begin()
        await self._change(needs.close, need_id=need_id)
        await self._look()
        self.done = "已关闭。"

    async def _look(self) -> None:
        self.rows = []
        await self._append(0)

    async def _append(self, before: int) -> None:
        page = await self._use(needs.list_needs, place=self.place, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before

    def _begin(self) -> None:
        self._clear()
        self.done = ""


def _number(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
