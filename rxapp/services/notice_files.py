"""Attachments of notices: kept under the digest of their bytes, sent to the notice's readers."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import file_store, letting_go
from rxapp.adapters.attachments import Attachment
from rxapp.adapters.database import transaction
from rxapp.errors import Invalid, NotFound, NotPermitted
from rxapp.models.notices import Notice, NoticeEdition, NoticeFile
from rxapp.models.organisations import Organisation
from rxapp.rules.notices import MOST_FILES, tidy_line
from rxapp.rules.permissions import Permission
from rxapp.services import audit, notice_audience, notice_rows, scopes
from rxapp.services.actors import Actor
from rxapp.settings import settings

LONGEST_NAME = 60
FULL = f"附件最多{MOST_FILES}个，请先移除不需要的。"


@dataclass(frozen=True)
class StoredAttachment:
    """A file to be sent: its place in the store, what it is, what it is saved as."""

    file: str
    media_type: str
    name: str


def folder() -> Path:
    """Where attachments lie: apart from everything else."""
    return settings().data_dir / "notices"


def require_room(session: Session, actor: Actor, *, notice_id: int) -> None:
    """Refuse before a file is opened: a notice of somebody else's, or one that is full."""
    actor.require(Permission.NOTICE_WRITE)
    row, _ = notice_rows.find(session, actor, notice_id)
    if len(notice_rows.typed_of(session, row)["files"]) >= MOST_FILES:
        raise Invalid({"file": FULL})


def add(session: Session, actor: Actor, *, notice_id: int, name: str, made: Attachment) -> int:
    """Attach a file to what is being written; readers get it with the next edition."""
    actor.require(Permission.NOTICE_WRITE)
    row, _ = notice_rows.held(session, actor, notice_id)
    draft = notice_rows.typed_of(session, row)
    if len(draft["files"]) >= MOST_FILES:
        raise Invalid({"file": FULL})
    kept = file_store.put_near(
        made.content, suffix=made.suffix, root=folder(), ahead=made.ahead
    )  # fmt: skip
    same = [each for each in _rows(session, draft["files"]) if each.file == kept]
    if same:
        # Sent twice, by a finger or after a lost answer: it is there.
        return same[0].id or 0
    file = NoticeFile(
        notice_id=row.id or 0, name=_named(name, made.suffix), media_type=made.media_type,
        size=len(made.content), file=kept, added_by=actor.person_id, added_at=clock.now(),
    )  # fmt: skip
    session.add(file)
    session.flush()
    row.draft = draft | {"files": [*draft["files"], file.id]}
    session.add(row)
    audit.record(
        session, actor, audit.Action.NOTICE_FILE_ADDED, kind="notice", id=row.id, file=file.id
    )
    return file.id or 0


def remove(session: Session, actor: Actor, *, notice_id: int, file_id: int) -> list[str]:
    """Take a file off what is being written; earlier editions keep it.

    One that was never published is gone for good: what was attached by mistake is nobody's to
    fetch. Returns the names of files for `discard`, once this is safely over.
    """
    actor.require(Permission.NOTICE_WRITE)
    row, _ = notice_rows.held(session, actor, notice_id)
    draft = notice_rows.typed_of(session, row)
    if file_id not in draft["files"]:
        return []
    left = [each for each in draft["files"] if each != file_id]
    row.draft = draft | {"files": left}
    session.add(row)
    audit.record(
        session, actor, audit.Action.NOTICE_FILE_REMOVED, kind="notice", id=row.id, file=file_id
    )
    return forget_unnamed(session, row, besides=left)


def forget_unnamed(session: Session, row: Notice, *, besides: Collection[int] = ()) -> list[str]:
    """Forget a notice's files that no edition names; returns the names for `discard`."""
    editions = session.exec(select(NoticeEdition.content).where(NoticeEdition.notice_id == row.id))
    named = {*besides, *(file for content in editions for file in content["files"])}
    rows = session.exec(select(NoticeFile).where(NoticeFile.notice_id == row.id)).all()
    gone = [each for each in rows if each.id not in named]
    for each in gone:
        session.delete(each)
    session.flush()
    names = {each.file for each in gone}
    used = session.exec(select(NoticeFile.file).where(col(NoticeFile.file).in_(names))).all()
    return sorted(names - set(used))


def get_file(session: Session, actor: Actor, *, file_id: int) -> StoredAttachment:
    """An attachment for whoever may read the notice, or writes it; NotFound for everybody else."""
    if not actor.may(Permission.PUBLIC):
        raise NotPermitted()
    file_id = file_id if file_id < notice_rows.LARGEST_ID else 0
    found = session.exec(
        select(NoticeFile, Notice)
        .join(Notice, col(Notice.id) == NoticeFile.notice_id)
        .where(NoticeFile.id == file_id, notice_audience.readable(session, actor))
    ).first()
    if found is None or file_id not in found[1].files:
        return _of_writer(session, actor, file_id)
    return _stored(found[0])


def discard(names: list[str]) -> None:
    """Remove files from the store, in no transaction; never one that a row names again by now."""
    letting_go.take_away(names, root=folder(), is_named=_is_named)


def settle(made: Attachment) -> None:
    """Once the row of an upload is safe: have its file there, whoever removed the same."""
    file_store.put_again(made.content, suffix=made.suffix, root=folder())


def _is_named(name: str) -> bool:
    with transaction() as session:
        asked = select(NoticeFile.id).where(NoticeFile.file == name).limit(1)
        return session.exec(asked).first() is not None


def _of_writer(session: Session, actor: Actor, file_id: int) -> StoredAttachment:
    row = session.exec(
        select(NoticeFile)
        .join(Notice, col(Notice.id) == NoticeFile.notice_id)
        .join(Organisation, col(Organisation.id) == Notice.office_id)
        .where(NoticeFile.id == file_id, scopes.within(actor, Permission.NOTICE_WRITE))
    ).first()
    if row is None:
        raise NotFound("没有找到这个附件，可能已撤下，或不在您的查看范围内。")
    return _stored(row)


def _stored(row: NoticeFile) -> StoredAttachment:
    return StoredAttachment(row.file, row.media_type, row.name)


def _rows(session: Session, ids: list[int]) -> list[NoticeFile]:
    return list(session.exec(select(NoticeFile).where(col(NoticeFile.id).in_(ids))))


def _named(name: str, suffix: str) -> str:
    """What a file is saved as: the sender's name for it, with the ending of what it is."""
    base = name.replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] or base
    plain = "".join(each for each in tidy_line(stem, 200) if each not in '<>:"|?*%;')
    return f"{plain.strip(' .')[:LONGEST_NAME] or '附件'}{suffix}"
