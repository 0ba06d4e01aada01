"""How watching becomes credit: by the server's clock and memory, never by the player's word.

Time passed fills a small bucket; a position the player reports may only spend what is in it.
All times are whole milliseconds. Notice, part three, section one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from rxapp.errors import Conflict, Invalid

# A browser reports the end of a video a few frames before or after the probed length.
END_MS = 500
# A quiz in the closing seconds would interrupt nothing worth watching.
CLEAR_OF_END_MS = 3_000
MAX_SEQ = 10**9
MAX_POSITION_MS = 10**8

Draw = Callable[[int, int], int]
"""Draws a whole number between two bounds, both included."""


class Verdict(StrEnum):
    """What became of one beat."""

    CREDITED = "credited"  # counts; at the end of the film with a rest still to come: beat again
    ALREADY = "already"  # behind what is credited: watching again is free and counts once
    PAUSED = "paused"  # the film stands; what was seen until then is in `gained_ms`
    AHEAD = "ahead"  # further than time allows, sped up or skipped: nothing counts, go back
    CAPPED = "capped"  # a silence longer than one beat may carry: the cap counts, go back to it
    DUPLICATE = "duplicate"  # heard before: nothing changes
    QUIZ_DUE = "quiz_due"  # nothing counts until the quiz is answered correctly
    FINISHED = "finished"  # all of the lesson is credited and no quiz waits


@dataclass(frozen=True, slots=True)
class Tick:
    """A reading of a clock that nobody can set: the machine's start and the time since then."""

    boot: str
    ms: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one person is in one lesson: [0, credited_ms) counts, nothing beyond it does.

    `quiz_due_ms` is the credited moment at which the next quiz falls due, or None when the lesson
    has no more of them. It never leaves the server.
    """

    length_ms: int
    credited_ms: int
    quiz_due_ms: int | None

    @property
    def quiz_is_due(self) -> bool:
        """A quiz has been reached and not yet answered correctly."""
        return self.quiz_due_ms is not None and self.credited_ms >= self.next_stop_ms

    @property
    def finished(self) -> bool:
        """The whole lesson is credited and no quiz waits."""
        return self.credited_ms >= self.length_ms and not self.quiz_is_due

    @property
    def next_stop_ms(self) -> int:
        """Where crediting must stop next: the quiz or the end, whichever comes first."""
        # A lesson replaced by a shorter film keeps its quiz: it then falls due at the end.
        return self.length_ms if self.quiz_due_ms is None else min(self.quiz_due_ms, self.length_ms)

    @property
    def remaining_ms(self) -> int:
        """What is still to be credited."""
        return max(0, self.length_ms - self.credited_ms)


@dataclass(frozen=True, slots=True)
class Watch:
    """The one learning session of a person: the last beat, and the time not yet spent."""

    last_seq: int
    last_tick: Tick
    bucket_ms: int
    playing: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """The most one beat may bring however long the silence, and the jitter that is forgiven.

    Raises ValueError for a slack smaller than the uncertainty of a film's end: the last beat of
    an honest learner would be refused for ever.
    """

    cap_ms: int
    slack_ms: int = 2_000

    def __post_init__(self) -> None:
        if self.cap_ms < 1 or self.slack_ms < END_MS:
            raise ValueError("cap_ms must be positive and slack_ms at least END_MS")

    @classmethod
    def for_interval(cls, beat_ms: int) -> Self:
        """The limits for a player that beats every `beat_ms`: one beat and a half."""
        return cls(cap_ms=beat_ms * 3 // 2)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a player said, checked for shape only."""

    seq: int
    position_ms: int
    playing: bool


@dataclass(frozen=True, slots=True)
class BeatResult:
    """What to store and what to tell: where `seek_to_ms` is set, the player must go there."""

    progress: Progress
    watch: Watch
    gained_ms: int
    verdict: Verdict
    seek_to_ms: int | None


def parse_beat(raw: object) -> Beat:
    """Reads what a player sent; anything but the three expected values is refused.

    `raw` maps seq (1 to 10^9), position_ms (0 to 10^8) and playing (a boolean). Raises Invalid.
    """
    if not isinstance(raw, Mapping):
        raise _unreadable()
    playing = raw.get("playing")
    if type(playing) is not bool:
        raise _unreadable()
    return Beat(
        seq=_whole(raw.get("seq"), 1, MAX_SEQ),
        position_ms=_whole(raw.get("position_ms"), 0, MAX_POSITION_MS),
        playing=playing,
    )


def begin_lesson(length_ms: int, *, gap_ms: tuple[int, int], rand: Draw) -> Progress:
    """A person's first record of a lesson: nothing credited, the first quiz already chosen."""
    return Progress(length_ms, 0, first_due(length_ms, gap_ms=gap_ms, rand=rand))


def first_due(length_ms: int, *, gap_ms: tuple[int, int], rand: Draw) -> int:
    """The moment of a lesson's first quiz: every lesson has one.

    `gap_ms` is the shortest and longest stretch without a quiz. In a lesson hardly longer than
    the shortest gap the moment is anywhere from 30 to 95 percent of it, or it could be guessed.
    """
    shortest, longest = _checked(gap_ms)
    if length_ms < 1:
        raise ValueError("a lesson has a length")
    clear = length_ms - CLEAR_OF_END_MS
    if shortest <= min(length_ms * 60 // 100, clear):
        return rand(shortest, min(longest, clear))
    early, late = max(1, length_ms * 30 // 100), max(1, length_ms * 95 // 100)
    return rand(early, min(late, clear) if clear >= early else late)


def next_due(
    credited_ms: int, length_ms: int, *, gap_ms: tuple[int, int], rand: Draw
) -> int | None:
    """The moment of the quiz after one answered at `credited_ms`; None when the end is nearer."""
    due = credited_ms + rand(*_checked(gap_ms))
    return due if due <= length_ms - CLEAR_OF_END_MS else None


def open_watch(tick: Tick, previous: Watch | None = None) -> Watch:
    """Begins a learning session with nothing saved up, so that re-opening never brings credit.

    `previous` is the session it replaces: time already counted there is not counted again.
    """
    start = tick if previous is None else _later(previous.last_tick, tick)
    return Watch(last_seq=0, last_tick=start, bucket_ms=0, playing=False)


def beat(
    progress: Progress,
    watch: Watch,
    *,
    seq: int,
    position_ms: int,
    playing: bool,
    tick: Tick,
    limits: Limits,
) -> BeatResult:
    """Credits what was watched since the last beat, as far as time really passed.

    The new progress and watch must be stored together or not at all, one beat of a person at a
    time. A number not above the last one changes nothing, so a beat may be sent again freely.
    """
    if seq <= watch.last_seq:
        return BeatResult(progress, watch, 0, Verdict.DUPLICATE, None)
    saved = watch.bucket_ms + elapsed_ms(watch.last_tick, tick)
    heard = Watch(seq, _later(watch.last_tick, tick), min(limits.cap_ms, saved), playing)
    if progress.quiz_is_due:
        return _hold(progress, heard, 0)
    if progress.finished:
        return BeatResult(progress, heard, 0, Verdict.FINISHED, None)
    claimed = _reached(position_ms, progress.length_ms) - progress.credited_ms
    if claimed > saved + limits.slack_ms:
        return _send_back(progress, heard, 0, Verdict.AHEAD)
    return _credit(progress, heard, claimed, limits)


def pass_quiz(
    progress: Progress, watch: Watch, *, tick: Tick, next_due_ms: int | None
) -> tuple[Progress, Watch]:
    """A correct answer lets the lesson go on; the time spent on the quiz brings no credit.

    Raises Conflict when no quiz is due. The lesson may be finished by it: look at the progress.
    """
    if not progress.quiz_is_due:
        raise Conflict("这道题已经回答过了，请继续观看。")
    if next_due_ms is not None and next_due_ms <= progress.credited_ms:
        raise ValueError("the next quiz lies behind what is credited")
    resumed = replace(watch, last_tick=_later(watch.last_tick, tick), bucket_ms=0)
    return replace(progress, quiz_due_ms=next_due_ms), resumed


def elapsed_ms(before: Tick, after: Tick) -> int:
    """The time between two readings; none when the machine restarted or the order is reversed."""
    return max(0, after.ms - before.ms) if before.boot == after.boot else 0


def _unreadable() -> Invalid:
    return Invalid(message="这一段学习进度没有收到，已计入的学习时间不变，请重新打开本课继续学习。")


def _whole(value: object, least: int, most: int) -> int:
    # `type` and not `isinstance`: True is an int to Python, and no position.
    if type(value) is not int or not least <= value <= most:
        raise _unreadable()
    return value


def _checked(gap_ms: tuple[int, int]) -> tuple[int, int]:
    shortest, longest = gap_ms
    if not 1 <= shortest <= longest:
        raise ValueError("a gap is a positive stretch, the shorter bound first")
    return shortest, longest


def _later(before: Tick, after: Tick) -> Tick:
    # Two requests may read the clock in one order and be handled in the other: going back would
    # count the stretch between them twice.
    return before if before.boot == after.boot and after.ms < before.ms else after


def _reached(position_ms: int, length_ms: int) -> int:
    return length_ms if position_ms >= length_ms - END_MS else position_ms


def _hold(progress: Progress, watch: Watch, gained_ms: int) -> BeatResult:
    standing = replace(watch, playing=False)
    return _send_back(progress, standing, gained_ms, Verdict.QUIZ_DUE)


def _send_back(progress: Progress, watch: Watch, gained_ms: int, verdict: Verdict) -> BeatResult:
    emptied = replace(watch, bucket_ms=0)
    return BeatResult(progress, emptied, gained_ms, verdict, progress.credited_ms)


def _credit(progress: Progress, watch: Watch, claimed_ms: int, limits: Limits) -> BeatResult:
    open_ms = progress.next_stop_ms - progress.credited_ms
    gained = max(0, min(claimed_ms, watch.bucket_ms, open_ms))
    after = replace(progress, credited_ms=progress.credited_ms + gained)
    spent = replace(watch, bucket_ms=watch.bucket_ms - gained)
    if after.quiz_is_due:
        return _hold(after, spent, gained)
    missing = claimed_ms - gained
    if missing > limits.slack_ms:
        return _send_back(after, spent, gained, Verdict.CAPPED)
    return BeatResult(after, spent, gained, _said(after, spent, missing), None)


def _said(after: Progress, watch: Watch, missing_ms: int) -> Verdict:
    if after.finished:
        return Verdict.FINISHED
    # A player standing at the end has stopped, yet its last moments are still being credited.
    if not watch.playing and missing_ms != after.remaining_ms:
        return Verdict.PAUSED
    return Verdict.ALREADY if missing_ms < 0 else Verdict.CREDITED
