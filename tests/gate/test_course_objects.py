"""Another base's course, reached for over the socket: neither shown nor changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from rxapp.adapters import file_store
from rxapp.adapters.database import transaction
from rxapp.gate import throttles
from rxapp.models.courses import Course, Lesson
from rxapp.services import (
    course_drafts,
    course_moves,
    course_questions,
    course_reviews,
    sign_ins,
)
from tests.films import film
from tests.gate.cast import Inhabitant, Town, contents, installed, settle, sign_in
from tests.gate.tabs import Stage
from tests.gate.test_objects import named, played
from tests.services.course_maker import FACTS, question

PATH = "/desk/courses/[course_id]"
PREVIEW = "/desk/courses/[course_id]/preview"
SECRET = "进修学校的秘密课程"


@pytest.fixture
def town(tmp_path: Path):  # type: ignore[no-untyped-def]
    with installed(tmp_path):
        yield settle()


def do(use_case: Callable[..., Any], who: Inhabitant, **given: Any) -> Any:
    cookie = sign_in(who)
    with transaction(write=True) as session:
        return use_case(session, sign_ins.find_actor(session, cookie), **given)


def drafted(town: Town) -> tuple[int, int, int]:
    """A whole course of the school; its id, its lesson's and a question's."""
    id = do(course_drafts.begin, town.teacher)
    for name, value in (FACTS | {"title": SECRET}).items():
        do(course_drafts.keep, town.teacher, course_id=id, name=name, value=value)
    lesson = do(course_drafts.add_lesson, town.teacher, course_id=id, title="第一课")
    other = do(course_drafts.add_lesson, town.teacher, course_id=id, title="第二课")
    asked = 0
    for each in (lesson, other):
        with transaction(write=True) as session:
            row = session.get_one(Lesson, each)
            row.video_file = file_store.put(film(), suffix=".mp4")
            row.length_ms = 300_000
            session.add(row)
        for number in range(1, 7):
            asked = do(course_questions.add, town.teacher, lesson_id=each, typed=question(number))
    return id, lesson, asked


def kept() -> dict[str, Any]:
    return {name: rows for name, rows in contents().items() if name != "sign_in"}


def test_another_base_reaches_for_a_draft_in_vain(town: Town) -> None:
    id, lesson, asked = drafted(town)
    address = {"course_id": str(id), "lesson": str(lesson)}
    presses: list[tuple[str, dict[str, Any], bool]] = [
        ("CourseMakingState.load", {}, False),
        ("CourseMakingState.refresh", {}, False),
        ("CourseMakingState.keep", {"name": "summary", "text": "我来改"}, True),
        ("CourseMakingState.rename", {"text": "我来改"}, True),
        ("CourseMakingState.move", {"lesson_id": lesson, "way": "down"}, True),
        ("CourseMakingState.edit_question", {"question_id": asked}, False),
        ("CourseMakingState.close_question", {}, False),
        ("CourseMakingState.save_question", {"form": question(9, right_A="A")}, True),
        ("CourseMakingState.remove_question", {"question_id": asked}, True),
        ("CourseMakingState.clear_import", {}, True),
        ("CourseMakingState.remove_film", {}, True),
        ("CourseMakingState.remove_lesson", {"lesson_id": lesson}, True),
        ("CourseMakingState.add_lesson", {"form": {"lesson": "新的"}}, True),
        ("CourseMakingState.discard", {}, True),
    ]

    async def play(made: Stage) -> None:
        for who, mine in ((town.county, False), (town.city, False), (town.teacher, True)):
            tab = await made.opened(sign_in(who))
            throttles.forget_all()
            said = ""
            for handler, payload, changes in presses:
                before = kept()
                with capture_logs() as logs:
                    said += await tab.send(named(handler), payload, PATH, **address)
                refused = [log for log in logs if log["event"] == "refused"]
                assert (kept() != before) == (mine and changes), (who.key, handler)
                assert not (mine and refused), (handler, logs)
            assert (SECRET in said) == mine

    played(play)


def test_a_course_that_waits_is_the_bureaus_to_decide(town: Town) -> None:
    id, _, _ = drafted(town)
    with transaction() as session:
        version = session.get_one(Course, id).version
    do(course_moves.submit, town.teacher, course_id=id, version=version)

    async def play(made: Stage) -> None:
        for who, sees, may in (
            (town.county, False, False), (town.teacher, True, False), (town.city, True, True),
        ):  # fmt: skip
            tab = await made.opened(sign_in(who))
            throttles.forget_all()
            before = kept()
            said = await tab.send(named("CoursePreviewState.load"), {}, PREVIEW, course_id=str(id))
            assert (SECRET in said) == sees
            assert kept() == before
            await tab.send(
                named("CoursePreviewState.decide"), {"verdict": "publish"}, PREVIEW,
                course_id=str(id),
            )  # fmt: skip
            # What is denied is written down; nothing else of the course moves.
            changed = {name for name, rows in kept().items() if rows != before[name]}
            assert ("course" in changed) == may, (who.key, changed)

    played(play)


def test_whoever_comes_too_late_is_shown_how_things_stand(town: Town) -> None:
    id, _, _ = drafted(town)
    other = {"course_id": id, "name": "summary", "value": "同事写的简介"}

    async def play(made: Stage) -> None:
        tab = await made.opened(sign_in(town.teacher))
        throttles.forget_all()
        address = {"course_id": str(id)}
        await tab.send(named("CourseMakingState.load"), {}, PATH, **address)
        do(course_drafts.keep, town.teacher, **other)
        said = await tab.send(named("CourseMakingState.submit"), {}, PATH, **address)
        assert "刚刚被修改" in said
        assert "同事写的简介" in said
        assert "已提交" in await tab.send(named("CourseMakingState.submit"), {}, PATH, **address)

        bureau = await made.opened(sign_in(town.city))
        await bureau.send(named("CoursePreviewState.load"), {}, PREVIEW, **address)
        with transaction() as session:
            version = session.get_one(Course, id).version
        given = {"course_id": id, "verdict": "publish", "reason": "", "version": version}
        do(course_reviews.decide, town.city, **given)
        await bureau.send(named("CoursePreviewState.write"), {"reason": "内容有误"}, PREVIEW)
        decide = named("CoursePreviewState.decide")
        said = await bureau.send(decide, {"verdict": "return"}, PREVIEW, **address)
        assert "办理（发布）" in said
        assert "已发布" in said

    played(play)
