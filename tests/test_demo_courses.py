"""The demo city's courses: enough hours in every bucket, fair questions, videos that play."""

import json
import zipfile
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from rxapp.adapters import packages
from rxapp.demo import catalogue, clips
from rxapp.demo.catalogue import load_catalogue
from rxapp.demo.clips import Clip, load_clips
from rxapp.errors import Invalid
from rxapp.rules import manifests
from rxapp.rules.hours import Hours
from rxapp.rules.manifests import CourseManifest, LessonManifest
from rxapp.rules.quizzes import Kind
from rxapp.rules.subjects import Subject

SERIES = {
    "习近平新时代中国特色社会主义思想",
    "我省八大发展战略",
    "专业技术人员职业道德和能力建设",
}
THEMES = {"疫情防控", "信息化及网络安全", "电子商务", "知识产权", "人才国际化", "人文素养"}
FIELDS = {"卫生健康", "教育教学", "工程建设", "农业技术", "信息技术", "会计审计"}
MEGABYTE = 1_000_000

COURSES = load_catalogue()
LESSONS = [
    pytest.param(lesson, id=f"{course.code}/{lesson.code}")
    for course in COURSES
    for lesson in course.lessons
]
CLIPS = [pytest.param(clip, id=clip.name) for clip in load_clips()]


def _of(subject: Subject, *, year: int = 2020) -> list[CourseManifest]:
    return [each for each in COURSES if each.year == year and each.subject is subject]


def _hours(courses: list[CourseManifest]) -> Hours:
    return Hours.total(course.hours for course in courses)


def _source() -> dict[str, Any]:
    return manifests.write(COURSES[-1])


# Courses


def test_required_courses_are_the_three_series_and_twenty_hours() -> None:
    courses = _of(Subject.PUBLIC_REQUIRED)
    assert {course.series for course in courses} == SERIES
    assert _hours(courses) == Hours.of(20)


def test_elective_courses_cover_the_six_themes() -> None:
    courses = _of(Subject.PUBLIC_ELECTIVE)
    assert {course.series for course in courses} == THEMES
    assert _hours(courses) >= Hours.of(16)


def test_every_field_alone_can_complete_the_professional_hours() -> None:
    courses = _of(Subject.PROFESSIONAL)
    assert {course.series for course in courses} == FIELDS
    for field in FIELDS:
        own = [course for course in courses if course.series == field]
        assert len(own) >= 2
        assert _hours(own) >= Hours.of(60)


@pytest.mark.parametrize("year", [2016, 2017, 2018, 2019])
def test_a_missed_year_can_be_made_up_in_full(year: int) -> None:
    courses = [course for course in COURSES if course.year == year]
    assert [course.subject.is_public for course in courses] == [True, False]
    assert _hours(courses) == Hours.of(90)


def test_codes_are_unique_and_begin_with_the_year() -> None:
    assert len({course.code for course in COURSES}) == len(COURSES)
    assert all(course.code.startswith(f"{course.year}-") for course in COURSES)


def test_a_course_moves_to_another_year_with_its_content() -> None:
    old = _of(Subject.PROFESSIONAL)[0]
    new = catalogue.in_year(old, 2026)
    assert (new.year, new.code) == (2026, old.code.replace("2020", "2026"))
    assert replace(new, year=old.year, code=old.code) == old
    with pytest.raises(Invalid):
        catalogue.in_year(old, 2015)


# Questions


def test_there_are_fourteen_pools_of_twelve_different_questions_and_each_is_used() -> None:
    pools = [json.loads(path.read_text()) for path in _pool_files()]
    stems = [question["stem"] for pool in pools for question in pool["questions"]]
    assert len(pools) >= 14
    assert all(len(pool["questions"]) >= 12 for pool in pools)
    assert len(set(stems)) == len(stems)
    asked = {q.stem for course in COURSES for each in course.lessons for q in each.questions}
    assert asked == set(stems)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_eight_different_fair_questions(lesson: LessonManifest) -> None:
    assert len({question.stem for question in lesson.questions}) >= 8
    seconds = _length(catalogue.video_path(lesson))["video"]
    for question in lesson.questions:
        right, texts = question.right, [option.text for option in question.options]
        assert len(set(texts)) == len(texts)
        assert 0 <= question.review_from_ms < question.review_to_ms <= seconds * 1000
        assert len(right) < len(texts)
        assert len(right) >= 2 if question.kind is Kind.MULTIPLE else len(right) == 1
        assert (set(texts) == {"正确", "错误"}) is (question.kind is Kind.TRUE_FALSE)


def test_questions_are_a_mix_and_the_right_one_has_no_usual_place() -> None:
    questions = [q for course in COURSES for each in course.lessons for q in each.questions]
    kinds = Counter(question.kind for question in questions)
    assert min(kinds[kind] for kind in Kind) >= len(questions) // 6
    singles = [question for question in questions if question.kind is Kind.SINGLE]
    places = Counter(
        [option.id in question.right for option in question.options].index(True)
        for question in singles
    )
    assert max(places.values()) < len(singles) // 2
    assert set(places) == {0, 1, 2, 3}


# Clips


def test_the_clips_are_few_and_small_and_the_last_takes_a_minute() -> None:
    shown = load_clips()
    assert 8 <= len(shown) <= 10
    assert sum(clip.path.stat().st_size for clip in shown) <= 1.3 * MEGABYTE
    assert shown[-1].seconds == 60
    on_disk = {path.name for path in shown[0].path.parent.glob("*.mp4")}
    assert on_disk == {f"{clip.name}.mp4" for clip in shown}


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_is_as_long_as_it_says_by_its_packets(clip: Clip) -> None:
    length = _length(clip.path)
    assert 60 <= clip.seconds <= 120
    assert length["video"] == pytest.approx(clip.seconds, abs=0.01)
    assert length["audio"] == pytest.approx(clip.seconds, abs=0.1)


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_decodes_to_the_end_as_every_browser_plays_it(clip: Clip) -> None:
    with av.open(str(clip.path)) as media:
        video, audio = media.streams.video[0], media.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.codec_context.pix_fmt, video.width, video.height) == ("yuv420p", 640, 360)
        frames = Counter(type(frame) for frame in media.decode(video, audio))
        assert frames[av.VideoFrame] == video.frames == clip.seconds * 5
        assert frames[av.AudioFrame] >= clip.seconds * 15


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_starts_before_it_has_all_arrived(clip: Clip) -> None:
    content = clip.path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    # Sound and picture take turns at least every second.
    assert sum(one != other for one, other in pairwise(_kinds_as_stored(clip.path))) >= clip.seconds


@pytest.mark.parametrize("clip", CLIPS)
def test_the_cards_of_a_clip_follow_each_other_to_its_end(clip: Clip) -> None:
    spans = [clip.span(number) for number in range(1, len(clip.cards) + 1)]
    assert 3 <= len(spans) <= 6
    assert spans[0].start == clips.INTRO_SECONDS
    assert all(span.end == after.start for span, after in pairwise(spans))
    assert spans[-1].end == clip.seconds


# Packages


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.code)
def test_a_package_gives_the_same_course_back(course: CourseManifest, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    catalogue.write_package(course, first)
    catalogue.write_package(course, second)
    with zipfile.ZipFile(first) as package:
        assert package.testzip() is None
        assert catalogue.whole(json.loads(package.read("manifest.json"))) == course
        videos = {lesson.video: catalogue.video_path(lesson) for lesson in course.lessons}
        assert set(package.namelist()) == {"manifest.json", *videos}
        assert all(package.read(name) == path.read_bytes() for name, path in videos.items())
    assert first.read_bytes() == second.read_bytes()


# What a demo course may not say beyond what every manifest may not; the first is the control.


def test_an_untouched_course_is_accepted_and_read_as_every_package_is(tmp_path: Path) -> None:
    assert catalogue.whole(_source()) == COURSES[-1]
    path = tmp_path / "course.zip"
    catalogue.write_package(COURSES[-1], path)
    package = packages.read_package(path, waive_length=True, root=tmp_path / "store")
    assert package.manifest == COURSES[-1]
    assert package.shortened


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"), ({"year": 2015}, "year"), ({"hours": "1.55"}, "hours"),
        ({"lessons": []}, "lessons"), ({"subject": "public"}, "subject"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        catalogue.whole({**_source(), **change})
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("source", [None, [], "课程", {"lessons": {}}, {"lessons": [1]}])
def test_something_else_than_a_manifest_is_refused(source: object) -> None:
    with pytest.raises(Invalid):
        catalogue.whole(source)


def test_a_question_beyond_its_clip_and_the_same_one_twice_are_refused() -> None:
    for change, field in (
        ({"review_to": 3600}, "lessons.1.questions.1.review"),
        ({"stem": _source()["lessons"][0]["questions"][1]["stem"]}, "lessons.1.questions"),
    ):
        source = _source()
        source["lessons"][0]["questions"][0] |= change
        with pytest.raises(Invalid) as refused:
            catalogue.whole(source)
        assert list(refused.value.fields) == [field]


def test_a_file_that_names_no_clip_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses" / "a.json").write_text('{"lessons": [{"pool": "nothing"}]}')
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    with pytest.raises(Invalid) as refused:
        load_catalogue()
    assert list(refused.value.fields) == ["a.json"]


def _pool_files() -> list[Path]:
    return sorted((Path(catalogue.__file__).parent / "courses" / "pools").glob("*.json"))


def _kinds_as_stored(path: Path) -> list[str]:
    # The kinds are taken while the file is open: a packet must not outlive its stream.
    with av.open(str(path)) as media:
        places = [(p.pos, p.stream.type) for p in media.demux() if p.pos is not None]
    return [kind for _, kind in sorted(places)]


@cache
def _length(path: Path) -> dict[str, float]:
    """Measure each stream in seconds by its packets, because a header can claim anything."""
    ends: dict[str, float] = {}
    with av.open(str(path)) as media:
        for packet in media.demux():
            if packet.pts is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                ends[packet.stream.type] = max(ends.get(packet.stream.type, 0.0), end)
    return ends
