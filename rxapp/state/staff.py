"""管理员: the clerks of an organisation."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import invitations, staffing
from rxapp.services.invitations import CandidateRow
from rxapp.services.staffing import StaffView
from rxapp.state.handlers import Screen, handler


class StaffState(Screen, rx.State):
    """Who works for an organisation; inviting, removing, handing over."""

    view: StaffView | None = None
    found: list[CandidateRow] = []
    query: str = ""
    searched: bool = False
    done: str = ""
    # The person the work is about to be handed to, until it is confirmed.
    taker_id: int = 0
    taker: str = ""
    # The clerk about to be removed, likewise.
    leaving_id: int = 0
    leaving: str = ""
    _organisation_id: int = 0

    @handler(Permission.STAFF_MANAGE)
    async def load(self) -> None:
        """Show the clerks of the organisation in the address, else of one's own."""
        self.done = self.query = ""
        self._organisation_id = self._route_number("organisation")
        self._put_away()
        self._clear()
        self.view = None
        await self._refresh()
        self.loaded = True

    @handler(Permission.STAFF_MANAGE)
    async def search(self, form: dict[str, str]) -> None:
        """Look for somebody to invite or to hand over to."""
        self._clear()
        self._put_away()
        self.query, self.done = form.get("q", "").strip()[:60], ""
        self.found = await self._use(
            invitations.find_candidates, organisation_id=self._organisation_id, typed=self.query
        )
        self.searched = True

    @handler(Permission.STAFF_MANAGE)
    async def invite(self, person_id: int) -> None:
        """Invite one of the people found."""
        self._clear()
        name = await self._change(
            invitations.invite, organisation_id=self._organisation_id, person_id=person_id
        )
        self.done = f"已邀请{name}，对方在“我的”中接受后即可办理业务。"
        self._put_away()
        await self._refresh()

    @handler(Permission.STAFF_MANAGE)
    async def withdraw(self, invitation_id: int) -> None:
        """Take an invitation back."""
        self._clear()
        await self._change(invitations.withdraw, invitation_id=invitation_id)
        self.done = "已撤回邀请。"
        await self._refresh()

    @handler(Permission.STAFF_MANAGE)
    async def choose_leaving(self, membership_id: int, name: str) -> None:
        """Ask once more before a colleague's rights end."""
        self._clear()
        self._put_away()
        self.leaving_id, self.leaving, self.done = membership_id, name[:60], ""

    @handler(Permission.STAFF_MANAGE)
    async def remove(self, membership_id: int) -> None:
        """End a clerk's rights."""
        self._clear()
        self.done = await self._change(staffing.remove, membership_id=membership_id)
        self._put_away()
        await self._refresh()

    @handler(Permission.STAFF_MANAGE)
    async def choose_taker(self, person_id: int, name: str) -> None:
        """Ask once more before the own rights end."""
        self._clear()
        self._put_away()
        self.taker_id, self.taker, self.done = person_id, name[:60], ""

    @handler(Permission.STAFF_MANAGE)
    async def keep(self) -> None:
        """Leave everything as it is after all."""
        self._put_away()

    @handler(Permission.STAFF_MANAGE)
    async def hand_over(self, form: dict[str, str]) -> None:
        """Hand one's work over to the person chosen."""
        self._clear()
        self.done = await self._change(
            staffing.hand_over, organisation_id=self._organisation_id, to_id=self.taker_id,
            note=form.get("note", ""),
        )  # fmt: skip
        self._put_away()
        self.view = None

    async def _refresh(self) -> None:
        self.view = await self._use(staffing.get_staff, organisation_id=self._organisation_id)

    def _put_away(self) -> None:
        self.found, self.searched = [], False
        self.taker_id, self.taker = 0, ""
        self.leaving_id, self.leaving = 0, ""
