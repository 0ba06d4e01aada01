"""What the films of a course allow: its hours, its questions, and what they review."""

from collections.abc import Iterable, Mapping

from rxapp.errors import Invalid
from rxapp.rules.hours import Hours
from rxapp.rules.manifests import CourseManifest, Faults, LessonManifest
from rxapp.rules.quizzes import Question, check_question

QUESTIONS_PER_STRETCH = 5
STRETCH_MS = 10 * 60 * 1000
MS_PER_TENTH = 45 * 60 * 1000 // 10


def film_faults(
    manifest: CourseManifest, lengths: Mapping[str, int], *, total_ms: int | None
) -> Faults:
    """What the films do not allow: hours beyond their length, too few questions, reviews outside.

    `lengths` gives each film's milliseconds by its name in the package, without those that could
    not be read; `total_ms` is that of all different films, None where hours are not held to it.
    """
    faults: Faults = {}
    if total_ms is not None and is_shortened(manifest, total_ms):
        faults["hours"] = _too_many_hours(manifest, total_ms)
    for number, lesson in enumerate(manifest.lessons, start=1):
        faults.update(_question_faults(lesson, number, lengths.get(lesson.video)))
    return faults


def questions_needed(length_ms: int) -> int:
    """How many questions a film of this length must have at least."""
    return QUESTIONS_PER_STRETCH * -(-max(1, length_ms) // STRETCH_MS)


def shared_out(place: int, count: int, length_ms: int) -> tuple[int, int]:
    """The stretch of the film that question `place` (from 0) of `count` reviews by default, in ms.

    Whole seconds, in the order of the questions, none of them empty.
    """
    seconds = max(1, length_ms // 1000)
    begin = min(seconds * place // max(1, count), seconds - 1)
    end = min(seconds, max(begin + 1, seconds * (place + 1) // max(1, count)))
    return begin * 1000, end * 1000


def is_shortened(manifest: CourseManifest, total_ms: int) -> bool:
    """Whether a course gives more hours than its films last; only the demo's may."""
    return manifest.hours.tenths * MS_PER_TENTH > total_ms


def _too_many_hours(manifest: CourseManifest, total_ms: int) -> str:
    return (
        f"课程填写 {manifest.hours} 学时，视频合计 {total_ms // 60_000} 分钟，"
        f"最多可计 {Hours.from_seconds(total_ms // 1000)} 学时（45分钟为1学时），"
        "请修改学时或补充视频。"
    )


def _question_faults(lesson: LessonManifest, number: int, length_ms: int | None) -> Faults:
    faults: Faults = {}
    needed = questions_needed(length_ms or 1)
    if length_ms is not None and 0 < len(lesson.questions) < needed:
        faults[f"lessons.{number}.questions"] = (
            f"第{number}课时：弹题只有{len(lesson.questions)}道，按视频长度至少要有{needed}道。"
        )
    if len({question.stem for question in lesson.questions}) < len(lesson.questions):
        faults.setdefault(f"lessons.{number}.questions", f"第{number}课时：弹题的题目重复。")
    for row, question in enumerate(lesson.questions, start=1):
        path = f"lessons.{number}.questions.{row}"
        for name, sentence in _faults_of(question, row, length_ms):
            faults[f"{path}.{name}"] = f"第{number}课时弹题{sentence}"
    return faults


def _faults_of(question: Question, row: int, length_ms: int | None) -> Iterable[tuple[str, str]]:
    try:
        check_question(question, row=row, length_ms=10**9 if length_ms is None else length_ms)
    except Invalid as refusal:
        yield from ((name, text.replace(" ", "", 2)) for name, text in refusal.fields.items())
