"""Courses made by those who teach: drafts, review, publishing, editions, withdrawal."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.courses import Course, CourseStep, FilmLeftover, Lesson, QuestionRow
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership
from rxapp.rules import manifests
from rxapp.rules.courses import TRANSITIONS, Act, Status
from rxapp.rules.hours import Hours
from rxapp.services import (
    catalogue,
    course_drafts,
    course_lists,
    course_making,
    course_moves,
    course_pages,
    course_questions,
    course_reviews,
    tree,
    watching,
)
from tests.factories import Clock, at_once
from tests.services.course_maker import Maker, question, settle
from tests.services.test_watching import Viewer


@pytest.fixture
def maker(city: Engine, installation: Path) -> Maker:
    assert installation
    return settle(city)


def test_a_course_is_made_sent_in_published_and_found(maker: Maker) -> None:
    id = maker.sent()
    assert maker.do("learner", catalogue.list_courses, area="professional").groups == ()
    assert maker.do("city", course_reviews.count_waiting) == 1
    assert "已发布" in maker.decide(id, "publish")
    assert maker.do("city", course_reviews.count_waiting) == 0
    (group,) = maker.do("learner", catalogue.list_courses, area="professional").groups
    assert [(row.title, row.hours, row.provider) for row in group.courses] == [
        ("水利工程新技术", "0.1", "样例基地")
    ]
    view = maker.do("learner", course_pages.get_course, course_id=id)
    assert (view.provider, view.may_learn, view.notes) == ("样例基地", True, ())
    maker.do("learner", watching.open, lesson_id=view.lessons[0].id)
    steps = maker.read(lambda s: s.exec(select(CourseStep.act).order_by(CourseStep.id)).all())
    assert steps == [Act.SUBMIT, Act.PUBLISH]
    moved = select(AuditEvent.detail).where(AuditEvent.action == "course:moved")
    assert [each["act"] for each in maker.read(lambda s: s.exec(moved).all())] == [
        "submit", "publish",
    ]  # fmt: skip


def test_what_is_typed_is_kept_as_typed_and_told_when_it_is_sent_in(maker: Maker) -> None:
    id = maker.do("teacher", course_drafts.begin)
    assert maker.do("teacher", course_drafts.begin) == id
    maker.do("teacher", course_drafts.keep, course_id=id, name="hours", value="二十")
    view = maker.do("colleague", course_making.get_course, course_id=id)
    assert view.typed["hours"] == "二十"
    said = " ".join(each.sentence for each in view.missing)
    for expected in ("课程名称", "系列", "科目", "学时请填写数字", "至少要有一个课时"):
        assert expected in said, expected
    with pytest.raises(Invalid, match="还有"):
        maker.submit(id)
    assert maker.course(id).status is Status.DRAFT
    assert maker.do("teacher", course_drafts.begin) != id


def test_hours_are_held_to_the_film_and_questions_to_its_length(maker: Maker) -> None:
    id = maker.draft(hours="0.2")
    missing = maker.do("teacher", course_making.get_course, course_id=id).missing
    assert [("最多可计 0.1 学时" in each.sentence) for each in missing] == [True]
    maker.do("teacher", course_drafts.keep, course_id=id, name="hours", value="0.1")
    (lesson,) = maker.lessons(id)
    last = maker.questions(lesson.id or 0)[-1]
    maker.do("teacher", course_questions.remove, question_id=last.id)
    (one,) = maker.do("teacher", course_making.get_course, course_id=id).missing
    assert (one.lesson_id, "至少要有5道" in one.sentence) == (lesson.id, True)
    with pytest.raises(Invalid):
        maker.submit(id)
    maker.do("teacher", course_questions.add, lesson_id=lesson.id, typed=question(9))
    maker.submit(id)


def test_a_course_is_looked_through_once_however_often_it_is_shown(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = maker.draft()
    second = maker.do("teacher", course_drafts.add_lesson, course_id=id, title="第二课")
    maker.do("teacher", course_questions.add, lesson_id=second, typed=question(9))
    looked: list[object] = []
    read = manifests.read
    monkeypatch.setattr(manifests, "read", lambda raw: looked.append(raw) or read(raw))
    view = maker.do("teacher", course_making.get_course, course_id=id)
    assert ([each.questions for each in view.lessons], len(looked)) == ([5, 1], 1)
    assert (view.may_export, len(view.missing)) == (False, 2)


def test_the_same_film_twice_counts_once(maker: Maker) -> None:
    id = maker.draft(hours="0.2")
    second = maker.do("teacher", course_drafts.add_lesson, course_id=id, title="第二课")
    maker.give_film(second)
    for number in range(5):
        maker.do("teacher", course_questions.add, lesson_id=second, typed=question(number))
    (missing,) = maker.do("teacher", course_making.get_course, course_id=id).missing
    assert "最多可计 0.1 学时" in missing.sentence


@pytest.mark.parametrize("who", ["stranger", "county", "city"])
def test_another_offices_draft_is_neither_seen_nor_changed(maker: Maker, who: str) -> None:
    id = maker.draft()
    (lesson,) = maker.lessons(id)
    asked = maker.questions(lesson.id or 0)[0].id
    for use_case, given in (
        (course_making.get_course, {"course_id": id}),
        (course_making.get_preview, {"course_id": id}),
        (course_making.get_lesson, {"lesson_id": lesson.id}),
        (course_drafts.keep, {"course_id": id, "name": "title", "value": "我的"}),
        (course_drafts.add_lesson, {"course_id": id, "title": "我的"}),
        (course_drafts.rename_lesson, {"lesson_id": lesson.id, "title": "我的"}),
        (course_drafts.move_lesson, {"lesson_id": lesson.id, "up": True}),
        (course_drafts.remove_lesson, {"lesson_id": lesson.id}),
        (course_drafts.discard, {"course_id": id}),
        (course_drafts.begin_edition, {"course_id": id}),
        (course_questions.add, {"lesson_id": lesson.id, "typed": question(9)}),
        (course_questions.change, {"question_id": asked, "typed": question(9)}),
        (course_questions.get_typed, {"question_id": asked}),
        (course_questions.remove, {"question_id": asked}),
        (course_moves.submit, {"course_id": id, "version": 1}),
    ):
        with pytest.raises(NotFound):
            maker.do(who, use_case, **given)
    maker.do("colleague", course_drafts.keep, course_id=id, name="title", value="我们的")
    assert maker.course(id).title == "我们的"


@pytest.mark.parametrize("who", ["learner", "clerk"])
def test_who_makes_no_courses_is_refused(maker: Maker, who: str) -> None:
    for use_case in (course_drafts.begin, course_lists.list_own):
        with pytest.raises(NotPermitted):
            maker.do(who, use_case)
    with pytest.raises(NotPermitted):
        maker.do("teacher", course_reviews.list_queue)


def test_lessons_are_put_in_order(maker: Maker) -> None:
    id = maker.draft()
    first = maker.lessons(id)[0].id or 0
    second = maker.do("teacher", course_drafts.add_lesson, course_id=id, title="第二课")
    third = maker.do("teacher", course_drafts.add_lesson, course_id=id, title="第三课")
    maker.do("teacher", course_drafts.move_lesson, lesson_id=third, up=True)
    assert [each.id for each in maker.lessons(id)] == [first, third, second]
    maker.do("teacher", course_drafts.move_lesson, lesson_id=first, up=True)
    assert [each.id for each in maker.lessons(id)] == [first, third, second]
    maker.do("teacher", course_drafts.remove_lesson, lesson_id=first)
    assert [(each.id, each.position) for each in maker.lessons(id)] == [(third, 1), (second, 2)]
    left = maker.read(lambda s: s.exec(select(FilmLeftover.file)).all())
    assert [name[-4:] for name in left] == [".mp4"]
    codes = {each.code for each in maker.lessons(id)}
    fourth = maker.do("teacher", course_drafts.add_lesson, course_id=id, title="第四课")
    new = next(each for each in maker.lessons(id) if each.id == fourth)
    assert new.code not in codes


def test_a_discarded_draft_is_gone(maker: Maker) -> None:
    id = maker.draft()
    maker.do("teacher", course_drafts.discard, course_id=id)
    for table in (Course, Lesson, QuestionRow):
        count = select(func.count()).select_from(table)
        assert maker.read(lambda s, c=count: s.exec(c).one()) == 0


def test_every_act_in_every_state_by_everybody(maker: Maker) -> None:
    """The whole table: what is not a line of it is refused and changes nothing."""
    id = maker.sent()
    done = 0
    acts = {
        Act.SUBMIT: ("teacher", lambda who, v: maker.do(
            who, course_moves.submit, course_id=id, version=v)),
        Act.RECALL: ("teacher", lambda who, v: maker.do(
            who, course_moves.recall, course_id=id, version=v)),
        Act.RETURN: ("city", lambda who, v: maker.do(
            who, course_reviews.decide, course_id=id, verdict="return", reason="请修改",
            version=v)),
        Act.PUBLISH: ("city", lambda who, v: maker.do(
            who, course_reviews.decide, course_id=id, verdict="publish", reason="", version=v)),
        Act.WITHDRAW: ("city", lambda who, v: maker.do(
            who, course_reviews.decide, course_id=id, verdict="withdraw", reason="内容过时",
            version=v)),
    }  # fmt: skip
    for status in Status:
        for act, (right, press) in acts.items():
            for who in ("teacher", "stranger", "county", "city", "clerk", "learner"):
                with transaction(write=True, on=maker.engine) as session:
                    row = session.get_one(Course, id)
                    row.status, row.submitted_by, row.version = status, None, 50
                    session.add(row)
                    for step in session.exec(select(CourseStep)).all():
                        session.delete(step)
                allowed = who == right and (status, act) in TRANSITIONS
                # Taken back already: pressed again it is the same answer, and no change.
                again = who == right and (status, act) == (Status.DRAFT, Act.RECALL)
                if allowed or again:
                    press(who, 50)
                    done += allowed
                else:
                    with pytest.raises(AppError):
                        press(who, 50)
                expected = TRANSITIONS[(status, act)] if allowed else status
                assert maker.course(id).status is expected, (status, act, who)
    assert done == 6


def test_of_two_who_decide_the_second_is_told_who_was_first(maker: Maker) -> None:
    id = maker.sent()
    version = maker.course(id).version

    def decide(who: str, verdict: str):  # type: ignore[no-untyped-def]
        return lambda: maker.do(
            who, course_reviews.decide, course_id=id, verdict=verdict, reason="请修改",
            version=version,
        )  # fmt: skip

    results = at_once([decide("city", "publish"), decide("second", "return")])
    lost = [each for each in results if isinstance(each, AppError)]
    assert len(lost) == 1
    assert isinstance(lost[0], Conflict)
    assert "办理" in lost[0].message
    assert maker.do("city", course_reviews.count_waiting) == 0


def test_pressed_twice_it_counts_once(maker: Maker) -> None:
    id = maker.draft()
    version = maker.course(id).version
    for _ in range(2):
        maker.do("teacher", course_moves.submit, course_id=id, version=version)
    assert maker.do("city", course_reviews.count_waiting) == 1
    version = maker.course(id).version
    for _ in range(2):
        maker.do("city", course_reviews.decide, course_id=id, verdict="publish", reason="",
                 version=version)  # fmt: skip
    messages = select(func.count()).select_from(Message)
    assert maker.read(lambda s: s.exec(messages).one()) == 1


def test_a_returned_course_says_why_and_comes_back(maker: Maker) -> None:
    id = maker.sent()
    with pytest.raises(Invalid, match="理由"):
        maker.decide(id, "return", reason=" ")
    maker.decide(id, "return", reason="第二题的答案有误")
    view = maker.do("teacher", course_making.get_course, course_id=id)
    assert (view.state, view.note, view.editable) == ("已退回", "第二题的答案有误", True)
    maker.submit(id)
    assert maker.course(id).note == ""


def test_nobody_publishes_what_he_made_unless_nobody_else_can(maker: Maker) -> None:
    id = maker.sent("city")
    with pytest.raises(NotPermitted, match="参与制作"):
        maker.decide(id, "publish")
    assert maker.course(id).status is Status.SUBMITTED
    with transaction(write=True, on=maker.engine) as session:
        other = maker.people["second"].person_id
        for row in session.exec(select(Membership).where(Membership.person_id == other)):
            row.ended_at = row.begins_at
            session.add(row)
    maker.decide(id, "publish")
    step = maker.read(lambda s: s.exec(select(CourseStep).where(CourseStep.own)).one())
    assert step.act is Act.PUBLISH


def test_a_colleague_of_the_bureau_publishes_what_another_made(maker: Maker) -> None:
    id = maker.sent("city")
    maker.decide(id, "publish", "second")
    assert maker.course(id).status is Status.PUBLISHED
    assert not maker.read(lambda s: s.exec(select(CourseStep).where(CourseStep.own)).all())


def test_what_is_published_or_waits_is_not_changed(maker: Maker) -> None:
    id = maker.sent()
    (lesson,) = maker.lessons(id)
    for _ in range(2):
        for use_case, given in (
            (course_drafts.keep, {"course_id": id, "name": "title", "value": "变"}),
            (course_drafts.remove_lesson, {"lesson_id": lesson.id}),
            (course_questions.add, {"lesson_id": lesson.id, "typed": question(9)}),
            (course_drafts.discard, {"course_id": id}),
        ):
            with pytest.raises(Conflict):
                maker.do("teacher", use_case, **given)
        if maker.course(id).status is Status.SUBMITTED:
            maker.decide(id, "publish")
    assert maker.course(id).title == "水利工程新技术"


def test_questions_left_to_the_platform_share_the_film_out(maker: Maker) -> None:
    id = maker.published()
    (lesson,) = maker.lessons(id)
    stretches = [(q.review_from_ms, q.review_to_ms) for q in maker.questions(lesson.id or 0)]
    assert stretches == [(n * 60_000, (n + 1) * 60_000) for n in range(5)]


def finished(maker: Maker, id: int, who: str = "learner") -> None:
    """As if every lesson had been watched to its end."""
    person = maker.people[who].person_id or 0
    with transaction(write=True, on=maker.engine) as session:
        for lesson in session.exec(select(Lesson).where(Lesson.course_id == id)).all():
            row = session.get_one(LessonProgress, (person, lesson.id))
            row.credited_ms, row.quiz_due_ms = row.length_ms - 1000, None
            session.add(row)


def learn(maker: Maker, clock: Clock, id: int) -> str | None:
    """Open the only lesson and bring it to its end."""
    (lesson,) = maker.lessons(id)
    viewer = Viewer(maker.engine, clock, maker.people["learner"], lesson.id or 0).open()
    finished(maker, id)
    viewer.at_ms = lesson.length_ms - 1000
    told = viewer.play(1)
    for _ in range(3):
        if told.completed:
            break
        told = viewer.play(1)
    assert told.completed
    return told.hours


def test_a_family_counts_once_and_says_so(maker: Maker, clock: Clock) -> None:
    first = maker.published()
    assert learn(maker, clock, first) == "0.1"
    second = maker.edition(first)
    assert maker.edition(first) == second
    maker.do("teacher", course_drafts.keep, course_id=second, name="title", value="新版课程")
    maker.submit(second)
    maker.decide(second, "publish")
    assert maker.course(first).status is Status.SUPERSEDED
    view = maker.do("learner", course_pages.get_course, course_id=second)
    assert "不再另计学时" in view.notes[0]
    learn(maker, clock, second)
    credits = maker.read(lambda s: s.exec(select(Credit)).all())
    assert [(each.title, each.hours) for each in credits] == [("水利工程新技术", Hours.of("0.1"))]


def test_an_edition_keeps_its_familys_year(maker: Maker) -> None:
    first = maker.published()
    second = maker.edition(first)

    def year(value: str, id: int = second) -> None:
        maker.do("teacher", course_drafts.keep, course_id=id, name="year", value=value)

    for value in ("2021", "2019", ""):
        with pytest.raises(Invalid, match="本课程已有版本计入2020年度"):
            year(value)
    kept = maker.course(second)
    assert (kept.year, kept.typed["year"]) == (2020, "2020")
    year("2020")
    # What was changed before this held can be put right, and is not sent in or published as it is.
    change(maker, second, "2021")
    with pytest.raises(Invalid, match="2020年度"):
        maker.submit(second)
    year("2020")
    maker.submit(second)
    change(maker, second, "2021")
    with pytest.raises(Invalid, match="2020年度"):
        maker.decide(second, "publish")
    change(maker, second, "2020")
    maker.decide(second, "publish")
    # A course of its own may have any year.
    alone = maker.draft()
    year("2021", alone)
    assert maker.course(alone).year == 2021


def change(maker: Maker, id: int, year: str) -> None:
    """Another year, past everything that would refuse it."""
    with transaction(write=True, on=maker.engine) as session:
        row = session.get_one(Course, id)
        row.year, row.typed = int(year), row.typed | {"year": year}
        session.add(row)


def test_the_list_shows_the_newest_edition_and_what_oneself_has_begun(maker: Maker) -> None:
    first = maker.published()
    (lesson,) = maker.lessons(first)
    maker.do("learner", watching.open, lesson_id=lesson.id)
    second = maker.edition(first)
    maker.submit(second)
    maker.decide(second, "publish")

    def listed(who: str) -> list[int]:
        groups = maker.do(who, catalogue.list_courses, area="professional").groups
        return [row.id for group in groups for row in group.courses]

    assert listed("clerk") == [second]
    assert listed("learner") == [first, second]
    old = maker.do("learner", course_pages.get_course, course_id=first)
    assert (old.newest_id, old.may_learn) == (second, True)
    assert "已有新版" in old.notes[0]
    assert "上一版" in maker.do("learner", course_pages.get_course, course_id=second).notes[0]


@pytest.mark.parametrize("how", ["superseded", "withdrawn"])
def test_who_has_begun_finishes_and_nobody_new_begins(maker: Maker, clock: Clock, how: str) -> None:
    id = maker.draft()
    extra = maker.do("teacher", course_drafts.add_lesson, course_id=id, title="第二课")
    maker.give_film(extra)
    for number in range(5):
        maker.do("teacher", course_questions.add, lesson_id=extra, typed=question(number))
    maker.submit(id)
    maker.decide(id, "publish")
    first, second = (each.id for each in maker.lessons(id))
    maker.do("learner", watching.open, lesson_id=first)
    if how == "withdrawn":
        maker.decide(id, "withdraw", reason="内容已过时")
    else:
        newer = maker.edition(id)
        maker.submit(newer)
        maker.decide(newer, "publish")
    # A lesson of the begun course that was never opened is part of finishing it.
    assert maker.do("learner", course_pages.get_lesson, lesson_id=second).closed == ""
    maker.do("learner", watching.open, lesson_id=second)
    finished(maker, id)
    with pytest.raises(NotPermitted, match="已停止新学"):
        maker.do("clerk", watching.open, lesson_id=first)
    view = maker.do("clerk", course_pages.get_course, course_id=id)
    assert (view.may_learn, "已停止新学" in view.notes[0]) == (False, True)
    assert maker.do("clerk", course_pages.get_lesson, lesson_id=first).closed
    assert not maker.read(
        lambda s: s.exec(
            select(LessonProgress).where(
                LessonProgress.person_id == maker.people["clerk"].person_id
            )
        ).all()
    )


def test_a_withdrawn_course_keeps_the_hours_it_gave(maker: Maker, clock: Clock) -> None:
    id = maker.published()
    learn(maker, clock, id)
    maker.decide(id, "withdraw", reason="内容已过时")
    assert len(maker.read(lambda s: s.exec(select(Credit)).all())) == 1
    told = maker.read(lambda s: s.exec(select(Message.body).order_by(Message.id)).all())
    assert "内容已过时" in told[-1]


def test_the_key_of_a_question_is_for_makers_and_reviewers(maker: Maker) -> None:
    id = maker.sent()
    for who, sees in (("teacher", True), ("city", True), ("stranger", False), ("county", False)):
        if sees:
            _, (panel,), may = maker.do(who, course_making.get_preview, course_id=id)
            assert panel.questions[0].right == "A"
            assert may == (who == "city")
        else:
            with pytest.raises(NotFound):
                maker.do(who, course_making.get_preview, course_id=id)


def test_a_merger_brings_the_courses_along(maker: Maker) -> None:
    id = maker.draft()
    base, other = maker.places["base"], maker.places["other"]
    with pytest.raises(NotFound):
        maker.do("stranger", course_making.get_course, course_id=id)
    version = maker.read(lambda s: s.get_one(Organisation, base).version)
    maker.do(
        "city", tree.merge, organisation_id=base, into_id=other, note="两个基地合并",
        version=version,
    )  # fmt: skip
    assert maker.do("stranger", course_making.get_course, course_id=id).editable
