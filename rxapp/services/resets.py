"""A forgotten password: the office's one-time code and the mobile on record, then a new one."""

import hmac

from sqlmodel import Session, select

from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid
from rxapp.models.people import Person
from rxapp.services import audit, codes, messages, sign_ins
from rxapp.services.actors import ANONYMOUS, Actor

# One sentence for every way of being wrong: it does not tell which, nor who exists.
WRONG = (
    "身份证号码、手机号码或重置码不正确，或重置码已使用、已过期，请逐项核对，"
    "或请单位管理员重新开具重置码；已填写的内容仍在。"
)


def reset(
    session: Session, _actor: Actor, *, identity_number: str, mobile: str, code: str,
    password_hash: str,
) -> None:  # fmt: skip
    """Set a new password for a code from the office; every sign-in ends, the factor stays.

    Invalid with one sentence whatever was wrong. The person is told by message and text message.
    """
    person = _find(session, identity_number)
    known = _confirms(person, mobile)
    if person is None or not known or not codes.use(session, person, "reset", code):
        raise Invalid({"code": WRONG})
    person.password_hash = password_hash
    session.add(person)
    sign_ins.end_all(session, ANONYMOUS, person_id=person.id or 0, except_id=None)
    audit.record(session, ANONYMOUS, audit.Action.PASSWORD_RESET, kind="person", id=person.id)
    messages.send(
        session, to=person.id or 0, title="密码已重置",
        body="您的登录密码已用重置码重新设置，所有设备上的登录已退出。"
        "如非本人操作，请立即联系单位管理员。",
        also_text=True,
    )  # fmt: skip


def note_refused(session: Session, _actor: Actor, *, identity_number: str, mobile: str) -> None:
    """Record a failed reset; only who knows the mobile can use up the tries of a code."""
    person = _find(session, identity_number)
    known = _confirms(person, mobile)
    # The same statements run for nobody, so that both take the same time.
    codes.count_failure(session, (person.id or 0) if person and known else 0)
    audit.record(
        session, ANONYMOUS, audit.Action.CODE_REFUSED, kind="person",
        id=person.id if person else None, purpose="reset",
    )  # fmt: skip


def _find(session: Session, identity_number: str) -> Person | None:
    hashed = data_keys().hash(identity_number, context="identity")
    return session.exec(select(Person).where(Person.identity_hash == hashed)).first()


def _confirms(person: Person | None, mobile: str) -> bool:
    held = person.mobile_hash if person and person.activated_at else ""
    return hmac.compare_digest(held, data_keys().hash(mobile, context="mobile"))
