"""年度培训计划: one's own plans, one of them item by item."""

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.rules.plans import COLUMNS
from rxapp.services import plans, project_beginning
from rxapp.services.plans import Imported, PlanChoice, PlanView
from rxapp.state.handlers import Screen, handler


class PlansState(Screen, rx.State):
    """The plans of one's own organisations; the one named in the address is open."""

    choices: list[PlanChoice] = []
    organisers: list[tuple[str, str]] = []
    years: list[tuple[str, str]] = []
    view: PlanView | None = None
    done: str = ""
    drawn: int = 0

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the plans, or the one that is named."""
        self.view = None
        self._begin()
        self.organisers = await self._use(project_beginning.list_organisers)
        self.years = [(year, f"{year}年度") for year in plans.list_years()]
        self.choices = await self._use(plans.list_own)
        if plan := self._route_number("plan"):
            await self._look(plan)
            # What a table brought in is said once it is shown.
            counts = [self._route_number(name) for name in ("added", "same", "wrong")]
            self.done = Imported(*counts).sentence if any(counts) else ""
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def open_year(self, form: dict[str, str]) -> object:
        """Open the plan of a year, begun when there is none."""
        self._begin()
        word = form.get("organisation", "")
        office = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
        plan_id = await self._change(
            plans.open_year, year=form.get("year", ""), organisation_id=office
        )
        return rx.redirect(f"{routes.DESK_PLANS}?plan={plan_id}")

    @handler(Permission.PROJECT_FILE)
    async def add(self, form: dict[str, str]) -> None:
        """Add one class."""
        self._begin()
        known = self._known()
        typed = {name: form.get(name, "") for name in COLUMNS}
        await self._change(plans.add_item, plan_id=known.id, typed=typed)
        await self._look(known.id)
        self.drawn += 1
        self.done = "已添加。"

    @handler(Permission.PROJECT_FILE)
    async def remove(self, item_id: int) -> None:
        """Take one class out."""
        self._begin()
        await self._look(await self._change(plans.remove_item, item_id=item_id))

    @handler(Permission.PROJECT_FILE)
    async def submit(self) -> None:
        """Report the plan."""
        self._begin()
        known = self._known()
        await self._change(plans.submit, plan_id=known.id, version=known.version)
        await self._look(known.id)
        self.done = "已上报，审核结果会发消息告知。"

    @handler(Permission.PROJECT_FILE)
    async def withdraw(self) -> None:
        """Take the plan back."""
        self._begin()
        known = self._known()
        await self._change(plans.withdraw, plan_id=known.id, version=known.version)
        await self._look(known.id)
        self.done = "已撤回，可以修改后重新上报。"

    async def _look(self, plan_id: int) -> None:
        self.view = await self._use(plans.get_plan, plan_id)

    def _begin(self) -> None:
        self._clear()
        self.done = ""

    def _known(self) -> PlanView:
        if self.view is None:
            raise NotFound()
        return self.view
