"""What was watched: the lessons behind this year's credits, and those begun."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from rxapp import clock
from rxapp.demo.offer import Offered, Setting
from rxapp.demo.people import DemoPerson, Record
from rxapp.rules import playback

LAST_COURSE = "zy-ny-04"
# Begun, so that the first screen offers to go on with it; no quiz comes this early.
_LAST_COURSE_BEGUN_MS = 6_000
_IN_THE_MIDDLE = {Record.NEARLY: 0.3, Record.LITTLE: 0.5}


def draw_moments(setting: Setting, number: int, rand: Random) -> list[datetime]:
    """So many business instants within the learning days, one after the other."""
    return sorted(_moment(setting, rand) for _ in range(number))


def _moment(setting: Setting, rand: Random) -> datetime:
    assert setting.days
    first, last = setting.days
    day = first + timedelta(days=rand.randint(0, (last - first).days))
    at = datetime.combine(day, time(rand.randint(9, 21), rand.randint(0, 59)), clock.SHANGHAI)
    return min(at, setting.business_now)


def list_finished(
    setting: Setting, person_id: int, lessons: Sequence[tuple[int, int]], moment: datetime,
    rand: Random,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The records of lessons watched to the end by `moment`."""
    for lesson_id, length in lessons:
        yield {
            "person_id": person_id,
            "lesson_id": lesson_id,
            "length_ms": length,
            "credited_ms": length,
            "quiz_due_ms": None,
            "quizzes_passed": _quizzes_in(length, setting.gap_ms, rand),
            "begun_on": moment - timedelta(milliseconds=length),
            "updated_at": setting.really(moment),
            "completed_at": setting.really(moment),
        }


def list_begun(
    setting: Setting, person_id: int, person: DemoPerson, learned: Sequence[Offered], rand: Random
) -> list[dict[str, Any]]:
    """The course somebody is in the middle of, for those who are; the next quiz lies ahead."""
    if person.record is Record.LAST_COURSE:
        last = next(course for course in setting.offered if course.name == LAST_COURSE)
        return [_middle(setting, person_id, last.lessons[0], _LAST_COURSE_BEGUN_MS, rand)]
    if rand.random() >= _IN_THE_MIDDLE.get(person.record, 0):
        return []
    course = rand.choice([each for each in setting.offered if each not in learned])
    place = rand.randrange(len(course.lessons))
    before = list_finished(setting, person_id, course.lessons[:place], _moment(setting, rand), rand)
    return [*before, _middle(setting, person_id, course.lessons[place], None, rand)]


def _middle(
    setting: Setting, person_id: int, lesson: tuple[int, int], credited_ms: int | None, rand: Random
) -> dict[str, Any]:
    lesson_id, length = lesson
    begun = playback.begin_lesson(length, gap_ms=setting.gap_ms, rand=rand.randint)
    moment = _moment(setting, rand)
    return {
        "person_id": person_id,
        "lesson_id": lesson_id,
        "length_ms": length,
        "credited_ms": credited_ms or rand.randint(1_000, (begun.quiz_due_ms or length) - 1),
        "quiz_due_ms": begun.quiz_due_ms,
        "quizzes_passed": 0,
        "begun_on": moment,
        "updated_at": setting.really(moment),
        "completed_at": None,
    }


def _quizzes_in(length_ms: int, gap_ms: tuple[int, int], rand: Random) -> int:
    due: int | None = playback.first_due(length_ms, gap_ms=gap_ms, rand=rand.randint)
    passed = 0
    while due is not None:
        passed += 1
        due = playback.next_due(due, length_ms, gap_ms=gap_ms, rand=rand.randint)
    return passed
