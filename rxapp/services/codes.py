"""One-time codes: given by a clerk or the operator, used once, by one person, within a day."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership, OneTimeCode, Person
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, audit, scopes
from rxapp.services.actors import ANONYMOUS, Actor

HOURS = 24
DIGITS = 8
FAILURES = 5
WRONG_CODE = "激活码不正确、已使用或已过期，请核对后再填，或请单位管理员重新开具。"


@dataclass(frozen=True)
class Offered:
    """Which one-time codes somebody may be given from this desk."""

    activation: bool
    staff: bool
    reset: bool


@dataclass(frozen=True)
class Served:
    """An office somebody serves, and whether his rights there have begun."""

    path: str
    begun: bool


def offered(actor: Actor, person: Person, served: list[Served]) -> Offered:
    """Which codes to offer; `issue` asks again before it gives one."""
    # Whoever serves an office gets codes from above it only.
    above = all(scopes.is_above(actor, Permission.CODE_ISSUE, office.path) for office in served)
    above = above and actor.may(Permission.CODE_ISSUE) and person.pseudonymised_at is None
    return Offered(
        activation=above and person.activated_at is None,
        staff=above and not all(office.begun for office in served),
        reset=above and person.activated_at is not None and person.id != actor.person_id,
    )


def list_served(session: Session, ids: list[int]) -> dict[int, list[Served]]:
    """The offices each of these people serves."""
    rows = session.exec(
        select(Membership.person_id, Organisation.path, Membership.begins_at)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(col(Membership.person_id).in_(ids), col(Membership.ended_at).is_(None))
    )
    found: dict[int, list[Served]] = {}
    for person_id, path, begins_at in rows:
        found.setdefault(person_id, []).append(Served(path, begins_at is not None))
    return found


def issue(session: Session, actor: Actor, *, person_id: int, purpose: str) -> tuple[str, str]:
    """A one-time code for a person of one's own office or below, and the name; earlier ones lapse.

    Whoever holds a membership gets codes only from a level above the offices he serves.
    """
    actor.require(Permission.CODE_ISSUE)
    person = scopes.get_person(session, actor, Permission.CODE_ISSUE, person_id)
    return _issue_from_above(session, actor, person, purpose), person.name


def issue_as_operator(session: Session, actor: Actor, *, identity_number: str, purpose: str) -> str:
    """A one-time code given by the operator at the machine itself (`rxapp code`)."""
    hashed = data_keys().hash(identity_number, context="identity")
    person = session.exec(select(Person).where(Person.identity_hash == hashed)).first()
    if person is None:
        raise NotFound("没有找到该身份证号码的人员。")
    _require_use_for(session, person, purpose)
    return _store_code(session, actor, person, purpose)


def begin_staff(session: Session, actor: Actor, *, code: str) -> str:
    """Begin one's staff rights with the single-use code from the level above; names the offices."""
    person = accounts.own_person(session, actor, Permission.SIGNED_IN)
    if not use(session, person, "staff", code):
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


def note_refused(session: Session, actor: Actor) -> None:
    """Count a failed staff code against the codes that are open, in a transaction of its own."""
    person_id = actor.require(Permission.SIGNED_IN)
    count_failure(session, person_id)
    audit.record(session, actor, audit.Action.CODE_REFUSED, kind="person", id=person_id)


def use(session: Session, person: Person, purpose: str, code: str) -> bool:
    used = session.execute(
        update(OneTimeCode)
        .where(
            col(OneTimeCode.person_id) == person.id,
            col(OneTimeCode.purpose) == purpose,
            col(OneTimeCode.code_hash) == data_keys().hash(code, context="code"),
            col(OneTimeCode.used_at).is_(None),
            col(OneTimeCode.expires_at) > clock.now(),
            col(OneTimeCode.failures) < FAILURES,
        )
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    audit.record(
        session, ANONYMOUS, audit.Action.CODE_USED, kind="person", id=person.id, purpose=purpose
    )
    return True


def count_failure(session: Session, person_id: int) -> None:
    session.execute(
        update(OneTimeCode)
        .where(col(OneTimeCode.person_id) == person_id, col(OneTimeCode.used_at).is_(None))
        .values(failures=OneTimeCode.failures + 1)
    )


def _issue_from_above(session: Session, actor: Actor, person: Person, purpose: str) -> str:
    served = _require_use_for(session, person, purpose)
    if not all(scopes.is_above(actor, Permission.CODE_ISSUE, path) for path in served):
        raise NotPermitted("管理员的启用码、激活码和重置码只能由上一级单位开具。")
    return _store_code(session, actor, person, purpose)


def _require_use_for(session: Session, person: Person, purpose: str) -> list[str]:
    """Refuse a code nobody could use; returns the paths of the offices the person serves."""
    if purpose not in ("activation", "staff", "reset"):
        raise NotFound()
    if purpose == "reset" and person.activated_at is None:
        raise Conflict("该人员的账号尚未激活，不需要重置密码，请开具激活码。")
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
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
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
            expires_at=now + timedelta(hours=HOURS),
        )
    )
    audit.record(
        session, actor, audit.Action.CODE_ISSUED, kind="person", id=person.id, purpose=purpose
    )
    return code
