"""A course as its package would describe it, and what is still missing before it can be sent in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Invalid
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.models.organisations import Organisation
from rxapp.rules import film_lengths, manifests
from rxapp.rules.courses import KNOWN
from rxapp.rules.manifests import CourseManifest
from rxapp.rules.quizzes import Option, Question
from rxapp.services import policies

BUREAUS_OWN = "市人力资源社会保障局"


@dataclass(frozen=True)
class Missing:
    """One thing that is still missing or wrong; `lesson_id` 0 is said of the course itself."""

    sentence: str
    lesson_id: int


@dataclass(frozen=True)
class Content:
    """Everything of a course: its lessons in order and their questions."""

    course: Course
    lessons: tuple[tuple[Lesson, tuple[QuestionRow, ...]], ...]

    @property
    def film_ms(self) -> int:
        """The length of all different films."""
        # The same film twice teaches nothing twice.
        return sum({each.video_file: each.length_ms for each, _ in self.lessons}.values())


def get_content(session: Session, course: Course) -> Content:
    """A course with its lessons and questions."""
    lessons = session.exec(
        select(Lesson).where(Lesson.course_id == course.id).order_by(col(Lesson.position))
    ).all()
    questions = session.exec(
        select(QuestionRow)
        .where(col(QuestionRow.lesson_id).in_([lesson.id for lesson in lessons]))
        .order_by(col(QuestionRow.id))
    ).all()
    asked: dict[int, list[QuestionRow]] = {lesson.id or 0: [] for lesson in lessons}
    for each in questions:
        asked[each.lesson_id].append(each)
    return Content(course, tuple((each, tuple(asked[each.id or 0])) for each in lessons))


def question_of(row: QuestionRow, place: int, count: int, length_ms: int) -> Question:
    """A question with the stretch it reviews: its own, or its share of the film."""
    stretch = row.review_from_ms, row.review_to_ms
    if stretch == (0, 0) and length_ms:
        stretch = film_lengths.shared_out(place, count, length_ms)
    return Question(
        id=row.id or 0, kind=row.kind, stem=row.stem,
        options=tuple(Option(each["id"], each["text"]) for each in row.options),
        right=frozenset(each["id"] for each in row.options if each["right"]),
        review_from_ms=stretch[0], review_to_ms=stretch[1],
    )  # fmt: skip


def questions_of(lesson: Lesson, rows: Sequence[QuestionRow]) -> tuple[Question, ...]:
    """All questions of a lesson, each with the stretch it reviews."""
    return tuple(
        question_of(row, place, len(rows), lesson.length_ms) for place, row in enumerate(rows)
    )


def video_names(content: Content) -> dict[str, str]:
    """What each film is called inside a package, by the file it is; one name per film."""
    names: dict[str, str] = {}
    for lesson, _ in content.lessons:
        if lesson.video_file:
            names.setdefault(lesson.video_file, f"lessons/{len(names) + 1:03d}.mp4")
    return names


def describe(content: Content) -> dict[str, Any]:
    """The course as the manifest of its package says it, faults and all."""
    course, names = content.course, video_names(content)
    facts = _facts(course)
    lessons = [
        {
            "code": lesson.code or f"L{lesson.position}", "title": lesson.title,
            "video": names.get(lesson.video_file, ""),
            "questions": [_said(question) for question in questions_of(lesson, rows)],
        }
        for lesson, rows in content.lessons
    ]  # fmt: skip
    return {**facts, "code": course.code, "provider": course.provider, "lessons": lessons}


def read(content: Content) -> tuple[CourseManifest, manifests.Faults]:
    """The course as a manifest, and everything that is wrong with it by place."""
    manifest, faults = manifests.read(describe(content))
    names = video_names(content)
    lengths = {names[each.video_file]: each.length_ms for each, _ in content.lessons
               if each.video_file}  # fmt: skip
    whole = bool(content.lessons) and all(each.video_file for each, _ in content.lessons)
    held_to = content.film_ms if whole and not content.course.shortened else None
    for place, sentence in film_lengths.film_faults(manifest, lengths, total_ms=held_to).items():
        faults.setdefault(place, sentence)
    for number, (lesson, _) in enumerate(content.lessons, start=1):
        if not lesson.video_file:
            faults[f"lessons.{number}.video"] = f"第{number}课时：还没有上传视频。"
    last = clock.today().year + 1
    if manifest.year > last:
        faults["year"] = f"年度应为{policies.FIRST_YEAR}至{last}之间的整数。"
    return manifest, faults


def list_missing(content: Content, faults: manifests.Faults) -> list[Missing]:
    """Everything that stands in the way of sending it in, in the order of the page.

    `faults` are those that `read` found: reading a large course takes its time.
    """
    ids = [lesson.id or 0 for lesson, _ in content.lessons]
    order = {0: 0} | {id: place for place, id in enumerate(ids, start=1)}
    found = []
    for place, sentence in faults.items():
        parts = place.split(".")
        inside = len(parts) > 2 and parts[0] == "lessons" and parts[1].isdigit()
        number = int(parts[1]) if inside else 0
        found.append(Missing(sentence, ids[number - 1] if 0 < number <= len(ids) else 0))
    return sorted(found, key=lambda each: order[each.lesson_id])


def require_whole(content: Content) -> CourseManifest:
    """The course as a manifest; Invalid with every fault when it is not ready."""
    manifest, faults = read(content)
    if faults:
        raise Invalid(
            faults, f"还有{len(faults)}处没有填好，请按页面上的提示补充，已填写的内容仍在。"
        )
    return manifest


def provider_of(session: Session, course: Course) -> str:
    """Who teaches: the organisation's name, and the bureau where there is none."""
    organisation = session.get(Organisation, course.organisation_id or 0)
    return organisation.name if organisation else BUREAUS_OWN


def _facts(course: Course) -> dict[str, Any]:
    if course.status in KNOWN:
        return {
            "title": course.title, "year": course.year, "subject": course.subject.value,
            "series": course.series, "hours": str(course.hours), "summary": course.summary,
        }  # fmt: skip
    typed = {name: str(value) for name, value in course.typed.items()}
    year = typed.get("year", "")
    known = year.isascii() and year.isdigit()
    return {
        "title": typed.get("title", ""), "year": int(year) if known else year,
        "subject": typed.get("subject", ""), "series": typed.get("series", ""),
        "hours": typed.get("hours", ""), "summary": typed.get("summary", ""),
    }  # fmt: skip


def _said(question: Question) -> dict[str, Any]:
    options = [
        {"text": option.text, "right": option.id in question.right} for option in question.options
    ]
    return {
        "kind": question.kind.value, "stem": question.stem, "options": options,
        "review_from": question.review_from_ms // 1000,
        "review_to": question.review_to_ms // 1000,
    }  # fmt: skip
