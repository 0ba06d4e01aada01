"""A notice as its writers have it: found in their own area, held, changed by one at a time."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, NotFound
from rxapp.models.notices import Notice, NoticeEdition
from rxapp.models.organisations import Organisation
from rxapp.rules.notices import WORDS, Status, standing
from rxapp.rules.permissions import Permission
from rxapp.services import scopes
from rxapp.services.actors import Actor

ELSEWHERE = "这条通知已在其他窗口或由其他人修改，本页没有保存，请复制刚才填写的内容后刷新页面。"
GONE = "没有找到这条通知，可能已撤下，或不在您的查看范围内。"
LARGEST_ID = 2**31


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


def find_last(session: Session, row: Notice) -> NoticeEdition | None:
    """The edition in force, or the last that was."""
    return session.exec(
        select(NoticeEdition).where(
            NoticeEdition.notice_id == row.id, NoticeEdition.edition == row.edition
        )
    ).first()


def typed_of(session: Session, row: Notice) -> dict[str, Any]:
    """What stands in the form: what was typed last, or what is in force."""
    if row.draft:
        return dict(row.draft)
    last = find_last(session, row)
    if last is None:
        empty: dict[str, Any] = dict.fromkeys(WORDS, "")
        return empty | {"kinds": [], "counties": [], "files": []}
    return {"title": last.title, "body": last.body, **_again(row, last.content)}


def change(session: Session, row: Notice, version: int, **values: object) -> None:
    """Change a notice that is as it was read; Conflict for whoever comes second."""
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


def _again(row: Notice, content: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of an edition as a form begins with them; a time that has passed is none."""
    coming = standing(row.status, row.publish_at, clock.business_now()) is Status.SCHEDULED
    at = clock.local(row.publish_at) if coming and row.publish_at else None
    pinned = row.pinned_until is not None and row.pinned_until >= clock.today()
    return {
        "audience": content["audience"], "kinds": list(content["kinds"]),
        "counties": list(content["counties"]), "files": list(row.files),
        "publish_on": f"{at:%Y-%m-%d}" if at else "",
        "publish_time": f"{at:%H:%M}" if at else "",
        "pinned_until": f"{row.pinned_until}" if pinned else "",
    }  # fmt: skip
