"""职称评审诚信档案: false claims on record for three years; found by name and number together."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.cases import IntegrityRecord
from rxapp.models.organisations import Organisation
from rxapp.models.people import Disclosure, Person
from rxapp.rules import identity
from rxapp.rules.cases import (
    LONGEST_REASON,
    Entry,
    Finding,
    expires_on,
    is_in_force,
    parse_grounds,
    parse_text,
)
from rxapp.rules.permissions import Permission
from rxapp.services import audit, case_measures, cases, disclosures, messages, scopes
from rxapp.services.actors import Actor

PAGE = 30
# The same whether the number is unknown or the name is another one.
MISSED = "没有找到姓名和身份证号码都相符的人员，请核对。"
CLEAN = "没有有效的诚信档案记录。"


@dataclass(frozen=True)
class IntegrityRow:
    """One record, in force or not."""

    id: int
    case_id: int
    name: str
    unit: str
    office: str
    reason: str
    basis: str
    decided_on: str
    expires_on: str
    state: str
    in_force: bool
    cancel_reason: str


@dataclass(frozen=True)
class IntegrityPage:
    """Some of one's subtree, the newest first; `next_before` is 0 at the end."""

    rows: list[IntegrityRow]
    next_before: int


@dataclass(frozen=True)
class IntegrityAnswer:
    """What a look-up by name and number found; only what is in force."""

    name: str
    identity_mask: str
    sentence: str
    rows: list[IntegrityRow]


def record(session: Session, actor: Actor, *, case_id: int, reason: str, basis: str) -> str:
    """Enter the person of a matter that was decided as false; pressed twice it is one record."""
    row = cases.find_decided(session, actor, case_id)
    if row.person_id is None or row.found is not Finding.FALSE:
        raise Conflict("只有认定为弄虚作假的个人事项，才记入诚信档案。")
    known = session.exec(select(IntegrityRecord).where(IntegrityRecord.case_id == row.id)).first()
    if known is not None:
        return _recorded(known)
    why, ground = parse_grounds(reason, basis)
    today = clock.today()
    made = IntegrityRecord(
        person_id=row.person_id, case_id=row.id or 0, claim_id=row.claim_id, reason=why,
        office_id=cases.office_for(session, actor, row), basis=ground, decided_on=today,
        decided_by=actor.person_id or 0, decided_at=clock.now(), expires_on=expires_on(today),
    )  # fmt: skip
    session.add(made)
    session.flush()
    cases.add_entry(
        session, actor, Entry.RECORDED, case=row, text=why, basis=ground,
        expires_on=made.expires_on.isoformat(),
    )  # fmt: skip
    case_measures.note_measure(session, actor, row, Entry.RECORDED)
    audit.record(
        session, actor, audit.Action.INTEGRITY_RECORDED, kind="person", id=row.person_id,
        case=row.id, record=made.id,
    )  # fmt: skip
    until = cases.day_text(made.expires_on)
    messages.send(
        session, to=row.person_id, title="已记入职称评审诚信档案", href=routes.MY_CASES,
        body=f"记录到{until}为止，期满自动失效。理由：{why}"[:600], also_text=True,
    )  # fmt: skip
    return _recorded(made)


def cancel(session: Session, actor: Actor, *, record_id: int, reason: str) -> str:
    """Cancel a record whose decision did not stand, with the reason; it is kept and marked."""
    actor.require(Permission.SUPERVISE)
    row = session.exec(
        select(IntegrityRecord)
        .join(Organisation, col(Organisation.id) == IntegrityRecord.office_id)
        .where(IntegrityRecord.id == record_id, scopes.within(actor, Permission.SUPERVISE))
        .with_for_update(of=IntegrityRecord)
    ).first()
    if row is None:
        raise NotFound("没有找到这条记录，可能不在您的管理范围内。")
    session.refresh(row)
    if row.person_id == actor.person_id:
        raise NotPermitted("不能办理涉及本人的事项，请由其他管理员或上级部门办理。")
    if row.cancelled_at is not None:
        return "记录已撤销。"
    why = parse_text(reason, "reason", "理由", LONGEST_REASON)
    row.cancelled_by, row.cancelled_at, row.cancel_reason = actor.person_id, clock.now(), why
    session.add(row)
    session.flush()
    case = cases.find(session, actor, row.case_id)
    cases.add_entry(session, actor, Entry.CANCELLED, case=case, text=why, record=row.id)
    audit.record(
        session, actor, audit.Action.INTEGRITY_CANCELLED, kind="person", id=row.person_id,
        record=row.id,
    )  # fmt: skip
    messages.send(
        session, to=row.person_id, title="职称评审诚信档案的记录已撤销", href=routes.MY_CASES,
        body=f"理由：{why}", also_text=True,
    )  # fmt: skip
    return "记录已撤销，并告知本人。"


def look_up(session: Session, actor: Actor, *, name: str, number: str) -> IntegrityAnswer:
    """What stands against a person, by exact name and number; recorded, and seen by the person.

    One answer whether the name or the number is wrong.
    """
    actor.require(Permission.INTEGRITY_READ)
    bare, whole = _read(name, number)
    hashed = data_keys().hash(whole, context="identity")
    person = session.exec(select(Person).where(Person.identity_hash == hashed)).first()
    if person is None or not identity.same_name(person.name, bare):
        audit.record(session, actor, audit.Action.INTEGRITY_LOOKED_UP, kind="integrity", hit=False)
        return IntegrityAnswer("", "", MISSED, [])
    _note_look(session, actor, person)
    rows = [row for row in list_of(session, person.id or 0) if row.in_force]
    sentence = f"有{len(rows)}条有效的诚信档案记录。" if rows else CLEAN
    return IntegrityAnswer(person.name, person.identity_mask, sentence, rows)


def list_records(session: Session, actor: Actor, *, before: int = 0) -> IntegrityPage:
    """The records of one's subtree, the newest first; none for who is no bureau."""
    actor.require(Permission.INTEGRITY_READ)
    statement = (
        _named()
        .where(scopes.within(actor, Permission.SUPERVISE))
        .order_by(col(IntegrityRecord.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(IntegrityRecord.id) < before)
    found = session.exec(statement).all()
    rows = [_row(*each) for each in found[:PAGE]]
    return IntegrityPage(rows, rows[-1].id if len(found) > PAGE else 0)


def list_own(session: Session, actor: Actor) -> list[IntegrityRow]:
    """What stands, or stood, against oneself."""
    return list_of(session, actor.require(Permission.LEARN))


def list_looks(session: Session, actor: Actor) -> list[disclosures.DisclosureRow]:
    """Who looked oneself up in the archive, the newest first."""
    rows = disclosures.list_of(session, actor.require(Permission.LEARN))
    return [row for row in rows if row.what == disclosures.LABELS["integrity"]]


def list_of(session: Session, person_id: int) -> list[IntegrityRow]:
    """Every record of a person, the newest first."""
    rows = session.exec(
        _named()
        .where(IntegrityRecord.person_id == person_id)
        .order_by(col(IntegrityRecord.id).desc())
        .limit(100)
    ).all()
    return [_row(*each) for each in rows]


def _read(name: str, number: str) -> tuple[str, str]:
    faults: dict[str, str] = {}
    whole = ""
    bare = name.strip()
    if not bare:
        faults["name"] = "请填写姓名。"
    try:
        whole = identity.parse_identity(number, today=clock.today())
    except Invalid as error:
        # The shape of a number says nothing about who exists, so its fault may be told.
        faults |= error.fields
    if faults:
        raise Invalid(faults)
    return bare, whole


def _note_look(session: Session, actor: Actor, person: Person) -> None:
    session.add(
        Disclosure(
            person_id=person.id or 0, what="integrity", reason="核查诚信档案记录",
            by_id=actor.person_id, office_id=actor.office_id, at=clock.now(),
        )
    )  # fmt: skip
    audit.record(
        session, actor, audit.Action.INTEGRITY_LOOKED_UP, kind="person", id=person.id, hit=True
    )


def _named() -> Any:
    """Records, each with whose it is, where that person belongs, and which office keeps it."""
    office = aliased(Organisation)
    return (
        select(IntegrityRecord, Person.name, Organisation.name, col(office.name))
        .join(Person, col(Person.id) == IntegrityRecord.person_id)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .join(office, col(office.id) == IntegrityRecord.office_id)
    )


def _row(row: IntegrityRecord, name: str, unit: str, office: str) -> IntegrityRow:
    cancelled = row.cancelled_at is not None
    in_force = is_in_force(row.expires_on, clock.today(), cancelled=cancelled)
    return IntegrityRow(
        id=row.id or 0, case_id=row.case_id, name=name, unit=unit,
        office=office, reason=row.reason,
        basis=row.basis, decided_on=cases.day_text(row.decided_on),
        expires_on=cases.day_text(row.expires_on),
        state="已撤销" if cancelled else "有效" if in_force else "已失效", in_force=in_force,
        cancel_reason=row.cancel_reason,
    )  # fmt: skip


def _recorded(row: IntegrityRecord) -> str:
    return f"已记入诚信档案，到{cases.day_text(row.expires_on)}为止，期满自动失效。"
