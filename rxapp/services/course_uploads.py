"""Films and packages on their way in: begun, received piece by piece, gone on with, handed over.

A piece is written to a private file first and counted afterwards, so that what is counted is there.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import disk, pieces
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.courses import CourseUpload
from rxapp.rules.permissions import Permission
from rxapp.services import course_drafts, course_scopes, scopes
from rxapp.services.actors import Actor
from rxapp.settings import settings

PIECE = 4 * 1024 * 1024
ABANDONED = timedelta(days=1)
FILM, PACKAGE = "film", "package"
RECEIVING, CHECKING, DONE, FAILED = "receiving", "checking", "done", "failed"
CANCELLED = "已取消。"
AT_ONCE = 200
# Under way at once, of an office and of one person.
MOST_OPEN, MOST_OF_ONE = 20, 10
# How often a file lies on the disk while it is taken in, what came in included.
TIMES = {"film": 2, "package": 3}
_ENDINGS = {FILM: ".mp4", PACKAGE: ".zip"}
_WRONG = {
    FILM: "只能上传 MP4 视频，请用视频转换软件转换为 MP4（H.264视频、AAC音频）后再上传。",
    PACKAGE: "只能导入 zip 格式的课程包，请选择从本平台导出的课程包。",
}


@dataclass(frozen=True)
class Progress:
    """How far an upload is; the next piece begins at `received`."""

    upload: int
    received: int
    size: int
    status: str


@dataclass(frozen=True)
class Place:
    """Where the next piece is written."""

    path: Path
    received: int
    size: int


def begin(
    session: Session, actor: Actor, *, kind: str, target_id: int, name: str, size: int, mark: str
) -> Progress:
    """Begin to send a film for a lesson, or a package for an office (0: one's first).

    The same file begun again goes on where it stopped, from any device of the same office; another
    one for the same lesson takes its place.
    """
    person_id = actor.require(Permission.COURSE_MAKE)
    _require_kind(kind, name, size)
    lesson_id = course_id = None
    if kind == FILM:
        course, lesson = course_scopes.open_lesson(session, actor, target_id)
        session.flush()
        office, lesson_id, course_id = course.organisation_id, lesson.id, course.id
        here = col(CourseUpload.lesson_id) == lesson_id
    else:
        office = course_drafts.office_of(actor, target_id)
        here = and_(
            col(CourseUpload.organisation_id) == office, col(CourseUpload.by_id) == person_id
        )
    known = _going_on(session, kind, here)
    going = [each for each in known if each.status == RECEIVING]
    same = next((each for each in going if (each.size, each.mark) == (size, mark)), None)
    if same is not None:
        return _progress(same)
    _replace(session, known)
    _require_few(session, office, person_id)
    _require_room(session, kind, size)
    row = CourseUpload(
        kind=kind, organisation_id=office, course_id=course_id, lesson_id=lesson_id,
        name=_bare(name), mark=mark[:40], size=size, file=f"{secrets.token_hex(24)}.part",
        by_id=person_id, begun_at=clock.now(), touched_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return _progress(row)


def get_progress(session: Session, actor: Actor, *, upload_id: int) -> Progress:
    """How far an upload of one's own office is."""
    actor.require(Permission.COURSE_MAKE)
    return _progress(_find(session, actor, upload_id))


def get_place(session: Session, actor: Actor, *, upload_id: int) -> Place:
    """Where the next piece goes; Conflict when nothing more is expected."""
    actor.require(Permission.COURSE_MAKE)
    row = _find(session, actor, upload_id)
    if row.status != RECEIVING:
        raise Conflict("这个文件已经上传完成或已取消，请刷新页面查看。")
    disk.require_room(folder(), PIECE)
    return Place(folder() / row.file, row.received, row.size)


@contextmanager
def one_at_a_time(place: Place) -> Iterator[None]:
    """Hold an upload's file while a piece is written and counted; Conflict while another does."""
    with pieces.held(place.path) as mine:
        if not mine:
            raise Conflict("这个文件正在另一个窗口上传，请稍候。")
        yield


def count_piece(
    session: Session, actor: Actor, *, upload_id: int, offset: int, length: int
) -> Progress:
    """Count a piece that was written; Conflict when somebody else counted first."""
    actor.require(Permission.COURSE_MAKE)
    row = _find(session, actor, upload_id)
    done = session.execute(
        update(CourseUpload)
        .where(
            col(CourseUpload.id) == row.id, col(CourseUpload.received) == offset,
            col(CourseUpload.status) == RECEIVING,
        )
        .values(received=offset + length, touched_at=clock.now())
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("这一段已经收到，请从平台记录的位置继续。")
    session.refresh(row)
    return _progress(row)


def finish(session: Session, actor: Actor, *, upload_id: int) -> Progress:
    """Hand a wholly received file over to be looked at; said twice it is said once."""
    actor.require(Permission.COURSE_MAKE)
    row = _find(session, actor, upload_id)
    if row.status == RECEIVING:
        if row.received != row.size:
            raise Invalid({"file": "文件还没有上传完整，请继续上传。"})
        row.status, row.touched_at = CHECKING, clock.now()
        session.add(row)
        session.flush()
    return _progress(row)


def cancel(session: Session, actor: Actor, *, upload_id: int) -> None:
    """Stop an upload, or clear away what was said of one that failed."""
    actor.require(Permission.COURSE_MAKE)
    row = _find(session, actor, upload_id)
    if row.status in (RECEIVING, FAILED):
        _replace(session, [row])


def folder() -> Path:
    """Where what comes in lies: apart from what anybody may fetch."""
    return settings().uploads_dir


def remove_abandoned(session: Session, _actor: Actor) -> list[str]:
    """Forget what did not come in whole within a day; returns files for `discard` to remove."""
    rows = session.exec(
        select(CourseUpload)
        .where(
            col(CourseUpload.status) != CHECKING,
            col(CourseUpload.touched_at) < clock.now() - ABANDONED,
        )
        .limit(AT_ONCE)
    ).all()
    names = [row.file for row in rows]
    for row in rows:
        session.delete(row)
    session.flush()
    return names


def discard(names: list[str]) -> None:
    """Remove files of uploads from the disk."""
    for name in names:
        (folder() / name).unlink(missing_ok=True)


def most_bytes(kind: str) -> int:
    """How large a file of this kind may be."""
    chosen = settings().film_megabytes if kind == FILM else settings().package_megabytes
    return chosen * 1024 * 1024


def _require_kind(kind: str, name: str, size: int) -> None:
    if kind not in _ENDINGS:
        raise NotFound()
    if not name.lower().endswith(_ENDINGS[kind]):
        raise Invalid({"file": _WRONG[kind]})
    if size < 1:
        raise Invalid({"file": "文件是空的，请重新选择。"})
    if size > most_bytes(kind):
        raise Invalid({"file": f"文件超过{_large(most_bytes(kind))}，请压缩或分成几段后再上传。"})


def _require_few(session: Session, office: int | None, person_id: int) -> None:
    open_ones = session.exec(
        select(CourseUpload)
        .where(
            col(CourseUpload.status).in_((RECEIVING, CHECKING)),
            or_(
                col(CourseUpload.organisation_id) == office, col(CourseUpload.by_id) == person_id
            ),
        )
        .order_by(col(CourseUpload.id))
    ).all()  # fmt: skip
    for whose, most, found in (
        ("您", MOST_OF_ONE, [each for each in open_ones if each.by_id == person_id]),
        ("本单位", MOST_OPEN, [each for each in open_ones if each.organisation_id == office]),
    ):
        if len(found) >= most:
            names = "、".join(f"“{PurePath(each.name).stem}”" for each in found[:3])
            raise Invalid({
                "file": f"{whose}已有{len(found)}个文件正在上传或检查（如{names}），"
                "请先传完，或在相应课时取消不再上传的，再选择文件。"
            })  # fmt: skip


def _require_room(session: Session, kind: str, size: int) -> None:
    """Refuse what would fill the disk together with all that was promised to others."""
    promised = session.exec(
        select(func.coalesce(func.sum(CourseUpload.size - CourseUpload.received), 0)).where(
            CourseUpload.status == RECEIVING
        )
    ).one()
    disk.require_room(folder(), int(promised) + TIMES[kind] * size)


def _large(size: int) -> str:
    megabytes = size // (1024 * 1024)
    return f"{megabytes // 1024}GB" if megabytes % 1024 == 0 else f"{megabytes}兆字节"


def _going_on(session: Session, kind: str, here: ColumnElement[bool]) -> list[CourseUpload]:
    open_ones = select(CourseUpload).where(
        CourseUpload.kind == kind, here, col(CourseUpload.status).in_((RECEIVING, CHECKING, FAILED))
    )
    found = list(session.exec(open_ones.order_by(col(CourseUpload.id)).with_for_update()).all())
    if any(each.status == CHECKING for each in found) and kind == FILM:
        raise Conflict("上一个视频正在检查，请稍候。")
    going = [each for each in found if each.status == RECEIVING]
    if kind == PACKAGE:
        return going
    return [*going, *(each for each in found if each.status == FAILED)]


def _replace(session: Session, rows: list[CourseUpload]) -> None:
    # The file goes with the row, an hour later at most: somebody may still be writing to it.
    for row in rows:
        row.status, row.lesson_id, row.course_id = FAILED, None, None
        row.reason, row.touched_at = CANCELLED, clock.now() - 2 * ABANDONED
        session.add(row)
    session.flush()


def _find(session: Session, actor: Actor, upload_id: int) -> CourseUpload:
    offices = scopes.office_ids(actor, Permission.COURSE_MAKE)
    mine: ColumnElement[bool] = col(CourseUpload.organisation_id).in_(offices)
    if scopes.office_ids(actor, Permission.COURSE_PUBLISH):
        mine = or_(mine, col(CourseUpload.organisation_id).is_(None))
    row = session.exec(select(CourseUpload).where(CourseUpload.id == upload_id, mine)).first()
    if row is None:
        raise NotFound("没有找到这次上传，可能已取消或已过期，请重新选择文件。")
    return row


def _progress(row: CourseUpload) -> Progress:
    return Progress(row.id or 0, row.received, row.size, row.status)


def _bare(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in base if each.isprintable())[-100:] or "未命名"
