"""备案审核: what lies before the bureau, one filing or plan opened, its word on it."""

import reflex as rx

from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import plan_reviews, project_desk, project_pages, project_reviews
from rxapp.services.plan_reviews import PlanReview, WaitingPlan
from rxapp.services.project_pages import FilingView
from rxapp.services.project_reviews import FilingRow
from rxapp.state.handlers import Screen, handler

PLACES = ("waiting", "done", "plans")


class FilingsState(Screen, rx.State):
    """The filings of one place; which, and what is open, stands in the address."""

    place: str = "waiting"
    rows: list[FilingRow] = []
    plans: list[WaitingPlan] = []
    next_after: int = 0
    waiting: int = 0
    plans_waiting: int = 0
    filing: FilingView | None = None
    plan: PlanReview | None = None
    # Whether one of the two is open, beside the list or in its place.
    open: bool = False
    note: str = ""
    done: str = ""

    @handler(Permission.PROJECT_REVIEW)
    async def load(self) -> None:
        """Show the place and what is open in it."""
        word = self._route_word("place")
        self.place = word if word in PLACES else "waiting"
        self.filing, self.plan, self.open = None, None, False
        self._begin()
        await self._look()
        if filing := self._route_number("filing"):
            self.filing = await self._use(project_pages.get_filing, filing)
        elif plan := self._route_number("plan"):
            self.plan = await self._use(plan_reviews.get_plan, plan)
        self.open = self.filing is not None or self.plan is not None
        self.loaded = True

    @handler(Permission.PROJECT_REVIEW)
    async def more(self) -> None:
        """Show the next ones below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.PROJECT_REVIEW)
    async def write(self, note: str) -> None:
        """Keep what is being typed as the opinion."""
        self.note = note[:400]

    @handler(Permission.PROJECT_REVIEW)
    async def decide(self, act: str) -> None:
        """Approve, return or reject the open filing."""
        self._clear()
        if self.filing is None:
            raise NotFound()
        said = await self._change(
            project_reviews.decide, edition_id=self.filing.id, act=act, note=self.note
        )
        await self._close(said)

    @handler(Permission.PROJECT_REVIEW)
    async def decide_plan(self, act: str) -> None:
        """Approve the open plan, or return it."""
        self._clear()
        if self.plan is None:
            raise NotFound()
        known = self.plan.plan
        said = await self._change(
            plan_reviews.decide, plan_id=known.id, act=act, note=self.note, version=known.version
        )
        await self._close(said)

    async def _close(self, said: str) -> None:
        self._begin()
        self.filing, self.plan, self.open = None, None, False
        await self._look()
        self.done = said

    async def _look(self) -> None:
        self.rows, self.plans = [], []
        self.plans_waiting = await self._use(project_desk.count_plans)
        await self._append(0)

    async def _append(self, after: int) -> None:
        if self.place == "plans":
            page = await self._use(plan_reviews.list_waiting, after=after)
            self.plans = [*self.plans, *page.rows]
            self.next_after = page.next_after
            return
        found = await self._use(project_reviews.list_filings, place=self.place, after=after)
        self.rows = [*self.rows, *found.rows]
        self.next_after, self.waiting = found.next_after, found.waiting

    def _begin(self) -> None:
        self._clear()
        self.note, self.done = "", ""
