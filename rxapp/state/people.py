"""人员: the people of one's own office and below, and one person's page."""

import asyncio
from urllib.parse import urlencode

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import (
    codes,
    disclosures,
    evidence,
    people,
    person_pages,
    person_states,
    pseudonyms,
)
from rxapp.services.people import PersonRow
from rxapp.services.person_pages import PersonDetail
from rxapp.state.handlers import Screen, handler


class PeopleState(Screen, rx.State):
    """The people of one's own office and below, and one-time codes for them.

    What is looked for stays in the address, so that a reload and the back button keep it.
    """

    rows: list[PersonRow] = []
    office: str = ""
    # The name of the one organisation that is shown, if it is one.
    unit: str = ""
    organisation_id: int = 0
    query: str = ""
    status: str = ""
    title: str = ""
    next_after: str = ""
    code: str = ""
    code_for: str = ""
    may_issue: bool = False

    @handler(Permission.PEOPLE_READ)
    async def load(self) -> None:
        """Show the office and its people."""
        self.code = self.code_for = ""
        self.query, self.status = self._route_word("q"), self._route_word("status")
        self.title = self._route_word("title")
        self.organisation_id = self._route_number("organisation")
        self.office, _, self.may_issue = await self._use(people.get_office)
        self.rows = []
        await self._append("")
        self._clear()
        self.loaded = True

    @handler(Permission.PEOPLE_READ)
    async def search(self, form: dict[str, str]) -> object:
        """Put what is looked for (name, pinyin, number, employer, state, title) in the address."""
        chosen = {key: form.get(key, "").strip()[:60] for key in ("q", "status", "title")}
        if self.organisation_id:
            chosen["organisation"] = str(self.organisation_id)
        kept = {key: value for key, value in chosen.items() if value}
        return rx.redirect(
            f"{routes.DESK_PEOPLE}?{urlencode(kept)}" if kept else routes.DESK_PEOPLE
        )

    @handler(Permission.PEOPLE_READ)
    async def more(self) -> None:
        """Show the next people below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.CODE_ISSUE)
    async def issue(self, person_id: int, purpose: str) -> None:
        """Give one person a one-time code; it is shown once."""
        self._clear()
        self.code = self.code_for = ""
        code, name = await self._change(codes.issue, person_id=person_id, purpose=purpose)
        self.code, self.code_for = code, name

    async def _append(self, after: str) -> None:
        page = await self._use(
            people.list_people, query=self.query, status=self.status, title=self.title,
            organisation_id=self.organisation_id, after=after,
        )  # fmt: skip
        self.unit = page.unit
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after


class PersonState(Screen, rx.State):
    """One person."""

    view: PersonDetail | None = None
    done: str = ""
    # Shown once, gone with the next press.
    shown: str = ""
    shown_what: str = ""
    code: str = ""

    @handler(Permission.PEOPLE_READ)
    async def load(self) -> None:
        """Show the person named in the address."""
        self.view = None
        self._begin()
        self.view = await self._use(person_pages.get_person, self._route_number("person_id"))
        self.loaded = True

    @handler(Permission.PEOPLE_REVEAL)
    async def reveal(self, form: dict[str, str]) -> None:
        """Show a full number, with the reason recorded."""
        self._begin()
        what = form.get("what", "")
        self.shown = await self._change(
            disclosures.show_number, person_id=self._known().id, what=what,
            reason=form.get("reason", ""),
        )  # fmt: skip
        self.shown_what = disclosures.LABELS.get(what, "")

    @handler(Permission.PEOPLE_EDIT)
    async def set_status(self, form: dict[str, str]) -> None:
        """Give the person another state from a day on."""
        self._begin()
        known = self._known()
        self.done = await self._change(
            person_states.set_status, person_id=known.id, status=form.get("status", ""),
            begins_on=form.get("begins_on", ""), note=form.get("note", ""), version=known.version,
        )  # fmt: skip
        self.view = await self._use(person_pages.get_person, known.id)

    @handler(Permission.CODE_ISSUE)
    async def issue(self, purpose: str) -> None:
        """Give the person a one-time code; it is shown once."""
        self._begin()
        known = self._known()
        self.code, _ = await self._change(codes.issue, person_id=known.id, purpose=purpose)

    @handler(Permission.PEOPLE_CLOSE)
    async def close(self, form: dict[str, str]) -> None:
        """Take the name and numbers of somebody who left away for good."""
        self._begin()
        known = self._known()
        files = await self._change(
            pseudonyms.close, person_id=known.id, name=form.get("name", ""),
            reason=form.get("close_reason", ""), version=known.version,
        )  # fmt: skip
        await asyncio.to_thread(evidence.discard, files)
        self.view = await self._use(person_pages.get_person, known.id)
        self.done = "该人员的姓名和号码已隐去，学时和日志保留。"

    def _begin(self) -> None:
        self._clear()
        self.done = self.shown = self.shown_what = self.code = ""

    def _known(self) -> PersonDetail:
        if self.view is None:
            raise NotFound()
        return self.view
