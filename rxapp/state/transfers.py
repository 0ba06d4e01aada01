"""单位变更: what a person asks for, and how it stands."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import organisation_search, transfers
from rxapp.services.organisation_search import EMPLOYERS, OrganisationChoice
from rxapp.services.transfers import TransferView
from rxapp.state.handlers import Screen, handler


class TransferState(Screen, rx.State):
    """Asking to belong to another employer, and how that stands."""

    view: TransferView | None = None
    done: str = ""
    choices: list[OrganisationChoice] = []
    searched: bool = False
    chosen: int = 0
    chosen_name: str = ""

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the newest request."""
        self._begin()
        self.choices, self.searched, self.chosen, self.chosen_name = [], False, 0, ""
        self.view = await self._use(transfers.get_own)
        self.loaded = True

    @handler(Permission.LEARN)
    async def find(self, form: dict[str, str]) -> None:
        """Look for the new employer."""
        self._begin()
        self.choices = await self._use(
            organisation_search.find_choices, query=form.get("q", ""), wanted=EMPLOYERS
        )
        self.searched = True

    @handler(Permission.LEARN)
    async def choose(self, organisation_id: int) -> None:
        """Choose one of those found."""
        found = [each for each in self.choices if each.id == organisation_id]
        if not found:
            raise NotFound()
        self.chosen, self.chosen_name = found[0].id, found[0].name
        self.choices, self.searched = [], False

    @handler(Permission.LEARN)
    async def ask(self, form: dict[str, str]) -> None:
        """Ask for the change."""
        self._begin()
        self.view = await self._change(transfers.ask, to_id=self.chosen, note=form.get("note", ""))
        self.done = f"申请已提交，受理编号 {self.view.number}。"

    @handler(Permission.LEARN)
    async def withdraw(self) -> None:
        """Take the request back."""
        self._begin()
        self.view = await self._change(transfers.withdraw_own)
        self.done = "申请已撤回。"

    def _begin(self) -> None:
        self._clear()
        self.done = ""
