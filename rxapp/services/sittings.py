"""The one learning session a person has, as it lies in the database: held, saved, replaced.

Whoever holds a sitting holds the person's row, so two tabs, devices or workers follow one another.
These statements are made once and run a thousand times a second: they speak to the tables directly.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from rxapp.errors import Superseded
from rxapp.models.learning import LessonProgress
from rxapp.models.learning import Watch as WatchRow
from rxapp.rules.playback import Progress, Tick, Watch

REPLACED = (
    "已在其他窗口或设备上打开学习，本窗口停止计时。已计入的学习时间不变，"
    "要在这里继续，请点“在此继续”。"
)

_watches = WatchRow.__table__  # type: ignore[attr-defined]
_progresses = LessonProgress.__table__  # type: ignore[attr-defined]

_same_person = and_(
    _progresses.c.person_id == _watches.c.person_id, _progresses.c.lesson_id == _watches.c.lesson_id
)
_HELD = (
    select(
        _watches.c.person_id, _watches.c.token_hash,
        _watches.c.last_seq, _watches.c.tick_boot, _watches.c.tick_ms, _watches.c.bucket_ms,
        _watches.c.beat_ms, _watches.c.ends_at, _progresses.c.lesson_id, _progresses.c.length_ms,
        _progresses.c.credited_ms, _progresses.c.quiz_due_ms, _progresses.c.quizzes_passed,
        _progresses.c.wrong_in_row, _progresses.c.showing_id, _progresses.c.begun_on,
        _progresses.c.wait_until, _progresses.c.completed_at,
    )
    .select_from(_watches.join(_progresses, _same_person))
    .with_for_update()
)  # fmt: skip
_HOLD = _HELD.where(
    _watches.c.person_id == bindparam("person"), _watches.c.token_hash == bindparam("token")
)
_HOLD_MANY = _HELD.where(_watches.c.person_id.in_(bindparam("people", expanding=True)))
_HOLD_ANY = (
    select(_watches.c.last_seq, _watches.c.tick_boot, _watches.c.tick_ms, _watches.c.bucket_ms)
    .where(_watches.c.person_id == bindparam("person"))
    .with_for_update()
)
_SAVE_WATCH = (
    update(_watches)
    .where(_watches.c.person_id == bindparam("person"))
    .values(
        last_seq=bindparam("seq"), tick_boot=bindparam("boot"), tick_ms=bindparam("ms"),
        bucket_ms=bindparam("bucket"), beat_at=bindparam("at"),
    )
)  # fmt: skip
_SAVE_PROGRESS = (
    update(_progresses)
    .where(
        _progresses.c.person_id == bindparam("person"),
        _progresses.c.lesson_id == bindparam("lesson"),
    )
    .values(
        credited_ms=bindparam("credited"), quiz_due_ms=bindparam("due"),
        quizzes_passed=bindparam("passed"), wrong_in_row=bindparam("wrong"),
        showing_id=bindparam("showing"), wait_until=bindparam("wait"),
        completed_at=bindparam("completed"), updated_at=bindparam("at"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sitting:
    """A person watching a lesson: what the rules judge, and what is kept beside it."""

    person_id: int
    lesson_id: int
    progress: Progress
    watch: Watch
    beat_ms: int
    ends_at: datetime | None
    begun_on: datetime
    quizzes_passed: int
    wrong_in_row: int
    showing_id: int | None
    wait_until: datetime | None
    completed_at: datetime | None


def hold(session: Session, person_id: int, token_hash: str) -> Sitting:
    """The person's sitting, held until the transaction ends; Superseded once a newer one began."""
    row = session.connection().execute(_HOLD, {"person": person_id, "token": token_hash}).first()
    if row is None:
        raise Superseded(REPLACED)
    return _sitting(row)


def hold_many(session: Session, people: Collection[int]) -> dict[tuple[int, str], Sitting]:
    """The sittings of many people, by person and token, held until the transaction ends."""
    rows = session.connection().execute(_HOLD_MANY, {"people": list(people)})
    return {(row.person_id, row.token_hash): _sitting(row) for row in rows}


def _sitting(row: Row) -> Sitting:
    return Sitting(
        person_id=row.person_id,
        lesson_id=row.lesson_id,
        progress=Progress(row.length_ms, row.credited_ms, row.quiz_due_ms),
        watch=_watch(row),
        beat_ms=row.beat_ms,
        ends_at=row.ends_at,
        begun_on=row.begun_on,
        quizzes_passed=row.quizzes_passed,
        wrong_in_row=row.wrong_in_row,
        showing_id=row.showing_id,
        wait_until=row.wait_until,
        completed_at=row.completed_at,
    )


def save(session: Session, before: Sitting, after: Sitting, *, at: datetime) -> None:
    """Store what changed of a held sitting; `at` is the real instant."""
    save_many(session, [(before, after)], at=at)


def save_many(
    session: Session, changes: Sequence[tuple[Sitting, Sitting]], *, at: datetime
) -> None:
    """Store what changed of many held sittings, each as it was and as it is now."""
    watches = [_watch_columns(after, at) for before, after in changes if after != before]
    progresses = [
        _progress_columns(after, at)
        for before, after in changes
        if replace(after, watch=before.watch) != before
    ]
    if watches:
        session.connection().execute(_SAVE_WATCH, watches)
    if progresses:
        session.connection().execute(_SAVE_PROGRESS, progresses)


def save_progress(session: Session, after: Sitting, *, at: datetime) -> None:
    """Store how far a held sitting's lesson is."""
    session.connection().execute(_SAVE_PROGRESS, _progress_columns(after, at))


def _watch_columns(after: Sitting, at: datetime) -> dict[str, object]:
    watch = after.watch
    return {
        "person": after.person_id, "seq": watch.last_seq, "boot": watch.last_tick.boot,
        "ms": watch.last_tick.ms, "bucket": watch.bucket_ms, "at": at,
    }  # fmt: skip


def _progress_columns(after: Sitting, at: datetime) -> dict[str, object]:
    return {
        "person": after.person_id, "lesson": after.lesson_id,
        "credited": after.progress.credited_ms, "due": after.progress.quiz_due_ms,
        "passed": after.quizzes_passed, "wrong": after.wrong_in_row,
        "showing": after.showing_id, "wait": after.wait_until,
        "completed": after.completed_at, "at": at,
    }  # fmt: skip


def hold_any(session: Session, person_id: int, **first: object) -> Watch | None:
    """Hold whatever sitting the person has; a person's first one is written from `first`.

    None when it was the first. Whoever comes second waits here for the other's transaction.
    """
    known = _find_any(session, person_id)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.connection().execute(insert(_watches).values(person_id=person_id, **first))
    except IntegrityError:
        return _find_any(session, person_id)
    return None


def replace_with(session: Session, person_id: int, watch: Watch, **columns: object) -> None:
    """Let a new sitting take the place of the one held: the older window's token is void."""
    session.connection().execute(
        update(_watches)
        .where(_watches.c.person_id == person_id)
        .values(
            last_seq=watch.last_seq, tick_boot=watch.last_tick.boot, tick_ms=watch.last_tick.ms,
            bucket_ms=watch.bucket_ms, **columns,
        )
    )  # fmt: skip


def wait_ms(sitting: Sitting, now: datetime, *, longest_s: int) -> int:
    """How long until another question may be asked, never more than `longest_s`."""
    if sitting.wait_until is None:
        return 0
    left = sitting.wait_until - now
    # More than was ever ordered: the machine's clock was set back, and nobody waits for that.
    return 0 if left > timedelta(seconds=longest_s) else max(0, left // timedelta(milliseconds=1))


def _find_any(session: Session, person_id: int) -> Watch | None:
    row = session.connection().execute(_HOLD_ANY, {"person": person_id}).first()
    return None if row is None else _watch(row)


def _watch(row: Row) -> Watch:
    return Watch(row.last_seq, Tick(row.tick_boot, row.tick_ms), row.bucket_ms, playing=False)
