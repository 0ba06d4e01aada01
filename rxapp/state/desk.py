"""工作台: what waits for one's offices, oldest first."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import (
    backlog,
    course_reviews,
    deciding,
    people,
    project_desk,
    statistics,
)
from rxapp.services.deciding import WaitingRow
from rxapp.state.handlers import Screen, handler


class DeskState(Screen, rx.State):
    """The queue of one's own offices, with what waits too long below them."""

    rows: list[WaitingRow] = []
    office: str = ""
    waiting: int = 0
    next_after: str = ""
    may_review: bool = False
    # Claims that wait for one's own offices; for a bureau, what waits in its subtree as well.
    claims: int = 0
    below: int = 0
    oldest: str = ""
    # How the year stands; empty where there is nobody to count.
    completion: str = ""
    completion_detail: str = ""
    # Filings and plans that wait for one's bureau; filings of one's own that were sent back.
    filings: int = 0
    plans: int = 0
    returned: int = 0
    may_file: bool = False
    may_judge: bool = False
    # Courses that wait for the bureau.
    courses: int = 0

    @handler(Permission.STAFF)
    async def load(self) -> None:
        """Show what waits."""
        self.office, _, _ = await self._use(people.get_office)
        self.may_review = await self._use(deciding.may_review)
        seen = await self._use(backlog.get_summary)
        self.claims, self.below, self.oldest = seen.waiting, seen.below, seen.oldest
        stands = await self._use(statistics.get_summary)
        self.completion, self.completion_detail = stands.text, stands.detail
        classes = await self._use(project_desk.get_summary)
        self.may_file, self.may_judge = classes.may_file, classes.may_review
        self.filings, self.plans = classes.filings, classes.plans
        self.returned = classes.returned
        self.courses = await self._use(course_reviews.count_waiting)
        self.rows, self.next_after = [], ""
        if self.may_review:
            await self._append("")
        self._clear()
        self.loaded = True

    @handler(Permission.REVIEW)
    async def more(self) -> None:
        """Show what waits after the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    async def _append(self, after: str) -> None:
        page = await self._use(deciding.list_waiting, after=after)
        self.rows = [*self.rows, *page.rows]
        self.waiting, self.next_after = page.waiting, page.next_after
