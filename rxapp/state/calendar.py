"""工作日历: a year day by day, its draft, its versions."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import calendar_editing
from rxapp.services.calendar_editing import CalendarView
from rxapp.state.handlers import Screen, handler


class CalendarState(Screen, rx.State):
    """One year, named in the address."""

    view: CalendarView | None = None
    done: str = ""
    drawn: int = 0

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show the year named in the address, or this one."""
        self.view = None
        self._begin()
        await self._look(self._route_number("year"))
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def mark(self, form: dict[str, str]) -> None:
        """Draft one day."""
        self._begin()
        known = self._known()
        typed = {name: form.get(name, "") for name in ("day", "kind", "name")}
        await self._change(calendar_editing.mark, year=known.year, typed=typed)
        await self._look(known.year)
        self.drawn += 1

    @handler(Permission.POLICY_EDIT)
    async def discard(self) -> None:
        """Throw the draft away."""
        self._begin()
        known = self._known()
        await self._change(calendar_editing.discard, year=known.year)
        await self._look(known.year)
        self.done = "未发布的改动已放弃，现行日历不变。"

    @handler(Permission.POLICY_EDIT)
    async def publish(self, form: dict[str, str]) -> None:
        """Let the draft hold from now on."""
        self._begin()
        known = self._known()
        version = await self._change(
            calendar_editing.publish, year=known.year, note=form.get("note", ""),
            version=known.version,
        )  # fmt: skip
        await self._look(known.year)
        self.done = f"{known.year}年工作日历第{version}版已发布，今后的备案按此计算。"

    async def _look(self, year: int) -> None:
        self.view = await self._use(calendar_editing.get_calendar, year=year)

    def _begin(self) -> None:
        self._clear()
        self.done = ""

    def _known(self) -> CalendarView:
        if self.view is None:
            raise NotFound()
        return self.view
