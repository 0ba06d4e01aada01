"""Invitations to be a clerk: made by who looks after an organisation, accepted once, in time."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.messages import Invitation
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, Person
from rxapp.rules import identity
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import Permission, permissions_of
from rxapp.rules.person_status import PersonStatus
from rxapp.services import audit, city_values, messages, people_search, staff_scope
from rxapp.services.actors import Actor

FOUND_AT_MOST = 20


@dataclass(frozen=True)
class CandidateRow:
    """Somebody who could be invited; `why_not` says what stands against it."""

    id: int
    name: str
    identity_mask: str
    organisation: str
    post: str
    clerk: bool
    why_not: str


@dataclass(frozen=True)
class MyInvitation:
    """An invitation as the invited person sees it."""

    id: int
    organisation: str
    until: str


def find_candidates(
    session: Session, actor: Actor, *, organisation_id: int, typed: str
) -> list[CandidateRow]:
    """People of an organisation and below, by the beginning of the name or by the full number."""
    actor.require(Permission.STAFF_MANAGE)
    here = staff_scope.find_organisation(session, actor, organisation_id)
    wanted = " ".join(typed.split())
    if len(wanted) < 2:
        raise Invalid({"q": "请填写姓名（至少两个字）或完整的身份证号码。"})
    rows = session.exec(
        select(Person, Organisation.name)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(_belongs(here), _called(wanted))
        .order_by(col(Person.name), col(Person.id))
        .limit(FOUND_AT_MOST)
    ).all()
    found = [person.id or 0 for person, _ in rows]
    clerks, invited = _open_memberships(session, here, found), _list_invited(session, here, found)
    return [
        _candidate(actor, here, person, name, clerks.get(person.id or 0), person.id in invited)
        for person, name in rows
    ]


def invite(session: Session, actor: Actor, *, organisation_id: int, person_id: int) -> str:
    """Invite a person of an organisation or below to be its clerk; returns the name.

    Conflict for a clerk, for a second open invitation, and for who cannot accept one.
    """
    by = actor.require(Permission.STAFF_MANAGE)
    here = staff_scope.find_organisation(session, actor, organisation_id, lock=True)
    found = session.exec(
        select(Person, Organisation.name)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(Person.id == person_id, _belongs(here))
    ).first()
    if found is None:
        raise NotFound("没有找到该人员，可能不属于该单位。")
    person, _ = found
    membership = _open_membership(session, here, person_id)
    invited = person_id in _list_invited(session, here, [person_id])
    if fault := _why_not(actor, here, person, membership, invited):
        raise Conflict(fault)
    now = clock.now()
    days = city_values.get_value(session, CityValue.INVITATION_DAYS)
    row = Invitation(
        organisation_id=here.id or 0, person_id=person_id, invited_by=by, made_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(row)
    audit.record(
        session, actor, audit.Action.CLERK_INVITED, kind="person", id=person_id,
        organisation=here.id,
    )  # fmt: skip
    messages.send(
        session, to=person_id, title="邀请您担任管理员", href=routes.ME,
        body=f"{here.name}邀请您担任管理员，请在{days}天内到“我的”中接受。", also_text=True,
    )  # fmt: skip
    return person.name


def withdraw(session: Session, actor: Actor, *, invitation_id: int) -> None:
    """Take an invitation back that was not accepted yet."""
    actor.require(Permission.STAFF_MANAGE)
    row = session.get(Invitation, invitation_id)
    if row is None:
        raise NotFound("没有找到该邀请。")
    staff_scope.find_organisation(session, actor, row.organisation_id)
    if not _close(session, col(Invitation.id) == invitation_id):
        raise Conflict("该邀请已被接受或撤回，请刷新后查看。")


def withdraw_all_by(session: Session, person_id: int) -> None:
    """Take back what a person invited whose rights were taken away."""
    _close(session, col(Invitation.invited_by) == person_id)


def list_mine(session: Session, actor: Actor) -> list[MyInvitation]:
    """The invitations one can still accept."""
    person_id = actor.require(Permission.SIGNED_IN)
    rows = session.exec(
        select(Invitation, Organisation.name)
        .join(Organisation, col(Organisation.id) == Invitation.organisation_id)
        .where(
            Invitation.person_id == person_id,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
            Invitation.expires_at > clock.now(),
        )
        .order_by(col(Invitation.id))
    )
    return [
        MyInvitation(row.id or 0, name, f"{clock.local(row.expires_at):%Y-%m-%d %H:%M}")
        for row, name in rows
    ]


def accept(session: Session, actor: Actor, *, invitation_id: int) -> str:
    """Become a clerk; returns the organisation's name. Used twice, expired, withdrawn: Conflict."""
    person_id = actor.require(Permission.SIGNED_IN)
    row = session.get(Invitation, invitation_id)
    if row is None or row.person_id != person_id:
        raise NotFound("没有找到该邀请。")
    here = session.get_one(Organisation, row.organisation_id, with_for_update=True)
    person = session.get_one(Person, person_id)
    if not _still_belongs(session, here, person):
        raise Conflict(f"您目前不是{here.name}的人员，该邀请不再有效。")
    accepted = session.execute(
        update(Invitation)
        .where(
            col(Invitation.id) == invitation_id,
            *_open(),
            col(Invitation.expires_at) > clock.now(),
        )
        .values(accepted_at=clock.now())
    )
    if accepted.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        raise Conflict(_spent(row, here))
    _begin(session, actor, here, row)
    return here.name


def _begin(session: Session, actor: Actor, here: Organisation, row: Invitation) -> None:
    known = _open_membership(session, here, row.person_id)
    known = known or Membership(person_id=row.person_id, organisation_id=row.organisation_id)
    known.begins_at = known.begins_at or clock.now()
    known.named_by = row.invited_by
    session.add(known)
    audit.record(
        session, actor, audit.Action.STAFF_BEGUN, kind="person", id=row.person_id,
        organisation=row.organisation_id,
    )  # fmt: skip
    messages.send(
        session, to=row.invited_by, title="管理员邀请已被接受", href=routes.DESK_STAFF,
        body="您发出的管理员邀请已被接受，对方现在可以办理业务。",
    )  # fmt: skip


def _spent(row: Invitation, here: Organisation) -> str:
    if row.accepted_at is not None:
        return f"这个邀请已经用过，您已接受担任{here.name}的管理员，不需要再次接受。"
    if row.withdrawn_at is not None:
        return f"{here.name}已撤回这个邀请，没有作任何改动。"
    return f"这个邀请已经过期，请联系{here.name}的管理员重新邀请。"


def _belongs(here: Organisation) -> ColumnElement[bool]:
    # Only an office that sees people below looks for clerks there.
    if Permission.PEOPLE_READ not in permissions_of(here.capacities, activated=True):
        return col(Organisation.id) == here.id
    return staff_scope.subtree(here)


def _called(wanted: str) -> ColumnElement[bool]:
    try:
        number = identity.parse_identity(wanted, today=clock.today())
    except Invalid as error:
        if any(letter.isdigit() for letter in wanted):
            raise Invalid({"q": error.message}) from None
        return people_search.begins(col(Person.name), wanted)
    return col(Person.identity_hash) == data_keys().hash(number, context="identity")


def _candidate(
    actor: Actor, here: Organisation, person: Person, organisation: str,
    membership: Membership | None, invited: bool,
) -> CandidateRow:  # fmt: skip
    return CandidateRow(
        id=person.id or 0,
        name=person.name,
        identity_mask=person.identity_mask,
        organisation=organisation,
        post=person.post,
        clerk=membership is not None and membership.begins_at is not None,
        why_not=_why_not(actor, here, person, membership, invited),
    )


def _why_not(
    actor: Actor, here: Organisation, person: Person, membership: Membership | None, invited: bool
) -> str:
    """What stands against inviting somebody, in a sentence; empty when nothing does."""
    if here.status is not OrganisationStatus.ACTIVE:
        return "该单位目前未启用，不能邀请管理员。"
    if person.id == actor.person_id:
        return "不能邀请本人。"
    if person.activated_at is None:
        return "该人员的账号尚未激活，请先由本人激活。"
    if person.status is not PersonStatus.ACTIVE:
        return f"该人员目前为“{person.status.label}”，不能担任管理员。"
    if membership and membership.begins_at:
        return "该人员已经是管理员。"
    if membership:
        return "该人员已被指定为管理员，等待启用，请由上级单位开具启用码。"
    return "已邀请该人员，正在等待接受。" if invited else ""


def _open_membership(session: Session, here: Organisation, person_id: int) -> Membership | None:
    return _open_memberships(session, here, [person_id]).get(person_id)


def _open_memberships(
    session: Session, here: Organisation, people: list[int]
) -> dict[int, Membership]:
    rows = session.exec(
        select(Membership).where(
            Membership.organisation_id == here.id, col(Membership.person_id).in_(people),
            col(Membership.ended_at).is_(None),
        )
    )  # fmt: skip
    return {row.person_id: row for row in rows}


def _list_invited(session: Session, here: Organisation, people: list[int]) -> set[int]:
    rows = session.exec(
        select(Invitation.person_id).where(
            Invitation.organisation_id == here.id, col(Invitation.person_id).in_(people),
            *_open(), Invitation.expires_at > clock.now(),
        )
    )  # fmt: skip
    return set(rows)


def _still_belongs(session: Session, here: Organisation, person: Person) -> bool:
    statement = select(Organisation.id).where(
        Organisation.id == person.organisation_id, _belongs(here)
    )
    there = session.exec(statement).first() is not None
    active = here.status is OrganisationStatus.ACTIVE and person.status is PersonStatus.ACTIVE
    return there and active


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Invitation.accepted_at).is_(None), col(Invitation.withdrawn_at).is_(None)


def _close(session: Session, condition: ColumnElement[bool]) -> int:
    closed = session.execute(
        update(Invitation).where(condition, *_open()).values(withdrawn_at=clock.now())
    )
    return closed.rowcount  # type: ignore[attr-defined]
