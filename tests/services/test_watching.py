"""Watching: hours come from time that really passed and questions really answered, and once."""

import random
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from rxapp.models.audit import AuditEvent
from rxapp.models.courses import Course
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress, Showing, Watch
from rxapp.models.people import Person
from rxapp.rules.hours import Hours
from rxapp.rules.playback import Beat
from rxapp.rules.subjects import Subject
from rxapp.services import credits, sign_ins, watching
from rxapp.services.actors import ANONYMOUS, Actor
from rxapp.services.watching import OpenedView
from tests.factories import (
    SHANGHAI,
    Clock,
    at_once,
    lesson_ids,
    make_actor,
    make_cookie,
    make_course,
    make_person,
    right_options,
    run,
)

BEAT = 10


@dataclass
class Viewer:
    """A learner's window: knows its token and counts its beats, as the page does."""

    engine: Engine
    clock: Clock
    actor: Actor
    lesson: int
    opened: OpenedView | None = None
    seq: int = 0
    at_ms: int = 0

    def open(self) -> "Viewer":
        self.opened = run(self.engine, watching.open, self.actor, lesson_id=self.lesson)
        self.seq, self.at_ms = 0, self.opened.credited_ms
        return self

    @property
    def watch(self) -> str:
        assert self.opened is not None
        return self.opened.watch

    def beat(self, position_ms: int | None = None, *, seq: int | None = None):  # type: ignore[no-untyped-def]
        self.seq = self.seq + 1 if seq is None else seq
        said = Beat(self.seq, self.at_ms if position_ms is None else position_ms, True)
        told = run(self.engine, watching.beat, self.actor, watch=self.watch, said=said)
        if told.seek_to_ms is not None:
            self.at_ms = told.seek_to_ms
        return told

    def play(self, seconds: int = BEAT):  # type: ignore[no-untyped-def]
        """Watch honestly for a beat."""
        self.clock.pass_(seconds)
        self.at_ms += seconds * 1000
        return self.beat()

    def answer(self, showing: int, chosen: list[str]):  # type: ignore[no-untyped-def]
        return run(
            self.engine, watching.answer, self.actor,
            watch=self.watch, showing=showing, chosen=chosen,
        )  # fmt: skip

    def answer_rightly(self, quiz):  # type: ignore[no-untyped-def]
        with transaction(on=self.engine) as session:
            right = right_options(session, quiz.showing)
        return self.answer(quiz.showing, right)

    def answer_wrongly(self, quiz):  # type: ignore[no-untyped-def]
        with transaction(on=self.engine) as session:
            right = right_options(session, quiz.showing)
        return self.answer(quiz.showing, [next(o.id for o in quiz.options if o.id not in right)])

    def until_quiz(self):  # type: ignore[no-untyped-def]
        for _ in range(60):
            told = self.play()
            if told.quiz:
                return told.quiz
        raise AssertionError("no quiz came")

    def to_the_end(self):  # type: ignore[no-untyped-def]
        """Watch and answer as an honest learner does; what the last beat said."""
        for _ in range(200):
            told = self.play()
            if told.quiz:
                self.answer_rightly(told.quiz)
            if told.completed:
                return told
        raise AssertionError("the lesson never ended")

    def progress(self) -> LessonProgress:
        with transaction(on=self.engine) as session:
            return session.get_one(LessonProgress, (self.actor.person_id, self.lesson))


@pytest.fixture
def viewer(city: Engine, clock: Clock) -> Viewer:
    """A learner before a one-lesson course of a minute, worth four hours."""
    return make_viewer(city, clock)


def make_viewer(engine: Engine, clock: Clock, course: Course | None = None) -> Viewer:
    with transaction(write=True, on=engine) as session:
        course = course or make_course(session)
        actor = make_actor(session, make_person(session))
        return Viewer(engine, clock, actor, lesson_ids(session, course)[0])


def count(engine: Engine, what: type, *conditions: object) -> int:
    with transaction(on=engine) as session:
        return session.exec(select(func.count()).select_from(what).where(*conditions)).one()


def hours_of(engine: Engine, actor: Actor) -> Hours:
    with transaction(on=engine) as session:
        held = credits.totals(session, actor.person_id or 0)
        return Hours.total(held.get(2020, {}).values())


def test_honest_watching_brings_the_hours_by_itself(viewer: Viewer) -> None:
    told = viewer.open().to_the_end()
    assert (told.verdict, told.course_completed, told.hours) == ("finished", True, "4")
    with transaction(on=viewer.engine) as session:
        line = session.exec(select(Credit)).one()
        assert (line.year, line.subject, str(line.hours)) == (2020, Subject.PUBLIC_REQUIRED, "4")
        assert (line.source_key, line.rule) == ("course:2020-A1", "course/1")
        assert credits.find_wrong_totals(session) == []
    assert hours_of(viewer.engine, viewer.actor) == Hours.of(4)
    assert viewer.progress().quizzes_passed >= 1


@pytest.mark.parametrize("days", [24.8551, 25, 400, 9_000])
def test_a_machine_that_has_run_for_long_counts_on(city: Engine, clock: Clock, days: float) -> None:
    """Its own clock passes 32 bits after 24 days and 21 hours: no beat fails for that."""
    clock.ms = round(days * 86_400_000)
    viewer = make_viewer(city, clock).open()
    for _ in range(3):
        viewer.play()
    assert clock.ms > 2**31
    assert viewer.progress().credited_ms >= 10_000


def test_watching_again_brings_nothing_more(viewer: Viewer) -> None:
    viewer.open().to_the_end()
    viewer.open()
    assert viewer.opened is not None
    assert viewer.opened.completed
    told = viewer.play()
    assert (told.verdict, told.completed, told.hours) == ("finished", True, "4")
    assert hours_of(viewer.engine, viewer.actor) == Hours.of(4)


def test_a_course_is_credited_only_with_its_last_lesson(city: Engine, clock: Clock) -> None:
    with transaction(write=True, on=city) as session:
        course = make_course(session, lessons=2)
        actor = make_actor(session, make_person(session))
        first, second = lesson_ids(session, course)
    told = Viewer(city, clock, actor, second).open().to_the_end()
    assert (told.completed, told.course_completed, told.hours) == (True, False, None)
    assert hours_of(city, actor) == Hours.ZERO
    told = Viewer(city, clock, actor, first).open().to_the_end()
    assert told.course_completed
    assert hours_of(city, actor) == Hours.of(4)


def test_of_a_further_edition_nothing_is_said_to_be_done_before_its_last_lesson(
    viewer: Viewer,
) -> None:
    viewer.open().to_the_end()
    with transaction(write=True, on=viewer.engine) as session:
        newer = make_course(session, edition=2, lessons=2)
        first, second = lesson_ids(session, newer)
    told = replace(viewer, lesson=first).open().to_the_end()
    assert (told.completed, told.course_completed, told.hours) == (True, False, None)
    assert "已学完，4" not in told.message
    told = replace(viewer, lesson=second).open().to_the_end()
    assert (told.course_completed, told.hours) == (True, "4")
    assert hours_of(viewer.engine, viewer.actor) == Hours.of(4)


@pytest.mark.parametrize("seed", range(4))
def test_no_schedule_of_beats_outruns_the_clock(viewer: Viewer, seed: int) -> None:
    dice = random.Random(seed)
    viewer.open()
    begun, seq = viewer.clock.ms, 0
    for _ in range(40):
        viewer.clock.pass_(dice.choice([0, 0, 0.2, 1, 9, 10, 300]))
        seq = max(1, seq + dice.choice([-3, 0, 1, 1, 1, 2, 1000]))
        position = dice.choice([0, 5_000, viewer.at_ms + 10_000, 59_900, 60_000, 10**8])
        if dice.random() < 0.15:
            viewer.open()
            seq = 0
            continue
        before = viewer.progress()
        told = viewer.beat(position, seq=seq)
        assert told.credited_ms <= viewer.clock.ms - begun
        assert told.credited_ms <= (before.quiz_due_ms or 60_000)
        assert told.credited_ms - before.credited_ms <= 15_000
        assert told.credited_ms == viewer.progress().credited_ms
        if told.quiz and dice.random() < 0.5:
            viewer.answer_rightly(told.quiz)
    assert hours_of(viewer.engine, viewer.actor) in (Hours.ZERO, Hours.of(4))


def test_seeking_to_the_end_credits_nothing(viewer: Viewer) -> None:
    viewer.open()
    viewer.clock.pass_(BEAT)
    told = viewer.beat(60_000)
    assert (told.verdict, told.credited_ms, told.seek_to_ms) == ("ahead", 0, 0)
    viewer.clock.pass_(3)
    assert viewer.beat(3_000).credited_ms == 3_000


def test_a_long_silence_brings_no_more_than_the_cap(viewer: Viewer) -> None:
    viewer.open()
    viewer.clock.pass_(3600)
    told = viewer.beat(30_000)
    assert (told.verdict, told.credited_ms) == ("ahead", 15_000)
    assert told.seek_to_ms == 15_000


def test_a_repeated_beat_counts_once(viewer: Viewer) -> None:
    viewer.open()
    first = viewer.play()
    again = viewer.beat(20_000, seq=viewer.seq)
    older = viewer.beat(20_000, seq=viewer.seq - 1)
    assert first.credited_ms == 10_000
    assert (again.verdict, again.credited_ms) == ("duplicate", 10_000)
    assert (older.verdict, older.credited_ms) == ("duplicate", 10_000)
    assert viewer.progress().credited_ms == 10_000


def test_a_repeated_last_beat_is_told_the_same(viewer: Viewer) -> None:
    last = viewer.open().to_the_end()
    again = viewer.beat(seq=viewer.seq)
    assert (again.completed, again.course_completed, again.hours) == (True, True, last.hours)
    assert count(viewer.engine, Credit) == 1


def test_opening_again_dodges_no_quiz(viewer: Viewer) -> None:
    viewer.open()
    due = viewer.progress().quiz_due_ms
    for _ in range(5):
        viewer.open()
        assert viewer.progress().quiz_due_ms == due
    quiz = viewer.until_quiz()
    viewer.open()
    assert viewer.opened is not None
    assert viewer.opened.quiz == quiz
    told = viewer.play()
    assert (told.verdict, told.quiz, told.credited_ms) == ("quiz_due", quiz, due)
    assert count(viewer.engine, Showing) == 1


def test_a_due_quiz_blocks_every_tab_device_and_restart(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    due = viewer.progress().credited_ms
    with transaction(write=True, on=viewer.engine) as session:
        person = session.get_one(Person, viewer.actor.person_id)
        phone = replace(viewer, actor=make_actor(session, person), opened=None)
    phone.open()
    assert phone.play().verdict == "quiz_due"
    phone.clock.restart()
    assert phone.play().verdict == "quiz_due"
    assert phone.progress().credited_ms == due
    assert phone.answer_rightly(quiz).right
    phone.clock.pass_(BEAT)
    phone.beat(due)
    assert phone.play().credited_ms > due


def test_the_newer_window_wins_and_the_older_says_so(viewer: Viewer) -> None:
    older = viewer.open()
    newer = replace(viewer, opened=None).open()
    viewer.clock.pass_(BEAT)
    with pytest.raises(Conflict, match="其他窗口或设备"):
        older.beat(10_000)
    assert viewer.progress().credited_ms == 0
    assert newer.beat(10_000).credited_ms == 10_000


def test_opening_again_and_again_saves_no_time_up(viewer: Viewer) -> None:
    for _ in range(10):
        viewer.open()
        viewer.clock.pass_(1)
    assert viewer.beat(10_000).credited_ms <= 1_000


def test_a_restart_of_the_machine_adds_nothing(viewer: Viewer) -> None:
    viewer.open()
    assert viewer.play().credited_ms == 10_000
    viewer.clock.restart()
    viewer.clock.pass_(BEAT)
    assert viewer.beat(20_000).credited_ms == 10_000
    viewer.at_ms = 10_000
    viewer.play()
    assert viewer.progress().credited_ms > 10_000


def test_wrong_answers_earn_nothing_and_wait(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    due, waits, stems = viewer.progress().credited_ms, [], [quiz.stem]
    for _ in range(4):
        told = viewer.answer_wrongly(quiz)
        assert (told.right, told.quiz) == (False, None)
        assert told.review is not None
        assert viewer.beat().quiz is None
        asked = run(viewer.engine, watching.quiz, viewer.actor, watch=viewer.watch)
        assert (asked.quiz, asked.wait_ms) == (None, told.wait_ms)
        waits.append(told.wait_ms)
        viewer.clock.pass_(told.wait_ms / 1000)
        before, quiz = (
            quiz,
            run(viewer.engine, watching.quiz, viewer.actor, watch=viewer.watch).quiz,
        )
        assert not {o.id for o in before.options} & {o.id for o in quiz.options}
        stems.append(quiz.stem)
    assert waits == [5_000, 10_000, 20_000, 40_000]
    assert all(one != other for one, other in pairwise(stems))
    assert viewer.progress().credited_ms == due
    assert viewer.answer_rightly(quiz).right
    assert viewer.progress().wrong_in_row == 0


def test_what_leaves_the_server_holds_no_key(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    assert {option.id for option in quiz.options}.isdisjoint("abcd")
    assert "right" not in repr(quiz)
    assert "due" not in repr(viewer.opened)


def test_all_options_at_once_are_no_answer(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    with pytest.raises(Invalid):
        viewer.answer(quiz.showing, [option.id for option in quiz.options])
    with pytest.raises(Invalid):
        viewer.answer(quiz.showing, ["a"])
    assert viewer.progress().wrong_in_row == 0
    assert viewer.answer_rightly(quiz).right


def test_the_first_answer_counts(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    assert not viewer.answer_wrongly(quiz).right
    assert not viewer.answer_rightly(quiz).right
    assert viewer.progress().wrong_in_row == 1
    assert viewer.progress().quizzes_passed == 0


def test_the_same_answer_again_is_told_the_same(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    first, again = viewer.answer_rightly(quiz), viewer.answer_rightly(quiz)
    assert (first.right, first.credited_ms) == (again.right, again.credited_ms)
    assert viewer.progress().quizzes_passed == 1
    answered = AuditEvent.action == "quiz:answered"
    assert count(viewer.engine, AuditEvent, answered) == 1


def test_time_spent_on_a_quiz_brings_nothing(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    due = viewer.progress().credited_ms
    viewer.clock.pass_(600)
    viewer.answer_rightly(quiz)
    assert viewer.beat(due + 10_000).credited_ms == due


def test_a_clock_set_back_keeps_nobody_waiting(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    assert viewer.answer_wrongly(quiz).wait_ms == 5_000
    viewer.clock.real = viewer.clock.real.replace(year=2025)
    asked = run(viewer.engine, watching.quiz, viewer.actor, watch=viewer.watch)
    assert asked.quiz is not None


def test_nobody_beats_or_answers_for_another(viewer: Viewer) -> None:
    with transaction(write=True, on=viewer.engine) as session:
        stranger = make_actor(session, make_person(session, "另一个人"))
    quiz = viewer.open().until_quiz()
    theirs = replace(viewer, actor=stranger, opened=None).open()
    before = viewer.progress()
    with pytest.raises(Conflict):
        run(viewer.engine, watching.beat, stranger, watch=viewer.watch, said=Beat(99, 50_000, True))
    with pytest.raises(Conflict):
        run(viewer.engine, watching.quiz, stranger, watch=viewer.watch)
    with pytest.raises(NotFound):
        theirs.answer_rightly(quiz)
    assert viewer.progress() == before
    assert count(viewer.engine, Showing, Showing.answered_at != None) == 0  # noqa: E711
    assert viewer.answer_rightly(quiz).right


def test_nobody_watches_without_signing_in(viewer: Viewer) -> None:
    with pytest.raises(NotSignedIn):
        run(viewer.engine, watching.open, ANONYMOUS, lesson_id=viewer.lesson)
    assert count(viewer.engine, Watch) == 0
    viewer.open()
    assert count(viewer.engine, Watch) == 1


def test_two_threads_finishing_at_once_credit_once(viewer: Viewer) -> None:
    viewer.open()
    while (row := viewer.progress()).credited_ms < 50_000 or row.quiz_due_ms is not None:
        told = viewer.play(1)
        if told.quiz:
            viewer.answer_rightly(told.quiz)
    assert row.completed_at is None
    viewer.clock.pass_(BEAT)
    beats = [Beat(viewer.seq + 1 + n // 2, 60_000, True) for n in range(4)]
    told = at_once(
        [
            lambda said=said: run(
                viewer.engine, watching.beat, viewer.actor, watch=viewer.watch, said=said
            )
            for said in beats
        ]
    )
    assert any(view.completed for view in told)
    assert count(viewer.engine, Credit) == 1
    assert count(viewer.engine, AuditEvent, AuditEvent.action == "lesson:finished") == 1
    assert hours_of(viewer.engine, viewer.actor) == Hours.of(4)


def test_parallel_beats_share_one_stretch_of_time(viewer: Viewer) -> None:
    viewer.open()
    viewer.clock.pass_(BEAT)
    told = at_once(
        [
            lambda seq=seq: run(
                viewer.engine,
                watching.beat,
                viewer.actor,
                watch=viewer.watch,
                said=Beat(seq, 10_000, True),
            )
            for seq in (1, 1, 2, 3)
        ]
    )
    assert max(view.credited_ms for view in told) == 10_000
    assert viewer.progress().credited_ms == 10_000


def test_windows_opened_at_once_leave_one_sitting(viewer: Viewer) -> None:
    windows = [replace(viewer, opened=None) for _ in range(4)]
    opened = at_once([window.open for window in windows])
    assert all(isinstance(window, Viewer) for window in opened)
    viewer.clock.pass_(BEAT)
    told = at_once([lambda window=window: window.beat(10_000) for window in windows])
    assert sum(not isinstance(view, Conflict) for view in told) == 1
    assert viewer.progress().credited_ms == 10_000


def test_parallel_answers_count_once(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    told = at_once([lambda: viewer.answer_rightly(quiz)] * 4)
    assert [view.right for view in told] == [True] * 4
    assert viewer.progress().quizzes_passed == 1
    assert count(viewer.engine, AuditEvent, AuditEvent.action == "quiz:answered") == 1


def test_parallel_guesses_get_one_try(viewer: Viewer) -> None:
    quiz = viewer.open().until_quiz()
    told = at_once([lambda o=o: viewer.answer(quiz.showing, [o.id]) for o in quiz.options])
    assert len({view.right for view in told}) == 1
    right = told[0].right
    assert viewer.progress().quizzes_passed == int(right)
    assert viewer.progress().wrong_in_row == int(not right)


@pytest.mark.parametrize(
    ("moment", "article"),
    [
        (datetime(2020, 7, 14, 23, 59, tzinfo=SHANGHAI), "7月15日开课"),
        (datetime(2021, 1, 1, 0, 0, tzinfo=SHANGHAI), "第六条"),
    ],
)
def test_outside_the_window_nothing_begins(viewer: Viewer, moment: datetime, article: str) -> None:
    viewer.clock.business = moment
    with pytest.raises(NotPermitted, match=article) as refusal:
        viewer.open()
    assert "《通知》" in refusal.value.message
    assert count(viewer.engine, LessonProgress) == 0
    viewer.clock.business = datetime(2020, 7, 15, 0, 0, tzinfo=SHANGHAI)
    assert viewer.open().opened is not None


def test_a_lesson_begun_in_time_may_be_finished_until_two(viewer: Viewer) -> None:
    viewer.clock.business = datetime(2020, 12, 31, 23, 59, 50, tzinfo=SHANGHAI)
    told = viewer.open().to_the_end()
    assert viewer.clock.business.year == 2021
    assert told.course_completed
    assert hours_of(viewer.engine, viewer.actor) == Hours.of(4)


def test_after_two_nothing_is_counted_any_more(viewer: Viewer) -> None:
    viewer.clock.business = datetime(2020, 12, 31, 23, 59, 50, tzinfo=SHANGHAI)
    viewer.open()
    credited = viewer.play().credited_ms
    viewer.clock.business = datetime(2021, 1, 1, 2, 0, tzinfo=SHANGHAI)
    with pytest.raises(NotPermitted, match="《通知》"):
        viewer.play()
    assert viewer.progress().credited_ms == credited > 0


def test_an_unpublished_lesson_cannot_be_watched(city: Engine, clock: Clock) -> None:
    with transaction(write=True, on=city) as session:
        hidden = make_course(session, "2020-B1", published_at=None)
    with pytest.raises(NotFound):
        make_viewer(city, clock, hidden).open()
    assert count(city, Watch) == 0


def test_the_video_is_for_the_sign_in_it_was_opened_with(viewer: Viewer) -> None:
    def fetch(session: Session, actor: Actor, ticket: str) -> str:
        return watching.get_video(session, actor, lesson_id=viewer.lesson, ticket=ticket)

    with transaction(write=True, on=viewer.engine) as session:
        stranger = make_actor(session, make_person(session))
    viewer.open()
    assert viewer.opened is not None
    ticket = viewer.opened.video.rpartition("/")[2]
    assert run(viewer.engine, fetch, viewer.actor, ticket=ticket).endswith(".mp4")
    with pytest.raises(NotPermitted):
        run(viewer.engine, fetch, stranger, ticket=ticket)
    with pytest.raises(NotPermitted):
        run(viewer.engine, fetch, viewer.actor, ticket=f"f{ticket}")
    with pytest.raises(NotSignedIn):
        run(viewer.engine, fetch, ANONYMOUS, ticket=ticket)


def test_signing_out_ends_watching_and_video(viewer: Viewer) -> None:
    with transaction(write=True, on=viewer.engine) as session:
        person = session.get_one(Person, viewer.actor.person_id)
        cookie = make_cookie(session, person)
        viewer.actor = sign_ins.find_actor(session, cookie)
    viewer.open()
    assert viewer.play().credited_ms == 10_000
    assert viewer.opened is not None
    ticket = viewer.opened.video.rpartition("/")[2]
    with transaction(write=True, on=viewer.engine) as session:
        assert watching.get_video(session, viewer.actor, lesson_id=viewer.lesson, ticket=ticket)
        sign_ins.end(session, viewer.actor)
        session.flush()
        viewer.actor = sign_ins.find_actor(session, cookie)
        with pytest.raises(NotSignedIn):
            watching.get_video(session, viewer.actor, lesson_id=viewer.lesson, ticket=ticket)
    with pytest.raises(NotSignedIn):
        viewer.play()
