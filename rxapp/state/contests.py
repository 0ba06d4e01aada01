"""竞赛登记: looked through and proposed by anyone, decided on by the city bureau."""

import reflex as rx

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.rules.contests import FIRST_YEAR
from rxapp.rules.permissions import Permission
from rxapp.services import contest_register, contests
from rxapp.services.contest_register import ContestLine
from rxapp.services.contests import ContestChoice, OwnProposal
from rxapp.state.handlers import Screen, handler

FIELDS = ("name", "level", "organiser", "year", "note")


class ContestsState(Screen, rx.State):
    """The recognised contests, and one's own proposals."""

    rows: list[ContestChoice] = []
    next_after: str = ""
    wanted: dict[str, str] = {}
    years: list[str] = []
    own: list[OwnProposal] = []
    # What looks like the contest about to be proposed; pressed again, it is proposed.
    similar: list[OwnProposal] = []
    done: str = ""
    drawn: int = 0
    _asked: dict[str, str] = {}

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the register and one's own proposals."""
        self.wanted, self.done = {}, ""
        self.similar, self._asked = [], {}
        self.years = [f"{year}" for year in range(clock.today().year, FIRST_YEAR - 1, -1)]
        self._clear()
        await self._look()
        self.loaded = True

    @handler(Permission.LEARN)
    async def search(self, form: dict[str, str]) -> None:
        """Look for contests by name or initials, year and level."""
        self._clear()
        self.done = ""
        self.wanted = {
            "query": form.get("q", "")[:60], "year": form.get("by_year", "")[:4],
            "level": form.get("by_level", "")[:20],
        }  # fmt: skip
        self.rows = []
        await self._append("")

    @handler(Permission.LEARN)
    async def more(self) -> None:
        """Show the next contests below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.LEARN)
    async def propose(self, form: dict[str, str]) -> None:
        """Propose a contest; what looks like it is shown first."""
        self._clear()
        self.done = ""
        typed = {name: form.get(name, "") for name in FIELDS}
        if typed != self._asked:
            found = await self._use(contests.find_similar, typed=typed)
            self.similar, self._asked = found, typed
            if found:
                return
        await self._change(contests.propose, typed=typed)
        self.similar, self._asked = [], {}
        self.drawn += 1
        await self._look()
        self.done = "已申请登记，认可后会发消息告知。"

    async def _look(self) -> None:
        self.own = await self._use(contests.list_own)
        self.rows = []
        await self._append("")

    async def _append(self, after: str) -> None:
        page = await self._use(contests.search, after=after, **self.wanted)
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after


class RegisterState(Screen, rx.State):
    """The register as the bureau keeps it."""

    rows: list[ContestLine] = []
    next_after: str = ""
    status: str = "proposed"
    query: str = ""
    chosen: ContestLine | None = None
    reason: str = ""
    done: str = ""
    drawn: int = 0

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show what waits."""
        self.status, self.query = "proposed", ""
        self._begin()
        await self._look()
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def filter(self, status: str) -> None:
        """Show one state of the register, or all of it."""
        self._begin()
        self.status = status[:20]
        await self._look()

    @handler(Permission.POLICY_EDIT)
    async def search(self, form: dict[str, str]) -> None:
        """Look for contests by name, initials or year."""
        self._begin()
        self.query = form.get("q", "")[:60]
        await self._look()

    @handler(Permission.POLICY_EDIT)
    async def more(self) -> None:
        """Show the next contests below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.POLICY_EDIT)
    async def choose(self, contest_id: int) -> None:
        """Open one contest."""
        self._begin()
        self.chosen = await self._use(contest_register.get_line, contest_id)

    @handler(Permission.POLICY_EDIT)
    async def close(self) -> None:
        """Leave the contest as it is."""
        self._begin()

    @handler(Permission.POLICY_EDIT)
    async def write(self, reason: str) -> None:
        """Keep what is being typed as the reason."""
        self.reason = reason[:400]

    @handler(Permission.POLICY_EDIT)
    async def decide(self, verdict: str) -> None:
        """Recognise the contest, or not."""
        self._clear()
        known = self._known()
        said = await self._change(
            contest_register.decide, contest_id=known.id, verdict=verdict, reason=self.reason,
            version=known.version,
        )  # fmt: skip
        self._begin()
        await self._look()
        self.done = said

    @handler(Permission.POLICY_EDIT)
    async def correct(self, form: dict[str, str]) -> None:
        """Put right what the register says of the contest."""
        self._clear()
        known = self._known()
        typed = {name: form.get(name, "") for name in FIELDS}
        await self._change(
            contest_register.correct, contest_id=known.id, typed=typed, version=known.version
        )
        self._begin()
        await self._look()
        self.done = "已更正。已计入的学时不变。"

    @handler(Permission.POLICY_EDIT)
    async def add(self, form: dict[str, str]) -> None:
        """Put a recognised contest into the register."""
        self._clear()
        self.done = ""
        await self._change(
            contest_register.add, typed={name: form.get(name, "") for name in FIELDS}
        )
        self.status, self.query = "recognised", ""
        self.drawn += 1
        await self._look()
        self.done = "已登记，申报时即可选择。"

    async def _look(self) -> None:
        self.rows = []
        await self._append("")

    async def _append(self, after: str) -> None:
        page = await self._use(
            contest_register.list_register, status=self.status, query=self.query, after=after
        )
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after

    def _begin(self) -> None:
        self._clear()
        self.done, self.reason, self.chosen = "", "", None

    def _known(self) -> ContestLine:
        if self.chosen is None:
            raise NotFound()
        return self.chosen
