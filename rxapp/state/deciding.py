"""办理: one application before one's office."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.applications import Kind
from rxapp.rules.permissions import Permission
from rxapp.services import deciding, organisation_search
from rxapp.services.deciding import ApplicationDetail
from rxapp.services.evidence import EvidenceView
from rxapp.services.organisation_search import EMPLOYERS, SUPERIORS, OrganisationChoice
from rxapp.state.handlers import Screen, handler


class DecidingState(Screen, rx.State):
    """The application, its evidence, and the verdict."""

    view: ApplicationDetail | None = None
    evidence: list[EvidenceView] = []
    note: str = ""
    done: str = ""
    choices: list[OrganisationChoice] = []
    searched: bool = False
    chosen: int = 0
    chosen_name: str = ""

    @handler(Permission.REVIEW)
    async def load(self) -> None:
        """Show the application named in the address."""
        self.view = None
        self.done = self.note = ""
        self.choices, self.searched, self.chosen, self.chosen_name = [], False, 0, ""
        self._clear()
        await self._look(self._route_number("application_id"))
        self.loaded = True

    @handler(Permission.REVIEW)
    async def write(self, note: str) -> None:
        """Keep what is being typed as the reason."""
        self.note = note[:400]

    @handler(Permission.REVIEW)
    async def decide(self, verdict: str, version: int) -> None:
        """Give one verdict on what was shown as `version`; pressed twice it counts once."""
        if self.view is None and self.done:
            return  # the second press: the first one sent it on to where this office does not look
        self._clear()
        self.done = ""
        if self.view is None:
            raise NotFound()
        self.done = await self._change(
            deciding.decide, application_id=self.view.id, verdict=verdict, note=self.note,
            version=version, pass_to=self.chosen,
        )  # fmt: skip
        self.note = ""
        try:
            await self._look(self.view.id)
        except NotFound:
            # Passed on to where this office does not look.
            self.view, self.evidence = None, []

    @handler(Permission.REVIEW)
    async def find_office(self, form: dict[str, str]) -> None:
        """Look for the office it should have gone to."""
        self._clear()
        if self.view is None:
            raise NotFound()
        wanted = SUPERIORS if self.view.kind == Kind.ORGANISATION.label else EMPLOYERS
        self.choices = await self._use(
            organisation_search.find_choices, query=form.get("q", ""), wanted=wanted
        )
        self.searched = True

    @handler(Permission.REVIEW)
    async def choose(self, organisation_id: int) -> None:
        """Choose one of those found."""
        found = [each for each in self.choices if each.id == organisation_id]
        if not found:
            raise NotFound()
        self.chosen, self.chosen_name = found[0].id, found[0].name

    async def _look(self, application_id: int) -> None:
        self.view = await self._use(deciding.get_application, application_id)
        self.evidence = await self._use(deciding.list_evidence, application_id)
