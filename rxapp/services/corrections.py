"""信息更正: a wrong name or identity number, proved, approved by the employer and the bureau."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid
from rxapp.models.applications import Application
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.applications import Kind, Step, Verdict
from rxapp.rules.permissions import Permission
from rxapp.services import (
    accounts,
    applications,
    audit,
    certificates,
    enrolments,
    evidence,
    messages,
    routing,
)
from rxapp.services.actors import Actor
from rxapp.services.applications import Line, Onward

TAKEN = "该身份证号码已由其他人员登记，不能更正，请退回并与本人核对。"
LONGEST_NOTE = 200
REISSUED = "信息更正已办结。已开具的学时证明已按更正后的信息重新开具。"


@dataclass(frozen=True)
class CorrectionView:
    """One's own correction under way, or the last one."""

    number: str
    status: str
    turn: str
    since: str
    open: bool
    reason: str


def ask(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> str:
    """Ask for another name or number, with a proof; returns the receipt number.

    The answer does not tell whether the new number is known. Conflict while another is open.
    """
    person = accounts.own_person(session, actor, Permission.LEARN)
    # Two windows at once: the second waits here and then finds the first one's request.
    session.refresh(person, with_for_update=True)
    if _newest(session, person.id or 0, open_only=True) is not None:
        raise Conflict("您已有一项信息更正正在办理，办结后才能再申请。")
    name, number = _parse(person, typed)
    tickets = {"identity": typed.get("identity", "")}
    evidence.require_tickets(tickets, "identity")
    office_id = routing.find_office(session, person.organisation_id, besides=person.id)
    row = applications.submit(
        session, actor, kind=Kind.CORRECTION, office_id=office_id, title=person.name,
        person_id=person.id, organisation_id=person.organisation_id,
        data={"name": name, "number": number, "note": typed.get("note", "")[:LONGEST_NOTE]},
    )  # fmt: skip
    evidence.take_up(session, tickets, row)
    return row.number


def get_own(session: Session, actor: Actor) -> CorrectionView | None:
    """The newest of one's own corrections."""
    row = _newest(session, actor.require(Permission.LEARN))
    if row is None:
        return None
    made = applications.list_decisions(session, row)
    refused = [d.note for d, _, _ in made if d.verdict in (Verdict.RETURN, Verdict.REJECT)]
    office = enrolments.office_name(session, row.office_id)
    return CorrectionView(
        number=row.number,
        status=row.status.label,
        turn="已办结" if row.ended_at else f"{row.step.label}：{office}",
        since=f"{clock.local(row.waiting_since):%Y-%m-%d %H:%M}",
        open=row.ended_at is None,
        reason=refused[-1] if refused else "",
    )


def withdraw_own(session: Session, actor: Actor) -> CorrectionView | None:
    """Take one's own request back, also a returned one, to send a better one."""
    row = _newest(session, actor.require(Permission.LEARN), open_only=True)
    if row is None:
        raise Conflict("没有正在办理的信息更正，可能已经办结，请刷新后查看。")
    applications.move(session, actor, row, Verdict.WITHDRAW, version=row.version)
    return get_own(session, actor)


def describe(session: Session, row: Application, data: dict[str, Any]) -> list[Line]:
    """What the offices see: what it is now, what it is to become."""
    person = session.get_one(Person, row.person_id)
    number = data.get("number", "")
    taken = row.ended_at is None and number and _is_taken(session, person, number)
    lines = [Line("现登记的姓名", person.name), Line("现登记的身份证号码", person.identity_mask)]
    if data.get("name"):
        lines.append(Line("更正后的姓名", data["name"]))
    if number:
        # The office compares every digit with the proof beside it; the person asked for that.
        lines.append(Line("更正后的身份证号码", number, TAKEN if taken else ""))
    return [*lines, Line("说明", data.get("note", ""))]


def carry_out(
    session: Session, actor: Actor, row: Application, data: dict[str, Any], verdict: Verdict,
    note: str, _pass_to: int | None,
) -> Onward:  # fmt: skip
    """The employer's approval lays it before the bureau, the bureau's puts it right."""
    if verdict is Verdict.APPROVE and row.step is Step.EMPLOYER:
        place = row.organisation_id or row.office_id
        return Onward(office_id=routing.find_bureau(session, place, besides=row.person_id))
    if verdict is Verdict.APPROVE:
        _put_right(session, actor, row, data)
        _tell(session, row, REISSUED)
    elif verdict in (Verdict.REJECT, Verdict.RETURN):
        _tell(session, row, f"信息更正{verdict.label}：{note}")
    return Onward()


def _put_right(session: Session, actor: Actor, row: Application, data: dict[str, Any]) -> None:
    person = session.get_one(Person, row.person_id)
    if name := data.get("name"):
        person.name, person.pinyin = name, pinyin.spelled(name)
        person.initials = pinyin.initials(name)
    if number := data.get("number"):
        if _is_taken(session, person, number):
            raise Conflict(TAKEN)
        person.identity_cipher = data_keys().encrypt(number, context="identity")
        person.identity_hash = data_keys().hash(number, context="identity")
        person.identity_mask = identity.mask_identity(number)
    person.version += 1
    session.add(person)
    session.flush()
    reissued = certificates.reissue(session, actor, person_id=person.id or 0)
    audit.record(
        session, actor, audit.Action.PERSON_CORRECTED, kind="person", id=person.id,
        name=bool(data.get("name")), number=bool(data.get("number")), certificates=reissued,
    )  # fmt: skip


def _parse(person: Person, typed: Mapping[str, str]) -> tuple[str, str]:
    faults: dict[str, str] = {}
    name = number = ""
    try:
        name = identity.parse_name(typed["name"]) if typed.get("name", "").strip() else ""
    except Invalid as error:
        faults |= error.fields
    try:
        if typed.get("identity_number", "").strip():
            number = identity.parse_identity(typed["identity_number"], today=clock.today())
    except Invalid as error:
        faults |= error.fields
    same_number = data_keys().hash(number, context="identity") == person.identity_hash
    name = "" if name == person.name else name
    number = "" if number and same_number else number
    if not faults and not name and not number:
        faults["name"] = "请填写更正后的姓名或身份证号码，与现登记的不同。"
    if faults:
        raise Invalid(faults)
    return name, number


def _is_taken(session: Session, person: Person, number: str) -> bool:
    found = enrolments.find_person(session, data_keys().hash(number, context="identity"))
    return found is not None and found != person.id


def _newest(session: Session, person_id: int, *, open_only: bool = False) -> Application | None:
    statement = select(Application).where(
        Application.person_id == person_id, Application.kind == Kind.CORRECTION
    )
    if open_only:
        statement = statement.where(col(Application.ended_at).is_(None))
    return session.exec(statement.order_by(col(Application.id).desc())).first()


def _tell(session: Session, row: Application, sentence: str) -> None:
    messages.send(
        session, to=row.person_id or 0, title="信息更正", body=sentence, href=routes.MY_CORRECTION
    )
