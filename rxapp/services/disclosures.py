"""查看完整号码: with a reason, recorded, and told to the person it is about."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Disclosure
from rxapp.rules.permissions import Permission
from rxapp.services import audit, messages, scopes
from rxapp.services.actors import Actor

SHORTEST, LONGEST = 4, 200
LABELS = {
    "identity": "身份证号码", "mobile": "手机号码", "list": "名单导出（完整号码）",
    "integrity": "职称评审诚信档案",
}  # fmt: skip


@dataclass(frozen=True)
class DisclosureRow:
    """Somebody looked: when, from which office, at what, why."""

    at: str
    office: str
    what: str
    reason: str


def show_number(session: Session, actor: Actor, *, person_id: int, what: str, reason: str) -> str:
    """A full number of a person of one's own office or below; Invalid without a reason."""
    actor.require(Permission.PEOPLE_REVEAL)
    person = scopes.get_person(session, actor, Permission.PEOPLE_REVEAL, person_id)
    cipher = {"identity": person.identity_cipher, "mobile": person.mobile_cipher}.get(what)
    if cipher is None:
        raise NotFound()
    told = parse_reason(reason)
    note(session, actor, person_id=person_id, what=what, reason=told)
    office = "、".join(each.name for each in actor.offices)
    messages.send(
        session, to=person_id, title="您的完整号码被查看", href=routes.MY_DATA,
        body=f"{office}查看了您的{LABELS[what]}，理由：{told}。",
    )  # fmt: skip
    return data_keys().decrypt(cipher, context=what) if cipher else "未采集"


def parse_reason(typed: str) -> str:
    """The reason as it is kept, or Invalid (field reason)."""
    reason = " ".join(typed.split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise Invalid({"reason": f"请填写查看的理由，{SHORTEST}至{LONGEST}个字，会告知本人。"})
    return reason


def note(session: Session, actor: Actor, *, person_id: int, what: str, reason: str) -> None:
    """Record that a full number was shown."""
    session.add(
        Disclosure(
            person_id=person_id, what=what, reason=reason, by_id=actor.person_id,
            office_id=actor.office_id, at=clock.now(),
        )
    )  # fmt: skip
    audit.record(session, actor, audit.Action.NUMBER_SHOWN, kind="person", id=person_id, what=what)


def list_own(session: Session, actor: Actor) -> list[DisclosureRow]:
    """Who looked at one's own full number, the newest first."""
    person_id = actor.require(Permission.SIGNED_IN)
    return list_of(session, person_id)


def list_of(session: Session, person_id: int, *, limit: int = 100) -> list[DisclosureRow]:
    """The newest disclosures of a person."""
    rows = session.exec(
        select(Disclosure, Organisation.name)
        .join(Organisation, col(Organisation.id) == Disclosure.office_id, isouter=True)
        .where(Disclosure.person_id == person_id)
        .order_by(col(Disclosure.id).desc())
        .limit(limit)
    ).all()
    return [
        DisclosureRow(
            f"{clock.local(row.at):%Y-%m-%d %H:%M}", office or "系统",
            LABELS.get(row.what, row.what), row.reason,
        )
        for row, office in rows
    ]  # fmt: skip
