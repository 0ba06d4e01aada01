"""年度设置: the years, one of them being changed, windows extended, the next one opened."""

import reflex as rx

from rxapp import clock
from rxapp.errors import Invalid, NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import extending, new_year, year_editing
from rxapp.services.extending import ExtensionRow
from rxapp.services.new_year import YearPlan
from rxapp.services.year_editing import YearEditor, YearLine, YearPreview
from rxapp.state.handlers import Screen, handler

EXTENDED = ("year", "window", "county", "until", "reason")


class YearsDeskState(Screen, rx.State):
    """Every year in a line, and the windows that were extended."""

    lines: list[YearLine] = []
    years: list[tuple[str, str]] = []
    # This year, where nobody has opened it yet.
    unopened: str = ""
    areas: list[tuple[str, str]] = []
    rows: list[ExtensionRow] = []
    next_before: int = 0
    # The extension about to be taken back.
    chosen: int = 0
    chosen_words: str = ""
    done: str = ""
    # Counts up when the form has to be drawn anew.
    drawn: int = 0

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show the years and what was extended."""
        self._begin()
        self.lines = await self._use(year_editing.list_years)
        self.years = [(f"{line.year}", line.label) for line in self.lines]
        this_year = clock.today().year
        known = any(line.year == this_year for line in self.lines)
        self.unopened = "" if known else f"{this_year}"
        counties = await self._use(extending.list_counties)
        self.areas = [("all", extending.WHOLE_CITY), *counties]
        await self._look()
        self.drawn += 1
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def extend(self, form: dict[str, str]) -> None:
        """Hold a window open longer."""
        self._begin()
        typed = {name: form.get(name, "") for name in EXTENDED}
        said = await self._change(extending.extend, typed=typed)
        await self._look()
        self.drawn += 1
        self.done = said

    @handler(Permission.POLICY_EDIT)
    async def more(self) -> None:
        """Show older extensions below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.POLICY_EDIT)
    async def choose(self, extension_id: int) -> None:
        """Choose one of the extensions shown, to take it back."""
        self._begin()
        found = [row for row in self.rows if row.id == extension_id and row.state == "有效"]
        if found:
            row = found[0]
            self.chosen = row.id
            self.chosen_words = f"{row.year}{row.window}，{row.area}，到{row.until}"

    @handler(Permission.POLICY_EDIT)
    async def revoke(self, form: dict[str, str]) -> None:
        """Take the chosen extension back."""
        self._clear()
        said = await self._change(
            extending.revoke, extension_id=self.chosen, reason=form.get("revoke_reason", "")
        )
        self._begin()
        await self._look()
        self.done = said

    async def _look(self) -> None:
        self.rows = []
        await self._append(0)

    async def _append(self, before: int) -> None:
        page = await self._use(extending.list_extensions, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before

    def _begin(self) -> None:
        self._clear()
        self.done, self.chosen, self.chosen_words = "", 0, ""


class YearDeskState(Screen, rx.State):
    """One year: its form, what a change would do, what was changed before."""

    view: YearEditor | None = None
    preview: YearPreview | None = None
    done: str = ""
    _typed: dict[str, str] = {}

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show the year named in the address."""
        self._begin()
        self.view = None
        self.view = await self._use(year_editing.get_editor, self._route_number("year"))
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def show_effect(self, form: dict[str, str]) -> None:
        """Show what the form would change, and for whom; nothing holds yet."""
        self._begin()
        known = self._known()
        typed = {name: form.get(name, "") for name in known.typed}
        self.preview = await self._use(year_editing.preview, year=known.year, typed=typed)
        self._typed = typed

    @handler(Permission.POLICY_EDIT)
    async def save(self, form: dict[str, str]) -> None:
        """Let what was previewed hold from now on."""
        self._clear()
        known = self._known()
        await self._change(
            year_editing.save, year=known.year, typed=self._typed, note=form.get("note", ""),
            version=known.version,
        )  # fmt: skip
        self._begin()
        self.view = await self._use(year_editing.get_editor, known.year)
        self.done = "已保存，即时生效。已计入的学时和已出具的证明不变。"

    def _begin(self) -> None:
        self._clear()
        self.done, self.preview, self._typed = "", None, {}

    def _known(self) -> YearEditor:
        if self.view is None:
            raise NotFound()
        return self.view


class NewYearState(Screen, rx.State):
    """The year that comes next: what it would bring, and which courses go over."""

    view: YearPlan | None = None
    chosen: list[int] = []
    done: str = ""

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show what opening the next year would bring; at first every course goes over."""
        self._begin()
        await self._look()
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def toggle(self, course_id: int) -> None:
        """Let a course go over, or leave it behind."""
        self._begin()
        if course_id in self.chosen:
            self.chosen = [each for each in self.chosen if each != course_id]
        elif course_id in self._free():
            self.chosen = [*self.chosen, course_id]

    @handler(Permission.POLICY_EDIT)
    async def toggle_all(self) -> None:
        """Let every course go over, or none when all were to."""
        self._begin()
        every = self._free()
        self.chosen = [] if len(self.chosen) == len(every) else every

    @handler(Permission.POLICY_EDIT)
    async def open_it(self) -> None:
        """Open the year with the chosen courses."""
        self._begin()
        if self.view is None:
            raise NotFound()
        if self.view.opened and not self.chosen:
            raise Invalid(message="请先勾选要沿用的课程。")
        year, chosen, copied = self.view.year, list(self.chosen), 0
        while True:
            step = await self._change(new_year.open_year, year=year, courses=chosen)
            copied += step.copied
            if not step.left:
                break
        await self._look()
        self.done = new_year.tell(year, copied, step.blocked)

    async def _look(self) -> None:
        self.view = await self._use(new_year.get_plan)
        self.chosen = self._free()

    def _free(self) -> list[int]:
        return [each.id for each in self.view.courses if not each.there] if self.view else []

    def _begin(self) -> None:
        self._clear()
        self.done = ""
