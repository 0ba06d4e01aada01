"""The demo city's courses: read from the files beside this one, checked, and packed for import.

A pool holds the questions of one topic and names the clip that teaches it; a lesson names a pool
and draws eight questions from it, so that lessons share the clip but not the whole set. What comes
of it is a manifest as everybody's, read and written as everybody's is.
"""

import json
import re
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from rxapp.adapters import package_writer
from rxapp.demo.clips import HERE, Clip, clip_named, load_clips
from rxapp.errors import Invalid
from rxapp.rules import film_lengths, manifests
from rxapp.rules.manifests import CourseManifest, LessonManifest

QUESTIONS_PER_LESSON = 8
_UNREADABLE = "课程文件无法读取，请核对它引用的题库和视频。"


def load_catalogue() -> tuple[CourseManifest, ...]:
    """Read every demo course in order of its code; Invalid names the file and the field."""
    return tuple(_from_file(path) for path in sorted((HERE / "courses").glob("*.json")))


def in_year(manifest: CourseManifest, year: int) -> CourseManifest:
    """Give the same course for another year: the year, and the year at the head of its code."""
    code = re.sub(r"^\d{4}-", f"{year}-", manifest.code)
    return whole(manifests.write(replace(manifest, year=year, code=code)))


def whole(described: object) -> CourseManifest:
    """A course by its description, if it is one without faults; else Invalid with all of them."""
    course, faults = manifests.read(described)
    lengths = {_film(clip): clip.seconds * 1000 for clip in load_clips()}
    # The films are shorter than the hours they stand for, and the courses say so.
    for name, sentence in film_lengths.film_faults(course, lengths, total_ms=None).items():
        faults.setdefault(name, sentence)
    if faults:
        raise Invalid(faults)
    return course


def video_path(lesson: LessonManifest) -> Path:
    """Say where the lesson's video lies on disk."""
    return HERE / lesson.video


def write_package(manifest: CourseManifest, path: Path) -> None:
    """Pack a course as `rxapp course import` takes it."""
    films = {
        lesson.video: package_writer.film_at(video_path(lesson)) for lesson in manifest.lessons
    }
    with path.open("wb") as package:
        for piece in package_writer.stream(manifest, films):
            package.write(piece)


def _from_file(path: Path) -> CourseManifest:
    try:
        source = _read(path)
        lessons = [_lesson_from_pool(lesson) for lesson in source["lessons"]]
        return whole({**source, "lessons": lessons})
    except Invalid as error:
        fields = {f"{path.name} {name}": text for name, text in error.fields.items()}
        raise Invalid(fields) from error
    except (KeyError, TypeError, ValueError, StopIteration, OSError) as error:
        raise Invalid({path.name: _UNREADABLE}) from error


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _film(clip: Clip) -> str:
    return f"clips/{clip.name}.mp4"


def _lesson_from_pool(lesson: dict[str, Any]) -> dict[str, Any]:
    pool = _pool(lesson["pool"])
    clip = clip_named(pool["clip"])
    drawn = _draw(pool["questions"], lesson.get("first", 0))
    questions = [_question_from_pool(question, clip) for question in drawn]
    head = {"code": lesson["code"], "title": lesson["title"]}
    return {**head, "video": _film(clip), "questions": questions}


@cache
def _pool(name: str) -> dict[str, Any]:
    return _read(HERE / "courses" / "pools" / f"{name}.json")


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
