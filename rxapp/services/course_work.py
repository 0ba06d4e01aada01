"""The work behind an upload: look at a film or a package, then take it in, whoever is waiting.

A run belongs to whoever holds its lease. What a reader cannot bear is given up after a few tries.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import backup_work, disk, file_store, films, outages, packages
from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Invalid, Unavailable
from rxapp.models.courses import Course, CourseUpload, Lesson
from rxapp.services import (
    audit,
    collecting,
    course_drafts,
    course_uploads,
    courses,
    messages,
)
from rxapp.services.course_uploads import CHECKING, DONE, FAILED, FILM, PACKAGE
from rxapp.settings import settings

# Renewed while the work goes on, so that after a restart nobody waits long.
LEASE = timedelta(minutes=2)
RENEW_SECONDS = 30
MOST_TRIES = 3
# Where films are kept did not answer: looked at again after this.
AWAY = timedelta(minutes=1)
WAITS = "文件已完整收下。存放文件的地方暂时连接不上，恢复后平台会自动继续，无需重新上传。"
MOST_FAULTS = 200
BROKEN = "文件检查时出现故障，没有换上，请重新上传；仍有问题的，请联系管理员。"


@dataclass(frozen=True)
class Run:
    """What a worker knows of the upload it holds."""

    id: int
    kind: str
    path: Path
    name: str
    by_id: int
    organisation_id: int | None
    lesson_id: int | None
    worker: str


def work_once(worker: str) -> bool:
    """Take up one upload that waits and bring it to its end; False when none waits."""
    with transaction() as session:
        if session.exec(_waiting().limit(1)).first() is None:
            return False
    with transaction(write=True) as session:
        run = _claim(session, worker)
    if run is None:
        return False
    with _renewed(run):
        try:
            (_take_film if run.kind == FILM else _take_package)(run)
        except Unavailable:
            # Nobody's fault: what was sent waits, and is looked at again.
            _let_wait(run)
            return True
        except AppError as error:
            _fail(run, error)
        except Exception as error:
            if outages.is_outage(error):
                # No fault of the file: this try does not count.
                with suppress(Exception):
                    _hold_on(run, tries=CourseUpload.tries - 1)
            raise
    with backup_work.removing() as allowed:
        # What stays because a backup is being made goes with its row, a day later.
        if allowed:
            run.path.unlink(missing_ok=True)
    return True


def _hold_on(run: Run, **values: object) -> None:
    with transaction(write=True) as session:
        session.execute(
            update(CourseUpload)
            .where(col(CourseUpload.id) == run.id, col(CourseUpload.worker) == run.worker)
            .values(values)
            .execution_options(synchronize_session=False)
        )


def _waiting():  # type: ignore[no-untyped-def]
    free = or_(col(CourseUpload.lease_until).is_(None), col(CourseUpload.lease_until) < clock.now())
    return (
        select(CourseUpload)
        .where(CourseUpload.status == CHECKING, free)
        .order_by(col(CourseUpload.id))
    )


def _claim(session: Session, worker: str) -> Run | None:
    found = session.exec(_waiting().limit(1)).first()
    if found is None:
        return None
    done = session.execute(
        update(CourseUpload)
        .where(
            col(CourseUpload.id) == found.id, col(CourseUpload.status) == CHECKING,
            col(CourseUpload.tries) == found.tries,
        )
        .values(worker=worker, lease_until=clock.now() + LEASE, tries=found.tries + 1)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return None
    run = Run(
        found.id or 0, found.kind, course_uploads.folder() / found.file, found.name, found.by_id,
        found.organisation_id, found.lesson_id, worker,
    )  # fmt: skip
    if found.tries >= MOST_TRIES:
        # Whoever tried before died of it.
        _give_up(session, run, BROKEN)
        return None
    return run


@contextmanager
def _renewed(run: Run) -> Iterator[None]:
    """Keep the lease while a long film is read."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(RENEW_SECONDS):
            # The database may be away for a while: it is renewed the next time.
            with suppress(Exception):
                _hold_on(run, lease_until=clock.now() + LEASE)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _take_film(run: Run) -> None:
    with file_store.draft() as poster:
        length = films.measure_and_draw(run.path, poster)
        file = _stored(run.path, ".mp4")
        drawn = _stored(poster, ".jpg") if poster.stat().st_size else ""
    with transaction(write=True) as session:
        _require_held(session, run)
        lesson = session.get(Lesson, run.lesson_id or 0)
        course = session.get(Course, lesson.course_id, with_for_update=True) if lesson else None
        if lesson is None or course is None:
            raise Invalid({"video": "课时已移除，视频没有换上。"})
        course_drafts.require_still_open(course)
        course_drafts.leave_behind(session, lesson.video_file, lesson.poster_file)
        lesson.video_file, lesson.length_ms, lesson.film_name = file, length, run.name
        lesson.poster_file = drawn
        course.saved_at, course.version = clock.now(), course.version + 1
        session.add_all((lesson, course))
        _end(session, run, DONE, course_id=course.id)
        actor = collecting.find_clerk(session, run.by_id)
        audit.record(
            session, actor, audit.Action.COURSE_FILM, kind="course", id=course.id, lesson=lesson.id
        )


def _take_package(run: Run) -> None:
    package = packages.read_package(
        run.path, measure=films.measure, most_bytes=course_uploads.most_bytes(PACKAGE),
        need_room=_require_room,
    )  # fmt: skip
    with transaction(write=True) as session:
        course_drafts.leave_behind(session, *(film.file for film in package.films.values()))
    posters = {film.file: _poster(film.file) for film in package.films.values()}
    with transaction(write=True) as session:
        _require_held(session, run)
        actor = collecting.find_clerk(session, run.by_id)
        course_id = courses.add_draft(
            session, actor, package=package, organisation_id=run.organisation_id or 0,
            posters=posters,
        )  # fmt: skip
        _end(session, run, DONE, course_id=course_id)
        messages.send(
            session, to=run.by_id, title="课程包已导入",
            body=f"“{package.manifest.title}”已导入为草稿，核对后可以提交审核。",
            href=routes.desk_course(course_id),
        )  # fmt: skip


def _require_room(unpacked: int) -> None:
    # Each film is unpacked, then kept: for a moment there are two of it.
    disk.require_room(settings().files_dir, 2 * unpacked, field="package")


def _poster(file: str) -> str:
    with file_store.draft() as poster, file_store.opened(file) as film:
        films.measure_and_draw(film, poster)
        return _stored(poster, ".jpg") if poster.stat().st_size else ""


def _stored(source: Path, suffix: str) -> str:
    """Keep a file; noted as a leftover until a course uses it."""
    name = file_store.put(source, suffix=suffix)
    with transaction(write=True) as session:
        course_drafts.leave_behind(session, name)
    return name


def _let_wait(run: Run) -> None:
    later = {
        "lease_until": clock.now() + AWAY, "tries": CourseUpload.tries - 1, "reason": WAITS,
    }  # fmt: skip
    with transaction(write=True) as session:
        _end(session, run, CHECKING, **later)


def _fail(run: Run, error: AppError) -> None:
    fields = error.fields if isinstance(error, Invalid) else {}
    reason = next(iter(fields.values()), error.message) if len(fields) == 1 else error.message
    with transaction(write=True) as session:
        _give_up(session, run, reason, list(fields.values()))


def _give_up(session: Session, run: Run, reason: str, faults: Sequence[str] = ()) -> None:
    """End a run that came to nothing, and tell whoever sent the file; others are not bothered."""
    if not _end(session, run, FAILED, reason=reason[:400], faults=list(faults[:MOST_FAULTS])):
        return
    film = run.kind == FILM
    lesson = session.get(Lesson, run.lesson_id) if run.lesson_id else None
    messages.send(
        session, to=run.by_id, title="视频没有换上" if film else "课程包没有导入",
        body=f"“{PurePath(run.name).stem}”检查未通过：{reason[:400]}",
        href=routes.desk_course(lesson.course_id) + f"?lesson={lesson.id}"
        if lesson else routes.DESK_COURSES,
    )  # fmt: skip


def _require_held(session: Session, run: Run) -> None:
    row = session.get(CourseUpload, run.id, with_for_update=True)
    if row is None or row.status != CHECKING or row.worker != run.worker:
        raise Invalid({"video": "这次上传已取消。"})


def _end(session: Session, run: Run, status: str, **values: object) -> bool:
    """End a run, unless it was cancelled or somebody else has taken it over meanwhile."""
    done = session.execute(
        update(CourseUpload)
        .where(
            col(CourseUpload.id) == run.id, col(CourseUpload.status) == CHECKING,
            col(CourseUpload.worker) == run.worker,
        )
        .values(
            {
                "status": status, "touched_at": clock.now(), "lease_until": None, "worker": "",
                "reason": "",
            }
            | values
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return done.rowcount == 1  # type: ignore[attr-defined]
