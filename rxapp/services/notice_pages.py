"""信息发布 at the desk: the bureau's notices by state, and one of them being written."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import rich_text
from rxapp.errors import Invalid
from rxapp.models.notices import Notice, NoticeEdition
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.notices import MOST_FILES, WORDS, Kind, Status, standing, words_of
from rxapp.rules.permissions import Permission
from rxapp.services import news, notice_audience, notice_rows, scopes
from rxapp.services.actors import Actor
from rxapp.services.news import FileRow

PAGE = 20
UNTITLED = "（未填写标题）"


@dataclass(frozen=True)
class DeskRow:
    """A notice in the bureau's list."""

    id: int
    title: str
    status: str
    state: str
    detail: str
    changed: bool
    href: str


@dataclass(frozen=True)
class DeskPage:
    """Some of the bureau's notices, the newest first; `next_before` is 0 at the end."""

    rows: list[DeskRow]
    next_before: int


@dataclass(frozen=True)
class Choice:
    """Something to tick: what it is sent as, what it is called, whether it is ticked."""

    name: str
    label: str
    ticked: bool


@dataclass(frozen=True)
class EditionRow:
    """What a notice said from some moment on."""

    edition: int
    title: str
    at: str
    who: str
    html: str


@dataclass(frozen=True)
class NoticeEditor:
    """A notice being written: the form, what it will look like, what was published before."""

    id: int
    version: int
    status: str
    state: str
    when: str
    reason: str
    office: str
    # Whom the edition in force is for; the county's name where the office reaches only that.
    readers: str
    only_county: str
    typed: dict[str, str]
    kinds: list[Choice]
    counties: list[Choice]
    files: list[FileRow]
    room: int
    has_draft: bool
    edition: int
    preview: str
    preview_fault: str
    editions: list[EditionRow]
    href: str


def list_notices(session: Session, actor: Actor, *, status: str = "", before: int = 0) -> DeskPage:
    """The notices of one's own office and those below it, in one state or in all."""
    actor.require(Permission.NOTICE_WRITE)
    statement = (
        select(Notice, Organisation.name)
        .join(Organisation, col(Organisation.id) == Notice.office_id)
        .where(scopes.within(actor, Permission.NOTICE_WRITE))
        .order_by(col(Notice.id).desc())
        .limit(PAGE + 1)
    )
    if status:
        statement = statement.where(_stands(status))
    if before:
        statement = statement.where(col(Notice.id) < before)
    rows = session.exec(statement).all()
    shown = rows[:PAGE]
    last = shown[-1][0].id if len(rows) > PAGE else 0
    return DeskPage([_desk_row(row, office) for row, office in shown], last or 0)


def get_editor(session: Session, actor: Actor, notice_id: int) -> NoticeEditor:
    """One notice with its form, as it would look, and every edition."""
    actor.require(Permission.NOTICE_WRITE)
    row, office = notice_rows.find(session, actor, notice_id)
    typed = notice_rows.typed_of(session, row)
    now = standing(row.status, row.publish_at, clock.business_now())
    preview, fault = _preview(typed["body"])
    known = notice_audience.list_counties(session, office)
    own = notice_audience.own_county(office)
    return NoticeEditor(
        id=row.id or 0, version=row.version, status=now.value, state=now.label, when=_when(row),
        reason=row.reason, office=office.name, readers=_readers(session, row),
        only_county=known[0][1] if own is not None else "",
        typed={name: typed[name] for name in WORDS},
        kinds=[Choice(f"kind-{k.value}", k.label, k.value in typed["kinds"]) for k in Kind],
        counties=[
            Choice(f"county-{id}", name, id in typed["counties"])
            for id, name in ([] if own is not None else known)
        ],
        files=news.list_files(session, typed["files"]), room=MOST_FILES - len(typed["files"]),
        has_draft=bool(row.draft), edition=row.edition, preview=preview, preview_fault=fault,
        editions=_editions(session, row), href=routes.notice(row.id or 0),
    )  # fmt: skip


def _stands(status: str) -> ColumnElement[bool]:
    kept, moment = col(Notice.status), col(Notice.publish_at)
    out, now = kept == Status.PUBLISHED, clock.business_now()
    if status == Status.SCHEDULED:
        return and_(out, moment > now)
    if status == Status.PUBLISHED:
        return and_(out, moment <= now)
    if status in (Status.DRAFT, Status.WITHDRAWN):
        return kept == Status(status)
    raise Invalid(message="没有这种状态，请重新选择。")


def _desk_row(row: Notice, office: str) -> DeskRow:
    now = standing(row.status, row.publish_at, clock.business_now())
    title = row.title if row.edition else row.draft.get("title", "").strip()
    return DeskRow(
        id=row.id or 0, title=title or UNTITLED, status=now.value, state=now.label,
        detail=f"{office}，{_when(row)}", changed=bool(row.draft) and row.edition > 0,
        href=routes.desk_notice(row.id or 0),
    )  # fmt: skip


def _when(row: Notice) -> str:
    if row.status is Status.WITHDRAWN and row.ended_at:
        return f"{clock.local(row.ended_at):%Y-%m-%d %H:%M}撤下"
    if row.publish_at:
        return f"{clock.local(row.publish_at):%Y-%m-%d %H:%M}发布"
    return f"{clock.local(row.created_at):%Y-%m-%d %H:%M}起草"


def _readers(session: Session, row: Notice) -> str:
    if not row.edition:
        return ""
    audience = notice_audience.of(session, row)
    return words_of(audience, notice_audience.names_of(session, audience.counties))


def _preview(body: str) -> tuple[str, str]:
    try:
        return rich_text.render(body).html, ""
    except Invalid as error:
        return "", error.message


def _editions(session: Session, row: Notice) -> list[EditionRow]:
    rows = session.exec(
        select(NoticeEdition, Person.name)
        .join(Person, col(Person.id) == NoticeEdition.by_id, isouter=True)
        .where(NoticeEdition.notice_id == row.id)
        .order_by(col(NoticeEdition.edition).desc())
        .limit(PAGE)
    )
    return [
        EditionRow(
            made.edition, made.title, f"{clock.local(made.at):%Y-%m-%d %H:%M}", who or "", made.html
        )
        for made, who in rows
    ]
