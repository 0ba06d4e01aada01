"""Tables of who attended, kept sealed while a clerk looks at what they would bring."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import file_store, sealed_files
from rxapp.errors import NotFound
from rxapp.models.rosters import RosterFile
from rxapp.rules.permissions import Permission
from rxapp.services import audit, collections, roster_classes
from rxapp.services.actors import Actor
from rxapp.services.roster_imports import Looked

CONTEXT = "roster"
SHOWN_FAULTS = 100
KEPT = timedelta(days=30)
AT_ONCE = 500


@dataclass(frozen=True)
class FileView:
    """A file that was looked through, as the page shows it."""

    id: int
    project_id: int
    file_name: str
    added: int
    changed: int
    unchanged: int
    wrong: int
    taken: str
    has_file: bool
    faults: list[dict[str, str]]
    more_faults: int


@dataclass(frozen=True)
class Kept:
    """A sealed file, with what is needed to read it once more."""

    project_id: int
    file: str
    file_name: str
    reasons: dict[int, list[str]]
    taken: bool


def keep(
    session: Session, actor: Actor, *, project_id: int, file: str, file_name: str, looked: Looked
) -> tuple[int, list[str]]:
    """Note a file that was looked through; returns its number, and earlier files to remove."""
    actor.require(Permission.PROJECT_FILE)
    roster_classes.find_own(session, actor, project_id)
    earlier = session.exec(
        select(RosterFile).where(RosterFile.project_id == project_id, RosterFile.file != "")
    ).all()
    gone = [each.file for each in earlier]
    for each in earlier:
        each.file = ""
    row = RosterFile(
        project_id=project_id, file=file, file_name=file_name, by_id=actor.person_id,
        at=clock.now(), added=looked.added, changed=looked.changed, unchanged=looked.unchanged,
        faults=[[fault.line, fault.column, fault.reason] for fault in looked.faults],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id or 0, gone


def end(session: Session, actor: Actor, *, file_id: int) -> int:
    """Note that a file was taken in; returns its class."""
    actor.require(Permission.PROJECT_FILE)
    row = _own_file(session, actor, file_id)
    if row.taken_at is None:
        row.taken_at = clock.now()
        session.add(row)
        audit.record(
            session, actor, audit.Action.ROSTER_IMPORTED, kind="project", id=row.project_id,
            added=row.added, changed=row.changed, wrong=len({fault[0] for fault in row.faults}),
        )  # fmt: skip
    return row.project_id


def get_file(session: Session, actor: Actor, *, file_id: int) -> FileView:
    """One file of one's own class: what it would bring, and what is wrong in it."""
    actor.require(Permission.PROJECT_FILE)
    row = _own_file(session, actor, file_id)
    shown = [
        {"line": f"第{line}行", "column": column, "reason": reason}
        for line, column, reason in row.faults[:SHOWN_FAULTS]
    ]
    return FileView(
        id=row.id or 0, project_id=row.project_id, file_name=row.file_name, added=row.added,
        changed=row.changed, unchanged=row.unchanged,
        wrong=len({fault[0] for fault in row.faults}), has_file=bool(row.file),
        taken=f"{clock.local(row.taken_at):%Y-%m-%d %H:%M}" if row.taken_at else "",
        faults=shown, more_faults=max(len(row.faults) - SHOWN_FAULTS, 0),
    )  # fmt: skip


def get_kept(session: Session, actor: Actor, *, file_id: int) -> Kept:
    """Where a file lies and what is wrong in its rows; NotFound once it was removed."""
    actor.require(Permission.PROJECT_FILE)
    row = _own_file(session, actor, file_id)
    if not row.file:
        raise NotFound("文件已清理，请重新上传。")
    reasons: dict[int, list[str]] = {}
    for line, column, reason in row.faults:
        reasons.setdefault(line, []).append(f"{column}：{reason}" if column else reason)
    return Kept(row.project_id, row.file, row.file_name, reasons, row.taken_at is not None)


def seal(content: bytes, *, name: str) -> str:
    """Keep the file's bytes encrypted; returns its name in the store."""
    suffix = Path(name).suffix.lower()
    return sealed_files.put(content, suffix=suffix, root=collections.folder(), context=CONTEXT)


def opened(file: str):  # type: ignore[no-untyped-def]
    """A sealed file as it was, at a path that leads into memory alone."""
    return sealed_files.opened(file, root=collections.folder(), context=CONTEXT)


def discard(files: Iterable[str]) -> None:
    """Remove sealed files whose rows no longer name them."""
    for name in files:
        file_store.remove(name, root=collections.folder())


def forget(session: Session) -> list[str]:
    """Let go of files that were sent in long ago; returns their names, to be removed."""
    rows = session.exec(
        select(RosterFile)
        .where(RosterFile.file != "", col(RosterFile.at) < clock.now() - KEPT)
        .limit(AT_ONCE)
    ).all()
    gone = [row.file for row in rows]
    for row in rows:
        row.file, row.faults = "", []
        session.add(row)
    session.flush()
    return gone


def _own_file(session: Session, actor: Actor, file_id: int) -> RosterFile:
    fits = 0 < file_id < roster_classes.LARGEST_ID
    row = session.get(RosterFile, file_id) if fits else None
    if row is None:
        raise NotFound("没有找到这个文件。")
    roster_classes.find_own(session, actor, row.project_id)
    return row
