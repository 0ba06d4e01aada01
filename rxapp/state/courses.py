"""公需科目培训, 专业科目培训, a course, a lesson."""

from urllib.parse import urlencode

import reflex as rx

from rxapp import routes
from rxapp.rules.permissions import Permission
from rxapp.services import catalogue, course_pages
from rxapp.services.catalogue import CourseGroup, CoursePage
from rxapp.services.course_pages import CourseView, LessonView
from rxapp.state.handlers import Screen, handler

FILTERS = ("year", "q", "series", "status")


class CatalogueState(Screen, rx.State):
    """The courses of one area; the filters stay in the address."""

    page: CoursePage | None = None
    groups: list[CourseGroup] = []
    years: list[str] = []
    year_word: str = ""
    area: str = ""
    query: str = ""
    series: str = ""
    status: str = ""
    next_after: int = 0

    @handler(Permission.LEARN)
    async def load_public(self) -> None:
        """Show 公需科目培训."""
        await self._load("public")

    @handler(Permission.LEARN)
    async def load_professional(self) -> None:
        """Show 专业科目培训."""
        await self._load("professional")

    @handler(Permission.LEARN)
    async def search(self, form: dict[str, str]) -> object:
        """Put what is looked for into the address."""
        chosen = {key: form.get(key, "").strip()[:100] for key in FILTERS}
        return rx.redirect(self._address_with({k: v for k, v in chosen.items() if v}))

    @handler(Permission.LEARN)
    async def more(self) -> None:
        """Show the next courses below the ones shown."""
        if not self.next_after:
            return
        found = await self._list(self.next_after)
        self.groups = [*self.groups, *found.groups]
        self.next_after = found.next_after or 0

    async def _load(self, area: str) -> None:
        self.area = area
        self.query = self._route_word("q")
        self.series = self._route_word("series")
        self.status = self._route_word("status")
        found = await self._list(None)
        self.page = found
        self.years = [str(choice.year) for choice in found.years]
        self.year_word = str(found.year)
        self.groups = list(found.groups)
        self.next_after = found.next_after or 0
        self._clear()
        self.loaded = True

    async def _list(self, after: int | None) -> CoursePage:
        return await self._use(
            catalogue.list_courses, area=self.area, year=self._route_number("year") or None,
            query=self.query, series=self.series, status=self.status, after=after,
        )  # fmt: skip

    def _address_with(self, chosen: dict[str, str]) -> str:
        path = routes.PROFESSIONAL_COURSES if self.area == "professional" else routes.PUBLIC_COURSES
        return f"{path}?{urlencode(chosen)}" if chosen else path


class CourseState(Screen, rx.State):
    """One course with its lessons."""

    view: CourseView | None = None

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the course named in the address."""
        self.view = None
        course_id = self._route_number("course_id")
        self.view = await self._use(course_pages.get_course, course_id=course_id)
        self._clear()
        self.loaded = True


class LessonState(Screen, rx.State):
    """One lesson; the player itself speaks plain HTTP."""

    view: LessonView | None = None

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the lesson named in the address."""
        self.view = None
        lesson_id = self._route_number("lesson_id")
        self.view = await self._use(course_pages.get_lesson, lesson_id=lesson_id)
        self._clear()
        self.loaded = True
