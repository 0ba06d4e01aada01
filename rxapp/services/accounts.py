"""Accounts: signing in, one's own data, passwords, devices."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import NotFound, NotSignedIn
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership, Person, SecondFactor, SignIn
from rxapp.rules import identity
from rxapp.rules.email import mask_email
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import PersonStatus
from rxapp.services import audit, messages, sign_ins
from rxapp.services.actors import ANONYMOUS, Actor


@dataclass(frozen=True)
class Candidate:
    """What a sign-in is checked against; never leaves the server."""

    person_id: int | None = None
    password_hash: str | None = None
    identity_number: str = ""
    has_factor: bool = False


@dataclass(frozen=True)
class DeviceRow:
    """One live sign-in of the person."""

    id: int
    device: str
    since: str
    seen: str
    here: bool


@dataclass(frozen=True)
class AccountView:
    """The person's own account, masked."""

    name: str
    identity_mask: str
    mobile_mask: str
    organisation: str
    field: str
    title: str
    education: str
    post: str
    email_mask: str
    staff: str
    factor: str
    awaits_staff_code: bool
    devices: list[DeviceRow]


def find_candidate(session: Session, _actor: Actor, *, identity_number: str) -> Candidate:
    """What to check a typed password against; an empty candidate when there is no such person."""
    hashed = data_keys().hash(identity_number, context="identity")
    found = session.exec(
        select(Person, SecondFactor.confirmed_at)
        .outerjoin(SecondFactor, col(SecondFactor.person_id) == Person.id)
        .where(Person.identity_hash == hashed)
    ).first()
    if found is None:
        return Candidate()
    person, confirmed_at = found
    if person.status is PersonStatus.DECEASED:
        return Candidate()
    if person.password_hash:
        return Candidate(person.id, person.password_hash, has_factor=confirmed_at is not None)
    number = data_keys().decrypt(person.identity_cipher, context="identity")
    return Candidate(person.id, None, number)


def initial_matches(candidate: Candidate, typed: str) -> bool:
    """Whether the first password (the number's last six characters) was typed, in constant time."""
    # Compared even when there is nothing to compare with, so that both take the same time.
    matches = identity.matches_initial_password(candidate.identity_number or "\0" * 18, typed)
    return matches and bool(candidate.identity_number)


def open_sign_in(session: Session, _actor: Actor, *, person_id: int, device: str) -> str:
    """Begin a sign-in for a person whose password was right; returns the cookie's token."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound()
    token = sign_ins.begin(session, person, device=device)
    actor = sign_ins.find_actor(session, token)
    audit.record(session, actor, audit.Action.SIGNED_IN, kind="person", id=person_id)
    return token


def note_refused(session: Session, _actor: Actor, *, person_id: int | None) -> None:
    """Record a refused sign-in; the record looks the same whether the person exists or not."""
    audit.record(session, ANONYMOUS, audit.Action.SIGN_IN_REFUSED, kind="person", id=person_id)


def find_password_hash(session: Session, actor: Actor) -> str | None:
    """The signed-in person's own password hash, to be checked outside the transaction."""
    return own_person(session, actor, Permission.SIGNED_IN).password_hash


def change_password(session: Session, actor: Actor, *, password_hash: str) -> None:
    """Set a new password and end every other sign-in."""
    person = own_person(session, actor, Permission.SIGNED_IN)
    person.password_hash = password_hash
    session.add(person)
    sign_ins.end_all(session, actor, person_id=person.id or 0, except_id=actor.sign_in_id)
    audit.record(session, actor, audit.Action.PASSWORD_CHANGED, kind="person", id=person.id)


def own_number(session: Session, actor: Actor, *, permission: Permission) -> str:
    """The person's own identity number, for checks that need it; never shown in full."""
    person = own_person(session, actor, permission)
    return data_keys().decrypt(person.identity_cipher, context="identity")


def get_account(session: Session, actor: Actor) -> AccountView:
    """The person's own account, with the devices signed in now."""
    person = own_person(session, actor, Permission.SIGNED_IN)
    waiting = session.exec(
        select(Membership.id).where(
            Membership.person_id == person.id,
            col(Membership.begins_at).is_(None),
            col(Membership.ended_at).is_(None),
        )
    ).first()
    return AccountView(
        name=person.name,
        identity_mask=person.identity_mask,
        mobile_mask=person.mobile_mask,
        organisation=organisation_name(session, person.organisation_id),
        field=person.field,
        title=" ".join(part for part in (person.title_series, person.title_level) if part),
        education=person.education,
        post=person.post,
        email_mask=person.email_mask,
        factor=_factor_words(session, actor, waiting is not None),
        staff="、".join(office.name for office in actor.offices),
        awaits_staff_code=waiting is not None,
        devices=_devices(session, actor),
    )


def set_email(session: Session, actor: Actor, *, address: str) -> str:
    """Set one's e-mail address, or take it away with an empty one; returns it masked."""
    person = own_person(session, actor, Permission.SIGNED_IN)
    person.email_cipher = data_keys().encrypt(address, context="email") if address else ""
    person.email_mask = mask_email(address) if address else ""
    session.add(person)
    audit.record(
        session, actor, audit.Action.PERSON_CHANGED, kind="person", id=person.id, what="email"
    )
    return person.email_mask


def change_mobile(session: Session, actor: Actor, *, mobile: str) -> None:
    """Set one's mobile number after the password was checked; the old number is told.

    Two people with one mobile are not an error here: only staff are told of that.
    """
    person = own_person(session, actor, Permission.SIGNED_IN)
    hashed = data_keys().hash(mobile, context="mobile")
    if hashed == person.mobile_hash:
        return
    mask = identity.mask_mobile(mobile)
    # Sent before the change: whoever lost the account to somebody else learns of it.
    messages.send(
        session, to=person.id or 0, title="手机号码已更换", href=routes.ME, also_text=True,
        body=f"您的手机号码已更换为{mask}。如非本人操作，请立即修改密码并联系单位管理员。",
    )  # fmt: skip
    person.mobile_cipher = data_keys().encrypt(mobile, context="mobile")
    person.mobile_hash, person.mobile_mask = hashed, mask
    person.version += 1
    session.add(person)
    audit.record(
        session, actor, audit.Action.PERSON_CHANGED, kind="person", id=person.id, what="mobile"
    )


def end_other_sign_ins(session: Session, actor: Actor) -> int:
    """Sign out on every other device."""
    person_id = actor.require(Permission.SIGNED_IN)
    return sign_ins.end_all(session, actor, person_id=person_id, except_id=actor.sign_in_id)


def end_sign_in(session: Session, actor: Actor, *, sign_in_id: int) -> bool:
    """Sign out on one device of one's own; False when that had ended already."""
    return sign_ins.end_one(session, actor, sign_in_id=sign_in_id)


def own_person(session: Session, actor: Actor, permission: Permission) -> Person:
    person = session.get(Person, actor.require(permission))
    if person is None:
        raise NotSignedIn()
    return person


def organisation_name(session: Session, organisation_id: int) -> str:
    found = session.get(Organisation, organisation_id)
    return found.name if found else ""


def _factor_words(session: Session, actor: Actor, waiting: bool) -> str:
    """What a clerk is told about the second factor; empty for who is none."""
    row = session.get(SecondFactor, actor.person_id)
    if row is not None and row.confirmed_at is not None:
        return "已启用"
    if actor.needs_factor:
        return "须设置后才能使用管理权限"
    return "未启用" if actor.offices or waiting else ""


def _devices(session: Session, actor: Actor) -> list[DeviceRow]:
    idle_since = clock.now() - timedelta(hours=24)
    rows = session.exec(
        select(SignIn)
        .where(
            SignIn.person_id == actor.person_id,
            col(SignIn.ended_at).is_(None),
            SignIn.expires_at > clock.now(),
            SignIn.seen_at > idle_since,
        )
        .order_by(col(SignIn.seen_at).desc())
        .limit(20)
    ).all()
    return [
        DeviceRow(
            id=row.id or 0,
            device=row.device,
            since=f"{clock.local(row.created_at):%Y-%m-%d %H:%M}",
            seen=f"{clock.local(row.seen_at):%Y-%m-%d %H:%M}",
            here=row.id == actor.sign_in_id,
        )
        for row in rows
    ]
