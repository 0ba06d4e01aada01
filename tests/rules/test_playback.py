"""Credit follows the server's clock whatever a player says, and an honest learner always arrives.

The adversary below may wait, send, replay, skip, re-open, crash, reboot and change lessons in any
order; the test knows how much time really passed. The honest learner has a bad network.
"""

import random
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rxapp.errors import Conflict, Invalid
from rxapp.rules.playback import (
    CLEAR_OF_END_MS,
    END_MS,
    MAX_POSITION_MS,
    MAX_SEQ,
    Beat,
    Limits,
    Progress,
    Tick,
    Verdict,
    Watch,
    beat,
    begin_lesson,
    first_due,
    next_due,
    open_watch,
    parse_beat,
    pass_quiz,
)

INTERVAL = 5_000
LIMITS = Limits.for_interval(INTERVAL)
CAP, SLACK = LIMITS.cap_ms, LIMITS.slack_ms
DEMO_GAP = (20_000, 50_000)
SEEDS = st.integers(0, 10_000)


def at(ms: int, boot: str = "b") -> Tick:
    return Tick(boot, ms)


def lesson(credited=0, *, length=60_000, due=None) -> Progress:
    return Progress(length, credited, due)


def watching(ms=0, *, seq=0, bucket=0) -> Watch:
    return Watch(last_seq=seq, last_tick=at(ms), bucket_ms=bucket, playing=True)


def send(progress, watch, position, ms, *, seq=None, playing=True, boot="b"):
    seq = watch.last_seq + 1 if seq is None else seq
    return beat(
        progress,
        watch,
        seq=seq,
        position_ms=position,
        playing=playing,
        tick=at(ms, boot),
        limits=LIMITS,
    )


# One beat at a time


def test_honest_watching_is_credited_in_full():
    heard = send(lesson(10_000), watching(), 15_000, 5_000)
    assert (heard.gained_ms, heard.progress.credited_ms) == (5_000, 15_000)
    assert (heard.verdict, heard.seek_to_ms) == (Verdict.CREDITED, None)
    assert heard.watch == Watch(1, at(5_000), 0, True)


def test_opening_brings_no_credit_even_after_a_day():
    opened = open_watch(at(86_400_000))
    heard = send(lesson(), opened, 1_000, 86_400_000)
    assert heard.gained_ms == 0
    assert send(lesson(), opened, 1_000, 86_401_000).gained_ms == 1_000


def test_reopening_does_not_count_time_twice():
    before = watching(9_000)
    opened = open_watch(at(4_000), before)
    assert send(lesson(), opened, 2_000, 9_000).gained_ms == 0
    assert send(lesson(), opened, 2_000, 11_000).gained_ms == 2_000


def test_a_long_silence_brings_no_more_than_the_cap_and_goes_back_to_it():
    heard = send(lesson(), watching(), 40_000, 3_600_000)
    assert (heard.verdict, heard.gained_ms) == (Verdict.CAPPED, CAP)
    assert (heard.seek_to_ms, heard.watch.bucket_ms) == (CAP, 0)


@pytest.mark.parametrize("position", [17_001, 25_000, 60_000, MAX_POSITION_MS])
def test_further_than_time_allows_earns_nothing_and_empties_the_bucket(position):
    heard = send(lesson(10_000), watching(), position, 5_000)
    assert (heard.verdict, heard.gained_ms) == (Verdict.AHEAD, 0)
    assert (heard.seek_to_ms, heard.watch.bucket_ms) == (10_000, 0)
    assert send(lesson(10_000), watching(), 17_000, 5_000).gained_ms == 5_000


def test_double_speed_earns_nothing():
    progress, watch = lesson(), watching()
    for n in range(1, 9):
        heard = send(progress, watch, progress.credited_ms + 10_000, n * 5_000)
        progress, watch = heard.progress, heard.watch
        assert heard.verdict is Verdict.AHEAD
    assert progress.credited_ms == 0


def test_watching_again_is_free_and_counts_once():
    heard = send(lesson(30_000), watching(), 5_000, 5_000)
    assert (heard.verdict, heard.gained_ms, heard.seek_to_ms) == (Verdict.ALREADY, 0, None)
    assert heard.progress == lesson(30_000)


def test_a_pause_counts_what_was_seen_until_then():
    heard = send(lesson(10_000), watching(), 13_000, 4_000, playing=False)
    assert (heard.verdict, heard.gained_ms) == (Verdict.PAUSED, 3_000)
    assert heard.watch.playing is False
    standing = send(heard.progress, heard.watch, 13_000, 60_000, playing=False)
    assert (standing.verdict, standing.gained_ms) == (Verdict.PAUSED, 0)


@pytest.mark.parametrize("seq", [1, 6, 7])
def test_a_beat_heard_before_changes_nothing(seq):
    progress, watch = lesson(10_000), watching(seq=7, bucket=100)
    heard = send(progress, watch, 15_000, 5_000, seq=seq)
    assert heard.verdict is Verdict.DUPLICATE
    assert (heard.progress, heard.watch, heard.gained_ms) == (progress, watch, 0)
    assert send(progress, watch, 15_000, 5_000, seq=8).gained_ms == 5_000


@pytest.mark.parametrize(("boot", "ms"), [("after", 9_000), ("after", 1), ("b", 0), ("b", 3_999)])
def test_a_restarted_or_backward_clock_brings_nothing(boot, ms):
    heard = send(lesson(), watching(4_000), 2_000, ms, boot=boot)
    assert heard.gained_ms == 0
    assert send(lesson(), watching(4_000), 2_000, 6_000).gained_ms == 2_000


def test_readings_out_of_order_count_each_moment_once():
    late = send(lesson(), watching(), 7_000, 5_000)
    early = send(late.progress, late.watch, 7_000, 1_000)
    again = send(early.progress, early.watch, 7_000, 5_000)
    assert again.progress.credited_ms == 5_000


# Quizzes and the end


def test_a_quiz_stops_the_credit_at_its_moment_and_holds_it_there():
    heard = send(lesson(10_000, due=12_000), watching(), 15_000, 5_000)
    assert (heard.verdict, heard.progress.credited_ms) == (Verdict.QUIZ_DUE, 12_000)
    assert (heard.seek_to_ms, heard.watch.bucket_ms, heard.watch.playing) == (12_000, 0, False)
    for ms in (10_000, 60_000):
        heard = send(heard.progress, heard.watch, 14_000, ms)
        assert (heard.verdict, heard.gained_ms) == (Verdict.QUIZ_DUE, 0)
        assert (heard.watch.last_tick, heard.watch.bucket_ms) == (at(ms), 0)


def test_the_time_spent_on_a_quiz_brings_no_credit_afterwards():
    due = send(lesson(10_000, due=12_000), watching(), 15_000, 5_000)
    progress, watch = pass_quiz(due.progress, due.watch, tick=at(300_000), next_due_ms=40_000)
    assert progress.quiz_due_ms == 40_000
    assert send(progress, watch, 13_000, 300_000).gained_ms == 0
    assert send(progress, watch, 13_000, 301_000).gained_ms == 1_000


def test_passing_a_quiz_empties_whatever_was_saved_up():
    progress, watch = pass_quiz(
        lesson(12_000, due=12_000), watching(bucket=CAP), tick=at(1), next_due_ms=None
    )
    assert send(progress, watch, 13_000, 1).gained_ms == 0
    assert send(progress, watching(bucket=CAP), 13_000, 1).gained_ms == 1_000


def test_only_a_quiz_that_is_due_can_be_passed_and_only_forwards():
    with pytest.raises(Conflict):
        pass_quiz(lesson(11_999, due=12_000), watching(), tick=at(1), next_due_ms=None)
    with pytest.raises(ValueError, match="behind"):
        pass_quiz(lesson(12_000, due=12_000), watching(), tick=at(1), next_due_ms=12_000)


def test_a_lesson_is_finished_only_with_its_quizzes():
    held = send(lesson(55_000, due=60_000), watching(), 60_000, 5_000)
    assert (held.verdict, held.progress.finished) == (Verdict.QUIZ_DUE, False)
    progress, watch = pass_quiz(held.progress, held.watch, tick=at(9_000), next_due_ms=None)
    assert progress.finished
    assert send(progress, watch, 0, 10_000).verdict is Verdict.FINISHED
    assert send(lesson(55_000), watching(), 60_000, 5_000).verdict is Verdict.FINISHED


def test_a_quiz_beyond_a_shortened_film_falls_due_at_its_end():
    heard = send(lesson(55_000, due=90_000), watching(), 60_000, 5_000)
    assert heard.verdict is Verdict.QUIZ_DUE
    assert lesson(70_000, due=90_000).quiz_is_due
    assert lesson(70_000).finished


@pytest.mark.parametrize("playing", [True, False])
def test_standing_at_the_end_the_rest_follows_as_time_passes(playing):
    end = 60_000 - END_MS
    first = send(lesson(56_000), watching(), end, 2_500, playing=playing)
    assert (first.verdict, first.progress.remaining_ms) == (Verdict.CREDITED, 1_500)
    assert first.seek_to_ms is None
    second = send(first.progress, first.watch, end, 4_000, playing=playing)
    assert (second.verdict, second.gained_ms) == (Verdict.FINISHED, 1_500)


def test_limits_that_would_strand_a_learner_are_refused():
    for cap_ms, slack_ms in ((0, 2_000), (7_500, END_MS - 1)):
        with pytest.raises(ValueError, match="cap_ms"):
            Limits(cap_ms, slack_ms)
    assert Limits(1, END_MS).slack_ms == END_MS
    assert Limits.for_interval(5_000) == Limits(7_500, 2_000)


# What a player may say


@pytest.mark.parametrize("seq", [1, MAX_SEQ])
@pytest.mark.parametrize("position", [0, MAX_POSITION_MS])
def test_a_well_formed_beat_is_read(seq, position):
    raw = {"seq": seq, "position_ms": position, "playing": False, "other": "ignored"}
    assert parse_beat(raw) == Beat(seq, position, False)


GOOD = {"seq": 1, "position_ms": 0, "playing": True}
RUBBISH = [None, True, 1.0, float("nan"), float("inf"), "1", -1, 10**22, [1], {"a": 1}, b"1"]


@pytest.mark.parametrize("name", ["seq", "position_ms"])
@pytest.mark.parametrize("value", RUBBISH, ids=repr)
def test_a_number_that_is_none_is_refused(name, value):
    assert parse_beat(GOOD)
    with pytest.raises(Invalid):
        parse_beat(GOOD | {name: value})


@pytest.mark.parametrize(
    "raw",
    [
        GOOD | {"seq": 0},
        GOOD | {"seq": MAX_SEQ + 1},
        GOOD | {"position_ms": MAX_POSITION_MS + 1},
        *(GOOD | {"playing": value} for value in (None, 0, 1, "true", float("nan"))),
        {"seq": 1, "position_ms": 0},
        {},
        None,
        [1, 0, True],
        "seq",
    ],
    ids=repr,
)
def test_a_beat_of_the_wrong_shape_is_refused_with_a_sentence(raw):
    with pytest.raises(Invalid) as error:
        parse_beat(raw)
    assert error.value.message.endswith("。")


# When quizzes fall due


@given(length=st.integers(1, 3 * 3_600_000), low=st.integers(1, 600_000), seed=SEEDS)
def test_every_lesson_has_a_first_quiz_inside_it(length, low, seed):
    due = first_due(length, gap_ms=(low, low * 2), rand=random.Random(seed).randint)
    assert 1 <= due <= length
    if length > 2 * CLEAR_OF_END_MS:
        assert due <= length - CLEAR_OF_END_MS
    if low <= length * 0.6 and low <= length - CLEAR_OF_END_MS:
        assert low <= due <= low * 2
    elif length >= 100:
        assert length * 0.29 <= due <= length * 0.95


@pytest.mark.parametrize("length", [20_000, 60_000, 305_000, 400_000, 660_000, 2_700_000])
@pytest.mark.parametrize("gap", [DEMO_GAP, (300_000, 720_000)], ids=["demo", "policy"])
def test_nobody_can_guess_the_moment_of_the_first_quiz(length, gap):
    dice = random.Random(length)
    drawn = [first_due(length, gap_ms=gap, rand=dice.randint) for _ in range(200)]
    assert max(drawn) - min(drawn) > min(length, gap[1]) * 0.25


@given(credited=st.integers(1, 600_000), length=st.integers(1, 1_200_000), seed=SEEDS)
def test_later_quizzes_keep_their_distance_from_the_last_and_from_the_end(credited, length, seed):
    drawn = credited + random.Random(seed).randint(*DEMO_GAP)
    due = next_due(credited, length, gap_ms=DEMO_GAP, rand=random.Random(seed).randint)
    assert due == (drawn if drawn <= length - CLEAR_OF_END_MS else None)


def test_a_quiz_may_stand_just_clear_of_the_end_and_no_nearer():
    for credited, expected in ((7_000, 57_000), (7_001, None)):
        due = next_due(credited, 60_000, gap_ms=DEMO_GAP, rand=lambda *bounds: max(bounds))
        assert due == expected


@pytest.mark.parametrize("gap", [(0, 5), (9, 5), (-1, -1)])
def test_a_gap_that_is_none_is_refused(gap):
    with pytest.raises(ValueError, match="gap"):
        first_due(60_000, gap_ms=gap, rand=random.Random(1).randint)
    with pytest.raises(ValueError, match="gap"):
        next_due(1, 60_000, gap_ms=gap, rand=random.Random(1).randint)


def test_a_lesson_without_length_is_refused():
    with pytest.raises(ValueError, match="length"):
        begin_lesson(0, gap_ms=DEMO_GAP, rand=random.Random(1).randint)
    begun = begin_lesson(60_000, gap_ms=DEMO_GAP, rand=random.Random(1).randint)
    assert (begun.credited_ms, begun.quiz_is_due) == (0, False)
    assert begun.quiz_due_ms


# Any schedule at all

WAITS = st.one_of(st.integers(0, 1_500), st.sampled_from([5_000, 5_000, 7_500, 60_000]))
STEPS = st.one_of(
    st.sampled_from([0, 1_000, 5_000, 5_000, 7_500, 10_000, 25_000, MAX_POSITION_MS]),
    st.integers(-30_000, 12_000),
)


@given(
    schedule=st.lists(st.tuples(WAITS, STEPS, st.booleans()), max_size=25),
    echoes=st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=25),
    due=st.integers(1_000, 30_000),
)
def test_beats_repeated_or_overtaken_count_once(schedule, echoes, due):
    """The same schedule with and without old beats mixed in ends in the same state."""

    def run(echoes):
        progress, watch, now, sent = lesson(length=30_000, due=due), watching(), 0, []
        for place, (wait, step, playing) in enumerate(schedule):
            now += wait
            sent.append((max(0, progress.credited_ms + step), playing))
            # A number is skipped each time: what was overtaken arrives late, with numbers unseen.
            heard = send(progress, watch, sent[-1][0], now, seq=2 * place + 2, playing=playing)
            progress, watch = heard.progress, heard.watch
            for old in (of for when, of in echoes if when == place and of <= place):
                for seq in (2 * old + 1, 2 * old + 2):
                    again = send(progress, watch, sent[old][0], now + wait, seq=seq, playing=True)
                    assert again.verdict is Verdict.DUPLICATE
                    progress, watch = again.progress, again.watch
        return progress, watch

    assert run(echoes) == run([])


@dataclass
class Desk:
    """One lesson as the adversary's server keeps it, with the commit before the last one."""

    stored: Progress
    earlier: Progress
    farthest_ms: int = 0


class Adversary(RuleBasedStateMachine):
    """One person, two lessons, one learning session, and a test that knows the real time."""

    @initialize(first=st.integers(3_000, 90_000), second=st.integers(3_000, 90_000), seed=SEEDS)
    def begin(self, first, second, seed):
        self.dice = random.Random(seed)
        self.now = self.clean = 0
        self.boots, self.boot_began = 1, 0
        self.desks = [self._desk(first), self._desk(second)]
        self.desk = self.desks[0]
        self.watch = open_watch(self.tick())
        self.said: list[tuple[int, int]] = []

    def _desk(self, length) -> Desk:
        begun = begin_lesson(length, gap_ms=(2_000, 20_000), rand=self.dice.randint)
        return Desk(begun, begun)

    def tick(self, stale_ms=0) -> Tick:
        # Every boot's clock begins anew, far behind or ahead of the one before.
        began = (self.boots * 7_919_000) % 50_000_000
        return Tick(f"boot-{self.boots}", began + max(0, self.now - self.boot_began - stale_ms))

    def say(self, seq, position, playing, stale_ms=0):
        desk, watch = self.desk, self.watch
        heard = beat(
            desk.stored,
            watch,
            seq=seq,
            position_ms=position,
            playing=playing,
            tick=self.tick(stale_ms),
            limits=LIMITS,
        )
        self.said.append((seq, position))
        if seq <= watch.last_seq:
            assert heard.verdict is Verdict.DUPLICATE
            assert (heard.progress, heard.watch) == (desk.stored, watch)
            return
        desk.farthest_ms = max(desk.farthest_ms, position)
        self._judge(desk.stored, heard)
        desk.earlier, desk.stored, self.watch = desk.stored, heard.progress, heard.watch

    def _judge(self, before, heard):
        after = heard.progress
        assert 0 <= heard.gained_ms <= CAP
        assert after.credited_ms == before.credited_ms + heard.gained_ms
        assert (after.length_ms, after.quiz_due_ms) == (before.length_ms, before.quiz_due_ms)
        assert 0 <= heard.watch.bucket_ms <= CAP
        assert (heard.verdict is Verdict.QUIZ_DUE) == after.quiz_is_due
        assert (heard.verdict is Verdict.FINISHED) == after.finished
        if before.quiz_is_due or heard.verdict in (Verdict.AHEAD, Verdict.ALREADY):
            assert heard.gained_ms == 0
        if heard.verdict in (Verdict.QUIZ_DUE, Verdict.AHEAD, Verdict.CAPPED):
            assert (heard.seek_to_ms, heard.watch.bucket_ms) == (after.credited_ms, 0)
        else:
            assert heard.seek_to_ms is None

    @rule(ms=WAITS)
    def wait(self, ms):
        self.now += ms
        # Time in front of a quiz must never count, not even later.
        self.clean += 0 if self.desk.stored.quiz_is_due else ms

    @rule(step=STEPS, playing=st.booleans(), skip=st.sampled_from([1, 1, 1, 2, 9]))
    def send(self, step, playing, skip):
        position = min(MAX_POSITION_MS, max(0, self.desk.stored.credited_ms + step))
        self.say(self.watch.last_seq + skip, position, playing)

    @rule(beats=st.integers(1, 6))
    def watch_on(self, beats):
        for _ in range(beats):
            self.wait(5_000)
            self.send(5_000, True, 1)

    @rule(step=STEPS, stale_ms=st.integers(0, 9_000))
    def send_with_a_stale_reading(self, step, stale_ms):
        position = min(MAX_POSITION_MS, max(0, self.desk.stored.credited_ms + step))
        self.say(self.watch.last_seq + 1, position, True, stale_ms)

    @rule(beats=st.integers(2, 12))
    def flood(self, beats):
        for _ in range(beats):
            self.send(5_000, True, 1)

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 10_000), times=st.integers(1, 3))
    def replay(self, which, times):
        for _ in range(times):
            self.say(*self.said[which % len(self.said)], playing=True)

    @rule(stale_ms=st.sampled_from([0, 0, 3_000]))
    def reopen(self, stale_ms):
        self.watch = open_watch(self.tick(stale_ms), self.watch)

    @rule(lose=st.booleans())
    def crash(self, lose):
        # The session is gone; the last commit may not have reached the disk.
        if lose and self.desk.earlier.quiz_due_ms == self.desk.stored.quiz_due_ms:
            assert self.desk.stored.credited_ms - self.desk.earlier.credited_ms <= CAP
            self.desk.stored = self.desk.earlier
        self.watch = open_watch(self.tick())

    @rule(forget=st.booleans())
    def reboot(self, forget):
        self.boots, self.boot_began = self.boots + 1, self.now
        if forget:
            self.watch = open_watch(self.tick())

    @rule()
    def change_lesson(self):
        self.desk = self.desks[1 - self.desks.index(self.desk)]
        self.watch = open_watch(self.tick(), self.watch)

    @rule()
    def answer(self):
        before = self.desk.stored
        if not before.quiz_is_due:
            with pytest.raises(Conflict):
                pass_quiz(before, self.watch, tick=self.tick(), next_due_ms=None)
            return
        due = next_due(
            before.credited_ms, before.length_ms, gap_ms=(2_000, 20_000), rand=self.dice.randint
        )
        after, self.watch = pass_quiz(before, self.watch, tick=self.tick(), next_due_ms=due)
        assert after.credited_ms == before.credited_ms
        self.desk.earlier = self.desk.stored = after

    @invariant()
    def never_more_than_the_time_that_passed(self):
        total = sum(desk.stored.credited_ms for desk in self.desks)
        assert total <= self.clean <= self.now

    @invariant()
    def never_more_than_the_lesson_or_than_was_reached(self):
        for desk in self.desks:
            assert 0 <= desk.stored.credited_ms <= desk.stored.length_ms
            assert desk.stored.credited_ms <= desk.farthest_ms + END_MS

    @invariant()
    def never_past_a_quiz(self):
        for desk in self.desks:
            due = desk.stored.quiz_due_ms
            assert due is None or desk.stored.credited_ms <= due


Adversary.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestAdversary = Adversary.TestCase


# An honest learner on a bad network

STEP = 250
PATIENCE = CAP - INTERVAL


@dataclass
class Learner:
    """A player that obeys: it stops when no answer comes in time, and goes back when told to."""

    weather: list[tuple[bool, int, bool, int]]
    length_ms: int = 90_000
    seed: int = 1
    patience: int = PATIENCE
    now: int = 0
    position: int = 0
    seq: int = 0
    asked_at: int | None = None
    beat_at: int = INTERVAL
    running: bool = True
    quiz_until: int | None = None
    outages: int = 0
    sent_back: list[int] = field(default_factory=list)
    wire: list[tuple[int, str, object]] = field(default_factory=list)

    def __post_init__(self):
        self.dice = random.Random(self.seed)
        self.progress = begin_lesson(self.length_ms, gap_ms=DEMO_GAP, rand=self.dice.randint)
        self.watch = open_watch(self.tick())

    def tick(self) -> Tick:
        return at(self.now)

    def learn(self, *, until_ms: int):
        while not (self.progress.finished and self.done):
            assert self.now <= until_ms, "stuck"
            self.now += STEP
            self._play()
            for message in sorted(m for m in self.wire if m[0] <= self.now):
                self.wire.remove(message)
                (self._server if message[1] == "beat" else self._answered)(message[2])
            self._beat_when_due()

    done = False

    def _play(self):
        if self.quiz_until is not None:
            if self.now >= self.quiz_until:
                self._pass()
            return
        if self.asked_at is not None and self.now - self.asked_at >= self.patience and self.running:
            self.running, self.outages = False, self.outages + 1
        if self.running:
            self.position = min(self.length_ms, self.position + STEP)

    def _pass(self):
        due = next_due(
            self.progress.credited_ms, self.length_ms, gap_ms=DEMO_GAP, rand=self.dice.randint
        )
        self.progress, self.watch = pass_quiz(
            self.progress, self.watch, tick=self.tick(), next_due_ms=due
        )
        self.quiz_until, self.running, self.asked_at = None, True, None
        self.beat_at = self.now + INTERVAL

    def _beat_when_due(self):
        waiting = self.asked_at is not None and self.now - self.asked_at < INTERVAL
        if self.quiz_until is not None or self.now < self.beat_at or waiting:
            return
        up_lost, up_ms, _, _ = self.weather[0] if self.weather else (False, 0, False, 0)
        self.seq, self.asked_at = self.seq + 1, self.now if self.asked_at is None else self.asked_at
        self.beat_at = self.now + INTERVAL
        if not up_lost:
            said = (self.seq, self.position, self.running and self.position < self.length_ms)
            self.wire.append((self.now + up_ms, "beat", said))
        elif self.weather:
            self.weather.pop(0)

    def _server(self, said):
        seq, position, playing = said
        heard = send(self.progress, self.watch, position, self.now, seq=seq, playing=playing)
        self.progress, self.watch = heard.progress, heard.watch
        _, _, down_lost, down_ms = self.weather.pop(0) if self.weather else (0, 0, False, 0)
        if not down_lost:
            self.wire.append((self.now + down_ms, "answer", (seq, heard.verdict, heard.seek_to_ms)))

    def _answered(self, answer):
        seq, verdict, seek_to = answer
        if seq != self.seq or self.quiz_until is not None:
            return
        self.asked_at, self.running = None, True
        self.done = verdict is Verdict.FINISHED
        if seek_to is not None:
            if verdict is not Verdict.QUIZ_DUE:
                self.sent_back.append(self.position - seek_to)
            self.position = seek_to
        if verdict is Verdict.QUIZ_DUE:
            self.quiz_until = self.now + 4_000


DELAYS = st.sampled_from([0, 0, 250, 750, 1_500, 4_000, 20_000])
WEATHER = st.lists(st.tuples(st.booleans(), DELAYS, st.booleans(), DELAYS), max_size=12)


LENGTHS = st.integers(8, 400).map(lambda n: n * STEP + 130)


def finish(weather, length, seed, patience) -> Learner:
    bad_ms = sum(up + down + 2 * INTERVAL + CAP for _, up, _, down in weather)
    learner = Learner(list(weather), length_ms=length, seed=seed, patience=patience)
    learner.learn(until_ms=3 * length + 60_000 + bad_ms)
    return learner


@given(weather=WEATHER, length=LENGTHS, seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_player_that_stops_after_half_a_beat_of_silence_finishes_and_loses_nothing(
    weather, length, seed
):
    assert finish(weather, length, seed, PATIENCE).sent_back == []


@given(weather=WEATHER, length=LENGTHS, seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_player_that_stops_after_a_whole_beat_finishes_and_loses_at_most_one_each_time(
    weather, length, seed
):
    learner = finish(weather, length, seed, INTERVAL)
    assert all(ms <= INTERVAL for ms in learner.sent_back)
    assert len(learner.sent_back) <= learner.outages


def test_the_bad_network_above_is_bad():
    lost = [(True, 0, False, 0), (False, 250, False, 0), (False, 0, True, 0)]
    assert finish(lost, 60_000, 1, PATIENCE).outages == 2
    slow = [(False, 250, False, 0), (True, 0, False, 0), (True, 0, False, 0)]
    (sent_back,) = finish(slow, 60_000, 1, INTERVAL).sent_back
    assert SLACK < sent_back <= 2 * INTERVAL - CAP


def test_an_honest_learner_on_a_good_network_is_never_sent_back():
    learner = Learner(weather=[])
    learner.learn(until_ms=200_000)
    assert (learner.sent_back, learner.outages) == ([], 0)
    # Quizzes take time of their own; the film itself is seen once, and a beat to be heard.
    assert learner.now <= 90_000 + 6 * (4_000 + INTERVAL)


@given(
    beats=st.lists(
        st.tuples(st.integers(1_000, 9_000), st.sampled_from(["", "", "crash", "reboot"]))
    )
)
def test_a_crash_or_restart_costs_an_honest_learner_at_most_the_beat_it_fell_into(beats):
    progress, watch, now, boots = lesson(length=10**7), open_watch(at(0, "b0")), 0, 0
    position = sent_back = forgiven = 0
    for wait, mishap in beats:
        now, position = now + wait, position + wait
        boots += mishap == "reboot"
        forgiven += wait if mishap else max(0, wait - CAP)
        if mishap == "crash":
            watch = open_watch(at(now, f"b{boots}"))
            sent_back += position - progress.credited_ms
            position = progress.credited_ms
            continue
        before = progress.credited_ms
        heard = send(progress, watch, position, now, boot=f"b{boots}")
        progress, watch = heard.progress, heard.watch
        assert mishap or heard.gained_ms >= min(wait, CAP)
        assert progress.credited_ms >= before
        if heard.seek_to_ms is not None:
            sent_back += position - heard.seek_to_ms
            position = heard.seek_to_ms
    assert sent_back <= forgiven


@given(jitter=st.lists(st.integers(-400, 400), min_size=12, max_size=12))
def test_an_uneven_timer_costs_nothing(jitter):
    progress, watch, now = lesson(), replace(watching(), playing=False), 0
    for off in jitter:
        now += 5_000 + off
        heard = send(progress, watch, min(60_000, now), now)
        progress, watch = heard.progress, heard.watch
        assert heard.verdict in (Verdict.CREDITED, Verdict.FINISHED)
    assert progress.credited_ms == min(60_000, now) or 60_000 - progress.credited_ms <= END_MS
