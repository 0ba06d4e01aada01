"""培训项目, the organiser's side: the list, a new one by its first day, one being filled in."""

import asyncio
from urllib.parse import urlencode

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import LONGEST
from rxapp.services import (
    evidence,
    project_beginning,
    project_dates,
    project_files,
    project_pages,
    projects,
)
from rxapp.services.project_dates import Asked
from rxapp.services.project_pages import ProjectRow, ProjectView
from rxapp.state.handlers import Screen, handler


class ProjectsState(Screen, rx.State):
    """The classes of one's own organisations; the filters stay in the address."""

    rows: list[ProjectRow] = []
    next_before: int = 0
    status: str = ""
    query: str = ""

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the newest that fit the address."""
        self.status, self.query = self._route_word("status"), self._route_word("q")
        self.rows = []
        await self._append(0)
        self._clear()
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def narrow(self, form: dict[str, str]) -> object:
        """Put what is looked for into the address."""
        chosen = {name: form.get(name, "").strip()[:60] for name in ("status", "q")}
        kept = {name: word for name, word in chosen.items() if word}
        return rx.redirect(f"{routes.DESK_PROJECTS}?{urlencode(kept)}")

    @handler(Permission.PROJECT_FILE)
    async def more(self) -> None:
        """Show the next older ones below."""
        if self.next_before:
            await self._append(self.next_before)

    async def _append(self, before: int) -> None:
        page = await self._use(
            project_pages.list_own, status=self.status, query=self.query, before=before
        )
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before


class ProjectNewState(Screen, rx.State):
    """A new class begins with its first day: what is too late is refused before the form."""

    organisers: list[tuple[str, str]] = []
    asked: Asked | None = None
    typed: dict[str, str] = {}

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show for whom one files."""
        self.organisers = await self._use(project_beginning.list_organisers)
        self.asked, self.typed = None, {}
        self._clear()
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def ask(self, form: dict[str, str]) -> None:
        """Say until when a class that begins on a day can be filed."""
        self._clear()
        self.asked = None
        self.typed = {name: form.get(name, "")[:40] for name in ("starts_on", "organisation")}
        self.asked = await self._use(
            project_dates.ask_deadline, starts_on=self.typed["starts_on"]
        )  # fmt: skip

    @handler(Permission.PROJECT_FILE)
    async def begin(self) -> object:
        """Begin the form of the class that was asked about."""
        self._clear()
        word = self.typed.get("organisation", "")
        office = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
        project_id = await self._change(
            project_beginning.begin, starts_on=self.typed.get("starts_on", ""),
            organisation_id=office, item_id=self._route_number("item"),
        )  # fmt: skip
        return rx.redirect(routes.desk_project(project_id))


class ProjectState(Screen, rx.State):
    """One class: its form, kept at every change, then how its filing stands."""

    view: ProjectView | None = None
    typed: dict[str, str] = {}
    version: int = 0
    done: str = ""
    # Counts up when the form has to be drawn anew.
    drawn: int = 0

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the class named in the address."""
        self.view, self.done = None, ""
        self._clear()
        await self._look(self._route_number("project_id"))
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def keep(self, name: str, text: str) -> None:
        """Keep one field as it was typed."""
        if name not in LONGEST:
            raise NotFound()
        known = self._known()
        self.version = await self._change(
            projects.save, project_id=known.id, typed={name: text}, version=self.version
        )
        # The form is not drawn anew: what is being typed elsewhere in it stays.
        self.typed = self.typed | {name: text}

    @handler(Permission.PROJECT_FILE)
    async def fill_days(self, form: dict[str, str]) -> None:
        """Add the working days up to a last one."""
        self._begin()
        known = self._known()
        await self._change(
            project_beginning.fill_days, project_id=known.id, until=form.get("until", ""),
            hours=form.get("day_hours", ""), version=self.version,
        )  # fmt: skip
        await self._look(known.id)

    @handler(Permission.PROJECT_FILE)
    async def submit(self, form: dict[str, str]) -> None:
        """Keep what was typed, then file it: what was typed stays even when it is refused."""
        self._begin()
        known = self._known()
        typed = {name: form[name] for name in LONGEST if name in form}
        self.version = await self._change(
            projects.save, project_id=known.id, typed=typed, version=self.version
        )
        self.typed = self.typed | typed
        number = await self._change(
            projects.submit, project_id=known.id, version=self.version
        )  # fmt: skip
        await self._look(known.id)
        self.done = f"已报备，受理编号 {number}。审核结果会发消息告知。"

    @handler(Permission.PROJECT_FILE)
    async def withdraw(self) -> None:
        """Take the filing back."""
        await self._do(projects.withdraw, "已撤回，可以修改后重新报备。")

    @handler(Permission.PROJECT_FILE)
    async def cancel(self, form: dict[str, str]) -> None:
        """Cancel the class with a reason."""
        said = "已取消，已报名的人员会收到消息。"
        await self._do(projects.cancel, said, reason=form.get("reason", ""))

    @handler(Permission.PROJECT_FILE)
    async def discard_change(self) -> None:
        """Give up what was typed since it was approved."""
        await self._do(projects.discard_change, "已放弃未报备的变更。")

    @handler(Permission.PROJECT_FILE)
    async def remove(self) -> object:
        """Delete a draft that was never filed."""
        self._begin()
        known = self._known()
        files = await self._change(projects.remove, project_id=known.id, version=self.version)
        await asyncio.to_thread(evidence.discard, files)
        return rx.redirect(routes.DESK_PROJECTS)

    @handler(Permission.PROJECT_FILE)
    async def attach(self, form: dict[str, str]) -> None:
        """Add the material that was uploaded."""
        self._begin()
        known = self._known()
        await self._change(
            project_files.attach, project_id=known.id, ticket=form.get("project", "")
        )
        await self._look(known.id)

    @handler(Permission.PROJECT_FILE)
    async def detach(self, file_id: int) -> None:
        """Take a material off."""
        self._begin()
        known = self._known()
        files = await self._change(project_files.detach, project_id=known.id, file_id=file_id)
        await asyncio.to_thread(evidence.discard, files)
        await self._look(known.id)

    async def _do(self, use_case, said: str, **given: str) -> None:  # type: ignore[no-untyped-def]
        self._begin()
        known = self._known()
        await self._change(use_case, project_id=known.id, version=self.version, **given)
        await self._look(known.id)
        self.done = said

    async def _look(self, project_id: int) -> None:
        self.view = await self._use(project_pages.get_project, project_id)
        self.typed, self.version = dict(self.view.typed), self.view.version
        self.drawn += 1

    def _begin(self) -> None:
        self._clear()
        self.done = ""

    def _known(self) -> ProjectView:
        if self.view is None:
            raise NotFound()
        return self.view
