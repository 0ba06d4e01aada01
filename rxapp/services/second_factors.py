"""The second factor: an authenticator's code beside the password, or a printed recovery code."""

import hmac
from dataclasses import dataclass

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from rxapp import clock, routes
from rxapp.adapters import qr
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotPermitted, NotSignedIn
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership, Person, RecoveryCode, SecondFactor
from rxapp.rules import one_time
from rxapp.rules.permissions import BUREAUS, Capacity, Permission
from rxapp.services import audit, messages, sign_ins
from rxapp.services.actors import Actor
from rxapp.settings import settings

WRONG = (
    "动态验证码不正确、已使用过或已过期，请填写手机应用中当前显示的6位数字；"
    "手机不在身边的，请填写一个未用过的恢复码。"
)
WRONG_AT_SETUP = "动态验证码不正确或已过期，请填写手机应用中当前显示的6位数字，已扫描的仍有效。"


@dataclass(frozen=True)
class Challenge:
    """What the page asking for the code shows; `demo_code` only in the demo."""

    demo_code: str


@dataclass(frozen=True)
class Setup:
    """A new secret as picture and as text in groups, until it is confirmed."""

    picture: str
    secret: str
    demo_code: str


@dataclass(frozen=True)
class FactorView:
    """The own second factor: whether it is on, whether it must be, how many codes are left."""

    on: bool
    since: str
    codes_left: int
    required: bool
    offered: bool
    demo_code: str


def get_challenge(session: Session, actor: Actor) -> Challenge:
    """What is asked after the password."""
    person_id = actor.require(Permission.SECOND_FACTOR)
    return Challenge(demo_code=_demo_code(session.get(SecondFactor, person_id)))


def answer(session: Session, actor: Actor, *, code: str) -> None:
    """Complete a sign-in with the authenticator's code or an unused recovery code; else Invalid."""
    person_id = actor.require(Permission.SECOND_FACTOR)
    how = _accept(session, person_id, code)
    if how is None:
        raise Invalid({"code": WRONG})
    sign_ins.pass_factor(session, actor.sign_in_id)
    audit.record(
        session, actor, audit.Action.FACTOR_PASSED, kind="person", id=person_id, how=how
    )  # fmt: skip
    if how == "recovery":
        messages.send(
            session, to=person_id, title="使用了一个恢复码", href=routes.MY_FACTOR,
            body="刚才用恢复码完成了登录。如非本人操作，请立即修改密码，并重新生成恢复码。",
            also_text=True,
        )  # fmt: skip


def note_refused(session: Session, actor: Actor) -> None:
    """Record a wrong code, in a transaction of its own."""
    if actor.person_id is None:
        raise NotSignedIn()
    audit.record(session, actor, audit.Action.FACTOR_REFUSED, kind="person", id=actor.person_id)


def get_factor(session: Session, actor: Actor) -> FactorView:
    """One's own second factor."""
    person_id = actor.require(Permission.SIGNED_IN)
    row = session.get(SecondFactor, person_id)
    on = row is not None and row.confirmed_at is not None
    served = _capacities_served(session, person_id)
    return FactorView(
        on=on,
        since=f"{clock.local(row.confirmed_at):%Y-%m-%d}" if row and row.confirmed_at else "",
        codes_left=_codes_left(session, person_id) if on else 0,
        required=any(capacities & BUREAUS for capacities in served),
        offered=bool(served),
        demo_code=_demo_code(row) if on else "",
    )


def begin_setup(session: Session, actor: Actor) -> Setup:
    """Make a secret to be scanned; it counts once a code has confirmed it."""
    person_id = actor.require(Permission.SIGNED_IN)
    if not _capacities_served(session, person_id):
        raise NotPermitted("动态验证码供各单位管理员使用，您目前不是管理员。")
    row = session.get(SecondFactor, person_id)
    if row is not None and row.confirmed_at is not None:
        raise Conflict("动态验证码已经启用，不需要再次设置。")
    secret = random_base32()
    row = row or SecondFactor(person_id=person_id, secret_cipher="")
    row.secret_cipher = data_keys().encrypt(secret, context="factor")
    row.last_step = 0
    session.add(row)
    session.flush()
    mask = session.get_one(Person, person_id).identity_mask
    uri = TOTP(secret).provisioning_uri(name=mask, issuer_name="继续教育平台")
    return Setup(qr.picture(uri), one_time.grouped(secret), _demo_code(row))


def confirm_setup(session: Session, actor: Actor, *, code: str) -> list[str]:
    """Switch the factor on with its first code; returns the recovery codes, shown this once."""
    person_id = actor.require(Permission.SIGNED_IN)
    row = session.get(SecondFactor, person_id)
    if row is None or row.confirmed_at is not None:
        raise Conflict("请先点“开始设置”，再填写动态验证码。")
    if not _accept_moment(session, row, one_time.tidy(code)):
        raise Invalid({"code": WRONG_AT_SETUP})
    row.confirmed_at = clock.now()
    session.add(row)
    sign_ins.pass_factor(session, actor.sign_in_id)
    sign_ins.end_all(session, actor, person_id=person_id, except_id=actor.sign_in_id)
    audit.record(session, actor, audit.Action.FACTOR_SET, kind="person", id=person_id)
    _tell(session, person_id, "已启用动态验证码", "您的账号已启用动态验证码，今后登录时需要填写。")
    return _make_recovery_codes(session, person_id)


def renew_recovery_codes(session: Session, actor: Actor, *, code: str) -> list[str]:
    """Ten new recovery codes for a current code; the old ones no longer work."""
    person_id = actor.require(Permission.SIGNED_IN)
    row = _confirmed(session, person_id)
    if not _accept_moment(session, row, one_time.tidy(code)):
        raise Invalid({"code": WRONG})
    audit.record(
        session, actor, audit.Action.FACTOR_SET, kind="person", id=person_id, what="recovery_codes"
    )
    return _make_recovery_codes(session, person_id)


def require_removable(session: Session, actor: Actor) -> None:
    """Refuse where there is nothing to remove, or where the work needs the factor."""
    person_id = actor.require(Permission.SIGNED_IN)
    _confirmed(session, person_id)
    if any(capacities & BUREAUS for capacities in _capacities_served(session, person_id)):
        raise NotPermitted("人社部门管理员必须使用动态验证码，不能停用。")


def remove(session: Session, actor: Actor, *, code: str) -> None:
    """Switch one's factor off with a code, the password having been checked just before."""
    require_removable(session, actor)
    person_id = actor.require(Permission.SIGNED_IN)
    if _accept(session, person_id, code) is None:
        raise Invalid({"code": WRONG})
    forget(session, actor, person_id=person_id)


def forget(session: Session, actor: Actor, *, person_id: int) -> None:
    """Take a person's factor away, end every other sign-in, and tell the person."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))
    session.execute(delete(SecondFactor).where(col(SecondFactor.person_id) == person_id))
    sign_ins.end_all(session, actor, person_id=person_id, except_id=actor.sign_in_id)
    audit.record(session, actor, audit.Action.FACTOR_REMOVED, kind="person", id=person_id)
    _tell(session, person_id, "已停用动态验证码", "您的账号已停用动态验证码，今后只用密码登录。")


def _accept(session: Session, person_id: int, typed: str) -> str | None:
    """How a typed code was right: "code" or "recovery"; None when it was wrong or used before."""
    code = one_time.tidy(typed)
    row = session.get(SecondFactor, person_id)
    if row is None or row.confirmed_at is None:
        return None
    if one_time.is_moments(code):
        return "code" if _accept_moment(session, row, code) else None
    return "recovery" if _accept_recovery(session, person_id, code) else None


def _accept_moment(session: Session, row: SecondFactor, code: str) -> bool:
    totp = _totp(row)
    now = _step_now()
    around = range(now - one_time.STEPS_AROUND, now + one_time.STEPS_AROUND + 1)
    right = [n for n in around if hmac.compare_digest(totp.generate_otp(n), code)]
    if not right:
        return False
    # Each step is taken once, also by two who come at the same moment.
    taken = session.execute(
        update(SecondFactor)
        .where(
            col(SecondFactor.person_id) == row.person_id, col(SecondFactor.last_step) < max(right)
        )
        .values(last_step=max(right))
    )
    return taken.rowcount == 1  # type: ignore[attr-defined]


def _accept_recovery(session: Session, person_id: int, code: str) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.person_id) == person_id,
            col(RecoveryCode.code_hash) == _hash(code),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=clock.now())
    )
    return used.rowcount == 1  # type: ignore[attr-defined]


def _make_recovery_codes(session: Session, person_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))
    made = [one_time.new_recovery_code() for _ in range(one_time.RECOVERY_CODES)]
    for code in made:
        session.add(RecoveryCode(person_id=person_id, code_hash=_hash(one_time.tidy(code))))
    return made


def _hash(code: str) -> str:
    return data_keys().hash(code, context="recovery")


def _confirmed(session: Session, person_id: int) -> SecondFactor:
    row = session.get(SecondFactor, person_id)
    if row is None or row.confirmed_at is None:
        raise Conflict("您的账号没有启用动态验证码。")
    return row


def _codes_left(session: Session, person_id: int) -> int:
    return session.exec(
        select(func.count(col(RecoveryCode.id))).where(
            RecoveryCode.person_id == person_id, col(RecoveryCode.used_at).is_(None)
        )
    ).one()


def _capacities_served(session: Session, person_id: int) -> list[frozenset[Capacity]]:
    rows = session.exec(
        select(Organisation)
        .join(Membership, col(Membership.organisation_id) == Organisation.id)
        .where(Membership.person_id == person_id, col(Membership.ended_at).is_(None))
    )
    return [row.capacities for row in rows]


def _totp(row: SecondFactor) -> TOTP:
    return TOTP(data_keys().decrypt(row.secret_cipher, context="factor"))


def _step_now() -> int:
    return int(clock.now().timestamp()) // one_time.STEP_SECONDS


def _demo_code(row: SecondFactor | None) -> str:
    """The code that would be accepted next, so that the demo can be tried without a phone."""
    if not settings().demo or row is None:
        return ""
    return _totp(row).generate_otp(max(_step_now(), row.last_step + 1))


def _tell(session: Session, person_id: int, title: str, body: str) -> None:
    body = f"{body}如非本人操作，请立即联系上级单位或平台管理员。"
    messages.send(session, to=person_id, title=title, body=body, also_text=True)
