"""开启新年度: the last year copied once, its courses as the bureau chose, counted anew."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.years import YearOpening, YearPolicyRow
from rxapp.rules.courses import Status
from rxapp.rules.new_year import codes_in_year
from rxapp.rules.subjects import Subject
from rxapp.services import catalogue, course_pages, new_year, policies, watching, year_editing
from tests.factories import SHANGHAI, Clock, at_once, lesson_ids, make_course
from tests.services.counties import Counties

NOVEMBER = datetime(2020, 11, 2, 9, tzinfo=SHANGHAI)


@pytest.fixture
def place(city: Engine, clock: Clock) -> Counties:
    made = Counties(city)
    clock.business = NOVEMBER
    with transaction(write=True, on=city) as session:
        make_course(session, "2020-A1", lessons=2, shortened=True, summary="说明")
        make_course(session, "2020-B1", subject=Subject.PROFESSIONAL, series="农业")
        make_course(session, "OLD", subject=Subject.PUBLIC_ELECTIVE)
        make_course(session, "2020-X", published_at=None)
        # A course that has a newer edition, or was withdrawn, is not carried on.
        make_course(session, "2020-G1", status=Status.SUPERSEDED)
        make_course(session, "2020-W1", status=Status.WITHDRAWN)
        make_course(session, "2019-A1", year=2019)
    return made


def plan(place: Counties) -> new_year.YearPlan:
    return place.bureau_does(new_year.get_plan)


def press(place: Counties, courses: list[int], year: int = 2021) -> str:
    """Pressed as the page does: step by step until none is left."""
    copied = 0
    while True:
        step = place.bureau_does(new_year.open_year, year=year, courses=courses)
        copied += step.copied
        if not step.left:
            return new_year.tell(year, copied, step.blocked)


def ids(place: Counties) -> list[int]:
    return [each.id for each in plan(place).courses]


def courses(place: Counties, year: int = 2021) -> list[Course]:
    with transaction(on=place.engine) as session:
        rows = session.exec(select(Course).where(Course.year == year).order_by(col(Course.id)))
        found = list(rows)
        session.expunge_all()
    return found


def test_what_opening_would_bring_is_shown_first(place: Counties) -> None:
    seen = plan(place)
    assert (seen.year, seen.before, seen.closed, seen.opened) == (2021, 2020, "", "")
    lines = dict(seen.lines)
    assert (lines["专业科目"], lines["课程学习开始"], lines["课程学习截止"]) == (
        "60", "2021-01-01", "2021-12-31",
    )  # fmt: skip
    assert [(each.title, each.subject, each.there) for each in seen.courses] == [
        ("课程2020-A1", "公需必修", False), ("课程OLD", "公需选修", False),
        ("课程2020-B1", "专业", False),
    ]  # fmt: skip
    assert courses(place) == []


def test_the_chosen_courses_go_over_with_films_and_questions(place: Counties) -> None:
    chosen = ids(place)[:2]
    assert press(place, chosen) == "2021年度已开启，本次沿用2门课程。"
    made = courses(place)
    assert [each.code for each in made] == ["2021-A1", codes_in_year("OLD", 2020, 2021)[0]]
    with transaction(on=place.engine) as session:
        for before_id, after in zip(chosen, made, strict=True):
            before = session.get_one(Course, before_id)
            left = {"id", "code", "year", "digest", "published_at"}
            assert before.model_dump(exclude=left) == after.model_dump(exclude=left)
            assert after.published_at
            assert _content(session, before_id) == _content(session, after.id)
    assert len(_shown(place, made[0].id)) == 2
    assert [each.there for each in plan(place).courses] == [True, True, False]


def _content(session: Any, course_id: int | None) -> list[Any]:
    rows = session.exec(
        select(Lesson, QuestionRow)
        .join(QuestionRow, col(QuestionRow.lesson_id) == Lesson.id)
        .where(Lesson.course_id == course_id)
        .order_by(col(Lesson.position), col(QuestionRow.id))
    ).all()
    return [
        (
            lesson.model_dump(exclude={"id", "course_id"}),
            question.model_dump(exclude={"id", "lesson_id"}),
        )
        for lesson, question in rows
    ]


def _shown(place: Counties, course_id: int | None) -> tuple[Any, ...]:
    return place.act(place.north, course_pages.get_course, course_id=course_id).lessons


def test_the_year_asks_the_same_and_keeps_who_opened_it(place: Counties) -> None:
    known = place.bureau_does(year_editing.get_editor, 2020)
    place.bureau_does(
        year_editing.save, year=2020, typed=known.typed | {"professional": "72"},
        note="按会议纪要", version=known.version,
    )  # fmt: skip
    press(place, [])
    with transaction(on=place.engine) as session:
        policy = policies.get_policy(session, 2021)
        row = session.get_one(YearPolicyRow, 2021)
        opening = session.get_one(YearOpening, 2021)
    assert str(policy.professional) == "72"
    assert policy.learning_days == (date(2021, 1, 1), date(2021, 12, 31))
    assert policy.quiz_gap_seconds == (20, 50)
    assert (row.exempt, opening.by_id) == (
        "left|retired|abroad|deceased", place.bureau.person_id,
    )  # fmt: skip
    shown = place.bureau_does(year_editing.get_editor, 2021)
    assert [each.note for each in shown.editions] == ["开启新年度，由2020年度复制"]
    assert next(each.label for each in place.bureau_does(year_editing.list_years)) == "2021年度"
    assert [each.detail for each in place.events("policy:year_opened")] == [{"courses": 0}]


def test_pressed_twice_and_at_once_it_is_one_year(place: Counties) -> None:
    chosen = ids(place)
    ends = at_once([lambda: press(place, chosen)] * 3)
    assert sorted(ends) == sorted(
        ["2021年度已开启，本次沿用3门课程。", *["2021年度已开启，本次沿用0门课程。"] * 2]
    )
    assert len(courses(place)) == 3
    assert len(place.events("policy:year_opened")) == 1
    # What the bureau changed meanwhile is not set back by another press.
    known = place.bureau_does(year_editing.get_editor, 2021)
    place.bureau_does(
        year_editing.save, year=2021, typed=known.typed | {"total": "100"}, note="按新要求",
        version=known.version,
    )  # fmt: skip
    press(place, chosen)
    assert place.bureau_does(year_editing.get_editor, 2021).typed["total"] == "100"


def test_further_courses_can_follow(place: Counties) -> None:
    first, *rest = ids(place)
    press(place, [first])
    assert press(place, [first, *rest]) == "2021年度已开启，本次沿用2门课程。"
    assert len(courses(place)) == 3


@pytest.mark.parametrize("code", ["2020-B1", "OLD"])
def test_a_new_edition_of_what_went_over_is_not_carried_over_again(
    place: Counties, code: str
) -> None:
    press(place, ids(place))
    with transaction(write=True, on=place.engine) as session:
        older = session.exec(select(Course).where(Course.code == code)).one()
        older.status = Status.SUPERSEDED
        session.add(older)
        newer = make_course(session, code, edition=2, subject=older.subject).id or 0
    (seen,) = [each for each in plan(place).courses if each.id == newer]
    assert seen.there
    assert press(place, ids(place)) == "2021年度已开启，本次沿用0门课程。"
    assert len(courses(place)) == 3


def test_a_strangers_course_of_that_code_is_no_copy(place: Counties) -> None:
    with transaction(write=True, on=place.engine) as session:
        base = place.employer["北县人社局"]
        # A draft of the year, and one that has another year; both hold the code.
        make_course(session, "2021-A1", year=2021, published_at=None, organisation_id=base)
        make_course(session, "2021-B1", year=2020, published_at=None, organisation_id=base)
        # The bureau's own draft is nothing anybody can learn either.
        make_course(session, codes_in_year("OLD", 2020, 2021)[0], year=2021, published_at=None)
    assert [each.there for each in plan(place).courses] == [False] * 3
    assert press(place, ids(place)) == "2021年度已开启，本次沿用3门课程。"
    made = {each.code: each for each in courses(place) if each.status is Status.PUBLISHED}
    assert sorted(made) == sorted(
        [
            codes_in_year("2020-A1", 2020, 2021)[1], codes_in_year("2020-B1", 2020, 2021)[1],
            codes_in_year("OLD", 2020, 2021)[1],
        ]
    )  # fmt: skip
    assert [each.there for each in plan(place).courses] == [True] * 3
    # Whoever threw his draft away meanwhile: the course is there all the same.
    with transaction(write=True, on=place.engine) as session:
        for draft in session.exec(select(Course).where(Course.organisation_id == base)):
            _throw_away(session, draft)
    assert press(place, ids(place)) == "2021年度已开启，本次沿用0门课程。"


def _throw_away(session: Any, draft: Course) -> None:
    for lesson in session.exec(select(Lesson).where(Lesson.course_id == draft.id)).all():
        for row in session.exec(select(QuestionRow).where(QuestionRow.lesson_id == lesson.id)):
            session.delete(row)
        session.flush()
        session.delete(lesson)
    session.flush()
    session.delete(draft)


def test_what_has_no_free_code_is_said_and_the_others_go_over(place: Counties) -> None:
    with transaction(write=True, on=place.engine) as session:
        for code in codes_in_year("2020-A1", 2020, 2021):
            make_course(session, code, year=2021, published_at=None)
    said = press(place, ids(place))
    assert "本次沿用2门课程。课程2020-A1的新编号已被其他课程占用" in said


def test_a_published_course_of_the_year_and_the_same_office_is_there(place: Counties) -> None:
    with transaction(write=True, on=place.engine) as session:
        make_course(session, "2021-A1", year=2021)
    assert [each.there for each in plan(place).courses] == [True, False, False]
    assert press(place, ids(place)) == "2021年度已开启，本次沿用2门课程。"


def test_many_courses_go_over_in_steps_that_survive_a_kill(
    place: Counties, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(write=True, on=place.engine) as session:
        for number in range(42):
            make_course(session, f"2020-M{number}", subject=Subject.PROFESSIONAL)
    chosen = ids(place)
    step = place.bureau_does(new_year.open_year, year=2021, courses=chosen)
    assert (step.copied, step.left, len(courses(place))) == (20, 25, 20)
    copy, done = new_year._copy_course, []

    def killed(*given: Any, **more: Any) -> None:
        copy(*given, **more)
        done.append(1)
        if len(done) == 7:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(new_year, "_copy_course", killed)
        with pytest.raises(KeyboardInterrupt):
            press(place, chosen)
    # What was done is kept whole, what was being done is not there by halves.
    assert len(courses(place)) == 20
    assert sum(each.there for each in plan(place).courses) == 20
    assert press(place, chosen) == "2021年度已开启，本次沿用25门课程。"
    made = courses(place)
    assert len(made) == len({each.code for each in made}) == len(chosen)
    with transaction(on=place.engine) as session:
        for each in made:
            assert _content(session, each.id)
        assert len(session.exec(select(YearOpening)).all()) == 1
    counts = [each.detail["courses"] for each in place.events("policy:year_opened")]
    assert counts == [20, 20, 5]


def test_the_new_courses_open_on_the_first_day_and_count_anew(
    place: Counties, clock: Clock
) -> None:
    chosen = ids(place)[2]
    with transaction(write=True, on=place.engine) as session:
        old = lesson_ids(session, session.get_one(Course, chosen))[0]
    finish(place, old, clock)
    press(place, [chosen])
    with transaction(on=place.engine) as session:
        lesson = lesson_ids(session, courses(place)[0])[0]
    with pytest.raises(NotPermitted, match="2021年1月1日开课"):
        place.act(place.north, watching.open, lesson_id=lesson)
    closed = place.act(place.north, course_pages.get_course, course_id=courses(place)[0].id)
    assert "2021年1月1日开课" in closed.closed
    clock.business = datetime(2021, 1, 1, 8, tzinfo=SHANGHAI)
    page = place.act(place.north, catalogue.list_courses, area="professional")
    assert [row.state for group in page.groups for row in group.courses] == ["未开始"]
    finish(place, lesson, clock)
    with transaction(on=place.engine) as session:
        rows = session.exec(select(Credit.year, Credit.source_key)).all()
    assert sorted(rows) == [(2020, "course:2020-B1"), (2021, "course:2021-B1")]


def finish(place: Counties, lesson: int, clock: Clock) -> None:
    """Watch a lesson to its end, its quizzes taken away."""
    from rxapp.rules.playback import Beat

    watch = place.act(place.north, watching.open, lesson_id=lesson).watch
    with transaction(write=True, on=place.engine) as session:
        row = session.get_one(LessonProgress, (place.north.person_id, lesson))
        row.quiz_due_ms = None
    for number in range(1, 15):
        clock.pass_(5)
        said = Beat(number, min(60_000, number * 5_000), True)
        if place.act(place.north, watching.beat, watch=watch, said=said).completed:
            return
    raise AssertionError("the lesson never ended")


def test_before_november_the_day_is_named(place: Counties, clock: Clock) -> None:
    clock.business = datetime(2020, 10, 31, 23, tzinfo=SHANGHAI)
    assert plan(place).closed == "2020年11月1日起可以开启2021年度。"
    with pytest.raises(Conflict, match="2020年11月1日"):
        press(place, [])
    clock.business = NOVEMBER
    with pytest.raises(NotFound):
        press(place, [], year=2022)
    assert courses(place) == []


def test_a_year_that_was_never_opened_can_still_be(place: Counties, clock: Clock) -> None:
    clock.business = datetime(2021, 2, 1, tzinfo=SHANGHAI)
    assert press(place, ids(place)) == "2021年度已开启，本次沿用3门课程。"


def test_only_the_city_bureau_may(place: Counties) -> None:
    for who in (place.north, place.county_clerk):
        with pytest.raises(NotPermitted):
            place.act(who, new_year.get_plan)
        with pytest.raises(NotPermitted):
            place.act(who, new_year.open_year, year=2021, courses=[])
