"""课程审核: what waits for the bureau, and a course looked at as a learner would see it."""

import reflex as rx

from rxapp.errors import Conflict, NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import course_making, course_reviews
from rxapp.services.course_making import LessonPanel, MadeCourse
from rxapp.services.course_reviews import ReviewRow
from rxapp.state.handlers import Screen, handler

WAITING = "submitted"


class CourseReviewsState(Screen, rx.State):
    """The courses of the city in one state; what waits first."""

    rows: list[ReviewRow] = []
    next_after: int = 0
    status: str = WAITING
    waiting: int = 0

    @handler(Permission.COURSE_PUBLISH)
    async def load(self) -> None:
        """Show what waits."""
        self.status = WAITING
        self._clear()
        await self._look()
        self.loaded = True

    @handler(Permission.COURSE_PUBLISH)
    async def filter(self, status: str) -> None:
        """Show the courses in another state."""
        self._clear()
        self.status = status[:20]
        await self._look()

    @handler(Permission.COURSE_PUBLISH)
    async def more(self) -> None:
        """Show the next ones below."""
        if self.next_after:
            await self._append(self.next_after)

    async def _look(self) -> None:
        self.rows = []
        await self._append(0)

    async def _append(self, after: int) -> None:
        page = await self._use(course_reviews.list_queue, status=self.status, after=after)
        self.rows = [*self.rows, *page.rows]
        self.next_after, self.waiting = page.next_after, page.waiting


class CoursePreviewState(Screen, rx.State):
    """A whole course with its films, questions and right answers."""

    view: MadeCourse | None = None
    panels: list[LessonPanel] = []
    may_publish: bool = False
    is_bureau: bool = False
    reason: str = ""
    done: str = ""

    @handler(Permission.COURSE_MAKE)
    async def load(self) -> None:
        """Show the course the address names."""
        self.view, self.panels, self.reason, self.done = None, [], "", ""
        self._clear()
        await self._look(self._route_number("course_id"))
        self.loaded = True

    @handler(Permission.COURSE_PUBLISH)
    async def write(self, reason: str) -> None:
        """Keep what is being typed as the reason."""
        self.reason = reason[:400]

    @handler(Permission.COURSE_PUBLISH)
    async def decide(self, verdict: str) -> None:
        """Publish, return or withdraw the course."""
        self._clear()
        self.done = ""
        if self.view is None:
            raise NotFound()
        try:
            said = await self._change(
                course_reviews.decide, course_id=self.view.id, verdict=verdict, reason=self.reason,
                version=self.view.version,
            )  # fmt: skip
        except Conflict:
            # Whoever comes too late sees how things stand now, then why; the reason stays.
            await self._look(self.view.id)
            raise
        self.reason = ""
        await self._look(self.view.id)
        self.done = said

    async def _look(self, course_id: int) -> None:
        seen = await self._use(course_making.get_preview, course_id=course_id)
        self.view, self.panels, self.may_publish = seen
        self.is_bureau = await self._use(course_reviews.is_reviewer)
