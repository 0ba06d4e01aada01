"""查询密钥: issued to an organisation and shown once, listed, revoked."""

from datetime import timedelta

import reflex as rx

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import keys
from rxapp.services.extending import WHOLE_CITY
from rxapp.services.keys import KeyRow
from rxapp.services.organisation_search import OrganisationChoice
from rxapp.state.handlers import Screen, handler

FIELDS = ("name", "first_year", "last_year", "county", "integrity", "expires_on")


class KeysState(Screen, rx.State):
    """The keys there are, and one being issued."""

    rows: list[KeyRow] = []
    next_before: int = 0
    areas: list[tuple[str, str]] = []
    choices: list[OrganisationChoice] = []
    searched: bool = False
    place_id: int = 0
    place_name: str = ""
    this_year: str = ""
    last_day: str = ""
    # The key that was just issued: here, and nowhere else.
    fresh: str = ""
    fresh_for: str = ""
    chosen: int = 0
    chosen_words: str = ""
    done: str = ""
    drawn: int = 0

    @handler(Permission.KEY_ISSUE)
    async def load(self) -> None:
        """Show every key."""
        self._begin()
        self.fresh, self.fresh_for = "", ""
        self._forget_place()
        self.areas = [("all", WHOLE_CITY), *await self._use(keys.list_counties)]
        self.this_year = f"{clock.today().year}"
        # Keys end by the real clock.
        self.last_day = f"{(clock.local(clock.now()) + timedelta(days=365)).date()}"
        await self._look()
        self.loaded = True

    @handler(Permission.KEY_ISSUE)
    async def find_place(self, form: dict[str, str]) -> None:
        """Look for the organisation the key is for."""
        self._begin()
        self.choices = await self._use(keys.find_places, query=form.get("q", "")[:120])
        self.searched = True

    @handler(Permission.KEY_ISSUE)
    async def choose_place(self, organisation_id: int) -> None:
        """Choose one of those found."""
        found = [each for each in self.choices if each.id == organisation_id]
        if not found:
            raise NotFound()
        self._forget_place()
        self.place_id, self.place_name = found[0].id, found[0].name

    @handler(Permission.KEY_ISSUE)
    async def issue(self, form: dict[str, str]) -> None:
        """Issue a key and show it, once."""
        self._begin()
        typed = {name: form.get(name, "") for name in FIELDS}
        made = await self._change(keys.issue, organisation_id=self.place_id, typed=typed)
        self.fresh, self.fresh_for = made.key, made.organisation
        self._forget_place()
        await self._look()
        self.done = "密钥已发放。"

    @handler(Permission.KEY_ISSUE)
    async def more(self) -> None:
        """Show older keys below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.KEY_ISSUE)
    async def choose(self, key_id: int) -> None:
        """Choose one of the keys shown, to revoke it."""
        self._begin()
        found = [row for row in self.rows if row.id == key_id and row.may_revoke]
        if found:
            self.chosen = found[0].id
            self.chosen_words = f"{found[0].organisation}，{found[0].name}"

    @handler(Permission.KEY_ISSUE)
    async def revoke(self, form: dict[str, str]) -> None:
        """Revoke the chosen key."""
        self._clear()
        said = await self._change(
            keys.revoke, key_id=self.chosen, reason=form.get("revoke_reason", "")
        )
        self._begin()
        self.fresh, self.fresh_for = "", ""
        await self._look()
        self.done = said

    async def _look(self) -> None:
        self.rows = []
        await self._append(0)
        self.drawn += 1

    async def _append(self, before: int) -> None:
        page = await self._use(keys.list_keys, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before

    def _forget_place(self) -> None:
        self.place_id, self.place_name = 0, ""
        self.choices, self.searched = [], False

    def _begin(self) -> None:
        self._clear()
        self.done, self.chosen, self.chosen_words = "", 0, ""
