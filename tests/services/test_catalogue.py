"""The catalogue: what can be learned this year, found, filtered, paged, with one's own progress."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from rxapp.adapters.database import transaction
from rxapp.errors import NotFound, NotSignedIn
from rxapp.models.courses import Course
from rxapp.models.learning import LessonProgress
from rxapp.rules.subjects import Subject
from rxapp.services import catalogue, course_pages, standings
from rxapp.services.actors import ANONYMOUS, Actor
from rxapp.services.catalogue import CoursePage
from tests.factories import (
    SHANGHAI,
    Clock,
    lesson_ids,
    make_actor,
    make_course,
    make_person,
    run,
)


@pytest.fixture
def lin(city: Engine) -> Actor:
    """A learner who owes hours from 2018 on."""
    with transaction(write=True, on=city) as session:
        return make_actor(session, make_person(session, "林样例", owes_from=2018))


def add(engine: Engine, code: str, **columns: object) -> Course:
    with transaction(write=True, on=engine) as session:
        return make_course(session, code, **columns)  # type: ignore[arg-type]


def watched(
    engine: Engine, actor: Actor, lesson: int, ms: int, *, done: bool, at: datetime
) -> None:
    with transaction(write=True, on=engine) as session:
        session.merge(
            LessonProgress(
                person_id=actor.person_id or 0, lesson_id=lesson, length_ms=60_000, credited_ms=ms,
                begun_on=at, updated_at=at, completed_at=at if done else None,
            )
        )  # fmt: skip


def codes(page: CoursePage) -> list[str]:
    return [course.title.removeprefix("课程") for group in page.groups for course in group.courses]


def listed(engine: Engine, actor: Actor, area: str = "public", **filters: object) -> CoursePage:
    return run(engine, catalogue.list_courses, actor, area=area, **filters)


def test_an_area_shows_its_year_in_series(city: Engine, lin: Actor) -> None:
    add(city, "R1", series="乙")
    add(city, "E1", subject=Subject.PUBLIC_ELECTIVE, series="甲")
    add(city, "R2", series="丙")
    add(city, "R3", series="乙")
    add(city, "P1", subject=Subject.PROFESSIONAL)
    add(city, "R9", year=2019)
    add(city, "RX", published_at=None)
    page = listed(city, lin)
    assert sorted(codes(page)) == ["E1", "R1", "R2", "R3"]
    assert codes(page)[-1] == "E1"
    assert [group.title for group in page.groups] == ["公需必修", "公需选修"]
    assert page.series == ("乙", "丙", "甲")
    assert codes(listed(city, lin, "professional")) == ["P1"]
    assert codes(listed(city, lin, year=2019)) == ["R9"]


def test_searching_takes_what_was_typed_literally(city: Engine, lin: Actor) -> None:
    add(city, "A", title="网络安全 100% 掌握")
    add(city, "B", title="知识产权", series="法律_基础")
    assert len(codes(listed(city, lin, query="网络 掌握"))) == 1
    assert len(codes(listed(city, lin, query="100%"))) == 1
    assert len(codes(listed(city, lin, query="%"))) == 1
    assert len(codes(listed(city, lin, query="_基"))) == 1
    assert codes(listed(city, lin, query="网络 产权")) == []
    assert codes(listed(city, lin, query="' OR 1=1 --")) == []
    assert len(codes(listed(city, lin, series="法律_基础"))) == 1


def test_courses_are_filtered_by_ones_own_progress(city: Engine, lin: Actor, clock: Clock) -> None:
    with transaction(write=True, on=city) as session:
        begun, done = make_course(session, "B", lessons=2), make_course(session, "D", lessons=2)
        make_course(session, "N", lessons=2)
        begun_lessons, done_lessons = lesson_ids(session, begun), lesson_ids(session, done)
        other = make_actor(session, make_person(session))
    watched(city, lin, begun_lessons[0], 30_000, done=False, at=clock.real)
    for lesson in done_lessons:
        watched(city, lin, lesson, 60_000, done=True, at=clock.real)
    assert codes(listed(city, lin, status="学习中")) == ["B"]
    assert codes(listed(city, lin, status="已完成")) == ["D"]
    assert codes(listed(city, lin, status="未开始")) == ["N"]
    assert codes(listed(city, other, status="未开始")) == ["B", "D", "N"]
    rows = {row.title: row for group in listed(city, lin).groups for row in group.courses}
    assert [(rows[f"课程{c}"].percent, rows[f"课程{c}"].state) for c in "BDN"] == [
        (25, "学习中"),
        (100, "已完成"),
        (0, "未开始"),
    ]


def test_pages_hold_every_course_once(city: Engine, lin: Actor) -> None:
    for number in range(70):
        elective = Subject.PUBLIC_ELECTIVE if number % 3 else Subject.PUBLIC_REQUIRED
        add(city, f"C{number:02}", subject=elective, series=f"系列{number % 4}")
    seen: list[str] = []
    after, pages = None, 0
    while pages == 0 or after is not None:
        page = listed(city, lin, after=after)
        seen += codes(page)
        after, pages = page.next_after, pages + 1
    assert pages == 3
    assert sorted(seen) == [f"C{number:02}" for number in range(70)]


def test_the_years_offered_say_why_they_are_closed(city: Engine, lin: Actor, clock: Clock) -> None:
    page = listed(city, lin)
    assert [(choice.year, choice.closed) for choice in page.years] == [
        (2020, ""), (2019, ""), (2018, ""),
    ]  # fmt: skip
    clock.business = datetime(2020, 7, 1, tzinfo=SHANGHAI)
    assert "7月15日开课" in listed(city, lin).closed
    clock.business = datetime(2021, 3, 1, tzinfo=SHANGHAI)
    years = {choice.year: choice.closed for choice in listed(city, lin).years}
    assert list(years) == [2021, 2019, 2018]
    assert years[2021] == ""
    assert "第六条第3项" in years[2019]


def test_a_course_says_where_to_go_on(city: Engine, lin: Actor, clock: Clock) -> None:
    with transaction(write=True, on=city) as session:
        course = make_course(session, lessons=3, shortened=True)
        first, second, third = lesson_ids(session, course)
    view = run(city, course_pages.get_course, lin, course_id=course.id)
    assert (view.next_lesson_id, view.percent, view.shortened) == (first, 0, True)
    watched(city, lin, first, 60_000, done=True, at=clock.real)
    assert run(city, course_pages.get_course, lin, course_id=course.id).next_lesson_id == second
    watched(city, lin, third, 20_000, done=False, at=clock.real)
    view = run(city, course_pages.get_course, lin, course_id=course.id)
    assert (view.next_lesson_id, view.state) == (third, "学习中")
    assert [lesson.percent for lesson in view.lessons] == [100, 0, 33]
    assert view.lessons[0].duration == "1:00"
    lesson = run(city, course_pages.get_lesson, lin, lesson_id=second)
    assert (lesson.previous_lesson_id, lesson.next_lesson_id) == (first, third)
    assert (lesson.course_hours, lesson.position, lesson.lessons) == ("4", 2, 3)


def test_a_fully_watched_but_unfinished_lesson_is_not_complete(
    city: Engine, lin: Actor, clock: Clock
) -> None:
    with transaction(write=True, on=city) as session:
        course = make_course(session)
        lesson = lesson_ids(session, course)[0]
    watched(city, lin, lesson, 60_000, done=False, at=clock.real)
    assert run(city, course_pages.get_course, lin, course_id=course.id).percent == 99


def test_home_resumes_what_was_watched_last(city: Engine, lin: Actor, clock: Clock) -> None:
    lessons = []
    for number in range(4):
        with transaction(write=True, on=city) as session:
            lessons.append(lesson_ids(session, make_course(session, f"C{number}"))[0])
        clock.pass_(60)
        watched(city, lin, lessons[-1], 30_000, done=False, at=clock.real)
    home = run(city, standings.get_home, lin)
    assert [row.lesson_id for row in home.resume] == lessons[:0:-1]
    assert {row.percent for row in home.resume} == {50}
    clock.business = datetime(2021, 3, 1, tzinfo=SHANGHAI)
    assert run(city, standings.get_home, lin).resume == ()


def test_what_may_not_be_seen_is_not_found(city: Engine, lin: Actor) -> None:
    hidden, shown = add(city, "H", published_at=None), add(city, "S")
    with pytest.raises(NotFound):
        run(city, course_pages.get_course, lin, course_id=hidden.id)
    with transaction(on=city) as session:
        lesson = lesson_ids(session, hidden)[0]
    with pytest.raises(NotFound):
        run(city, course_pages.get_lesson, lin, lesson_id=lesson)
    with pytest.raises(NotFound):
        listed(city, lin, "nonsense")
    with pytest.raises(NotFound):
        listed(city, lin, year=10**12)
    with pytest.raises(NotSignedIn):
        run(city, course_pages.get_course, ANONYMOUS, course_id=shown.id)
    assert run(city, course_pages.get_course, lin, course_id=shown.id).title == "课程S"
