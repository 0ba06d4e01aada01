"""单位: the tree as its offices see and keep it."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import organisation_pages, tree
from rxapp.services.organisation_pages import OrganisationDetail, OrganisationRow, PendingRow
from rxapp.services.organisation_search import OrganisationChoice
from rxapp.state.handlers import Screen, handler


class OrganisationsState(Screen, rx.State):
    """The organisations of one's own subtree."""

    rows: list[OrganisationRow] = []
    pending: list[PendingRow] = []
    query: str = ""
    capacity: str = ""
    status: str = ""
    next_after: str = ""

    @handler(Permission.ORGANISATION_READ)
    async def load(self) -> None:
        """Show the first page."""
        self.query = self.capacity = self.status = ""
        self.rows = []
        self.pending = await self._use(organisation_pages.list_pending)
        await self._append("")
        self._clear()
        self.loaded = True

    @handler(Permission.ORGANISATION_READ)
    async def search(self, form: dict[str, str]) -> None:
        """Look for organisations by name, initials or code, capacity and state."""
        self.query = form.get("q", "").strip()[:60]
        self.capacity = form.get("capacity", "")[:20]
        self.status = form.get("status", "")[:20]
        self.rows = []
        await self._append("")

    @handler(Permission.ORGANISATION_READ)
    async def more(self) -> None:
        """Show the next organisations below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    async def _append(self, after: str) -> None:
        page = await self._use(
            organisation_pages.list_organisations, query=self.query, capacity=self.capacity,
            status=self.status, after=after,
        )  # fmt: skip
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after


class OrganisationState(Screen, rx.State):
    """One organisation."""

    view: OrganisationDetail | None = None
    done: str = ""
    # The other organisation of a move or a merger.
    choices: list[OrganisationChoice] = []
    searched: bool = False
    chosen: int = 0
    chosen_name: str = ""

    @handler(Permission.ORGANISATION_READ)
    async def load(self) -> None:
        """Show the organisation named in the address."""
        self.view = None
        self.done = ""
        self._unchoose()
        self._clear()
        await self._show_it(self._route_number("organisation_id"))
        self.loaded = True

    @handler(Permission.ORGANISATION_EDIT)
    async def edit(self, form: dict[str, str]) -> None:
        """Correct what the organisation is called and where it is."""
        self._begin()
        known = self._known()
        self.done = await self._change(
            tree.edit, organisation_id=known.id, typed=form, version=known.version
        )
        await self._show_it(known.id)

    @handler(Permission.ORGANISATION_EDIT)
    async def find_other(self, form: dict[str, str]) -> None:
        """Look for the superior to move to, or the organisation to merge into."""
        self._begin()
        page = await self._use(
            organisation_pages.list_organisations, query=form.get("q", "")[:60], status="active"
        )
        self.choices = [OrganisationChoice(r.id, r.name, r.above) for r in page.rows[:10]]
        self.searched = True

    @handler(Permission.ORGANISATION_EDIT)
    async def choose(self, organisation_id: int) -> None:
        """Choose one of those found."""
        found = [each for each in self.choices if each.id == organisation_id]
        if not found:
            raise NotFound()
        self.chosen, self.chosen_name = found[0].id, found[0].name

    @handler(Permission.ORGANISATION_EDIT)
    async def change_state(self, form: dict[str, str]) -> None:
        """Move, merge, suspend, resume or close it."""
        self._begin()
        known, note = self._known(), form.get("note", "")
        action = form.get("action", "")
        if action in _TO_ANOTHER:
            use_case, other = _TO_ANOTHER[action]
            self.done = await self._change(
                use_case, organisation_id=known.id, note=note, version=known.version,
                **{other: self.chosen},
            )  # fmt: skip
        elif action in _ALONE:
            self.done = await self._change(
                _ALONE[action], organisation_id=known.id, note=note, version=known.version
            )
        else:
            raise NotFound()
        self._unchoose()
        await self._show_it(known.id)

    async def _show_it(self, organisation_id: int) -> None:
        self.view = await self._use(organisation_pages.get_organisation, organisation_id)

    def _begin(self) -> None:
        self.done = ""
        self._clear()

    def _known(self) -> OrganisationDetail:
        if self.view is None:
            raise NotFound()
        return self.view

    def _unchoose(self) -> None:
        self.choices, self.searched = [], False
        self.chosen, self.chosen_name = 0, ""


_TO_ANOTHER = {"move": (tree.move, "to_id"), "merge": (tree.merge, "into_id")}
_ALONE = {"suspend": tree.suspend, "resume": tree.resume, "close": tree.close}
