"""制作课程: one's own courses, and one of them being made."""

from collections.abc import Awaitable

import reflex as rx

from rxapp import routes
from rxapp.errors import Conflict, NotFound
from rxapp.rules import question_forms
from rxapp.rules.courses import FACTS, Status
from rxapp.rules.permissions import Permission
from rxapp.rules.question_forms import COLUMNS
from rxapp.services import (
    course_drafts,
    course_films,
    course_lists,
    course_making,
    course_moves,
    course_questions,
)
from rxapp.services.course_lists import MadeRow, UploadView
from rxapp.services.course_making import LessonPanel, MadeCourse
from rxapp.state.handlers import Screen, handler

BLANK = {name: "" for name, _ in COLUMNS} | {"kind": "single"}


class CoursesState(Screen, rx.State):
    """The courses of one's own offices, and packages on their way in."""

    rows: list[MadeRow] = []
    next_after: int = 0
    status: str = ""
    offices: list[tuple[str, str]] = []
    packages: list[UploadView] = []
    waiting: bool = False

    @handler(Permission.COURSE_MAKE)
    async def load(self) -> None:
        """Show the newest courses."""
        self.status = ""
        self._clear()
        self.offices = await self._use(course_lists.list_offices)
        await self._look()
        self.loaded = True

    @handler(Permission.COURSE_MAKE)
    async def filter(self, status: str) -> None:
        """Show the courses in one state, or all."""
        self._clear()
        self.status = status if status in set(Status) else ""
        await self._look()

    @handler(Permission.COURSE_MAKE)
    async def more(self) -> None:
        """Show the next older ones below."""
        if self.next_after:
            await self._append(self.next_after)

    @handler(Permission.COURSE_MAKE)
    async def begin(self, word: str) -> object:
        """Begin a course for one of one's offices and lead to its page."""
        self._clear()
        office = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
        id = await self._change(course_drafts.begin, organisation_id=office)
        return rx.redirect(routes.desk_course(id))

    @handler(Permission.COURSE_MAKE)
    async def refresh(self) -> None:
        """Show what became of the packages by now."""
        await self._look()

    async def _look(self) -> None:
        self.packages = await self._use(course_lists.list_packages)
        self.waiting = any(each.status == "checking" for each in self.packages)
        self.rows = []
        await self._append(0)

    async def _append(self, after: int) -> None:
        page = await self._use(course_lists.list_own, status=self.status, after=after)
        self.rows = [*self.rows, *page.rows]
        self.next_after = page.next_after


class CourseMakingState(Screen, rx.State):
    """One course: its facts, its lessons, and the lesson that is opened."""

    view: MadeCourse | None = None
    panel: LessonPanel | None = None
    typed: dict[str, str] = {}
    # The question in the form, and its id when it is there already.
    asked: dict[str, str] = dict(BLANK)
    asked_id: int = 0
    done: str = ""
    # Counts up when a form has to be drawn anew.
    drawn: int = 0

    @handler(Permission.COURSE_MAKE)
    async def load(self) -> None:
        """Show the course, and the lesson, that the address names."""
        self.view, self.panel = None, None
        self._begin()
        await self._look(self._route_number("course_id"), self._route_number("lesson"))
        self._new_question()
        self.loaded = True

    @handler(Permission.COURSE_MAKE)
    async def refresh(self) -> None:
        """Show what became of what was sent in, without touching what is typed."""
        await self._again()

    @handler(Permission.COURSE_MAKE)
    async def keep(self, name: str, text: str) -> None:
        """Keep one fact as it was typed."""
        if name not in FACTS:
            raise NotFound()
        known = self._known()
        if self.typed.get(name) == text:
            return
        await self._change(course_drafts.keep, course_id=known.id, name=name, value=text)
        self.typed = self.typed | {name: text}
        await self._again()

    @handler(Permission.COURSE_MAKE)
    async def add_lesson(self, form: dict[str, str]) -> object:
        """Add a lesson and open it."""
        self._clear()
        id = self._known().id
        lesson = await self._change(
            course_drafts.add_lesson, course_id=id, title=form.get("lesson", "")
        )
        self.drawn += 1
        return rx.redirect(f"{routes.desk_course(id)}?lesson={lesson}")

    @handler(Permission.COURSE_MAKE)
    async def rename(self, text: str) -> None:
        """Keep the opened lesson's name."""
        self._clear()
        lesson = self._opened()
        if text != lesson.lesson.title:
            await self._change(course_drafts.rename_lesson, lesson_id=lesson.lesson.id, title=text)
            await self._again()

    @handler(Permission.COURSE_MAKE)
    async def move(self, lesson_id: int, way: str) -> None:
        """Let a lesson change places with its neighbour."""
        self._begin()
        await self._change(course_drafts.move_lesson, lesson_id=lesson_id, up=way == "up")
        await self._again()

    @handler(Permission.COURSE_MAKE)
    async def remove_lesson(self, lesson_id: int) -> object:
        """Take a lesson out, with its film and questions."""
        self._begin()
        id = self._known().id
        await self._change(course_drafts.remove_lesson, lesson_id=lesson_id)
        self.panel = None
        await self._look(id, 0)
        return rx.redirect(routes.desk_course(id))

    @handler(Permission.COURSE_MAKE)
    async def remove_film(self) -> None:
        """Take the opened lesson's film away."""
        self._begin()
        await self._change(course_films.remove_film, lesson_id=self._opened().lesson.id)
        await self._again()

    @handler(Permission.COURSE_MAKE)
    async def choose_kind(self, kind: str) -> None:
        """Ask for what this kind of question needs."""
        self.asked = self.asked | {"kind": kind[:40]}

    @handler(Permission.COURSE_MAKE)
    async def edit_question(self, question_id: int) -> None:
        """Put a question into the form to change it."""
        self._begin()
        self.asked = await self._use(course_questions.get_typed, question_id=question_id)
        self.asked_id = question_id
        self.drawn += 1

    @handler(Permission.COURSE_MAKE)
    async def close_question(self) -> None:
        """Leave the question as it is."""
        self._begin()
        self._new_question()

    @handler(Permission.COURSE_MAKE)
    async def save_question(self, form: dict[str, str]) -> None:
        """Keep the question in the form; what is wrong is said beside it."""
        self._begin()
        typed = question_forms.from_form(form)
        if self.asked_id:
            await self._change(course_questions.change, question_id=self.asked_id, typed=typed)
        else:
            lesson_id = self._opened().lesson.id
            await self._change(course_questions.add, lesson_id=lesson_id, typed=typed)
        kind = typed.get("kind", "single")
        self._new_question()
        self.asked = BLANK | {"kind": kind}
        await self._again()
        self.done = "题目已保存。"

    @handler(Permission.COURSE_MAKE)
    async def remove_question(self, question_id: int) -> None:
        """Take a question out."""
        self._begin()
        await self._change(course_questions.remove, question_id=question_id)
        if question_id == self.asked_id:
            # Any other question leaves what is being typed alone.
            self._new_question()
        await self._again()
        self.done = "题目已移除。"

    @handler(Permission.COURSE_MAKE)
    async def clear_import(self) -> None:
        """Clear away what was said of the last table."""
        self._begin()
        await self._change(course_questions.forget_faults, lesson_id=self._opened().lesson.id)
        await self._again()

    @handler(Permission.COURSE_MAKE)
    async def submit(self) -> None:
        """Send the course in for review."""
        self._begin()
        known = self._known()
        said = await self._or_again(
            self._change(course_moves.submit, course_id=known.id, version=known.version)
        )
        await self._again()
        self.done = said

    @handler(Permission.COURSE_MAKE)
    async def recall(self) -> None:
        """Take it back to change it."""
        self._begin()
        known = self._known()
        said = await self._or_again(
            self._change(course_moves.recall, course_id=known.id, version=known.version)
        )
        await self._again()
        self.drawn += 1
        self.done = said

    @handler(Permission.COURSE_MAKE)
    async def renew(self) -> object:
        """Begin the next edition, or go on with it."""
        self._begin()
        id = await self._change(course_drafts.begin_edition, course_id=self._known().id)
        return rx.redirect(routes.desk_course(id))

    @handler(Permission.COURSE_MAKE)
    async def discard(self) -> object:
        """Delete the draft for good."""
        self._begin()
        await self._change(course_drafts.discard, course_id=self._known().id)
        return rx.redirect(routes.DESK_COURSES)

    async def _look(self, course_id: int, lesson_id: int) -> None:
        view = await self._use(course_making.get_course, course_id=course_id)
        inside = lesson_id in {each.id for each in view.lessons}
        self.panel = (
            await self._use(course_making.get_lesson, lesson_id=lesson_id) if inside else None
        )
        self.view, self.typed = view, view.typed

    async def _or_again(self, act: Awaitable[str]) -> str:
        """Wait for an act; whoever comes too late sees how things stand now, then why."""
        try:
            return await act
        except Conflict:
            await self._again()
            raise

    async def _again(self) -> None:
        await self._look(self._known().id, self.panel.lesson.id if self.panel else 0)

    def _new_question(self) -> None:
        self.asked, self.asked_id = dict(BLANK), 0
        self.drawn += 1

    def _begin(self) -> None:
        self._clear()
        self.done = ""

    def _known(self) -> MadeCourse:
        if self.view is None:
            raise NotFound()
        return self.view

    def _opened(self) -> LessonPanel:
        if self.panel is None:
            raise NotFound()
        return self.panel
