"""What a course package must say: every field of its manifest, read and written.

Faults are gathered, not raised one by one, so that a provider corrects a package once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rxapp.errors import Invalid
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.quizzes import Kind, Option, Question
from rxapp.rules.subjects import Subject

FIRST_YEAR, LAST_YEAR = 2016, 2100
MAX_LESSONS = 200
MAX_QUESTIONS = 500
MAX_HOURS = Hours.of(90)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_VIDEO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}\.mp4")
# Line breaks and tabs apart, nobody types these, and no database keeps some of them.
_UNTYPED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

Faults = dict[str, str]


@dataclass(frozen=True, slots=True)
class LessonManifest:
    """One lesson; `video` is the name of its film inside the package."""

    code: str
    title: str
    video: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class CourseManifest:
    """A course as its package describes it."""

    code: str
    title: str
    year: int
    subject: Subject
    series: str
    hours: Hours
    provider: str
    summary: str
    lessons: tuple[LessonManifest, ...]


def read(raw: object) -> tuple[CourseManifest, Faults]:
    """A course and what is wrong with it, a sentence per field; only one without faults is whole.

    Raises Invalid when it is no course description at all.
    """
    if not isinstance(raw, Mapping):
        raise Invalid({"manifest": "课程说明 manifest.json 的内容无法识别，请按样例填写。"})
    faults: Faults = {}
    reader = _Reader(raw, faults, "", "")
    manifest = CourseManifest(
        code=reader.code("code"),
        title=reader.text("title", "课程名称", 120),
        year=_year(reader),
        subject=_subject(reader),
        series=reader.text("series", "系列", 60),
        hours=_hours(reader),
        provider=reader.text("provider", "提供单位", 120),
        summary=reader.text("summary", "课程简介", 600, needed=False),
        lessons=_lessons(reader),
    )
    _check_lesson_codes(manifest, faults)
    return manifest, faults


def write(manifest: CourseManifest) -> dict[str, Any]:
    """A course in the form `read` takes: what is read from it again is equal to it."""
    return {
        "code": manifest.code, "title": manifest.title, "year": manifest.year,
        "subject": manifest.subject.value, "series": manifest.series,
        "hours": str(manifest.hours), "provider": manifest.provider, "summary": manifest.summary,
        "lessons": [_written(lesson) for lesson in manifest.lessons],
    }  # fmt: skip


def _written(lesson: LessonManifest) -> dict[str, Any]:
    return {
        "code": lesson.code, "title": lesson.title, "video": lesson.video,
        "questions": [
            {
                "kind": question.kind.value, "stem": question.stem,
                "options": [
                    {"text": option.text, "right": option.id in question.right}
                    for option in question.options
                ],
                "review_from": question.review_from_ms // 1000,
                "review_to": question.review_to_ms // 1000,
            }
            for question in lesson.questions
        ],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reader:
    raw: Mapping[str, Any]
    faults: Faults
    path: str
    where: str

    def fault(self, name: str, sentence: str) -> None:
        self.faults.setdefault(f"{self.path}{name}", f"{self.where}{sentence}")

    def text(self, name: str, label: str, longest: int, *, needed: bool = True) -> str:
        value = self.raw.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.fault(name, f"请填写{label}。")
            return ""
        if len(value.strip()) > longest:
            self.fault(name, f"{label}不能超过{longest}个字。")
        return self.typed(name, label, value.strip())

    def typed(self, name: str, label: str, value: str) -> str:
        """A text whose letters can all be shown and kept."""
        if _UNTYPED.search(value):
            self.fault(name, f"{label}中有无法识别的字符，请重新填写。")
            return ""
        return value

    def code(self, name: str) -> str:
        value = self.raw.get(name)
        if not isinstance(value, str) or not _CODE.fullmatch(value):
            self.fault(name, "编号应由字母、数字和 . _ - 组成，不超过40个字符。")
            return ""
        return value

    def rows(self, name: str, label: str, most: int) -> list[Mapping[str, Any]]:
        value = self.raw.get(name)
        if not isinstance(value, list) or not value:
            self.fault(name, f"至少要有一{label}。")
            return []
        if len(value) > most or not all(isinstance(row, Mapping) for row in value):
            self.fault(name, f"内容无法识别或超过{most}{label}，请按样例填写。")
            return []
        return value

    def below(self, name: str, number: int, raw: Mapping[str, Any], where: str) -> "_Reader":
        return _Reader(raw, self.faults, f"{self.path}{name}.{number}.", f"{self.where}{where}")


def _year(reader: _Reader) -> int:
    value = reader.raw.get("year")
    if type(value) is not int or not FIRST_YEAR <= value <= LAST_YEAR:
        reader.fault("year", f"年度应为{FIRST_YEAR}至{LAST_YEAR}之间的整数。")
        return 0
    return value


def _subject(reader: _Reader) -> Subject:
    try:
        return Subject(reader.raw.get("subject"))
    except ValueError:
        reader.fault("subject", "科目应为公需必修、公需选修或专业之一。")
        return Subject.PROFESSIONAL


def _hours(reader: _Reader) -> Hours:
    try:
        hours = Hours.of(reader.raw.get("hours"))  # type: ignore[arg-type]
    except Invalid as refusal:
        reader.fault("hours", refusal.message)
        return ZERO
    if not ZERO < hours <= MAX_HOURS:
        reader.fault("hours", f"学时应大于0，不超过{MAX_HOURS}。")
    return hours


def _lessons(reader: _Reader) -> tuple[LessonManifest, ...]:
    rows = reader.rows("lessons", "个课时", MAX_LESSONS)
    return tuple(
        _lesson(reader.below("lessons", number, row, f"第{number}课时："))
        for number, row in enumerate(rows, start=1)
    )


def _lesson(reader: _Reader) -> LessonManifest:
    return LessonManifest(
        code=reader.code("code"),
        title=reader.text("title", "课时名称", 120),
        video=_video(reader),
        questions=_questions(reader),
    )


def _video(reader: _Reader) -> str:
    value = reader.raw.get("video")
    if not isinstance(value, str) or not _VIDEO.fullmatch(value) or ".." in value:
        reader.fault("video", "视频文件名应由字母、数字和 . _ - 组成，以 .mp4 结尾。")
        return ""
    return value


def _questions(reader: _Reader) -> tuple[Question, ...]:
    rows = reader.rows("questions", "道弹题", MAX_QUESTIONS)
    return tuple(
        _question(reader.below("questions", number, row, f"弹题第{number}题："))
        for number, row in enumerate(rows, start=1)
    )


def _question(reader: _Reader) -> Question:
    options = reader.rows("options", "个选项", 8)
    texts = [_text_of(row) for row in options]
    right = [row.get("right") for row in options]
    if not all(isinstance(answer, bool) for answer in right):
        reader.fault("options", "每个选项应标明是否正确。")
    return Question(
        id=0,
        kind=_kind(reader),
        stem=reader.text("stem", "题目", 500),
        options=tuple(
            Option(_option_id(place), reader.typed("options", "选项", text))
            for place, text in enumerate(texts)
        ),
        right=frozenset(_option_id(place) for place, answer in enumerate(right) if answer is True),
        review_from_ms=_seconds(reader, "review_from"),
        review_to_ms=_seconds(reader, "review_to"),
    )


def _kind(reader: _Reader) -> Kind:
    try:
        return Kind(reader.raw.get("kind"))
    except ValueError:
        reader.fault("kind", "题型应为单选、多选或判断之一。")
        return Kind.MULTIPLE


def _text_of(row: Mapping[str, Any]) -> str:
    text = row.get("text")
    return text.strip() if isinstance(text, str) else ""


def _option_id(place: int) -> str:
    return "abcdefgh"[place]


def _seconds(reader: _Reader, name: str) -> int:
    value = reader.raw.get(name)
    if type(value) is not int or not 0 <= value <= 100_000:
        reader.fault(name, "复习片段的起止应填写整秒数。")
        return 0
    return value * 1000


def _check_lesson_codes(manifest: CourseManifest, faults: Faults) -> None:
    codes = [lesson.code for lesson in manifest.lessons if lesson.code]
    for number, lesson in enumerate(manifest.lessons, start=1):
        if lesson.code and codes.count(lesson.code) > 1:
            faults.setdefault(f"lessons.{number}.code", f"第{number}课时：课时编号重复。")
