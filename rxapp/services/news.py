"""信息发布, for readers: the list with its search, one notice, and what has not been read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.upserts import insert_of
from rxapp.errors import Invalid, NotFound, NotPermitted
from rxapp.models.notices import Notice, NoticeFile, NoticeMark, NoticeRead
from rxapp.models.organisations import Organisation
from rxapp.rules.notice_words import Piece, excerpt, marked, words
from rxapp.rules.permissions import Permission
from rxapp.services import notice_audience, notice_search
from rxapp.services.actors import Actor
from rxapp.services.notice_rows import GONE, LARGEST_ID

PAGE, MOST_PINNED, MOST_COUNTED = 20, 10, 99
# What is older is not waited for by anybody.
NEW_FOR = timedelta(days=60)
NOTHING_TO_FIND = "请输入要查找的字词。"
GONE_OR_SIGN_IN = "没有找到这条通知，可能已撤下。只发给部分人员的通知，登录后才能查看。"


@dataclass(frozen=True)
class FileRow:
    """An attachment, with where it is fetched."""

    id: int
    name: str
    size: str
    href: str


@dataclass(frozen=True)
class NewsRow:
    """A notice in the list; pieces say which of them was looked for."""

    id: int
    title: list[Piece]
    excerpt: list[Piece]
    office: str
    on: str
    updated: str
    pinned: bool
    unread: bool
    href: str


@dataclass(frozen=True)
class NewsPage:
    """Some of the list, the newest first; `next_after` is empty at the end."""

    rows: list[NewsRow]
    next_after: str


@dataclass(frozen=True)
class NewsView:
    """A notice to read; `html` is safe."""

    id: int
    title: str
    html: str
    office: str
    on: str
    updated: str
    files: list[FileRow]
    unread: bool


@dataclass(frozen=True)
class Headline:
    """What stands on the first page: the newest notice that asks to be read."""

    text: str = ""
    href: str = ""
    unread: int = 0


def list_news(session: Session, actor: Actor, *, query: str = "", after: str = "") -> NewsPage:
    """What the actor may read, twenty a page, what is pinned first; or what has all the words."""
    _require_public(actor)
    wanted = words(query)
    if query.strip() and not wanted:
        raise Invalid({"q": NOTHING_TO_FIND})
    found = _found(session, actor)
    pinned = [] if wanted else _list_pinned(session, actor)
    if wanted:
        found = found.where(notice_search.has_words(session, wanted))
    elif pinned:
        # Only what stands above: a pin too many keeps its place among the others.
        found = found.where(col(Notice.id).not_in([row.id for row, _ in pinned]))
    if after:
        found = found.where(_later_than(after))
    rows = session.exec(found.limit(PAGE + 1)).all()
    shown = [*([] if after else pinned), *rows[:PAGE]]
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    unread = _unread_among(session, actor, [row.id or 0 for row, _ in shown])
    return NewsPage(
        [_row(row, office, wanted, row.id in unread) for row, office in shown], _key_of(last)
    )


def get_notice(session: Session, actor: Actor, notice_id: int) -> NewsView:
    """One notice, for whom it is for; NotFound for everybody else."""
    _require_public(actor)
    wanted = notice_id if 0 < notice_id < LARGEST_ID else 0
    found = session.exec(_found(session, actor).where(Notice.id == wanted)).first()
    if found is None:
        # The same for every number, so that nobody learns what there is.
        raise NotFound(GONE if actor.activated else GONE_OR_SIGN_IN)
    row, office = found
    return NewsView(
        id=row.id or 0, title=row.title, html=row.html, office=office, on=_day(row.publish_at),
        updated=_updated(row), files=list_files(session, row.files),
        unread=bool(_unread_among(session, actor, [row.id or 0])),
    )  # fmt: skip


def get_headline(session: Session, actor: Actor) -> Headline:
    """The newest unread notice, else the newest pinned one, and how many are unread."""
    actor.require(Permission.SIGNED_IN)
    unread = count_unread(session, actor)
    narrowed = _is_unread(session, actor) if unread else _is_pinned()
    found = session.exec(_found(session, actor).where(narrowed).limit(1)).first()
    if found is None:
        return Headline()
    row, _ = found
    return Headline(row.title, routes.notice(row.id or 0), unread)


def count_unread(session: Session, actor: Actor) -> int:
    """How many notices of the last weeks one has not opened; counted to 99 and no further."""
    actor.require(Permission.SIGNED_IN)
    some = (
        select(Notice.id)
        .where(notice_audience.readable(session, actor), _is_unread(session, actor))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return session.exec(select(func.count()).select_from(some)).one()


def find_unread(session: Session, actor: Actor) -> int:
    """Likewise; none for whoever is not signed in."""
    return count_unread(session, actor) if actor.may(Permission.SIGNED_IN) else 0


def mark_read(session: Session, actor: Actor, *, notice_id: int) -> None:
    """Note that a notice was opened; the second time nothing is new."""
    person_id = actor.require(Permission.SIGNED_IN)
    get_notice(session, actor, notice_id)
    _insert(session, NoticeRead, person_id=person_id, notice_id=notice_id, at=clock.now())


def mark_all_read(session: Session, actor: Actor) -> None:
    """Take everything that can be read now as read: one row, however much it is."""
    person_id = actor.require(Permission.SIGNED_IN)
    now = clock.business_now()
    mark = session.get(NoticeMark, person_id, with_for_update={"key_share": True})
    if mark is None:
        _insert(session, NoticeMark, person_id=person_id, read_until=now)
    else:
        mark.read_until = now
        session.add(mark)


def list_files(session: Session, ids: list[int]) -> list[FileRow]:
    """Attachments in the order they were added."""
    rows = session.exec(
        select(NoticeFile).where(col(NoticeFile.id).in_(ids)).order_by(col(NoticeFile.id))
    )
    return [
        FileRow(row.id or 0, row.name, size_words(row.size), routes.notice_file(row.id or 0))
        for row in rows
    ]


def size_words(size: int) -> str:
    """How large a file is, as people say it."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))}千字节"
    return f"{size / 1024 / 1024:.1f}兆字节"


def _require_public(actor: Actor) -> None:
    if not actor.may(Permission.PUBLIC):
        raise NotPermitted()


def _found(session: Session, actor: Actor) -> Any:
    return (
        select(Notice, Organisation.name)
        .join(Organisation, col(Organisation.id) == Notice.office_id)
        .where(notice_audience.readable(session, actor))
        .order_by(col(Notice.publish_at).desc(), col(Notice.id).desc())
    )


def _list_pinned(session: Session, actor: Actor) -> list[tuple[Notice, str]]:
    return list(session.exec(_found(session, actor).where(_is_pinned()).limit(MOST_PINNED)))


def _is_pinned() -> ColumnElement[bool]:
    # As the index of pins has it: nearly nothing is pinned.
    return col(Notice.pinned_until) >= clock.today()


def _is_unread(session: Session, actor: Actor) -> ColumnElement[bool]:
    mark = session.get(NoticeMark, actor.person_id)
    since = clock.business_now() - NEW_FOR
    if mark is not None and mark.read_until > since:
        since = mark.read_until
    read = exists().where(
        col(NoticeRead.notice_id) == Notice.id, col(NoticeRead.person_id) == actor.person_id
    )
    return and_(col(Notice.publish_at) > since, ~read)


def _unread_among(session: Session, actor: Actor, ids: list[int]) -> set[int]:
    if not actor.activated or actor.person_id is None:
        return set()
    found = session.exec(
        select(Notice.id).where(col(Notice.id).in_(ids), _is_unread(session, actor))
    )
    return {id or 0 for id in found}


def _insert(session: Session, table: Any, **values: object) -> None:
    insert = insert_of(session)
    session.execute(insert(table).values(**values).on_conflict_do_nothing())


def _row(row: Notice, office: str, wanted: tuple[str, ...], unread: bool) -> NewsRow:
    return NewsRow(
        id=row.id or 0, title=list(marked(row.title, wanted)),
        excerpt=list(excerpt(row.words, wanted)), office=office, on=_day(row.publish_at),
        updated=_updated(row), unread=unread, href=routes.notice(row.id or 0),
        pinned=row.pinned_until is not None and row.pinned_until >= clock.today(),
    )  # fmt: skip


def _day(at: datetime | None) -> str:
    return f"{clock.local(at):%Y-%m-%d}" if at else ""


def _updated(row: Notice) -> str:
    return f"已于{_day(row.updated_at)}更新" if row.updated_at else ""


def _key_of(row: Notice | None) -> str:
    """Where the next page begins: the second of publishing, then the id."""
    return f"{int(row.publish_at.timestamp())}-{row.id}" if row and row.publish_at else ""


def _later_than(after: str) -> ColumnElement[bool]:
    moment, _, last = after.partition("-")
    good = all(word.isascii() and word.isdigit() and len(word) < 12 for word in (moment, last))
    if not good or int(last) >= LARGEST_ID:
        raise Invalid(message="页码已失效，请重新查找。")
    at = datetime.fromtimestamp(int(moment), UTC)
    same = and_(col(Notice.publish_at) == at, col(Notice.id) < int(last))
    return or_(col(Notice.publish_at) < at, same)
