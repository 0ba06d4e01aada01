"""培训班: what learners may choose from, and one class with its places."""

from urllib.parse import urlencode

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import class_places, classes
from rxapp.services.classes import ClassRow, ClassView
from rxapp.state.handlers import Screen, handler

FILTERS = ("subject", "field", "month", "q")


class ClassesState(Screen, rx.State):
    """The classes one can choose, and those one has a place in; the filters stay in the address."""

    rows: list[ClassRow] = []
    own: list[ClassRow] = []
    next_after: str = ""
    wanted: dict[str, str] = {}

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show what fits the address."""
        self.wanted = {name: self._route_word(name) for name in FILTERS}
        self.own = await self._use(classes.list_own)
        self.rows = []
        await self._append("")
        self._clear()
        self.loaded = True

    @handler(Permission.LEARN)
    async def search(self, form: dict[str, str]) -> object:
        """Put what is looked for into the address."""
        chosen = {name: form.get(name, "").strip()[:60] for name in FILTERS}
        kept = {name: word for name, word in chosen.items() if word}
        return rx.redirect(f"{routes.CLASSES}?{urlencode(kept)}" if kept else routes.CLASSES)

    @handler(Permission.LEARN)
    async def more(self) -> None:
        """Show the next classes below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    async def _append(self, after: str) -> None:
        page = await self._use(
            classes.list_classes, query=self.wanted["q"], subject=self.wanted["subject"],
            field=self.wanted["field"], month=self.wanted["month"], after=after,
        )  # fmt: skip
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after


class ClassState(Screen, rx.State):
    """One class with all a learner must know."""

    view: ClassView | None = None
    done: str = ""

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the class named in the address."""
        self.view, self.done = None, ""
        self.view = await self._use(classes.get_class, self._route_number("project_id"))
        self._clear()
        self.loaded = True

    @handler(Permission.LEARN)
    async def enrol(self) -> None:
        """Take a place."""
        await self._do(class_places.enrol, "报名成功。")

    @handler(Permission.LEARN)
    async def leave(self) -> None:
        """Give the place up."""
        await self._do(class_places.leave, "已取消报名。")

    async def _do(self, use_case, said: str) -> None:  # type: ignore[no-untyped-def]
        self._clear()
        self.done = ""
        if self.view is None:
            raise NotFound()
        await self._change(use_case, project_id=self.view.id)
        self.view = await self._use(classes.get_class, self.view.id)
        self.done = said
