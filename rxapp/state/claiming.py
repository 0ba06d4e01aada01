"""学时申报: one's own claims, a new one, and one of them."""

import asyncio

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import claim_pages, claims, contests, conversion_rules, evidence
from rxapp.services.claim_pages import ClaimForm
from rxapp.services.claims import ClaimRow
from rxapp.services.contests import ContestChoice
from rxapp.services.conversion_rules import RuleGroup
from rxapp.state.handlers import Screen, handler


class ClaimsState(Screen, rx.State):
    """One's own claims, the newest first."""

    rows: list[ClaimRow] = []
    next_before: int = 0
    # What waits to be done by oneself, so that it stands out.
    to_do: int = 0

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the newest claims."""
        self.rows, self.next_before = [], 0
        await self._append(0)
        self._clear()
        self.loaded = True

    @handler(Permission.LEARN)
    async def more(self) -> None:
        """Show the next older ones below."""
        if self.next_before:
            await self._append(self.next_before)

    async def _append(self, before: int) -> None:
        page = await self._use(claims.list_own, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before
        self.to_do = sum(row.to_do for row in self.rows)


class ClaimNewState(Screen, rx.State):
    """The categories one can claim under."""

    groups: list[RuleGroup] = []

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show every category that is offered."""
        self.groups = await self._use(conversion_rules.list_groups)
        self._clear()
        self.loaded = True

    @handler(Permission.LEARN)
    async def begin(self, rule_key: str) -> object:
        """Begin a claim under a category and open it."""
        self._clear()
        claim_id = await self._change(claims.begin, rule_key=rule_key)
        return rx.redirect(routes.claim(claim_id))


class ClaimState(Screen, rx.State):
    """One claim of one's own: the form while it can be changed, then how it stands."""

    view: ClaimForm | None = None
    done: str = ""
    # Contests of the register that fit what was looked for.
    found: list[ContestChoice] = []
    searched: bool = False

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the claim named in the address."""
        self.view, self.found, self.searched = None, [], False
        self._clear()
        new = self._route_word("new") == "1"
        self.view = await self._use(claim_pages.get_form, self._route_number("claim_id"))
        self.done = f"已提交，受理编号 {self.view.number}。" if new and self.view.number else ""
        self.loaded = True

    @handler(Permission.LEARN)
    async def refresh(self) -> None:
        """Show what it comes to after something was kept, without touching what is typed."""
        self.view = await self._use(claim_pages.get_form, self._known().id)

    @handler(Permission.LEARN)
    async def find_contest(self, form: dict[str, str]) -> None:
        """Look for a contest in the register."""
        self._clear()
        self.found = await self._use(contests.find, query=form.get("q", ""))
        self.searched = True

    @handler(Permission.LEARN)
    async def withdraw(self) -> None:
        """Take the claim back."""
        await self._do(claims.withdraw, "已撤回。需要时可以复制后重新申报。")

    @handler(Permission.LEARN)
    async def appeal(self, form: dict[str, str]) -> None:
        """Ask the level above to look once more."""
        said = "已申请复核，由上一级单位办理。"
        await self._do(claims.appeal, said, note=form.get("appeal", ""))

    @handler(Permission.LEARN)
    async def copy(self) -> object:
        """Begin a new claim with what this one says."""
        self._clear()
        claim_id = await self._change(claims.copy, claim_id=self._known().id)
        return rx.redirect(routes.claim(claim_id))

    @handler(Permission.LEARN)
    async def remove(self) -> object:
        """Delete a draft that was never sent in."""
        self._clear()
        files = await self._change(claims.remove, claim_id=self._known().id)
        await asyncio.to_thread(evidence.discard, files)
        return rx.redirect(routes.CLAIMS)

    async def _do(self, use_case, said: str, **given: str) -> None:  # type: ignore[no-untyped-def]
        self._clear()
        self.done = ""
        known = self._known()
        await self._change(use_case, claim_id=known.id, version=known.version, **given)
        self.view = await self._use(claim_pages.get_form, known.id)
        self.done = said

    def _known(self) -> ClaimForm:
        if self.view is None:
            raise NotFound()
        return self.view
