"""Watching a lesson: open, beat, be quizzed, answer; the hours come by themselves at the end."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_
from sqlmodel import Session, col, func, select

from rxapp import clock, routes
from rxapp.adapters import tickets
from rxapp.errors import AppError, NotFound, NotPermitted, Superseded
from rxapp.models.courses import Course, Lesson
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.rules import playback
from rxapp.rules.permissions import Permission
from rxapp.rules.playback import Beat, Limits, Tick, Verdict
from rxapp.rules.quizzes import wait_after
from rxapp.rules.windows import learning_window, require_lesson_may_continue
from rxapp.rules.years import YearPolicy
from rxapp.services import (
    audit,
    course_editions,
    credits,
    extensions,
    policies,
    showings,
    signal_marks,
    sittings,
)
from rxapp.services.actors import Actor
from rxapp.services.showings import QuizView, Review
from rxapp.services.sign_ins import token_hash
from rxapp.services.sittings import Sitting

COURSE_RULE = "course/1"

# The page knows seven words; a silence longer than one beat may carry sends the player back too.
_WORDS = {Verdict.CAPPED: Verdict.AHEAD.value}
_MESSAGES = {
    Verdict.CREDITED: "正在计入学习时间。",
    Verdict.ALREADY: "这一段已经计入，看到未学部分时继续计时。",
    Verdict.PAUSED: "已暂停，暂停期间不计时。",
    Verdict.AHEAD: "未学过的部分不能跳过，已回到上次计入的位置。",
    Verdict.CAPPED: "刚才有一段没有连接上，已回到上次计入的位置。",
    Verdict.DUPLICATE: "这一段已经收到。",
    Verdict.QUIZ_DUE: "请先回答弹题，答对后继续计时。",
    Verdict.FINISHED: "本课已学完。",
}


@dataclass(frozen=True)
class OpenedView:
    """A sitting that just began; `watch` is its token, known to this window only."""

    watch: str
    video: str
    credited_ms: int
    length_ms: int
    beat_ms: int
    completed: bool
    quiz: QuizView | None
    wait_ms: int
    shortened: bool


@dataclass(frozen=True)
class BeatView:
    """What a beat came to; where `seek_to_ms` is set the player must go there."""

    verdict: str
    credited_ms: int
    length_ms: int
    seek_to_ms: int | None
    quiz: QuizView | None
    wait_ms: int
    completed: bool
    course_completed: bool
    hours: str | None
    message: str


@dataclass(frozen=True)
class AskedView:
    """The question that is due, or how long to wait for it."""

    quiz: QuizView | None
    wait_ms: int


@dataclass(frozen=True)
class AnswerView:
    """What an answer came to; after a wrong one what to look at again, never the key."""

    right: bool
    review: Review | None
    wait_ms: int
    quiz: QuizView | None
    credited_ms: int
    completed: bool
    course_completed: bool
    hours: str | None
    message: str


def open(session: Session, actor: Actor, *, lesson_id: int) -> OpenedView:
    """Begin or go on with a lesson in this window; any other window of the person stops counting.

    Refused outside the year's learning dates unless the lesson was begun in time (articles 3, 6.3),
    and in a course that was withdrawn or has a newer edition, unless the course was begun before.
    What was credited and the quiz that is due stay as they were: opening again changes neither.
    """
    person_id = actor.require(Permission.LEARN)
    lesson, course = _lesson(session, lesson_id)
    course_editions.require_may_learn(session, person_id, course)
    policy = extensions.policy_of(session, person_id, course.year)
    token = secrets.token_urlsafe(24)
    now = clock.now()
    sitting_of = {
        "lesson_id": lesson_id, "sign_in_id": actor.sign_in_id, "token_hash": token_hash(token),
        "beat_ms": policy.beat_seconds * 1000, "ends_at": _ends_at(policy), "opened_at": now,
        "beat_at": now,
    }  # fmt: skip
    previous = sittings.hold_any(
        session, person_id, **sitting_of, last_seq=0, tick_boot="", tick_ms=0, bucket_ms=0
    )
    _begin_or_continue(session, person_id, lesson, policy)
    watch = playback.open_watch(Tick(*clock.tick()), previous)
    sittings.replace_with(session, person_id, watch, **sitting_of)
    audit.record(session, actor, audit.Action.LESSON_OPENED, kind="lesson", id=lesson_id)
    sitting, quiz, wait = _ask(session, sittings.hold(session, person_id, token_hash(token)))
    return OpenedView(
        watch=token,
        video=routes.video(lesson_id, tickets.issue(lesson_id, actor.sign_in_id or 0)),
        credited_ms=sitting.progress.credited_ms,
        length_ms=sitting.progress.length_ms,
        beat_ms=sitting.beat_ms,
        completed=sitting.completed_at is not None,
        quiz=quiz,
        wait_ms=wait,
        shortened=course.shortened,
    )


def beat(session: Session, actor: Actor, *, watch: str, said: Beat) -> BeatView:
    """Count what was watched since the last beat, as far as time really passed (article 3.1).

    A beat sent again counts once. While a quiz is due nothing counts. The last lesson of a course
    brings its hours here and now. Conflict when a newer window took over.
    """
    person_id = actor.require(Permission.LEARN)
    held = sittings.hold(session, person_id, token_hash(watch))
    judged = _judge(session, actor, held, said)
    sittings.save_many(session, [(judged.before, judged.after)], at=clock.now())
    return _beat_view(session, judged)


def beat_together(
    session: Session, said: Sequence[tuple[Actor, str, Beat]]
) -> list[BeatView | AppError]:
    """Count one beat each of many people; a refusal is that person's outcome, nobody else's.

    Two statements read and two write for all of them. A person may be in it once.
    """
    people = {actor.person_id for actor, _, _ in said if actor.person_id is not None}
    held = sittings.hold_many(session, people)
    judged = [_judged(session, held, *each) for each in said]
    changes = [(each.before, each.after) for each in judged if isinstance(each, _Judged)]
    sittings.save_many(session, changes, at=clock.now())
    return [_beat_view(session, each) if isinstance(each, _Judged) else each for each in judged]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A beat that was judged and not yet stored."""

    actor: Actor
    before: Sitting
    after: Sitting
    verdict: Verdict
    seek_to_ms: int | None


def _judged(
    session: Session, held: Mapping[tuple[int, str], Sitting], actor: Actor, watch: str, said: Beat
) -> _Judged | AppError:
    try:
        mine = held.get((actor.require(Permission.LEARN), token_hash(watch)))
        if mine is None:
            raise Superseded(sittings.REPLACED)
        return _judge(session, actor, mine, said)
    except AppError as refusal:
        return refusal


def _judge(session: Session, actor: Actor, held: Sitting, said: Beat) -> _Judged:
    """What a beat comes to, by the rules; nothing is written here, so a refusal leaves no trace."""
    _require_open(session, held)
    result = playback.beat(
        held.progress, held.watch, seq=said.seq, position_ms=said.position_ms,
        playing=said.playing, tick=Tick(*clock.tick()), limits=Limits.for_interval(held.beat_ms),
    )  # fmt: skip
    after = _completed(replace(held, progress=result.progress, watch=result.watch), clock.now())
    return _Judged(actor, held, after, result.verdict, result.seek_to_ms)


def _beat_view(session: Session, judged: _Judged) -> BeatView:
    hours = _hours_of(session, judged.actor, judged.before, judged.after)
    after, quiz, wait = _ask(session, judged.after)
    return BeatView(
        verdict=_WORDS.get(judged.verdict, judged.verdict.value),
        credited_ms=after.progress.credited_ms,
        length_ms=after.progress.length_ms,
        seek_to_ms=judged.seek_to_ms,
        quiz=quiz,
        wait_ms=wait,
        completed=after.completed_at is not None,
        course_completed=hours is not None,
        hours=hours,
        message=_said(_MESSAGES[judged.verdict], hours),
    )


def quiz(session: Session, actor: Actor, *, watch: str) -> AskedView:
    """The question that is due, once the wait after a wrong answer is over."""
    person_id = actor.require(Permission.LEARN)
    held = sittings.hold(session, person_id, token_hash(watch))
    _, shown, wait = _ask(session, held)
    return AskedView(shown, wait)


def answer(
    session: Session, actor: Actor, *, watch: str, showing: int, chosen: object
) -> AnswerView:
    """Answer the question that is due: right lets the lesson go on, wrong brings another one later.

    The first answer to a showing counts; sent again it is told the same. Another person's question
    is NotFound, options it did not offer are Invalid and no attempt.
    """
    person_id = actor.require(Permission.LEARN)
    held = sittings.hold(session, person_id, token_hash(watch))
    _require_open(session, held)
    now = clock.now()
    outcome = showings.decide(session, held, showing, chosen, at=now)
    after = held
    if outcome.first:
        after = _completed(_moved_on(session, held, outcome.right, now), now)
        sittings.save(session, held, after, at=now)
        signal_marks.note_answer(session, showing, at=now)
        audit.record(
            session, actor, audit.Action.QUIZ_ANSWERED, kind="showing", id=showing,
            lesson=held.lesson_id, right=outcome.right,
        )  # fmt: skip
    hours = _hours_of(session, actor, held, after)
    wait = sittings.wait_ms(after, now, longest_s=wait_after(after.wrong_in_row))
    return AnswerView(
        right=outcome.right,
        review=None if outcome.right else outcome.review,
        wait_ms=wait,
        quiz=None,
        credited_ms=after.progress.credited_ms,
        completed=after.completed_at is not None,
        course_completed=hours is not None,
        hours=hours,
        message=_said(_told(outcome.right, wait), hours),
    )


def get_video(session: Session, actor: Actor, *, lesson_id: int, ticket: str) -> str:
    """The file of a lesson's video, for the very sign-in the ticket was made for."""
    actor.require(Permission.LEARN)
    if not tickets.is_valid(ticket, lesson_id, actor.sign_in_id or 0):
        raise NotPermitted("视频地址已失效，请重新打开本课。")
    return _lesson(session, lesson_id)[0].video_file


def _lesson(session: Session, lesson_id: int) -> tuple[Lesson, Course]:
    found = session.exec(
        select(Lesson, Course)
        .join(Course, col(Course.id) == Lesson.course_id)
        .where(Lesson.id == lesson_id, col(Course.published_at).is_not(None))
    ).first()
    if found is None:
        raise NotFound()
    return found


def _ends_at(policy: YearPolicy) -> datetime | None:
    window = learning_window(policy)
    return window.finished_by if window else None


def _begin_or_continue(
    session: Session, person_id: int, lesson: Lesson, policy: YearPolicy
) -> None:
    known = session.get(LessonProgress, (person_id, lesson.id))
    if known is None or known.completed_at is None:
        # A finished lesson can be looked at again at any time: it brings nothing more.
        begun_at = known.begun_on if known else None
        require_lesson_may_continue(policy, clock.business_now(), begun_at=begun_at)
    if known is None:
        session.add(_begun(person_id, lesson, policy))
        session.flush()


def _begun(person_id: int, lesson: Lesson, policy: YearPolicy) -> LessonProgress:
    progress = playback.begin_lesson(lesson.length_ms, gap_ms=_gap_ms(policy), rand=showings.draw)
    return LessonProgress(
        person_id=person_id,
        lesson_id=lesson.id or 0,
        length_ms=progress.length_ms,
        credited_ms=progress.credited_ms,
        quiz_due_ms=progress.quiz_due_ms,
        begun_on=clock.business_now(),
        updated_at=clock.now(),
    )


def _gap_ms(policy: YearPolicy) -> tuple[int, int]:
    low, high = policy.quiz_gap_seconds
    return low * 1000, high * 1000


def _require_open(session: Session, held: Sitting) -> None:
    in_time = held.ends_at is not None and clock.business_now() < held.ends_at
    if in_time or held.completed_at is not None:
        return
    year = _lesson(session, held.lesson_id)[1].year
    policy = extensions.policy_of(session, held.person_id, year)
    require_lesson_may_continue(policy, clock.business_now(), begun_at=held.begun_on)


def _ask(session: Session, held: Sitting) -> tuple[Sitting, QuizView | None, int]:
    """The question to put now, made if its time has come, else how long to wait for it."""
    if not held.progress.quiz_is_due:
        return held, None, 0
    if held.showing_id is not None:
        return held, showings.get_open(session, held), 0
    now = clock.now()
    wait = sittings.wait_ms(held, now, longest_s=wait_after(held.wrong_in_row))
    if wait:
        return held, None, wait
    shown = showings.show_another(session, held, at=now)
    asked = replace(held, showing_id=shown.showing, wait_until=None)
    sittings.save_progress(session, asked, at=now)
    return asked, shown, 0


def _moved_on(session: Session, held: Sitting, right: bool, now: datetime) -> Sitting:
    if not right:
        wrong = held.wrong_in_row + 1
        wait_until = now + timedelta(seconds=wait_after(wrong))
        return replace(held, wrong_in_row=wrong, showing_id=None, wait_until=wait_until)
    policy = policies.get_policy(session, _lesson(session, held.lesson_id)[1].year)
    due = playback.next_due(
        held.progress.credited_ms, held.progress.length_ms, gap_ms=_gap_ms(policy),
        rand=showings.draw,
    )  # fmt: skip
    progress, watch = playback.pass_quiz(
        held.progress, held.watch, tick=Tick(*clock.tick()), next_due_ms=due
    )
    return replace(
        held, progress=progress, watch=watch, quizzes_passed=held.quizzes_passed + 1,
        wrong_in_row=0, showing_id=None, wait_until=None,
    )  # fmt: skip


def _completed(sitting: Sitting, now: datetime) -> Sitting:
    if sitting.completed_at is not None or not sitting.progress.finished:
        return sitting
    return replace(sitting, completed_at=now)


def _hours_of(session: Session, actor: Actor, before: Sitting, after: Sitting) -> str | None:
    """The course's hours once no lesson of it is left, credited now if this beat was the last."""
    if after.completed_at is None:
        return None
    course = _lesson(session, after.lesson_id)[1]
    # Of the family: whoever has the hours of one edition gets none for another.
    key = course_editions.source_key(course)
    left = _lessons_left(session, after.person_id, course.id or 0)
    if before.completed_at is None:
        audit.record(
            session, actor, audit.Action.LESSON_FINISHED, kind="lesson", id=after.lesson_id
        )
        if not left:
            _grant(session, actor, after.person_id, course, key)
    if left:
        return None
    credited = select(col(Credit.hours)).where(
        Credit.person_id == after.person_id, Credit.source_key == key
    )
    # What was written down: an earlier edition may have given another number of hours.
    hours = session.exec(credited).first()
    return None if hours is None else str(hours)


def _lessons_left(session: Session, person_id: int, course_id: int) -> int:
    mine = and_(
        col(LessonProgress.lesson_id) == Lesson.id,
        col(LessonProgress.person_id) == person_id,
        col(LessonProgress.completed_at).is_not(None),
    )
    return session.exec(
        select(func.count(col(Lesson.id)))
        .join(LessonProgress, mine, isouter=True)
        .where(Lesson.course_id == course_id, col(LessonProgress.lesson_id).is_(None))
    ).one()


def _grant(session: Session, actor: Actor, person_id: int, course: Course, key: str) -> None:
    credits.grant(
        session, actor, person_id=person_id, year=course.year, subject=course.subject,
        hours=course.hours, source_kind="course", source_key=key, title=course.title,
        rule=COURSE_RULE, earned_on=clock.today(),
    )  # fmt: skip


def _told(right: bool, wait: int) -> str:
    if right:
        return "回答正确，继续学习。"
    after = f"{-(-wait // 1000)} 秒后" if wait else "接着"
    return f"回答不正确，请回看相关内容，{after}换一道题再答。"


def _said(message: str, hours: str | None) -> str:
    return f"本课程已学完，{hours} 学时已记入学习档案。" if hours else message
