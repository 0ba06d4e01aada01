"""The clerks of an organisation: invited, named from above, removed, handing over (交接).

A clerk looks after the clerks of the own organisation; offices above look after those below.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.messages import Invitation
from rxapp.models.organisations import Organisation
from rxapp.models.people import Handover, Membership, Person, SecondFactor
from rxapp.rules.permissions import Permission
from rxapp.services import audit, invitations, messages, queues, staff_scope
from rxapp.services.actors import Actor

LONGEST_NOTE = 200
PAGE = 50


@dataclass(frozen=True)
class ClerkRow:
    """One clerk of an organisation, and what may be done about him."""

    membership_id: int
    person_id: int
    name: str
    identity_mask: str
    mobile_mask: str
    state: str
    since: str
    factor: str
    mine: bool
    removable: bool


@dataclass(frozen=True)
class InvitationRow:
    """One invitation that was neither accepted nor withdrawn."""

    id: int
    name: str
    identity_mask: str
    made: str
    state: str
    expired: bool


@dataclass(frozen=True)
class HandoverRow:
    """One record of work that changed hands."""

    at: str
    giver: str
    taker: str
    waiting: int
    note: str


@dataclass(frozen=True)
class StaffView:
    """The clerks of one organisation."""

    organisation_id: int
    organisation: str
    own: bool
    clerks: list[ClerkRow]
    invitations: list[InvitationRow]
    handovers: list[HandoverRow]
    # The offices one serves oneself: id and name.
    offices: list[tuple[str, str]]
    waiting: int


def get_staff(session: Session, actor: Actor, *, organisation_id: int = 0) -> StaffView:
    """The clerks of one's own organisation, or of one below it."""
    actor.require(Permission.STAFF_MANAGE)
    here = staff_scope.find_organisation(session, actor, organisation_id)
    return StaffView(
        organisation_id=here.id or 0,
        organisation=here.name,
        own=any(each.organisation_id == here.id for each in actor.offices),
        clerks=_clerks(session, actor, here),
        invitations=_open_invitations(session, here),
        handovers=_handovers(session, here),
        offices=[(str(each.organisation_id), each.name) for each in actor.offices],
        waiting=queues.count(session, [here.id or 0], queues.APPLICATIONS),
    )


def remove(session: Session, actor: Actor, *, membership_id: int) -> str:
    """End a clerk's rights at once; returns the sentence to show.

    Conflict for the organisation's last clerk unless from above; nobody removes himself.
    """
    by = actor.require(Permission.STAFF_MANAGE)
    row, here = _membership(session, actor, membership_id)
    if row.person_id == by:
        raise NotPermitted("不能移除本人。要离任的，请使用“交接”，把工作交给接任的人。")
    if (
        row.begins_at
        and not _others(session, here, row.person_id)
        and not staff_scope.is_above(actor, here)
    ):
        raise Conflict("这是本单位最后一名管理员，不能移除。请先邀请新的管理员，或请上级单位办理。")
    end_membership(session, actor, row)
    invitations.withdraw_all_by(session, row.person_id)
    audit.record(
        session, actor, audit.Action.CLERK_REMOVED, kind="person", id=row.person_id,
        organisation=here.id,
    )  # fmt: skip
    messages.send(
        session, to=row.person_id, title="管理权限已停止",
        body=f"您在{here.name}的管理权限已停止，学习和个人功能不受影响。如有疑问，请联系所在单位。",
    )  # fmt: skip
    return f"已移除{session.get_one(Person, row.person_id).name}的管理权限，立即生效。"


def hand_over(
    session: Session, actor: Actor, *, organisation_id: int, to_id: int, note: str
) -> str:
    """Hand one's work over: the own rights end at once, the other's begin at once for a clerk and
    with the acceptance of an invitation for anybody else. What waits is noted with it.
    """
    by = actor.require(Permission.STAFF_MANAGE)
    here = staff_scope.find_organisation(session, actor, organisation_id, lock=True)
    mine = _own_membership(session, by, here)
    if to_id == by:
        raise Conflict("请选择接任的人，不能交接给本人。")
    clerk = _is_clerk(session, here, to_id)
    name = session.get_one(Person, to_id).name if clerk else ""
    if not clerk:
        name = invitations.invite(session, actor, organisation_id=here.id or 0, person_id=to_id)
    waiting = queues.count(session, [here.id or 0], queues.APPLICATIONS)
    session.add(
        Handover(
            organisation_id=here.id or 0, from_id=by, to_id=to_id, waiting=waiting,
            note=" ".join(note.split())[:LONGEST_NOTE], at=clock.now(),
        )
    )  # fmt: skip
    end_membership(session, actor, mine)
    audit.record(
        session, actor, audit.Action.HANDED_OVER, kind="person", id=to_id, organisation=here.id,
        waiting=waiting,
    )  # fmt: skip
    if not clerk:
        return f"已交接给{name}，您在{here.name}的管理权限已结束。对方接受邀请后即可办理。"
    messages.send(
        session, to=to_id, title="管理员工作交接", href=routes.DESK,
        body=f"{here.name}的管理员工作已交接给您，现有{waiting}件待办事项。",
    )  # fmt: skip
    return f"已交接给{name}，您在{here.name}的管理权限已结束。"


def end_membership(session: Session, actor: Actor, row: Membership) -> None:
    """End a right to act for an organisation, from the next press on."""
    ended = session.execute(
        update(Membership)
        .where(col(Membership.id) == row.id, col(Membership.ended_at).is_(None))
        .values(ended_at=clock.now(), ended_by=actor.person_id)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("该管理员已被移除，请刷新后查看。")


def end_all_of(session: Session, actor: Actor, person_id: int) -> int:
    """End everything somebody serves, because he left for good; returns how many offices."""
    rows = session.exec(
        select(Membership).where(
            Membership.person_id == person_id, col(Membership.ended_at).is_(None)
        )
    ).all()
    for row in rows:
        end_membership(session, actor, row)
        audit.record(
            session, actor, audit.Action.CLERK_REMOVED, kind="person", id=person_id,
            organisation=row.organisation_id,
        )  # fmt: skip
    invitations.withdraw_all_by(session, person_id)
    return len(rows)


def _membership(
    session: Session, actor: Actor, membership_id: int
) -> tuple[Membership, Organisation]:
    row = session.get(Membership, membership_id)
    if row is None:
        raise NotFound("没有找到该管理员。")
    here = staff_scope.find_organisation(session, actor, row.organisation_id, lock=True)
    # Read again behind the lock: somebody may just have removed him, or oneself.
    session.refresh(row)
    if row.ended_at is not None:
        raise Conflict("该管理员已被移除，请刷新后查看。")
    return row, here


def _own_membership(session: Session, person_id: int, here: Organisation) -> Membership:
    row = session.exec(
        select(Membership).where(
            Membership.person_id == person_id, Membership.organisation_id == here.id, *_begun()
        )
    ).first()
    if row is None:
        raise NotPermitted("您不是该单位的管理员，没有可以交接的工作。")
    return row


def _others(session: Session, here: Organisation, person_id: int) -> bool:
    statement = select(Membership.id).where(
        Membership.organisation_id == here.id, Membership.person_id != person_id, *_begun()
    )
    return session.exec(statement).first() is not None


def _is_clerk(session: Session, here: Organisation, person_id: int) -> bool:
    statement = select(Membership.id).where(
        Membership.organisation_id == here.id, Membership.person_id == person_id, *_begun()
    )
    return session.exec(statement).first() is not None


def _begun() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Membership.begins_at).is_not(None), col(Membership.ended_at).is_(None)


def _clerks(session: Session, actor: Actor, here: Organisation) -> list[ClerkRow]:
    found = session.exec(
        select(Membership, Person, SecondFactor.confirmed_at)
        .join(Person, col(Person.id) == Membership.person_id)
        .outerjoin(SecondFactor, col(SecondFactor.person_id) == Person.id)
        .where(Membership.organisation_id == here.id, col(Membership.ended_at).is_(None))
        .order_by(col(Membership.id))
        .limit(PAGE)
    ).all()
    begun = sum(row.begins_at is not None for row, _, _ in found)
    above = staff_scope.is_above(actor, here)
    return [
        ClerkRow(
            membership_id=row.id or 0,
            person_id=person.id or 0,
            name=person.name,
            identity_mask=person.identity_mask,
            mobile_mask=person.mobile_mask or "未采集",
            state="在任" if row.begins_at else "待启用",
            since=_day(row.begins_at) if row.begins_at else "",
            factor="已启用" if factor_at else "未启用",
            mine=person.id == actor.person_id,
            removable=person.id != actor.person_id and (above or not row.begins_at or begun > 1),
        )
        for row, person, factor_at in found
    ]


def _open_invitations(session: Session, here: Organisation) -> list[InvitationRow]:
    now = clock.now()
    found = session.exec(
        select(Invitation, Person)
        .join(Person, col(Person.id) == Invitation.person_id)
        .where(
            Invitation.organisation_id == here.id,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
        )
        .order_by(col(Invitation.id).desc())
        .limit(PAGE)
    )
    return [
        InvitationRow(
            id=row.id or 0,
            name=person.name,
            identity_mask=person.identity_mask,
            made=_day(row.made_at),
            state="已过期" if row.expires_at <= now else f"等待接受，{_day(row.expires_at)}前有效",
            expired=row.expires_at <= now,
        )
        for row, person in found
    ]


def _handovers(session: Session, here: Organisation) -> list[HandoverRow]:
    rows = session.exec(
        select(Handover)
        .where(Handover.organisation_id == here.id)
        .order_by(col(Handover.id).desc())
        .limit(PAGE)
    ).all()
    ids = {row.from_id for row in rows} | {row.to_id for row in rows}
    people = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids))).all()
    names = dict(people)
    return [
        HandoverRow(
            at=f"{clock.local(row.at):%Y-%m-%d %H:%M}", giver=names.get(row.from_id, ""),
            taker=names.get(row.to_id, ""), waiting=row.waiting, note=row.note,
        )
        for row in rows
    ]  # fmt: skip


def _day(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d}"
