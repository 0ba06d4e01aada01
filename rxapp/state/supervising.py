"""监督检查: the samples of a bureau, drawing one, and the signals beside them."""

import secrets

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import (
    conversion_rules,
    inspection_draws,
    inspections,
    signals,
    supervision_scopes,
)
from rxapp.services.inspection_draws import Preview
from rxapp.services.inspections import InspectionRow
from rxapp.services.organisation_search import OrganisationChoice
from rxapp.services.signals import BurstRow, LearnerRow, RepeatRow, ReviewerRow
from rxapp.state.handlers import Screen, handler

LIST, DRAW, SIGNALS = "", "draw", "signals"
FIELDS = (
    "organisation", "reviewer", "rule", "first", "last", "by", "amount", "stratify", "note",
)  # fmt: skip


class SupervisionState(Screen, rx.State):
    """The list of samples, and the form that draws another."""

    part: str = LIST
    rows: list[InspectionRow] = []
    next_before: int = 0
    typed: dict[str, str] = {}
    rules: list[tuple[str, str]] = []
    place_name: str = ""
    reviewer_name: str = ""
    choices: list[OrganisationChoice] = []
    searched: bool = False
    seen: Preview | None = None
    # Of this form: pressed twice, it draws one sample.
    _request_key: str = ""

    @handler(Permission.SUPERVISE)
    async def load(self) -> object:
        """Show the part named in the address: the list, the form, or the signals."""
        self._clear()
        self.part = self._route_word("part")
        if self.part == SIGNALS:
            self.loaded = True
            return SignalsState.load
        if self.part == DRAW:
            await self._begin()
        else:
            self.rows, self.next_before = [], 0
            await self._append(0)
        self.loaded = True
        return None

    @handler(Permission.SUPERVISE)
    async def more(self) -> None:
        """Show older samples below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.SUPERVISE)
    async def fill(self, name: str, value: str) -> None:
        """Keep one thing that was filled in, and count again."""
        if name not in FIELDS:
            raise NotFound()
        self.typed = self.typed | {name: value[:400]}
        await self._look()

    @handler(Permission.SUPERVISE)
    async def find_place(self, form: dict[str, str]) -> None:
        """Look for the organisation to narrow the sample to."""
        self._clear()
        self.choices = await self._use(
            supervision_scopes.find_places, query=form.get("q", "")[:120]
        )
        self.searched = True

    @handler(Permission.SUPERVISE)
    async def choose_place(self, organisation_id: int) -> None:
        """Choose one of those found, 0 for all of one's own subtree."""
        found = [each for each in self.choices if each.id == organisation_id]
        if organisation_id and not found:
            raise NotFound()
        self.place_name = found[0].name if organisation_id else ""
        self.choices, self.searched = [], False
        self.typed = self.typed | {"organisation": str(organisation_id)}
        await self._look()

    @handler(Permission.SUPERVISE)
    async def forget_reviewer(self) -> None:
        """Draw from every reviewer's claims after all."""
        self.reviewer_name = ""
        self.typed = self.typed | {"reviewer": ""}
        await self._look()

    @handler(Permission.SUPERVISE)
    async def draw(self, form: dict[str, str]) -> object:
        """Draw the sample and go to its work list."""
        self._clear()
        self.typed = self.typed | {
            key: form[key][:400] for key in FIELDS if key in form and key != "organisation"
        }
        # Read through first, so that nobody waits for a writer while candidates are read.
        sample = await self._use(inspection_draws.prepare, typed=self.typed)
        made = await self._change(
            inspection_draws.keep, sample=sample, request_key=self._request_key
        )
        return rx.redirect(routes.desk_inspection(made))

    async def _begin(self) -> None:
        period = supervision_scopes.usual_period()
        self.typed = {
            "first": str(period.first), "last": str(period.last), "by": "number", "amount": "50",
            "stratify": "employer", "reviewer": self._route_word("reviewer")[:9],
        }  # fmt: skip
        self.choices, self.searched, self.place_name = [], False, ""
        self._request_key, self.reviewer_name, self.seen = secrets.token_hex(16), "", None
        self.rules = await self._use(_list_rules)
        if self.typed["reviewer"]:
            self.reviewer_name = await self._use(
                supervision_scopes.get_reviewer, self._route_number("reviewer")
            )
        await self._look()

    async def _look(self) -> None:
        self._clear()
        self.seen = None
        self.seen = await self._use(inspection_draws.preview, typed=self.typed)

    async def _append(self, before: int) -> None:
        page = await self._use(inspections.list_inspections, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before


class SignalsState(Screen, rx.State):
    """What may be worth a look; never a verdict."""

    typed: dict[str, str] = {}
    month: str = ""
    months: list[tuple[str, str]] = []
    reviewers: list[ReviewerRow] = []
    next_after: str = ""
    bursts: list[BurstRow] = []
    repeats: list[RepeatRow] = []
    learners: list[LearnerRow] = []
    more_marks: bool = False

    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Show this month's reviewers, and the other signals of the last thirty days."""
        period = supervision_scopes.usual_period()
        self.typed = {"first": str(period.first), "last": str(period.last)}
        self.months = supervision_scopes.list_months()
        await self._rank(self.months[0][0])
        await self._look()
        self.loaded = True

    @handler(Permission.SUPERVISE)
    async def choose_month(self, month: str) -> None:
        """Show the reviewers of another month."""
        self._clear()
        await self._rank(month[:10])

    @handler(Permission.SUPERVISE)
    async def search(self, form: dict[str, str]) -> None:
        """Show those of other days."""
        self.typed = {key: form.get(key, "")[:20] for key in ("first", "last")}
        await self._look()

    @handler(Permission.SUPERVISE)
    async def more(self) -> None:
        """Show the next reviewers below the ones shown."""
        if self.next_after:
            page = await self._use(
                signals.list_reviewers, typed={"month": self.month}, after=self.next_after
            )
            self.reviewers = [*self.reviewers, *page.rows]
            self.next_after = page.next_after

    async def _look(self) -> None:
        self._clear()
        marks = await self._use(signals.list_marks, typed=self.typed)
        self.bursts, self.repeats, self.learners = marks.bursts, marks.repeats, marks.learners
        self.more_marks = marks.more

    async def _rank(self, month: str) -> None:
        page = await self._use(signals.list_reviewers, typed={"month": month})
        self.month = month
        self.reviewers, self.next_after = page.rows, page.next_after


def _list_rules(session, actor) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    actor.require(Permission.SUPERVISE)
    return [(rule.key, rule.name) for rule in conversion_rules.list_offered(session)]
