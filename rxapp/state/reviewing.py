"""学时审核: what waits for one's offices, one claim open beside its proofs, the next by itself."""

from urllib.parse import urlencode

import reflex as rx

from rxapp import clock, routes
from rxapp.errors import AppError, NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import (
    claim_locks,
    claim_pages,
    claim_queue,
    claim_reviews,
    conversion_rules,
    saved_phrases,
)
from rxapp.services.claim_pages import ClaimDetail
from rxapp.services.claim_queue import DecidedRow, QueueRow, Wanted
from rxapp.services.saved_phrases import Phrase
from rxapp.state.handlers import Screen, handler

LEAST_LOOK_MS = 700
OWN, BELOW, DONE = "own", "below", "done"
FILTERS = ("place", "rule", "step", "q")


class QueueState(Screen, rx.State):
    """The queue and the claim that is open. Filters stay in the address."""

    rows: list[QueueRow] = []
    decided: list[DecidedRow] = []
    next_after: str = ""
    waiting: int = 0
    place: str = OWN
    rule: str = ""
    step: str = ""
    q: str = ""
    rules: list[tuple[str, str]] = []
    phrases: list[Phrase] = []
    view: ClaimDetail | None = None
    # The colleague who has it open, "" for nobody.
    held_by: str = ""
    done: str = ""
    # The claim the last word was given on: it can be taken back.
    last_id: int = 0
    # A result per claim after several were passed at once.
    results: list[tuple[str, str]] = []
    # When the open claim was opened, by the server's clock.
    _opened_ms: int = 0

    @handler(Permission.REVIEW)
    async def load(self) -> None:
        """Show what waits, narrowed as the address says, and open the first or the named one."""
        self._begin()
        self.results, self.last_id = [], 0
        self.place = self._route_word("place") or OWN
        self.rule, self.step = self._route_word("rule"), self._route_word("step")
        self.q = self._route_word("q")
        groups = await self._use(conversion_rules.list_groups)
        self.rules = [(rule.key, rule.name) for group in groups for rule in group.rules]
        self.phrases = await self._use(saved_phrases.list_phrases)
        self.rows, self.decided, self.view = [], [], None
        if self.place == DONE:
            self.decided = await self._use(claim_queue.list_decided)
        else:
            await self._append("")
        self.loaded = True
        wanted = self._route_number("claim")
        if wanted:
            await self._show_claim(wanted)

    @handler(Permission.REVIEW)
    async def narrow(self, form: dict[str, str]) -> object:
        """Put what is looked for in the address."""
        kept = {key: form.get(key, "").strip()[:60] for key in FILTERS if form.get(key)}
        return rx.redirect(
            f"{routes.DESK_CLAIMS}?{urlencode(kept)}" if kept else routes.DESK_CLAIMS
        )

    @handler(Permission.REVIEW)
    async def more(self) -> None:
        """Show the next claims below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.REVIEW)
    async def open(self, claim_id: int) -> None:
        """Open one claim; a colleague who has it open is named."""
        self._begin()
        await self._show_claim(claim_id)

    @handler(Permission.REVIEW)
    async def close(self) -> None:
        """Go back to the list."""
        self._begin()
        self.view = None

    @handler(Permission.REVIEW)
    async def decide(self, form: dict[str, str]) -> None:
        """Pass, return or reject the open claim; the next one opens by itself."""
        claim_id, version = _number(form, "claim"), _number(form, "version")
        if self.view and self.view.id == claim_id and self._seconds(1) < LEAST_LOOK_MS:
            # The second press of one finger must not decide on the claim that has just opened.
            return
        self._begin()
        points = [key.removeprefix("point_") for key in form if key.startswith("point_")]
        remarks = {
            key.removeprefix("remark_"): said
            for key, said in form.items()
            if key.startswith("remark_")
        }
        said = await self._change(
            claim_reviews.decide, claim_id=claim_id, act=form.get("act", ""),
            version=version, note=form.get("note", ""), points=points,
            hours=form.get("hours", ""), remarks=remarks, seconds=self._seconds(),
        )  # fmt: skip
        if self.view and self.view.id == claim_id:
            await self._go_on(claim_id)
        self.last_id, self.done = claim_id, said

    @handler(Permission.REVIEW)
    async def take_back(self, form: dict[str, str]) -> None:
        """Take one's last word on a claim back, with a reason."""
        self._begin()
        claim_id = _number(form, "claim")
        said = await self._change(
            claim_reviews.take_back, claim_id=claim_id, note=form.get("back", "")
        )
        self.last_id, self.results, self.rows = 0, [], []
        await self._append("")
        await self._show_claim(claim_id)
        self.done = said

    @handler(Permission.REVIEW)
    async def pass_many(self, form: dict[str, str]) -> None:
        """Pass the ticked claims one after the other, each through the same guard."""
        self._begin()
        picked = {key.removeprefix("pick_") for key in form if key.startswith("pick_")}
        if form.get("sure") != "1":
            self.field_errors = {"sure": "请先确认已逐项核对所选的申报。"}
            return
        rows = [row for row in self.rows if str(row.id) in picked]
        if not rows:
            self.field_errors = {"sure": "请先在名单中勾选要通过的申报。"}
            return
        results = []
        for row in rows:
            results.append((f"{row.name}：{row.title}", await self._pass_one(row)))
        self.rows, self.view = [], None
        await self._append("")
        self.results = results
        passed = sum(said.startswith("通过") for _, said in results)
        self.done = f"所选{len(rows)}项中，通过{passed}项。"

    @handler(Permission.REVIEW)
    async def keep_phrase(self, text: str) -> None:
        """Keep the words in the reason box for next time."""
        self._begin()
        await self._change(saved_phrases.keep, text=text)
        self.phrases = await self._use(saved_phrases.list_phrases)

    @handler(Permission.REVIEW)
    async def drop_phrase(self, phrase_id: int) -> None:
        """Take a kept phrase away."""
        self._begin()
        await self._change(saved_phrases.remove, phrase_id=phrase_id)
        self.phrases = await self._use(saved_phrases.list_phrases)

    async def _pass_one(self, row: QueueRow) -> str:
        try:
            await self._change(claim_reviews.pass_as_shown, claim_id=row.id, version=row.version)
        except AppError as error:
            return f"没有通过：{error.message}"
        return "通过"

    async def _show_claim(self, claim_id: int) -> None:
        self.view = await self._use(claim_pages.get_detail, claim_id)
        self.held_by = ""
        if self.view.acts:
            self.held_by = await self._change(claim_locks.hold, claim_id=claim_id)
        self._opened_ms = clock.tick()[1]

    async def _go_on(self, claim_id: int) -> None:
        """Take a decided claim out of the list and open the one that stood below it."""
        place = next((n for n, row in enumerate(self.rows) if row.id == claim_id), 0)
        self.rows = [row for row in self.rows if row.id != claim_id]
        self.waiting = max(0, self.waiting - 1)
        if not self.rows and self.next_after:
            await self._append(self.next_after)
        self.view = None
        for row in [*self.rows[place:], *reversed(self.rows[:place])]:
            try:
                await self._show_claim(row.id)
            except NotFound:
                continue
            return

    async def _append(self, after: str) -> None:
        wanted = Wanted(self.place, self.rule, self.step, self.q)
        page = await self._use(claim_queue.list_queue, wanted=wanted, after=after)
        self.rows = [*self.rows, *page.rows]
        self.next_after, self.waiting = page.next_after, page.waiting

    def _seconds(self, unit_ms: int = 1000) -> int:
        return (clock.tick()[1] - self._opened_ms) // unit_ms if self._opened_ms else 0

    def _begin(self) -> None:
        self._clear()
        self.done = ""


def _number(form: dict[str, str], name: str) -> int:
    word = form.get(name, "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 12 else 0
