"""信息发布, for bureaus: written as a draft, published, put right, taken away again.

A county's bureau reaches its own county and nobody else; the city's reaches all.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import rich_text
from rxapp.adapters.rich_text import Rendered
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.notices import Notice, NoticeCounty, NoticeEdition, NoticeFile
from rxapp.models.organisations import Organisation
from rxapp.rules.notice_words import BREAK, fold_lines
from rxapp.rules.notices import (
    LONGEST_BODY,
    LONGEST_TITLE,
    TRANSITIONS,
    WORDS,
    Act,
    Audience,
    NoticeFacts,
    Status,
    kinds_in,
    parse,
    parse_reason,
    standing,
    tidy,
)
from rxapp.rules.permissions import Permission
from rxapp.services import audit, notice_audience, notice_search, scopes
from rxapp.services.actors import Actor

ELSEWHERE = "这条通知已在其他窗口或由其他人修改，本页没有保存，请复制刚才填写的内容后刷新页面。"
GONE = "没有找到这条通知，可能已撤下，或不在您的查看范围内。"
UNCHANGED = "内容没有改动，不需要再次发布。"
LARGEST_ID = 2**31


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
    row, _ = held(session, actor, notice_id)
    if row.version != version:
        raise Conflict(ELSEWHERE)
    before = typed_of(session, row)
    limits = {"title": LONGEST_TITLE, "body": LONGEST_BODY}
    words = {name: tidy(typed.get(name, ""), limits.get(name, 40)) for name in WORDS}
    draft = words | {
        "kinds": sorted(kinds)[:10], "counties": sorted(counties)[:100], "files": before["files"],
    }  # fmt: skip
    if draft == before:
        return version
    _guarded(session, row, version, draft=draft)
    return row.version


def find_published(session: Session, actor: Actor, *, notice_id: int, version: int) -> bool:
    """Whether this very press has published already: an answer that was lost is given again."""
    actor.require(Permission.NOTICE_WRITE)
    row, _ = find(session, actor, notice_id)
    last = session.exec(
        select(NoticeEdition).where(
            NoticeEdition.notice_id == row.id, NoticeEdition.edition == row.edition
        )
    ).first()
    if last is None or row.draft or last.by_id != actor.person_id:
        return False
    # Keeping what was typed may have counted once before it was published.
    return last.content.get("version") in (version, version + 1)


def publish(session: Session, actor: Actor, *, notice_id: int, version: int) -> Status:
    """Let what is kept be read from now on, or from its time on; returns where it stands."""
    actor.require(Permission.NOTICE_WRITE)
    row, office = held(session, actor, notice_id)
    now = clock.business_now()
    _require(row, Act.PUBLISH, now, version)
    if row.edition and not row.draft and row.status is Status.PUBLISHED:
        raise Conflict(UNCHANGED)
    kept = typed_of(session, row)
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
    _guarded(session, row, version, **values)
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
    row, _ = held(session, actor, notice_id)
    now = clock.business_now()
    if row.status is Status.WITHDRAWN and row.reason == said:
        return
    _require(row, Act.WITHDRAW, now, version)
    _guarded(session, row, version, status=Status.WITHDRAWN, reason=said, ended_at=now)
    notice_search.forget(session, row.id or 0)
    audit.record(session, actor, audit.Action.NOTICE_WITHDRAWN, kind="notice", id=row.id)


def drop(session: Session, actor: Actor, *, notice_id: int, version: int) -> list[str]:
    """Throw what was typed away: the draft itself, or what would have changed.

    Returns the names of files for `notice_files.discard`, once this is safely over.
    """
    actor.require(Permission.NOTICE_WRITE)
    row, _ = held(session, actor, notice_id)
    if row.version != version:
        raise Conflict(ELSEWHERE)
    kept = set(row.files) if row.edition else set()
    editions = session.exec(select(NoticeEdition.content).where(NoticeEdition.notice_id == row.id))
    kept |= {file for content in editions for file in content["files"]}
    names = _forget_files(session, row, kept)
    audit.record(session, actor, audit.Action.NOTICE_DROPPED, kind="notice", id=row.id)
    if row.edition:
        _guarded(session, row, version, draft={})
    else:
        session.delete(row)
        session.flush()
    return names


def find(session: Session, actor: Actor, notice_id: int) -> tuple[Notice, Organisation]:
    """A notice of one's own office or one below, with the office that writes it; else NotFound."""
    found = session.exec(
        select(Notice, Organisation)
        .join(Organisation, col(Organisation.id) == Notice.office_id)
        .where(
            Notice.id == (notice_id if 0 < notice_id < LARGEST_ID else 0),
            scopes.within(actor, Permission.NOTICE_WRITE),
        )
    ).first()
    if found is None:
        raise NotFound(GONE)
    return found


def held(session: Session, actor: Actor, notice_id: int) -> tuple[Notice, Organisation]:
    """Likewise, and whoever wants to change it waits until this transaction has ended."""
    row, office = find(session, actor, notice_id)
    session.refresh(row, with_for_update=True)
    return row, office


def typed_of(session: Session, row: Notice) -> dict[str, Any]:
    """What stands in the form: what was typed last, or what is in force."""
    if row.draft:
        return dict(row.draft)
    if not row.edition:
        empty: dict[str, Any] = dict.fromkeys(WORDS, "")
        return empty | {"kinds": [], "counties": [], "files": []}
    last = session.exec(
        select(NoticeEdition).where(
            NoticeEdition.notice_id == row.id, NoticeEdition.edition == row.edition
        )
    ).one()
    return {"title": last.title, "body": last.body, **_again(row, last.content)}


def _again(row: Notice, content: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of an edition as a form begins with them; a time that has passed is none."""
    coming = standing(row.status, row.publish_at, clock.business_now()) is Status.SCHEDULED
    at = clock.local(row.publish_at) if coming and row.publish_at else None
    return {
        "audience": content["audience"], "kinds": list(content["kinds"]),
        "counties": list(content["counties"]), "files": list(row.files),
        "publish_on": f"{at:%Y-%m-%d}" if at else "",
        "publish_time": f"{at:%H:%M}" if at else "",
        "pinned_until": f"{row.pinned_until}" if row.pinned_until else "",
    }  # fmt: skip


def _require(row: Notice, act: Act, now: datetime, version: int) -> None:
    if (standing(row.status, row.publish_at, now), act) not in TRANSITIONS:
        raise Conflict("这条通知的状态已改变，请刷新页面后再办理。")
    if row.version != version:
        raise Conflict(ELSEWHERE)


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


def _forget_files(session: Session, row: Notice, kept: set[int]) -> list[str]:
    rows = session.exec(select(NoticeFile).where(NoticeFile.notice_id == row.id)).all()
    gone = [each for each in rows if each.id not in kept]
    for each in gone:
        session.delete(each)
    session.flush()
    names = {each.file for each in gone}
    used = session.exec(select(NoticeFile.file).where(col(NoticeFile.file).in_(names))).all()
    return sorted(names - set(used))


def _guarded(session: Session, row: Notice, version: int, **values: object) -> None:
    changed = session.execute(
        update(Notice)
        .where(
            col(Notice.id) == row.id, col(Notice.version) == version,
            col(Notice.status) == row.status,
        )
        .values({**values, "version": version + 1})
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(ELSEWHERE)
    session.refresh(row)
