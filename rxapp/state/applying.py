"""注册 and 查询申请: what people and organisations without an account see."""

import reflex as rx

from rxapp.errors import AppError, NotFound
from rxapp.gate import throttles
from rxapp.rules.permissions import Permission
from rxapp.services import organisation_search, receipts
from rxapp.services.organisation_search import (
    BUREAU_ONLY,
    EMPLOYERS,
    SUPERIORS,
    OrganisationChoice,
)
from rxapp.services.receipts import ReceiptView
from rxapp.state.handlers import Screen, handler


class ApplyingState(Screen, rx.State):
    """Where one belongs or stands below; and what was typed, when it was returned."""

    choices: list[OrganisationChoice] = []
    bureaus: list[OrganisationChoice] = []
    searched: bool = False
    chosen: int = 0
    chosen_name: str = ""
    wanted: str = EMPLOYERS
    # Which of the two registrations this was filled for.
    of_organisation: bool = False
    no_employer: bool = False
    # A returned application that is sent again: its number, the mobile it is known by.
    number: str = ""
    first_mobile: str = ""
    again: bool = False
    # What was typed before, by field.
    typed: dict[str, str] = {}
    ready: bool = False

    @handler(Permission.PUBLIC)
    async def load_person(self) -> None:
        """Begin a person's registration, or ask for the mobile of a returned one."""
        await self._begin(EMPLOYERS)

    @handler(Permission.PUBLIC)
    async def load_organisation(self) -> None:
        """Begin an organisation's registration likewise."""
        await self._begin(SUPERIORS)

    @handler(Permission.PUBLIC)
    async def open_again(self, form: dict[str, str]) -> None:
        """Show what was typed in a returned application to whoever knows its mobile."""
        self._clear()
        throttles.take(throttles.APPLY_ASK, self._address())
        mobile = form.get("mobile", "")
        typed = await self._use(receipts.open_again, number=self.number, mobile=mobile)
        self.first_mobile = mobile
        self.typed = {
            **{k: str(v) for k, v in typed.items() if isinstance(v, str)},
            **typed.get("profile", {}),
            **typed.get("details", {}),
            **{f"capacity_{each}": "1" for each in typed.get("capacities", [])},
        }
        if "details" in typed:
            self.typed["clerk_name"] = typed.get("name", "")
            self.typed["name"] = typed["details"]["name"]
        place = typed.get("superior_id") or typed.get("organisation_id") or 0
        chosen = await self._use(organisation_search.get_choice, organisation_id=place)
        self.chosen, self.chosen_name = chosen.id, chosen.name
        self.ready = True

    @handler(Permission.PUBLIC)
    async def find(self, form: dict[str, str]) -> None:
        """Look for an organisation; names are public, people are not shown."""
        self._clear()
        throttles.take(throttles.FINDING, self._address())
        self.choices = await self._use(
            organisation_search.find_choices, query=form.get("q", ""), wanted=self.wanted
        )
        self.searched = True

    @handler(Permission.PUBLIC)
    async def choose(self, organisation_id: int) -> None:
        """Choose one of those that were found."""
        known = [e for e in (*self.choices, *self.bureaus) if e.id == organisation_id]
        if not known:
            raise NotFound()
        self.chosen, self.chosen_name = known[0].id, known[0].name
        self.choices, self.searched = [], False

    @handler(Permission.PUBLIC)
    async def switch_employer(self) -> None:
        """Between having an employer and having none."""
        self._clear()
        self.no_employer = not self.no_employer
        self.chosen, self.chosen_name = 0, ""
        self.choices, self.searched = [], False
        self.wanted = BUREAU_ONLY if self.no_employer else EMPLOYERS
        if self.no_employer and not self.bureaus:
            self.bureaus = await self._use(organisation_search.list_bureaus)

    async def _begin(self, wanted: str) -> None:
        self._clear()
        self.wanted, self.no_employer = wanted, False
        self.of_organisation = wanted == SUPERIORS
        self.choices, self.searched, self.chosen, self.chosen_name = [], False, 0, ""
        self.typed, self.first_mobile = {}, ""
        self.number = self._route_word("n")[:40]
        self.again = bool(self.number)
        self.ready = not self.again
        self.loaded = True


class StatusState(Screen, rx.State):
    """How an application stands."""

    view: ReceiptView | None = None
    fresh: bool = False
    done: str = ""

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the application named in the address, if any."""
        self._clear()
        self.view, self.done = None, ""
        self.fresh = False
        if number := self._route_word("n"):
            await self._look_up(number)
            # Opened again later, the address still says that it is new.
            untouched = self.view is not None and len(self.view.steps) == 1
            self.fresh = bool(self._route_word("new")) and untouched
        self.loaded = True

    @handler(Permission.PUBLIC)
    async def ask(self, form: dict[str, str]) -> None:
        """Show the application whose receipt number was typed."""
        self._clear()
        self.done, self.fresh = "", False
        await self._look_up(form.get("number", ""))

    @handler(Permission.PUBLIC)
    async def withdraw(self, form: dict[str, str]) -> None:
        """Take the application back, for whoever knows its mobile."""
        self._clear()
        if self.view is None:
            raise NotFound()
        throttles.take(throttles.APPLY_ASK, self._address())
        self.view = await self._change(
            receipts.withdraw, number=self.view.number, mobile=form.get("mobile", "")
        )
        self.done = "申请已撤回。"

    async def _look_up(self, number: str) -> None:
        throttles.take(throttles.APPLY_ASK, self._address())
        try:
            self.view = await self._use(receipts.get_receipt, number=number)
        except AppError:
            self.view = None
            raise
