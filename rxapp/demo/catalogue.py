"""The demo city's courses: read from the files beside this one, checked, and packed for import.

A pool holds the questions of one topic and names the clip that teaches it; a lesson names a pool
and draws eight questions from it, so that lessons share the clip but not the whole set.
"""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from rxapp.errors import Invalid
from rxapp.rules import quizzes
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.quizzes import Kind
from rxapp.rules.subjects import Subject

QUESTIONS_PER_LESSON = 8
INTRO_SECONDS = 5

_HERE = Path(__file__).parent
_VIDEO = re.compile(r"clips/[a-z0-9_-]+\.mp4")
_BROKEN = "课程清单缺少必要的项目，或项目的写法不对，请补齐后重新导入。"
_EARLIEST, _LATEST = 2016, 2100
# A video from elsewhere is measured when it is imported; until then a day is the bound.
_UNMEASURED_SECONDS = 24 * 60 * 60
# A fixed date in the archive: the same course always packs to the same bytes.
_PACKED_AT = (2020, 7, 15, 0, 0, 0)


@dataclass(frozen=True)
class Option:
    """One answer that can be chosen."""

    text: str
    right: bool


@dataclass(frozen=True)
class QuestionManifest:
    """A pop-quiz question, and the seconds of the lesson that teach its answer."""

    kind: Kind
    stem: str
    options: tuple[Option, ...]
    review_from: int
    review_to: int


@dataclass(frozen=True)
class LessonManifest:
    """One video and its questions; `video` is the path inside the package."""

    code: str
    title: str
    video: str
    questions: tuple[QuestionManifest, ...]


@dataclass(frozen=True)
class CourseManifest:
    """A course as it stands in `manifest.json`; `hours` is text with at most one decimal."""

    code: str
    title: str
    year: int
    subject: Subject
    series: str
    hours: str
    provider: str
    summary: str
    lessons: tuple[LessonManifest, ...]


class Span(NamedTuple):
    """Whole seconds from the start of a clip, the end not included."""

    start: int
    end: int


@dataclass(frozen=True)
class Card:
    """One screen of a clip: a heading and three lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Clip:
    """A short video: a title screen, then its cards for equal times."""

    name: str
    title: str
    mark: str
    colour: str
    seconds: int
    cards: tuple[Card, ...]

    def span(self, card: int) -> Span:
        """Say when card number `card` (counted from 1) is on the screen."""
        room, count = self.seconds - INTRO_SECONDS, len(self.cards)
        start, end = (INTRO_SECONDS + room * n // count for n in (card - 1, card))
        return Span(start, end)

    @property
    def path(self) -> Path:
        """Where the video lies on disk."""
        return _HERE / "clips" / f"{self.name}.mp4"


def load_catalogue() -> tuple[CourseManifest, ...]:
    """Read every demo course in order of its code; Invalid names the file and the field."""
    files = sorted((_HERE / "courses").glob("*.json"))
    return tuple(_from_file(path, _course_from_source) for path in files)


@cache
def load_clips() -> tuple[Clip, ...]:
    """Read what the clips show, in the order of the file."""
    return tuple(_clip(source) for source in _read(_HERE / "clips" / "clips.json"))


def in_year(manifest: CourseManifest, year: int) -> CourseManifest:
    """Give the same course for another year: the year, and the year at the head of its code."""
    code = re.sub(r"^\d{4}-", f"{year}-", manifest.code)
    return _checked(replace(manifest, year=year, code=code))


def video_path(lesson: LessonManifest) -> Path:
    """Say where the lesson's video lies on disk."""
    return _HERE / lesson.video


def parse_manifest(source: Any) -> CourseManifest:
    """Turn the content of a `manifest.json` into a checked course; raises Invalid."""
    try:
        return _checked(_course(source))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid({"manifest": _BROKEN}) from error


def manifest_json(manifest: CourseManifest) -> str:
    """Write a course in the form `parse_manifest` reads."""
    return json.dumps(asdict(manifest), ensure_ascii=False, indent=1)


def write_package(manifest: CourseManifest, path: Path) -> None:
    """Pack a course as `rxapp course import` takes it: `manifest.json` and each video once."""
    with zipfile.ZipFile(path, "w") as package:
        text = manifest_json(_checked(manifest)).encode()
        package.writestr(_entry("manifest.json", zipfile.ZIP_DEFLATED), text)
        for video in sorted({lesson.video for lesson in manifest.lessons}):
            package.writestr(_entry(video, zipfile.ZIP_STORED), (_HERE / video).read_bytes())


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _PACKED_AT)
    entry.compress_type = compression
    return entry


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _from_file(path: Path, build: Callable[[Any], CourseManifest]) -> CourseManifest:
    try:
        return build(_read(path))
    except Invalid as error:
        fields = {f"{path.name} {name}": text for name, text in error.fields.items()}
        raise Invalid(fields) from error
    except (KeyError, TypeError, ValueError, StopIteration, OSError) as error:
        raise Invalid({path.name: "课程文件无法读取，请核对它引用的题库和视频。"}) from error


def _clip(source: dict[str, Any]) -> Clip:
    cards = tuple(Card(card["heading"], tuple(card["lines"])) for card in source["cards"])
    return Clip(**{**source, "cards": cards})


def _clip_named(name: str) -> Clip:
    return next(clip for clip in load_clips() if clip.name == name)


def _course_from_source(source: dict[str, Any]) -> CourseManifest:
    lessons = [_lesson_from_pool(lesson) for lesson in source["lessons"]]
    return parse_manifest({**source, "lessons": lessons})


def _lesson_from_pool(lesson: dict[str, Any]) -> dict[str, Any]:
    pool = _pool(lesson["pool"])
    clip = _clip_named(pool["clip"])
    drawn = _draw(pool["questions"], lesson.get("first", 0))
    questions = [_question_from_pool(question, clip) for question in drawn]
    head = {"code": lesson["code"], "title": lesson["title"]}
    return {**head, "video": f"clips/{clip.name}.mp4", "questions": questions}


@cache
def _pool(name: str) -> dict[str, Any]:
    return _read(_HERE / "courses" / "pools" / f"{name}.json")


def _draw(pool: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    """Take eight in a row, beginning at `first` and going round at the end."""
    return [pool[(first + step) % len(pool)] for step in range(QUESTIONS_PER_LESSON)]


def _question_from_pool(source: dict[str, Any], clip: Clip) -> dict[str, Any]:
    start, end = clip.span(source["card"])
    options = [{"text": text, "right": True} for text in source["right"]]
    options += [{"text": text, "right": False} for text in source["wrong"]]
    head = {"kind": source["kind"], "stem": source["stem"]}
    return {**head, "options": _mixed(options), "review_from": start, "review_to": end}


def _mixed(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order the options by a digest of their words, so that the right one has no usual place."""
    return sorted(options, key=lambda option: sha256(option["text"].encode()).digest())


def _course(source: dict[str, Any]) -> CourseManifest:
    lessons = tuple(map(_lesson, source["lessons"]))
    return CourseManifest(**{**source, "subject": Subject(source["subject"]), "lessons": lessons})


def _lesson(source: dict[str, Any]) -> LessonManifest:
    return LessonManifest(**{**source, "questions": tuple(map(_question, source["questions"]))})


def _question(source: dict[str, Any]) -> QuestionManifest:
    options = tuple(map(_option, source["options"]))
    return QuestionManifest(**{**source, "kind": Kind(source["kind"]), "options": options})


def _option(source: dict[str, Any]) -> Option:
    # The word "false" would otherwise count as a right answer.
    if type(source["right"]) is not bool:
        raise TypeError("right")
    return Option(**source)


def _checked(course: CourseManifest) -> CourseManifest:
    faults = dict(_course_faults(course))
    if faults:
        raise Invalid(faults)
    return course


def _course_faults(course: CourseManifest) -> Iterator[tuple[str, str]]:
    for name in ("code", "title", "series", "provider", "summary"):
        if not _is_text(getattr(course, name)):
            yield name, "请填写此项。"
    if type(course.year) is not int or not _EARLIEST <= course.year <= _LATEST:
        yield "year", f"年度应为{_EARLIEST}至{_LATEST}之间的整数。"
    if not _are_hours(course.hours):
        yield "hours", "学时应大于0，最多保留一位小数。"
    if not course.lessons or len({each.code for each in course.lessons}) < len(course.lessons):
        yield "lessons", "一门课程至少要有一个课时，课时编号不能重复。"
    for number, lesson in enumerate(course.lessons, 1):
        for name, text in _lesson_faults(lesson):
            yield f"lessons.{number}.{name}", f"第{number}课时：{text}"


def _lesson_faults(lesson: LessonManifest) -> Iterator[tuple[str, str]]:
    if not _is_text(lesson.code) or not _is_text(lesson.title):
        yield "title", "请填写课时的编号和名称。"
    if not isinstance(lesson.video, str) or not _VIDEO.fullmatch(lesson.video):
        yield "video", "视频应放在clips目录下，文件名由小写字母和数字组成，以.mp4结尾。"
    if len({question.stem for question in lesson.questions}) < QUESTIONS_PER_LESSON:
        yield "questions", f"每个课时至少要有{QUESTIONS_PER_LESSON}道互不相同的弹题。"
    elif len({question.stem for question in lesson.questions}) < len(lesson.questions):
        yield "questions", "弹题的题干不能重复。"
    for row, question in enumerate(lesson.questions, 1):
        for name, text in _question_faults(question, row, _seconds(lesson.video)).items():
            yield f"questions.{row}.{name}", text


def _question_faults(question: QuestionManifest, row: int, seconds: int) -> dict[str, str]:
    options = tuple(
        quizzes.Option(str(place), option.text) for place, option in enumerate(question.options)
    )
    right = frozenset(str(n) for n, option in enumerate(question.options) if option.right)
    span = _milliseconds(question.review_from), _milliseconds(question.review_to)
    asked = quizzes.Question(row, question.kind, question.stem, options, right, *span)
    try:
        quizzes.check_question(asked, row=row, length_ms=_milliseconds(seconds))
    except Invalid as error:
        return error.fields
    return {}


def _seconds(video: str) -> int:
    ours = (clip.seconds for clip in load_clips() if video == f"clips/{clip.name}.mp4")
    return next(ours, _UNMEASURED_SECONDS)


def _milliseconds(seconds: int) -> int:
    if type(seconds) is not int:
        raise TypeError("review_from, review_to")
    return seconds * 1000


def _are_hours(text: str) -> bool:
    try:
        return Hours.of(text) > ZERO and isinstance(text, str)
    except Invalid:
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
