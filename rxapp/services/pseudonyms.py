"""隐去个人信息: who died or left long ago loses name and numbers; the ledger and the log stay.

What points to the person by id stays sound: hours, decisions, certificates as they were issued.
"""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid
from rxapp.models.applications import Application, Evidence
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.learning import Watch
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import (
    Membership,
    OneTimeCode,
    Person,
    RecoveryCode,
    SecondFactor,
    SignIn,
    StatusSpell,
)
from rxapp.models.rosters import RosterLine
from rxapp.rules import identity
from rxapp.rules.city_values import CityValue
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import CLOSE_REASONS, CLOSED, PersonStatus
from rxapp.services import audit, city_values, evidence, scopes, staffing
from rxapp.services.actors import Actor

NAME = "已隐去"
MASK = "*" * 18
AT_ONCE = 200
# What belongs to the person alone and is of no use without him, in an order the keys allow.
GOES = (
    (Watch, Watch.person_id), (SignIn, SignIn.person_id), (OneTimeCode, OneTimeCode.person_id),
    (SecondFactor, SecondFactor.person_id), (RecoveryCode, RecoveryCode.person_id),
    (Message, Message.person_id), (Outgoing, Outgoing.person_id),
)  # fmt: skip


def run_due(session: Session, actor: Actor) -> tuple[int, list[str]]:
    """Pseudonymise who died long enough ago; returns how many, and evidence files to discard."""
    days = city_values.get_value(session, CityValue.PSEUDONYM_DAYS)
    rows = session.exec(
        select(Person)
        .where(
            Person.status == PersonStatus.DECEASED,
            col(Person.status_on) <= clock.today() - timedelta(days=days),
            col(Person.pseudonymised_at).is_(None),
        )
        .limit(AT_ONCE)
    ).all()
    files = [name for row in rows for name in pseudonymise(session, actor, row)]
    return len(rows), files


def close(
    session: Session, actor: Actor, *, person_id: int, name: str, reason: str, version: int
) -> list[str]:
    """A bureau takes name and numbers away for good; returns evidence files to discard.

    Only from who left or died, serves no office and waits for nothing. The name is typed once
    more, because there is no way back. Invalid (name, reason) or Conflict says why not.
    """
    actor.require(Permission.PEOPLE_CLOSE)
    person = scopes.get_person(session, actor, Permission.PEOPLE_CLOSE, person_id)
    session.refresh(person, with_for_update=True)
    _require_closable(session, actor, person, version)
    faults = {}
    if not identity.same_name(person.name, name):
        faults["name"] = "姓名与该人员不一致，请核对。"
    if reason not in CLOSE_REASONS:
        faults["close_reason"] = "请选择理由。"
    if faults:
        raise Invalid(faults)
    return pseudonymise(session, actor, person, reason=reason)


def pseudonymise(
    session: Session, actor: Actor, person: Person, *, reason: str = "expired"
) -> list[str]:
    """Take name and numbers away; returns evidence files that no row speaks of any more."""
    id = person.id or 0
    _blank(person)
    session.add(person)
    session.flush()
    for table, owner in GOES:
        session.execute(delete(table).where(col(owner) == id))
    session.execute(
        update(StatusSpell)
        .where(col(StatusSpell.person_id) == id)
        .values(note="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(RosterLine)
        .where(col(RosterLine.person_id) == id)
        .values(note="")
        .execution_options(synchronize_session=False)
    )
    staffing.end_all_of(session, actor, id)
    files = [*_forget_applications(session, id), *_forget_claims(session, id)]
    audit.record(
        session, actor, audit.Action.PERSON_PSEUDONYMISED, kind="person", id=id, reason=reason
    )
    return files


def _require_closable(session: Session, actor: Actor, person: Person, version: int) -> None:
    if person.version != version:
        raise Conflict("该人员的信息已被其他人修改，请刷新后再试，已填写的内容仍在。")
    if person.id == actor.person_id or person.pseudonymised_at is not None:
        raise Conflict("该人员的信息不能隐去，或者已经隐去。")
    if person.status not in CLOSED:
        raise Conflict("先登记为离职或去世，才能隐去个人信息。")
    serves = session.exec(
        select(Membership.id).where(
            Membership.person_id == person.id, col(Membership.ended_at).is_(None)
        )
    ).first()
    waits = session.exec(
        select(Application.id).where(
            Application.person_id == person.id, col(Application.ended_at).is_(None)
        )
    ).first()
    claimed = session.exec(
        select(Claim.id).where(Claim.person_id == person.id, Claim.status == ClaimStatus.SUBMITTED)
    ).first()
    if serves or waits or claimed:
        raise Conflict("该人员还担任管理员，或还有申请正在办理，办结后才能隐去个人信息。")


def _blank(person: Person) -> None:
    person.name, person.pinyin, person.initials = NAME, "", ""
    # The number is free again; the row keeps a key that nobody's number can have.
    person.identity_hash = data_keys().hash(f"pseudonym:{person.id}", context="pseudonym")
    person.identity_cipher, person.identity_mask = "", MASK
    person.mobile_cipher = person.mobile_hash = person.mobile_mask = ""
    person.email_cipher = person.email_mask = ""
    person.password_hash, person.post, person.unread = None, "", 0
    person.pseudonymised_at = clock.now()
    person.version += 1


def _forget_applications(session: Session, person_id: int) -> list[str]:
    mine = select(col(Application.id)).where(col(Application.person_id) == person_id)
    rows = session.exec(select(Evidence).where(col(Evidence.application_id).in_(mine))).all()
    files = evidence.forget(session, rows)
    session.execute(
        update(Application)
        .where(col(Application.person_id) == person_id)
        .values(title=NAME, sealed="", identity_hash="", mobile_hash="")
        .execution_options(synchronize_session=False)
    )
    return files


def _forget_claims(session: Session, person_id: int) -> list[str]:
    """What was typed and the proofs go; what was granted, by whom and when stays.

    What still waits is left to those who decide on it.
    """
    mine = select(col(Claim.id)).where(
        Claim.person_id == person_id, Claim.status != ClaimStatus.SUBMITTED
    )
    proofs = set(
        session.exec(select(ClaimFile.evidence_id).where(col(ClaimFile.claim_id).in_(mine))).all()
    )
    session.execute(
        delete(ClaimFile)
        .where(col(ClaimFile.claim_id).in_(mine))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Claim)
        .where(col(Claim.id).in_(mine))
        .values(typed={}, proof_hash="")
        .execution_options(synchronize_session=False)
    )
    still = select(ClaimFile.evidence_id).where(col(ClaimFile.evidence_id).in_(proofs))
    rows = session.exec(
        select(Evidence).where(col(Evidence.id).in_(proofs), col(Evidence.id).not_in(still))
    ).all()
    return evidence.forget(session, rows)
