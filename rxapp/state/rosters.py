"""培训名册: the classes of one's own organisation, and who attended one of them."""

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import (
    roster_corrections,
    roster_files,
    roster_lines,
    roster_posting,
    roster_taking,
    rosters,
)
from rxapp.services.roster_corrections import CorrectionRow
from rxapp.services.roster_files import FileView
from rxapp.services.roster_lines import LineRow
from rxapp.services.roster_posting import Summary
from rxapp.services.rosters import ClassRow, RosterView
from rxapp.state.handlers import Screen, handler

MOST_PRINTED = 1000


class RostersState(Screen, rx.State):
    """The classes whose rosters one keeps, or that one's bureau approved."""

    rows: list[ClassRow] = []
    next_after: int = 0
    may_review: bool = False
    place: str = rosters.OWN

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the newest classes."""
        self._clear()
        self.place = rosters.REVIEWED if self._route_word("place") == "reviewed" else rosters.OWN
        self.rows = []
        await self._append(0)
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def more(self) -> None:
        """Show the next classes below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    async def _append(self, after: int) -> None:
        page = await self._use(rosters.list_classes, place=self.place, after=after)
        self.rows, self.next_after = [*self.rows, *page.rows], page.next_after
        self.may_review = page.may_review


class AttendanceState(Screen, rx.State):
    """One class: who attended, and what becomes of it."""

    view: RosterView | None = None
    rows: list[LineRow] = []
    next_after: int = 0
    query: str = ""
    chosen: LineRow | None = None
    summary: Summary | None = None
    corrections: list[CorrectionRow] = []
    done: str = ""
    drawn: int = 0

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the class the page's address names."""
        self._begin()
        self.view, self.rows, self.query = None, [], ""
        self.corrections = []
        await self._look(self._route_number("project_id"))
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def refresh(self) -> None:
        """Show how far the posting is by now."""
        await self._look(self._shown())

    @handler(Permission.PROJECT_FILE)
    async def search(self, form: dict[str, str]) -> None:
        """Look for people on the roster by name or initials."""
        self._begin()
        self.query, self.rows = form.get("q", "")[:60], []
        await self._append(0)

    @handler(Permission.PROJECT_FILE)
    async def more(self) -> None:
        """Show the next people below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.PROJECT_FILE)
    async def tick(self, line_id: int, day: str, attended: str) -> None:
        """Note that somebody was there on a day (`attended` is not empty), or was not."""
        self._clear()
        self.summary = None
        row = await self._change(
            roster_lines.set_day, line_id=line_id, day=day[:10], attended=bool(attended)
        )
        self._put(row)
        if self.chosen is not None and self.chosen.id == row.id:
            # One's own tick is not somebody else's change: what is open goes on from it.
            self.chosen = row

    @handler(Permission.PROJECT_FILE)
    async def open(self, line_id: int) -> None:
        """Open one line to change it."""
        self._begin()
        self.chosen = await self._use(roster_lines.get_line, line_id)

    @handler(Permission.PROJECT_FILE)
    async def close(self) -> None:
        """Leave the line as it is."""
        self._begin()

    @handler(Permission.PROJECT_FILE)
    async def save(self, form: dict[str, str]) -> None:
        """Keep hours, result and note of the open line."""
        self._clear()
        known = self._known()
        row = await self._change(
            roster_lines.save_line, line_id=known.id, typed=form, version=known.version
        )
        self._begin()
        self._put(row)
        self.done = f"已保存{row.name}的记录。"

    @handler(Permission.PROJECT_FILE)
    async def correct(self, form: dict[str, str]) -> None:
        """Put the posted hours of the open line right."""
        self._clear()
        known = self._known()
        row = await self._change(
            roster_corrections.correct, line_id=known.id, hours=form.get("hours", "")[:32],
            reason=form.get("reason", "")[:400], version=known.version,
        )  # fmt: skip
        self._begin()
        await self._look(self._shown())
        self.done = f"已更正{row.name}的学时，并告知本人。"

    @handler(Permission.PROJECT_FILE)
    async def supplement(self, form: dict[str, str]) -> None:
        """Put somebody who was forgotten on the closed roster."""
        self._begin()
        longest = {"name": 60, "identity_number": 60, "hours": 32, "reason": 400}
        typed = {name: form.get(name, "")[:most] for name, most in longest.items()}
        row = await self._change(
            roster_corrections.supplement, project_id=self._shown(), typed=typed
        )
        self.drawn += 1
        self.query = ""
        await self._look(self._shown())
        self.done = f"已补登{row.name}的学时，并告知本人。"

    @handler(Permission.PROJECT_FILE)
    async def remove(self, line_id: int) -> None:
        """Take somebody off the roster."""
        self._begin()
        await self._change(roster_lines.remove_line, line_id=line_id)
        await self._look(self._shown())
        self.done = "已移出名册。"

    @handler(Permission.PROJECT_FILE)
    async def add(self, form: dict[str, str]) -> None:
        """Put one person on the roster by name and number."""
        self._begin()
        typed = {name: form.get(name, "")[:60] for name in ("name", "identity_number")}
        name = await self._change(roster_lines.add_line, project_id=self._shown(), typed=typed)
        self.drawn += 1
        self.query = ""
        await self._look(self._shown())
        self.done = f"已把{name}加入名册。"

    @handler(Permission.PROJECT_FILE)
    async def take_enrolled(self) -> None:
        """Put those who enrolled on the roster."""
        self._begin()
        count = await self._change(roster_taking.take_enrolled, project_id=self._shown())
        await self._look(self._shown())
        self.done = f"已取入{count}名报名人员。" if count else "报名人员都已在名册中。"

    @handler(Permission.PROJECT_FILE)
    async def take_checked_in(self) -> None:
        """Note the days on which people checked in."""
        self._begin()
        count = await self._change(roster_taking.take_checked_in, project_id=self._shown())
        await self._look(self._shown())
        self.done = f"已按签到记录更新{count}人。" if count else "签到记录都已在名册中。"

    @handler(Permission.PROJECT_FILE)
    async def attend_all(self) -> None:
        """Note every day for those of whom nothing is noted yet."""
        self._begin()
        count = await self._change(roster_lines.attend_all, project_id=self._shown())
        await self._look(self._shown())
        self.done = f"已为{count}人记全勤。" if count else "名册中的人员都已有出勤记录。"

    @handler(Permission.PROJECT_FILE)
    async def ask(self) -> None:
        """Show what posting would bring."""
        self._begin()
        self.summary = await self._use(roster_posting.get_summary, project_id=self._shown())

    @handler(Permission.PROJECT_FILE)
    async def post(self) -> None:
        """Post the roster as the summary said."""
        self._clear()
        if self.summary is None:
            raise NotFound()
        said = await self._change(
            roster_posting.post, project_id=self._shown(), stamp=self.summary.stamp
        )
        self._begin()
        await self._look(self._shown())
        self.done = said

    async def _look(self, project_id: int) -> None:
        self.view = await self._use(rosters.get_roster, project_id)
        self.rows = []
        await self._append(0)
        if self.view.may_correct:
            self.corrections = await self._use(
                roster_corrections.list_corrections, project_id=project_id
            )

    async def _append(self, after: int) -> None:
        page = await self._use(
            roster_lines.list_lines, project_id=self._shown(), query=self.query, after=after
        )
        self.rows, self.next_after = [*self.rows, *page.rows], page.next_after

    def _put(self, row: LineRow) -> None:
        self.rows = [row if each.id == row.id else each for each in self.rows]

    def _begin(self) -> None:
        self._clear()
        self.done, self.chosen, self.summary = "", None, None

    def _known(self) -> LineRow:
        if self.chosen is None:
            raise NotFound()
        return self.chosen

    def _shown(self) -> int:
        return self.view.id if self.view else 0


class RosterListState(Screen, rx.State):
    """A roster to print."""

    view: RosterView | None = None
    rows: list[LineRow] = []
    is_cut: bool = False

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show everybody of the class, without anything to press."""
        self._clear()
        self.view, self.rows = None, []
        project_id = self._route_number("project_id")
        view = await self._use(rosters.get_roster, project_id)
        page = await self._use(roster_lines.list_lines, project_id=project_id, most=MOST_PRINTED)
        self.view, self.rows, self.is_cut = view, page.rows, bool(page.next_after)
        self.loaded = True


class RosterImportState(Screen, rx.State):
    """A table of who attended: sent in, looked through, taken."""

    view: RosterView | None = None
    file: FileView | None = None
    back: str = ""

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the class, and the file the page's address names."""
        self._clear()
        self.view, self.file = None, None
        project_id = self._route_number("project_id")
        self.view = await self._use(rosters.get_roster, project_id)
        self.back = routes.desk_roster(project_id)
        if file_id := self._route_number("file"):
            found = await self._use(roster_files.get_file, file_id=file_id)
            self.file = found if found.project_id == project_id else None
        self.loaded = True
