"""代为填报: a clerk enters a claim for people of the own office."""

import asyncio

import reflex as rx

from rxapp import routes
from rxapp.errors import Invalid, NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import (
    claim_entering,
    claim_entries,
    claim_pages,
    contests,
    conversion_rules,
    evidence,
    people_lists,
)
from rxapp.services.claim_entering import LineResult
from rxapp.services.claim_entries import EnteredRow, Entry, PersonLine
from rxapp.services.claim_pages import ClaimForm
from rxapp.services.contests import ContestChoice
from rxapp.services.conversion_rules import RuleGroup
from rxapp.services.people_lists import PersonChoice
from rxapp.state.handlers import Screen, handler


class EnteringState(Screen, rx.State):
    """Whom for and under which category; then the form, which its script keeps."""

    view: ClaimForm | None = None
    entry: Entry | None = None
    people: list[PersonLine] = []
    results: list[LineResult] = []
    choices: list[PersonChoice] = []
    searched: bool = False
    chosen: int = 0
    chosen_name: str = ""
    groups: list[RuleGroup] = []
    contests: list[ContestChoice] = []
    entered: list[EnteredRow] = []
    next_before: int = 0
    done: str = ""

    @handler(Permission.REVIEW)
    async def load(self) -> None:
        """Show the draft named in the address, or where a new one begins."""
        self._begin()
        self.view, self.entry, self.people = None, None, []
        self.choices, self.searched, self.chosen, self.chosen_name = [], False, 0, ""
        self.contests, self.entered, self.next_before = [], [], 0
        if claim_id := self._route_number("claim"):
            await self._look(claim_id)
        else:
            self.groups = await self._use(conversion_rules.list_groups)
            await self._append(0)
        self.loaded = True

    @handler(Permission.REVIEW)
    async def find(self, form: dict[str, str]) -> None:
        """Look for somebody of the own office."""
        self._begin()
        self.choices = await self._use(people_lists.find_choices, query=form.get("q", ""))
        self.searched = True

    @handler(Permission.REVIEW)
    async def choose(self, person_id: int) -> None:
        """Take one of those found: as the first, or to a draft that is open."""
        self._begin()
        found = [each for each in self.choices if each.id == person_id]
        if not found:
            raise NotFound()
        if self.view is not None:
            await self._add(ticked=(person_id,))
            return
        self.chosen, self.chosen_name = found[0].id, found[0].name
        self.choices, self.searched = [], False

    @handler(Permission.REVIEW)
    async def begin(self, rule_key: str) -> object:
        """Begin the claim of whoever was chosen, and open it."""
        self._begin()
        if not self.chosen:
            raise Invalid(message="请先查找并选择人员，再选择申报类别。")
        claim_id = await self._change(
            claim_entering.begin, person_id=self.chosen, rule_key=rule_key
        )
        return rx.redirect(f"{routes.DESK_ENTER}?claim={claim_id}")

    @handler(Permission.REVIEW)
    async def refresh(self) -> None:
        """Show what it comes to after something was kept, without touching what is typed."""
        await self._look(self._known().id)

    @handler(Permission.REVIEW)
    async def find_contest(self, form: dict[str, str]) -> None:
        """Look for a recognised contest."""
        self._begin()
        self.contests = await self._use(contests.find, query=form.get("q", ""))

    @handler(Permission.REVIEW)
    async def add_list(self, form: dict[str, str]) -> None:
        """Enter the same for everybody on a pasted list; a result for each line."""
        self._begin()
        await self._add(listed=form.get("listed", ""))

    @handler(Permission.REVIEW)
    async def remove(self, claim_id: int) -> object:
        """Take somebody off; with the last one the whole draft goes."""
        self._begin()
        files = await self._change(claim_entering.remove, claim_id=claim_id)
        await asyncio.to_thread(evidence.discard, files)
        left = [each.id for each in self.people if each.id != claim_id]
        if self.view is not None and claim_id != self.view.id:
            await self._look(self.view.id)
            return None
        onward = f"{routes.DESK_ENTER}?claim={left[0]}" if left else routes.DESK_ENTER
        return rx.redirect(onward)

    @handler(Permission.REVIEW)
    async def hand_over(self) -> None:
        """Give it to the people to confirm; what is wrong stays and says why."""
        self._begin()
        known = self._known()
        self.results = await self._change(
            claim_entering.hand_over, claim_id=known.id, version=known.version
        )
        good = sum(each.good for each in self.results)
        self.done = f"已交{good}人确认，已发消息提醒。" if good else ""
        if left := [each.claim_id for each in self.results if not each.good]:
            await self._look(left[0])
            return
        self.view, self.entry, self.people, self.entered = None, None, [], []
        self.groups = await self._use(conversion_rules.list_groups)
        await self._append(0)

    @handler(Permission.REVIEW)
    async def more(self) -> None:
        """Show what was entered before the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    async def _add(self, listed: str = "", ticked: tuple[int, ...] = ()) -> None:
        known = self._known()
        self.results = await self._change(
            claim_entering.add_people, claim_id=known.id, listed=listed, ticked=ticked
        )
        await self._look(known.id)

    async def _look(self, claim_id: int) -> None:
        self.entry = await self._use(claim_entries.get_entry, claim_id)
        self.people = await self._use(claim_entries.list_people, claim_id=claim_id)
        self.view = await self._use(claim_pages.get_form, claim_id)

    async def _append(self, before: int) -> None:
        page = await self._use(claim_entries.list_entered, before=before)
        self.entered = [*self.entered, *page.rows]
        self.next_before = page.next_before

    def _begin(self) -> None:
        self._clear()
        self.done, self.results = "", []

    def _known(self) -> ClaimForm:
        if self.view is None:
            raise NotFound()
        return self.view
