"""Activation: a collected person confirms who he is, completes his record, sets a password."""

import hmac
from dataclasses import dataclass

from sqlmodel import Session

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotSignedIn
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, audit, codes, sign_ins
from rxapp.services.actors import Actor

MISMATCH = (
    "姓名或手机号码与采集信息不一致。手机号码已更换或未采集的，"
    "请向单位管理员领取一次性激活码后填写；已填写的内容仍在。"
)
CODE_MISMATCH = (
    "姓名与采集信息不一致，或激活码不正确、已使用或已过期，请逐项核对，"
    "或请单位管理员重新开具激活码；已填写的内容仍在。"
)
COMPARE = "请与采集的信息核对。"


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


def get_activation(session: Session, actor: Actor) -> ActivationView:
    """What a collected person sees before activation."""
    person = accounts.own_person(session, actor, Permission.ACTIVATE)
    return ActivationView(
        identity_mask=person.identity_mask,
        has_mobile=bool(person.mobile_hash),
        organisation=accounts.organisation_name(session, person.organisation_id),
    )


def activate(
    session: Session, actor: Actor, *, name: str, mobile: str, code: str, profile: Profile,
    password_hash: str, device: str,
) -> str:  # fmt: skip
    """Confirm who one is, complete one's record, set a password; returns a fresh cookie token.

    Name and collected mobile must both match; a mobile that is missing or changed needs the clerk's
    one-time code instead. Raises Invalid with one sentence that does not tell which did not match.
    """
    person = accounts.own_person(session, actor, Permission.ACTIVATE)
    if person.activated_at is not None:
        raise Conflict("该账号已经激活，请使用新密码登录。")
    mobile_hash = data_keys().hash(mobile, context="mobile")
    known = bool(person.mobile_hash) and hmac.compare_digest(person.mobile_hash, mobile_hash)
    named = identity.same_name(person.name, name)
    if not code and not (named and known):
        raise Invalid({"name": COMPARE, "mobile": COMPARE}, message=MISMATCH)
    if not named or not (known or codes.use(session, person, "activation", code)):
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


def note_refused(session: Session, actor: Actor, *, code: str = "") -> None:
    """Record a failed activation, and count a failed code, in a transaction of its own."""
    if actor.person_id is None:
        raise NotSignedIn()
    if code:
        codes.count_failure(session, actor.person_id)
    audit.record(session, actor, audit.Action.ACTIVATION_REFUSED, kind="person", id=actor.person_id)


def _set_mobile(person: Person, mobile: str) -> None:
    person.mobile_cipher = data_keys().encrypt(mobile, context="mobile")
    person.mobile_hash = data_keys().hash(mobile, context="mobile")
    person.mobile_mask = identity.mask_mobile(mobile)
