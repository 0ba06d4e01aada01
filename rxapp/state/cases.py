"""处理与整改: the matters of a bureau or of one's own organisation, and what follows from them."""

import time
from typing import Any

import reflex as rx

from rxapp.errors import Invalid, NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import (
    case_claims,
    case_measures,
    case_pages,
    cases,
    dismissals,
    integrity,
    order_pages,
    rectifications,
)
from rxapp.services.actors import Actor
from rxapp.services.case_claims import NewCase
from rxapp.services.case_pages import CaseDetail, CaseRow
from rxapp.services.order_pages import OrderDetail, OrderRow, ResponsibilityRow
from rxapp.state.handlers import Screen, handler

# One press works for so long; what is left then goes on with the next.
SECONDS = 3
SAID = {
    "1": "已立案，并已告知当事人。",
    "2": "答复已提交。",
}


ORDERED = "已责令限期整改，该单位暂停学时审核，"
ORDERED_ALL = "待审核的申报已转上级单位。"
ORDERED_MORE = "待审核的申报较多，请打开这份限期整改，点“继续转上级”。"


class CasesState(Screen, rx.State):
    """The lists of matters, orders and records, one order, the form of a new matter.

    What is looked at stays in the address.
    """

    rows: list[CaseRow] = []
    next_before: int = 0
    orders: list[OrderRow] = []
    orders_before: int = 0
    records: list[ResponsibilityRow] = []
    records_before: int = 0
    order: OrderDetail | None = None
    new: NewCase | None = None
    may_open: bool = False
    status: str = ""
    done: str = ""
    # How often each act was done here: its form begins anew.
    turns: dict[str, int] = {}

    @handler(Permission.STAFF)
    async def load(self) -> None:
        """Show the lists, and the order or the form the address names."""
        self._clear()
        self.done = "整改报告已提交。" if self._route_word("new") == "1" else ""
        self.status = self._route_word("status")
        self.order, self.new, self.turns = None, None, {}
        self.rows, self.orders, self.records = [], [], []
        self.may_open = await self._use(_may_open)
        await self._append(0)
        await self._append_orders(0)
        await self._append_records(0)
        if order_id := self._route_number("order"):
            self.order = await self._use(order_pages.get_order, order_id)
        if self.may_open:
            await self._begin_new()
        self.loaded = True

    @handler(Permission.STAFF)
    async def more(self) -> None:
        """Show older matters below the ones shown."""
        if self.next_before:
            await self._append(self.next_before)

    @handler(Permission.STAFF)
    async def more_orders(self) -> None:
        """Show older orders below the ones shown."""
        if self.orders_before:
            await self._append_orders(self.orders_before)

    @handler(Permission.STAFF)
    async def more_records(self) -> None:
        """Show older records of responsibility below the ones shown."""
        if self.records_before:
            await self._append_records(self.records_before)

    @handler(Permission.SUPERVISE)
    async def lift(self, form: dict[str, str]) -> None:
        """Lift the order that is shown."""
        await self._settle("lift", rectifications.lift, form, "reason")

    @handler(Permission.SUPERVISE)
    async def extend(self, form: dict[str, str]) -> None:
        """Extend the order that is shown."""
        await self._settle("extend", rectifications.extend, form, "reason", "due_on")

    @handler(Permission.SUPERVISE)
    async def hand_up(self) -> None:
        """Go on handing the organisation's queue to the level above."""
        self._clear()
        known = self._known()
        await hand_up_all(self, known.id)
        self.order = await self._use(order_pages.get_order, known.id)
        self.done = f"已转上级{self.order.moved}项申报。"

    async def _begin_new(self) -> None:
        named = {
            "claim_id": self._route_number("claim"), "item_id": self._route_number("item"),
            "organisation_id": self._route_number("organisation"),
        }  # fmt: skip
        if any(named.values()) or self._route_word("open"):
            self.new = await self._use(case_claims.get_new, **named)

    async def _settle(self, key: str, use_case: Any, form: dict[str, str], *names: str) -> None:
        self._clear()
        self.done = ""
        known = self._known()
        given = {name: form.get(f"{key}_{name}", "") for name in names}
        try:
            said = await self._change(use_case, order_id=known.id, version=known.version, **given)
        except Invalid as error:
            raise of_form(key, error) from None
        self.turns = {**self.turns, key: self.turns.get(key, 0) + 1}
        self.order = await self._use(order_pages.get_order, known.id)
        self.done = said
        self.orders = []
        await self._append_orders(0)

    async def _append(self, before: int) -> None:
        page = await self._use(case_pages.list_cases, status=self.status, before=before)
        self.rows = [*self.rows, *page.rows]
        self.next_before = page.next_before

    async def _append_orders(self, before: int) -> None:
        page = await self._use(order_pages.list_orders, before=before)
        self.orders = [*self.orders, *page.rows]
        self.orders_before = page.next_before

    async def _append_records(self, before: int) -> None:
        page = await self._use(order_pages.list_responsibility, before=before)
        self.records = [*self.records, *page.rows]
        self.records_before = page.next_before

    def _known(self) -> OrderDetail:
        if self.order is None:
            raise NotFound(rectifications.NOT_FOUND)
        return self.order


class CaseState(Screen, rx.State):
    """One matter: all that was said, the decision, and each consequence as a form of its own."""

    view: CaseDetail | None = None
    done: str = ""
    # How often each act was done here: its form begins anew.
    turns: dict[str, int] = {}

    @handler(Permission.STAFF)
    async def load(self) -> None:
        """Show the matter named in the address."""
        self._clear()
        self.view, self.turns = None, {}
        self.done = SAID.get(self._route_word("new"), "")
        self.view = await self._use(case_pages.get_case, self._route_number("case_id"))
        self.loaded = True

    @handler(Permission.SUPERVISE)
    async def decide(self, form: dict[str, str]) -> None:
        """Decide after the hearing."""
        await self._do("decide", cases.decide, form, "found", "text", "basis", versioned=True)

    @handler(Permission.SUPERVISE)
    async def withdraw(self, form: dict[str, str]) -> None:
        """Take the matter back."""
        await self._do("withdraw", cases.withdraw, form, "note", versioned=True)

    @handler(Permission.SUPERVISE)
    async def close(self, form: dict[str, str]) -> None:
        """Put the matter away."""
        await self._do("close", cases.close, form, "note", versioned=True)

    @handler(Permission.SUPERVISE)
    async def revoke(self, form: dict[str, str]) -> None:
        """Revoke the claim's hours."""
        await self._do("revoke", case_measures.revoke, form, "reason", "basis")

    @handler(Permission.SUPERVISE)
    async def correct(self, form: dict[str, str]) -> None:
        """Correct the claim's hours downwards."""
        await self._do("correct", case_measures.correct, form, "hours", "reason", "basis")

    @handler(Permission.SUPERVISE)
    async def record(self, form: dict[str, str]) -> None:
        """Enter the person in the integrity archive."""
        await self._do("record", integrity.record, form, "reason", "basis")

    @handler(Permission.SUPERVISE)
    async def hold(self, form: dict[str, str]) -> None:
        """Record that a reviewer answers for the word that is chosen."""
        chosen: dict[str, Any] = {"decision_id": cases.number_of(form.get("hold_decision", ""))}
        await self._do("hold", case_measures.hold_responsible, form, "reason", "basis", **chosen)

    @handler(Permission.SUPERVISE)
    async def dismiss(self, form: dict[str, str]) -> None:
        """Dismiss all that the chosen organisation has pending."""
        chosen: dict[str, Any] = {
            "organisation_id": cases.number_of(form.get("dismiss_organisation", ""))
        }
        said = await self._do("dismiss", dismissals.dismiss, form, "reason", "basis", **chosen)
        await self._finish(said)

    @handler(Permission.SUPERVISE)
    async def go_on(self) -> None:
        """Go on with a dismissal that did not come to its end."""
        self._begin()
        await self._finish(await self._change(dismissals.go_on, case_id=self._known().id))

    @handler(Permission.SUPERVISE)
    async def order(self, form: dict[str, str]) -> None:
        """Order the chosen organisation to put things right by a day."""
        chosen: dict[str, Any] = {
            "organisation_id": cases.number_of(form.get("order_organisation", ""))
        }
        order_id = await self._do(
            "order", rectifications.issue, form, "reason", "basis", "due_on", **chosen
        )
        more = await hand_up_all(self, order_id)
        self.view = await self._use(case_pages.get_case, self._known().id)
        self.done = ORDERED + (ORDERED_MORE if more else ORDERED_ALL)

    async def _do(
        self, key: str, use_case: Any, form: dict[str, str], *names: str,
        versioned: bool = False, **more: Any,
    ) -> Any:  # fmt: skip
        self._begin()
        known = self._known()
        given: dict[str, Any] = {name: form.get(f"{key}_{name}", "") for name in names} | more
        if versioned:
            given["version"] = known.version
        try:
            said = await self._change(use_case, case_id=known.id, **given)
        except Invalid as error:
            raise of_form(key, error) from None
        self.turns = {**self.turns, key: self.turns.get(key, 0) + 1}
        self.view = await self._use(case_pages.get_case, known.id)
        self.done = said if isinstance(said, str) else ""
        return said

    async def _finish(self, progress: dismissals.Progress) -> None:
        known = self._known()
        until = time.monotonic() + SECONDS
        while progress.more and time.monotonic() < until:
            progress = await self._change(dismissals.go_on, case_id=known.id)
        self.view = await self._use(case_pages.get_case, known.id)
        self.done = f"已驳回{progress.count}项待审核的申报。"

    def _begin(self) -> None:
        self._clear()
        self.done = ""

    def _known(self) -> CaseDetail:
        if self.view is None:
            raise NotFound(cases.NOT_FOUND)
        return self.view


async def hand_up_all(screen: Screen, order_id: int) -> bool:
    """Hand an organisation's queue up, step by step; whether more is left than one press does."""
    until, more = time.monotonic() + SECONDS, True
    while more and time.monotonic() < until:
        more = await screen._change(rectifications.move_queue, order_id=order_id)
    return more


def of_form(key: str, error: Invalid) -> Invalid:
    """The same refusal with the fields as one form of several on a page names them."""
    return Invalid({f"{key}_{name}": said for name, said in error.fields.items()}, error.message)


def _may_open(_session: Any, actor: Actor) -> bool:
    return actor.may(Permission.SUPERVISE)
