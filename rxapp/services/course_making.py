"""What makers and reviewers see of a course: their list, the page it is made on, the preview."""

from dataclasses import dataclass
from pathlib import PurePath

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.models.courses import Course, CourseUpload, Lesson, QuestionRow
from rxapp.rules import question_forms
from rxapp.rules.courses import KNOWN, OPEN, Status, stopped_sentence
from rxapp.rules.film_lengths import questions_needed
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.services import (
    course_content,
    course_drafts,
    course_films,
    course_moves,
    course_reviews,
    course_scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.course_content import Content, Missing
from rxapp.services.course_lists import UploadView, upload_view
from rxapp.services.course_pages import duration_text
from rxapp.services.course_uploads import CHECKING, FAILED, RECEIVING


@dataclass(frozen=True)
class FaultLine:
    """One wrong cell of a table of questions."""

    line: str
    column: str
    reason: str


@dataclass(frozen=True)
class ShownOption:
    """One option, and whether it is right."""

    letter: str
    text: str
    right: bool


@dataclass(frozen=True)
class ShownQuestion:
    """A question with its key, for makers and reviewers alone."""

    id: int
    number: int
    kind: str
    kind_label: str
    stem: str
    options: list[ShownOption]
    right: str
    review: str
    even: bool


@dataclass(frozen=True)
class MadeLesson:
    """A lesson with what it has and still needs."""

    id: int
    position: int
    title: str
    duration: str
    film_name: str
    film: str
    poster: str
    questions: int
    needed: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class StepRow:
    """One act in the life of a course."""

    at: str
    who: str
    act: str
    note: str


@dataclass(frozen=True)
class MadeCourse:
    """A course as its makers see it, and a reviewer."""

    id: int
    version: int
    code: str
    edition: int
    title: str
    status: str
    state: str
    note: str
    teacher: str
    typed: dict[str, str]
    subject_label: str
    film_time: str
    most_hours: str
    lessons: list[MadeLesson]
    missing: list[Missing]
    checking: bool
    steps: list[StepRow]
    editable: bool
    may_recall: bool
    may_renew: bool
    may_export: bool
    shortened: bool
    stopped: str


@dataclass(frozen=True)
class LessonPanel:
    """One lesson opened on the page it is made on."""

    lesson: MadeLesson
    questions: list[ShownQuestion]
    upload: UploadView | None
    imported: str
    faults: list[FaultLine]


def get_course(session: Session, actor: Actor, *, course_id: int) -> MadeCourse:
    """A course of one's own on the page it is made on."""
    actor.require(Permission.COURSE_MAKE)
    return _course(session, course_scopes.get_own(session, actor, course_id))


def get_preview(
    session: Session, actor: Actor, *, course_id: int
) -> tuple[MadeCourse, list[LessonPanel], bool]:
    """A course with all its films and questions, and whether one may publish it.

    For its makers, and the bureau before which it lies; nothing is earned by looking.
    """
    actor.require(Permission.COURSE_MAKE)
    row = course_scopes.get_seen(session, actor, course_id)
    content = course_content.get_content(session, row)
    panels = [_panel(content, lesson, rows, None) for lesson, rows in content.lessons]
    return _course(session, row), panels, course_reviews.may_publish(session, actor, row)


def get_lesson(session: Session, actor: Actor, *, lesson_id: int) -> LessonPanel:
    """One lesson of one's own course, opened: its film on the way in, its questions."""
    actor.require(Permission.COURSE_MAKE)
    course, lesson = course_scopes.see_lesson(session, actor, lesson_id)
    content = course_content.get_content(session, course)
    upload = session.exec(
        select(CourseUpload)
        .where(
            CourseUpload.lesson_id == lesson_id,
            col(CourseUpload.status).in_((RECEIVING, CHECKING, FAILED)),
        )
        .order_by(col(CourseUpload.id).desc())
    ).first()
    rows = next(rows for each, rows in content.lessons if each.id == lesson.id)
    return _panel(content, lesson, rows, upload)


def _course(session: Session, row: Course) -> MadeCourse:
    content = course_content.get_content(session, row)
    is_open = row.status in OPEN
    _, faults = course_content.read(content)
    missing = course_content.list_missing(content, faults) if row.status not in KNOWN else []
    under_way = course_films.list_under_way(session, row.id or 0) if is_open else []
    typed = course_drafts.EMPTY | {name: str(value) for name, value in row.typed.items()}
    if not is_open:
        typed = _columns(row)
    return MadeCourse(
        id=row.id or 0, version=row.version, code=row.code, edition=row.edition,
        title=row.title or "未命名课程", status=row.status.value, state=row.status.label,
        note=row.note, teacher=row.provider or course_content.BUREAUS_OWN, typed=typed,
        subject_label=row.subject.label, film_time=duration_text(content.film_ms),
        most_hours=str(Hours.from_seconds(content.film_ms // 1000)),
        lessons=_lessons(content), missing=[*missing, *(each.missing for each in under_way)],
        checking=any(each.checking for each in under_way),
        steps=[
            StepRow(
                f"{clock.local(step.at):%Y-%m-%d %H:%M}", who, step.act.label,
                step.note or ("由制作人本人发布，本局没有其他有权发布的管理员" if step.own else ""),
            )
            for step, who in course_moves.list_steps(session, row)
        ],
        editable=is_open, may_recall=row.status is Status.SUBMITTED,
        may_renew=row.status in KNOWN and _is_newest(session, row),
        may_export=not faults, shortened=row.shortened,
        stopped=stopped_sentence(row.status),
    )  # fmt: skip


def _columns(row: Course) -> dict[str, str]:
    return {
        "title": row.title, "summary": row.summary, "year": f"{row.year}",
        "subject": row.subject.value, "series": row.series, "hours": str(row.hours),
    }  # fmt: skip


def _is_newest(session: Session, row: Course) -> bool:
    later = select(Course.id).where(Course.code == row.code, col(Course.edition) > row.edition)
    return session.exec(later).first() is None


def _lessons(content: Content) -> list[MadeLesson]:
    return [_lesson(lesson, rows, len(content.lessons)) for lesson, rows in content.lessons]


def _lesson(lesson: Lesson, rows: tuple[QuestionRow, ...], count: int) -> MadeLesson:
    id = lesson.id or 0
    # The file's own name in the address: another film is never taken for this one.
    film = f"{routes.course_file(id, 'film')}?v={lesson.video_file[:12]}"
    poster = f"{routes.course_file(id, 'poster')}?v={lesson.poster_file[:12]}"
    return MadeLesson(
        id=id, position=lesson.position, title=lesson.title,
        duration=duration_text(lesson.length_ms) if lesson.video_file else "",
        film_name=PurePath(lesson.film_name).stem or ("视频" if lesson.video_file else ""),
        film=film if lesson.video_file else "", poster=poster if lesson.poster_file else "",
        questions=len(rows), needed=questions_needed(lesson.length_ms or 1),
        is_first=lesson.position == 1, is_last=lesson.position == count,
    )  # fmt: skip


def _panel(
    content: Content, lesson: Lesson, rows: tuple[QuestionRow, ...], upload: CourseUpload | None
) -> LessonPanel:
    said = lesson.imported or {}
    imported = ""
    if said:
        imported = (
            f"{PurePath(said['name']).stem}：新增{said['added']}题，已有{said['same']}题，"
            f"有误{said['wrong']}行（{said['at']}）"
        )
    return LessonPanel(
        _lesson(lesson, rows, len(content.lessons)),
        _questions(lesson, rows),
        upload_view(upload) if upload else None,
        imported,
        [FaultLine(f"第{each['line']}行", each["column"], each["reason"])
         for each in said.get("faults", [])],
    )  # fmt: skip


def _questions(lesson: Lesson, rows: tuple[QuestionRow, ...]) -> list[ShownQuestion]:
    shown = []
    for number, question in enumerate(course_content.questions_of(lesson, rows), start=1):
        letters = question_forms.LETTERS
        options = [
            ShownOption(letter, option.text, option.id in question.right)
            for letter, option in zip(letters, question.options, strict=False)
        ]
        begin, end = question.review_from_ms, question.review_to_ms
        times = f"{question_forms.clock_text(begin)}–{question_forms.clock_text(end)}"
        stored = rows[number - 1]
        shown.append(
            ShownQuestion(
                id=question.id, number=number, kind=question.kind.value,
                kind_label=question_forms.KINDS[question.kind], stem=question.stem,
                options=options, right="、".join(each.letter for each in options if each.right),
                review=times if end else "", even=stored.review_to_ms == 0,
            )
        )  # fmt: skip
    return shown
