"""Accounts: the first sign-in of a collected person, activation, codes, passwords."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership, OneTimeCode, Person, SignIn
from rxapp.rules import identity
from rxapp.rules.permissions import Permission
from rxapp.services import audit, scopes, sign_ins
from rxapp.services.actors import ANONYMOUS, Actor

CODE_HOURS = 24
CODE_DIGITS = 8
CODE_FAILURES = 5

MISMATCH = (
    "姓名或手机号码与采集信息不一致。手机号码已更换或未采集的，"
    "请向单位管理员领取一次性激活码后填写；已填写的内容仍在。"
)
# With a code typed, one sentence again: else any code at all would tell whether a name is right.
CODE_MISMATCH = (
    "姓名与采集信息不一致，或激活码不正确、已使用或已过期，请逐项核对，"
    "或请单位管理员重新开具激活码；已填写的内容仍在。"
)
COMPARE = "请与采集的信息核对。"
WRONG_CODE = "激活码不正确、已使用或已过期，请核对后再填，或请单位管理员重新开具。"


@dataclass(frozen=True)
class Candidate:
    """What a sign-in is checked against; never leaves the server."""

    person_id: int | None = None
    password_hash: str | None = None
    identity_number: str = ""


@dataclass(frozen=True)
class Profile:
    """What a person completes at activation."""

    field: str
    title_series: str
    title_level: str
    education: str
    post: str


@dataclass(frozen=True)
class ActivationView:
    """What the activation page shows: nothing that would answer its own questions."""

    identity_mask: str
    has_mobile: bool
    organisation: str


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
    staff: str
    awaits_staff_code: bool
    devices: list[DeviceRow]


def find_candidate(session: Session, _actor: Actor, *, identity_number: str) -> Candidate:
    """What to check a typed password against; an empty candidate when there is no such person."""
    hashed = data_keys().hash(identity_number, context="identity")
    person = session.exec(select(Person).where(Person.identity_hash == hashed)).first()
    if person is None:
        return Candidate()
    if person.password_hash:
        return Candidate(person.id, person.password_hash)
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


def get_activation(session: Session, actor: Actor) -> ActivationView:
    """What a collected person sees before activation."""
    person = _own(session, actor, Permission.ACTIVATE)
    return ActivationView(
        identity_mask=person.identity_mask,
        has_mobile=bool(person.mobile_hash),
        organisation=_organisation_name(session, person.organisation_id),
    )


def activate(
    session: Session, actor: Actor, *, name: str, mobile: str, code: str, profile: Profile,
    password_hash: str, device: str,
) -> str:  # fmt: skip
    """Confirm who one is, complete one's record, set a password; returns a fresh cookie token.

    Name and collected mobile must both match; a mobile that is missing or changed needs the clerk's
    one-time code instead. Raises Invalid with one sentence that does not tell which did not match.
    """
    person = _own(session, actor, Permission.ACTIVATE)
    if person.activated_at is not None:
        raise Conflict("该账号已经激活，请使用新密码登录。")
    mobile_hash = data_keys().hash(mobile, context="mobile")
    known = bool(person.mobile_hash) and hmac.compare_digest(person.mobile_hash, mobile_hash)
    named = identity.same_name(person.name, name)
    if not code and not (named and known):
        raise Invalid({"name": COMPARE, "mobile": COMPARE}, message=MISMATCH)
    if not named or not (known or _use_code(session, person, "activation", code)):
        raise Invalid({"name": CODE_MISMATCH, "code": CODE_MISMATCH})
    if not known:
        _set_mobile(person, mobile)
    for key, value in vars(profile).items():
        setattr(person, key, value)
    person.password_hash = password_hash
    person.activated_at = clock.now()
    session.add(person)
    session.flush()
    sign_ins.end_all(session, actor, person_id=person.id or 0, except_id=None)
    audit.record(session, actor, audit.Action.ACTIVATED, kind="person", id=person.id)
    return sign_ins.begin(session, person, device=device)


def note_activation_refused(session: Session, actor: Actor, *, code: str = "") -> None:
    """Record a failed activation, and count a failed code, in a transaction of its own."""
    if actor.person_id is None:
        raise NotSignedIn()
    if code:
        _count_failure(session, actor.person_id)
    audit.record(session, actor, audit.Action.ACTIVATION_REFUSED, kind="person", id=actor.person_id)


def note_code_refused(session: Session, actor: Actor) -> None:
    """Count a failed staff code against the codes that are open, in a transaction of its own."""
    person_id = actor.require(Permission.SIGNED_IN)
    _count_failure(session, person_id)
    audit.record(session, actor, audit.Action.CODE_REFUSED, kind="person", id=person_id)


def find_password_hash(session: Session, actor: Actor) -> str | None:
    """The signed-in person's own password hash, to be checked outside the transaction."""
    return _own(session, actor, Permission.SIGNED_IN).password_hash


def change_password(session: Session, actor: Actor, *, password_hash: str) -> None:
    """Set a new password and end every other sign-in."""
    person = _own(session, actor, Permission.SIGNED_IN)
    person.password_hash = password_hash
    session.add(person)
    sign_ins.end_all(session, actor, person_id=person.id or 0, except_id=actor.sign_in_id)
    audit.record(session, actor, audit.Action.PASSWORD_CHANGED, kind="person", id=person.id)


def own_number(session: Session, actor: Actor, *, permission: Permission) -> str:
    """The person's own identity number, for checks that need it; never shown in full."""
    person = _own(session, actor, permission)
    return data_keys().decrypt(person.identity_cipher, context="identity")


def get_account(session: Session, actor: Actor) -> AccountView:
    """The person's own account, with the devices signed in now."""
    person = _own(session, actor, Permission.SIGNED_IN)
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
        organisation=_organisation_name(session, person.organisation_id),
        field=person.field,
        title=" ".join(part for part in (person.title_series, person.title_level) if part),
        education=person.education,
        post=person.post,
        staff="、".join(office.name for office in actor.offices),
        awaits_staff_code=waiting is not None,
        devices=_devices(session, actor),
    )


def end_other_sign_ins(session: Session, actor: Actor) -> int:
    """Sign out on every other device."""
    person_id = actor.require(Permission.SIGNED_IN)
    return sign_ins.end_all(session, actor, person_id=person_id, except_id=actor.sign_in_id)


def issue_code(session: Session, actor: Actor, *, person_id: int, purpose: str) -> tuple[str, str]:
    """A one-time code for a person of one's own office or below, and the name; earlier ones lapse.

    Whoever holds a membership gets codes only from a level above the offices he serves.
    """
    actor.require(Permission.CODE_ISSUE)
    person = scopes.get_person(session, actor, Permission.CODE_ISSUE, person_id)
    return _issue(session, actor, person, purpose), person.name


def issue_code_as_operator(
    session: Session, actor: Actor, *, identity_number: str, purpose: str
) -> str:
    """A one-time code given by the operator at the machine itself (`rxapp code`)."""
    hashed = data_keys().hash(identity_number, context="identity")
    person = session.exec(select(Person).where(Person.identity_hash == hashed)).first()
    if person is None:
        raise NotFound("没有找到该身份证号码的人员。")
    _require_use_for(session, person, purpose)
    return _store_code(session, actor, person, purpose)


def begin_staff(session: Session, actor: Actor, *, code: str) -> str:
    """Begin one's staff rights with the single-use code from the level above; names the offices."""
    person = _own(session, actor, Permission.SIGNED_IN)
    if not _use_code(session, person, "staff", code):
        raise Invalid({"code": WRONG_CODE})
    session.execute(
        update(Membership)
        .where(
            col(Membership.person_id) == person.id,
            col(Membership.begins_at).is_(None),
            col(Membership.ended_at).is_(None),
        )
        .values(begins_at=clock.now())
    )
    audit.record(session, actor, audit.Action.STAFF_BEGUN, kind="person", id=person.id)
    offices = session.exec(
        select(Organisation.name)
        .join(Membership, col(Membership.organisation_id) == Organisation.id)
        .where(Membership.person_id == person.id, col(Membership.ended_at).is_(None))
    ).all()
    return "、".join(offices)


def _issue(session: Session, actor: Actor, person: Person, purpose: str) -> str:
    served = _require_use_for(session, person, purpose)
    if not all(scopes.is_above(actor, Permission.CODE_ISSUE, path) for path in served):
        raise NotPermitted("管理员的启用码和激活码只能由上一级单位开具。")
    return _store_code(session, actor, person, purpose)


def _require_use_for(session: Session, person: Person, purpose: str) -> list[str]:
    """Refuse a code nobody could use; returns the paths of the offices the person serves."""
    if purpose not in ("activation", "staff"):
        raise NotFound()
    if purpose == "activation" and person.activated_at is not None:
        raise Conflict("该人员的账号已经激活，不需要激活码。")
    served = session.exec(
        select(Organisation.path, Membership.begins_at)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(Membership.person_id == person.id, col(Membership.ended_at).is_(None))
    ).all()
    if purpose == "staff" and all(begins_at is not None for _, begins_at in served):
        raise Conflict("该人员没有待启用的管理权限，不需要启用码。")
    return [path for path, _ in served]


def _store_code(session: Session, actor: Actor, person: Person, purpose: str) -> str:
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    now = clock.now()
    session.execute(
        update(OneTimeCode)
        .where(
            col(OneTimeCode.person_id) == person.id,
            col(OneTimeCode.purpose) == purpose,
            col(OneTimeCode.used_at).is_(None),
        )
        .values(expires_at=now)
    )
    session.add(
        OneTimeCode(
            person_id=person.id or 0,
            purpose=purpose,
            code_hash=data_keys().hash(code, context="code"),
            issued_by=actor.person_id,
            created_at=now,
            expires_at=now + timedelta(hours=CODE_HOURS),
        )
    )
    audit.record(
        session, actor, audit.Action.CODE_ISSUED, kind="person", id=person.id, purpose=purpose
    )
    return code


def _use_code(session: Session, person: Person, purpose: str, code: str) -> bool:
    used = session.execute(
        update(OneTimeCode)
        .where(
            col(OneTimeCode.person_id) == person.id,
            col(OneTimeCode.purpose) == purpose,
            col(OneTimeCode.code_hash) == data_keys().hash(code, context="code"),
            col(OneTimeCode.used_at).is_(None),
            col(OneTimeCode.expires_at) > clock.now(),
            col(OneTimeCode.failures) < CODE_FAILURES,
        )
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    audit.record(
        session, ANONYMOUS, audit.Action.CODE_USED, kind="person", id=person.id, purpose=purpose
    )
    return True


def _count_failure(session: Session, person_id: int) -> None:
    session.execute(
        update(OneTimeCode)
        .where(col(OneTimeCode.person_id) == person_id, col(OneTimeCode.used_at).is_(None))
        .values(failures=OneTimeCode.failures + 1)
    )


def _own(session: Session, actor: Actor, permission: Permission) -> Person:
    person = session.get(Person, actor.require(permission))
    if person is None:
        raise NotSignedIn()
    return person


def _set_mobile(person: Person, mobile: str) -> None:
    person.mobile_cipher = data_keys().encrypt(mobile, context="mobile")
    person.mobile_hash = data_keys().hash(mobile, context="mobile")
    person.mobile_mask = identity.mask_mobile(mobile)


def _organisation_name(session: Session, organisation_id: int) -> str:
    found = session.get(Organisation, organisation_id)
    return found.name if found else ""


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
