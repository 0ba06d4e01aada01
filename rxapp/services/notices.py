"""信息发布, for bureaus: written as a draft, published, put right, taken away again.

A county's bureau reaches its own county and nobody else; the city's reaches all.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import rich_text
from rxapp.adapters.rich_text import Rendered
from rxapp.errors import Conflict, Invalid
from rxapp.models.notices import Notice, NoticeCounty, NoticeEdition
from rxapp.models.organisations import Organisation
from rxapp.rules.notice_words import BREAK, fold_lines
from rxapp.rules.notices import (
    LONGEST_BODY,
    LONGEST_TITLE,
    TRANSITIONS,
    WORDS,
    Act,
    Audience,
    Kind,
    NoticeFacts,
    Status,
    kinds_in,
    parse,
    parse_reason,
    standing,
    tidy,
)
from rxapp.rules.permissions import Permission
from rxapp.services import (
    audit,
    notice_audience,
    notice_files,
    notice_rows,
    notice_search,
    scopes,
)
from rxapp.services.actors import Actor

UNCHANGED = "内容没有改动，不需要再次发布。"


def begin(session: Session, actor: Actor) -> int:
    """Begin a notice; returns its id, the same one while nothing was written in it."""
    person_id = actor.require(Permission.NOTICE_WRITE)
    offices = scopes.office_ids(actor, Permission.NOTICE_WRITE)
    served = {each.organisation_id: each.path for each in actor.offices}
    office_id = min(offices, key=lambda each: (len(served[each]), each))
    empty = session.exec(
        select(Notice).where(
            Notice.office_id == office_id, Notice.created_by == person_id,
            Notice.status == Status.DRAFT, Notice.version == 1,
        )
    ).all()  # fmt: skip
    for row in empty:
        if not row.draft and not row.edition:
            return row.id or 0
    row = Notice(office_id=office_id, created_by=person_id, created_at=clock.business_now())
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.NOTICE_BEGUN, kind="notice", id=row.id)
    return row.id or 0


def save(
    session: Session, actor: Actor, *, notice_id: int, typed: Mapping[str, str],
    kinds: Collection[str], counties: Collection[int], version: int,
) -> int:  # fmt: skip
    """Keep what was typed so far, readable or not; returns the version to go on from."""
    actor.require(Permission.NOTICE_WRITE)
    row, _ = notice_rows.held(session, actor, notice_id)
    if row.version != version:
        raise Conflict(notice_rows.ELSEWHERE)
    before = notice_rows.typed_of(session, row)
    limits = {"title": LONGEST_TITLE, "body": LONGEST_BODY}
    words = {name: tidy(typed.get(name, ""), limits.get(name, 40)) for name in WORDS}
    draft = words | {
        "kinds": sorted(set(kinds) & set(Kind)), "counties": sorted(counties)[:100],
        "files": before["files"],
    }  # fmt: skip
    if draft == before:
        return version
    notice_rows.change(session, row, version, draft=draft)
    return row.version


def find_published(session: Session, actor: Actor, *, notice_id: int, version: int) -> bool:
    """Whether this very press has published already: an answer that was lost is given again."""
    actor.require(Permission.NOTICE_WRITE)
    row, _ = notice_rows.find(session, actor, notice_id)
    last = notice_rows.find_last(session, row)
    if last is None or row.draft or last.by_id != actor.person_id:
        return False
    # Keeping what was typed may have counted once before it was published.
    return last.content.get("version") in (version, version + 1)


def publish(session: Session, actor: Actor, *, notice_id: int, version: int) -> Status:
    """Let what is kept be read from now on, or from its time on; returns where it stands."""
    actor.require(Permission.NOTICE_WRITE)
    row, office = notice_rows.held(session, actor, notice_id)
    now = clock.business_now()
    _require(row, Act.PUBLISH, now, version)
    if row.edition and not row.draft and row.status is Status.PUBLISHED:
        raise Conflict(UNCHANGED)
    kept = notice_rows.typed_of(session, row)
    own = notice_audience.own_county(office)
    facts = parse(
        {name: kept[name] for name in WORDS}, kinds=kept["kinds"],
        counties=_known_counties(session, office, kept["counties"]), own_county=own, now=now,
    )  # fmt: skip
    made = rich_text.render(facts.body)
    if not made.text.strip():
        raise Invalid({"body": "正文中没有可以显示的内容，请补充。"})
    values = _in_force(row, facts, made, kept["files"], now)
    _write_edition(session, actor, row, facts, made, kept, version, now)
    notice_rows.change(session, row, version, **values)
    _write_counties(session, row, facts.audience)
    notice_search.write(session, row.id or 0, row.folded)
    audit.record(
        session, actor, audit.Action.NOTICE_PUBLISHED, kind="notice", id=row.id,
        edition=row.edition,
    )  # fmt: skip
    return standing(row.status, row.publish_at, now)


def withdraw(session: Session, actor: Actor, *, notice_id: int, reason: str, version: int) -> None:
    """Take a notice away from its readers; what it said is kept for its writers."""
    actor.require(Permission.NOTICE_WRITE)
    said = parse_reason(reason)
    row, _ = notice_rows.held(session, actor, notice_id)
    now = clock.business_now()
    if row.status is Status.WITHDRAWN and row.reason == said:
        return
    _require(row, Act.WITHDRAW, now, version)
    notice_rows.change(session, row, version, status=Status.WITHDRAWN, reason=said, ended_at=now)
    notice_search.forget(session, row.id or 0)
    audit.record(session, actor, audit.Action.NOTICE_WITHDRAWN, kind="notice", id=row.id)


def drop(session: Session, actor: Actor, *, notice_id: int, version: int) -> list[str]:
    """Throw what was typed away: the draft itself, or what would have changed.

    Returns the names of files for `notice_files.discard`, once this is safely over.
    """
    actor.require(Permission.NOTICE_WRITE)
    row, _ = notice_rows.held(session, actor, notice_id)
    if row.version != version:
        raise Conflict(notice_rows.ELSEWHERE)
    names = notice_files.forget_unnamed(session, row)
    audit.record(session, actor, audit.Action.NOTICE_DROPPED, kind="notice", id=row.id)
    if row.edition:
        notice_rows.change(session, row, version, draft={})
    else:
        session.delete(row)
        session.flush()
    return names


def _require(row: Notice, act: Act, now: datetime, version: int) -> None:
    if (standing(row.status, row.publish_at, now), act) not in TRANSITIONS:
        raise Conflict("这条通知的状态已改变，请刷新页面后再办理。")
    if row.version != version:
        raise Conflict(notice_rows.ELSEWHERE)


def _known_counties(
    session: Session, office: Organisation, wanted: Collection[int]
) -> frozenset[int]:
    known = {id for id, _ in notice_audience.list_counties(session, office)}
    return frozenset(wanted) & known


def _in_force(
    row: Notice, facts: NoticeFacts, made: Rendered, files: list[int], now: datetime
) -> dict[str, Any]:
    """The columns of the edition that takes over."""
    at = now.replace(microsecond=0)
    was_out = standing(row.status, row.publish_at, now) is Status.PUBLISHED
    # What could be read already keeps its day; a change of its words is said beside it.
    said_otherwise = (row.title, row.html, row.files) != (facts.title, made.html, files)
    return {
        "status": Status.PUBLISHED, "edition": row.edition + 1, "title": facts.title,
        "html": made.html, "words": made.text,
        "folded": BREAK.join((fold_lines(facts.title), fold_lines(made.text))),
        "kinds": facts.audience.mask, "in_counties": bool(facts.audience.counties),
        "files": files, "pinned_until": facts.pinned_until, "draft": {}, "reason": "",
        "ended_at": None,
        "publish_at": row.publish_at if was_out else facts.publish_at or at,
        "updated_at": (at if said_otherwise else row.updated_at) if was_out else None,
    }  # fmt: skip


def _write_edition(
    session: Session, actor: Actor, row: Notice, facts: NoticeFacts, made: Rendered,
    kept: Mapping[str, Any], version: int, now: datetime,
) -> None:  # fmt: skip
    publish_at = facts.publish_at.isoformat() if facts.publish_at else ""
    content = {
        "audience": kept["audience"], "kinds": sorted(kinds_in(facts.audience.mask)),
        "counties": sorted(facts.audience.counties), "files": kept["files"],
        "publish_at": publish_at, "version": version,
        "pinned_until": f"{facts.pinned_until or ''}",
    }  # fmt: skip
    session.add(
        NoticeEdition(
            notice_id=row.id or 0, edition=row.edition + 1, title=facts.title, body=facts.body,
            html=made.html, renderer=made.renderer, content=content, by_id=actor.person_id, at=now,
        )
    )  # fmt: skip
    session.flush()


def _write_counties(session: Session, row: Notice, audience: Audience) -> None:
    session.execute(
        delete(NoticeCounty)
        .where(col(NoticeCounty.notice_id) == row.id)
        .execution_options(synchronize_session=False)
    )
    for county in sorted(audience.counties):
        session.add(NoticeCounty(notice_id=row.id or 0, county_id=county))
    session.flush()
