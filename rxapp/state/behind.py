"""年度未完成: who of one employer is behind in a year, and reminding them."""

from urllib.parse import urlencode

import reflex as rx

from rxapp import clock, routes
from rxapp.errors import Invalid
from rxapp.rules.permissions import Permission
from rxapp.services import behind, organisation_pages, reminders
from rxapp.services.behind import BehindRow, YearChoice
from rxapp.services.organisation_pages import OrganisationRow
from rxapp.services.reminders import CHUNK, Reminded
from rxapp.state.handlers import Screen, handler

ORDERS = (behind.BY_GAP, behind.BY_NAME)


class BehindState(Screen, rx.State):
    """One employer and one year; both stay in the address, with the order."""

    organisation_id: int = 0
    year: int = 0
    order: str = behind.BY_GAP
    years: list[YearChoice] = []
    may_choose: bool = False
    choices: list[OrganisationRow] = []
    choices_after: str = ""
    sought: str = ""
    rows: list[BehindRow] = []
    next_after: str = ""
    unit: str = ""
    label: str = ""
    until: str = ""
    short: int = 0
    owing: int = 0
    ticked: list[int] = []
    done: str = ""
    # While all are being reminded: whom the next part begins after, and what came of it so far.
    remind_after: int = 0
    told: int = 0
    skipped: list[int] = [0, 0]

    @handler(Permission.PEOPLE_READ)
    async def load(self) -> None:
        """Show who is behind at the employer named in the address, or the one's own."""
        self._begin()
        self.rows, self.ticked, self.unit, self.remind_after = [], [], "", 0
        self.choices, self.choices_after, self.sought = [], "", ""
        start = await self._use(behind.get_start)
        self.years, self.may_choose = start.years, start.may_choose
        # A zero in the address is a wish to choose another one.
        named = self._route_word("organisation")
        self.organisation_id = (
            self._route_number("organisation") if named else start.organisation_id
        )
        self.year = self._route_number("year") or clock.today().year
        word = self._route_word("order")
        self.order = word if word in ORDERS else behind.BY_GAP
        if self.organisation_id:
            await self._append("")
        elif self.may_choose:
            await self._offer("")
        self.loaded = True

    @handler(Permission.PEOPLE_READ)
    async def narrow(self, form: dict[str, str]) -> object:
        """Put the year and the order in the address."""
        chosen = {"organisation": str(self.organisation_id or "")}
        chosen |= {name: form.get(name, "")[:10] for name in ("year", "order")}
        kept = {name: word for name, word in chosen.items() if word}
        return rx.redirect(f"{routes.DESK_BEHIND}?{urlencode(kept)}")

    @handler(Permission.PEOPLE_READ)
    async def more(self) -> None:
        """Show the next people below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.PEOPLE_READ)
    async def find_office(self, form: dict[str, str]) -> None:
        """Look for one of the organisations below."""
        self._begin()
        self.sought, self.choices = form.get("q", "").strip()[:60], []
        await self._offer("")

    @handler(Permission.PEOPLE_READ)
    async def more_offices(self) -> None:
        """Show the next organisations below the ones shown."""
        if self.choices_after:
            await self._offer(self.choices_after)

    @handler(Permission.PEOPLE_READ)
    async def tick(self, person_id: int) -> None:
        """Tick somebody, or take the tick away."""
        self._begin()
        if person_id in self.ticked:
            self.ticked = [each for each in self.ticked if each != person_id]
        elif len(self.ticked) >= CHUNK:
            raise Invalid(message=f"一次最多勾选{CHUNK}人，更多的请用“提醒全部”。")
        else:
            self.ticked = [*self.ticked, person_id]

    @handler(Permission.PEOPLE_READ)
    async def remind(self) -> None:
        """Remind those who are ticked."""
        self._begin()
        result = await self._change(
            reminders.remind, organisation_id=self.organisation_id, year=self.year,
            people=list(self.ticked),
        )  # fmt: skip
        self._count(result)
        await self._reread()

    @handler(Permission.PEOPLE_READ)
    async def remind_all(self) -> object:
        """Begin to remind everybody who is behind, some at a time."""
        self._begin()
        return await self._part(0)

    @handler(Permission.PEOPLE_READ)
    async def remind_on(self) -> object:
        """Go on with those after the ones reminded so far."""
        return await self._part(self.remind_after) if self.remind_after else None

    async def _part(self, after: int) -> object:
        result = await self._change(
            reminders.remind_next, organisation_id=self.organisation_id, year=self.year,
            after=after,
        )  # fmt: skip
        self._count(result)
        if self.remind_after:
            return type(self).remind_on
        await self._reread()
        return None

    def _count(self, result: Reminded) -> None:
        self.told += result.reminded
        self.skipped = [self.skipped[0] + result.recently, self.skipped[1] + result.away]
        self.remind_after = result.next_after
        self.done = _in_words(self.told, *self.skipped)

    def _begin(self) -> None:
        self._clear()
        self.done, self.told, self.skipped = "", 0, [0, 0]

    async def _reread(self) -> None:
        self.ticked, self.rows = [], []
        await self._append("")

    async def _append(self, after: str) -> None:
        page = await self._use(
            behind.list_behind, organisation_id=self.organisation_id, year=self.year,
            order=self.order, after=after,
        )  # fmt: skip
        self.rows, self.next_after = [*self.rows, *page.rows], page.next_after
        self.unit, self.label, self.until = page.unit, page.label, page.until
        self.short, self.owing = page.behind, page.owing

    async def _offer(self, after: str) -> None:
        page = await self._use(
            organisation_pages.list_organisations, query=self.sought, status="active", after=after
        )
        self.choices, self.choices_after = [*self.choices, *page.rows], page.next_after


def _in_words(told: int, recently: int, away: int) -> str:
    parts = [f"已提醒{told}人" if told else "没有提醒任何人"]
    if recently:
        parts.append(f"{recently}人7天内已提醒过，未再提醒")
    if away:
        parts.append(f"{away}人目前不在岗，未提醒")
    return "；".join(parts) + "。"
