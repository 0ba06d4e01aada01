"""单位变更: the person asks, the new employer accepts, the old one releases or time does.

Records belong to the person: hours, certificates and history go along untouched.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Affiliation, Person
from rxapp.rules.applications import Kind, Status, Step, Verdict
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import BUREAUS, Capacity, Permission
from rxapp.rules.person_status import PersonStatus
from rxapp.services import accounts, applications, audit, city_values, messages, routing
from rxapp.services.actors import Actor
from rxapp.services.applications import Line, Onward

LONGEST_NOTE = 200


@dataclass(frozen=True)
class TransferView:
    """One's own transfer under way, or the last one."""

    id: int
    number: str
    target: str
    status: str
    turn: str
    since: str
    lapses_on: str
    open: bool
    reason: str


def ask(session: Session, actor: Actor, *, to_id: int, note: str) -> TransferView:
    """Ask to belong to another employer; Conflict while another request is open."""
    person = accounts.own_person(session, actor, Permission.LEARN)
    # Two windows at once: the second waits here and then finds the first one's request.
    session.refresh(person, with_for_update=True)
    target = _require_employer(session, to_id)
    if target.id == person.organisation_id:
        raise Invalid({"to": "您目前就在该单位，不需要变更。"})
    if _open_one(session, person.id or 0) is not None:
        raise Conflict("您已有一项单位变更正在办理，办结或撤回后才能再申请。")
    office_id = routing.find_office(session, target.id or 0, besides=person.id)
    applications.submit(
        session, actor, kind=Kind.TRANSFER, office_id=office_id, title=person.name,
        person_id=person.id, organisation_id=target.id,
        data={"from": person.organisation_id, "to": target.id, "note": note[:LONGEST_NOTE]},
    )  # fmt: skip
    view = get_own(session, actor)
    if view is None:
        raise NotFound()
    return view


def get_own(session: Session, actor: Actor) -> TransferView | None:
    """The newest of one's own transfers."""
    person_id = actor.require(Permission.LEARN)
    row = session.exec(
        select(Application)
        .where(Application.person_id == person_id, Application.kind == Kind.TRANSFER)
        .order_by(col(Application.id).desc())
    ).first()
    return None if row is None else _view(session, row)


def withdraw_own(session: Session, actor: Actor) -> TransferView | None:
    """Take one's own request back."""
    row = _open_one(session, actor.require(Permission.LEARN))
    if row is None:
        raise Conflict("没有正在办理的单位变更，可能已经办结，请刷新后查看。")
    applications.move(session, actor, row, Verdict.WITHDRAW, version=row.version)
    return get_own(session, actor)


def describe(session: Session, row: Application, data: dict[str, Any]) -> list[Line]:
    """What the offices see."""
    person = session.get_one(Person, row.person_id)
    warns = row.lapses_on and row.step is Step.RELEASE
    return [
        Line("姓名", person.name),
        Line("身份证号码", person.identity_mask),
        Line("调出单位", _name(session, data["from"])),
        Line("调入单位", _name(session, data["to"])),
        Line("说明", data.get("note", "")),
        *([Line("自动确认", f"{row.lapses_on}前没有答复的，自动确认调出")] if warns else []),
    ]


def carry_out(
    session: Session, actor: Actor, row: Application, data: dict[str, Any], verdict: Verdict,
    note: str, _pass_to: int | None,
) -> Onward:  # fmt: skip
    """Each party's word in turn: accepted, released or objected to, decided by the bureau."""
    if verdict is Verdict.APPROVE and row.step is Step.ACCEPT:
        return _to_old_employer(session, row, data)
    if verdict is Verdict.OBJECT:
        bureau = routing.find_bureau(session, data["from"], besides=row.person_id)
        _tell(session, row, "调出单位提出异议，已转人力资源社会保障局裁定。")
        return Onward(office_id=bureau)
    if verdict is Verdict.APPROVE:
        complete(session, actor, row, data)
    elif verdict in (Verdict.REJECT, Verdict.RETURN):
        _tell(session, row, f"单位变更{verdict.label}：{note}")
    return Onward()


def complete(session: Session, actor: Actor, row: Application, data: dict[str, Any]) -> None:
    """The person belongs to the new employer from today on."""
    target = _require_employer(session, data["to"])
    person = session.get_one(Person, row.person_id)
    if person.status is PersonStatus.DECEASED:
        raise Conflict("该人员已登记为去世，不能办理单位变更。")
    today = clock.today()
    session.execute(
        update(Affiliation)
        .where(col(Affiliation.person_id) == person.id, col(Affiliation.ended_on).is_(None))
        .values(ended_on=today)
    )
    session.add(
        Affiliation(
            person_id=person.id or 0, organisation_id=target.id or 0, begins_on=today,
            how="transfer",
        )
    )  # fmt: skip
    before = person.organisation_id
    person.organisation_id, person.version = target.id or 0, person.version + 1
    session.add(person)
    audit.record(
        session, actor, audit.Action.PERSON_MOVED, kind="person", id=person.id,
        before=before, after=target.id,
    )  # fmt: skip
    _tell(session, row, f"单位变更已办结，您现在的单位是{target.name}。学时和证明不受影响。")


def lapse_due(session: Session, actor: Actor, *, limit: int = 200) -> int:
    """Release whoever the old employer did not answer about in time; returns how many."""
    due = session.exec(
        select(Application)
        .where(
            Application.kind == Kind.TRANSFER, Application.step == Step.RELEASE,
            Application.status == Status.SUBMITTED, col(Application.lapses_on) <= clock.today(),
        )
        .order_by(col(Application.id))
        .limit(limit)
    ).all()  # fmt: skip
    return sum(_lapse(session, actor, row) for row in due)


def _lapse(session: Session, actor: Actor, row: Application) -> bool:
    """Release one; what cannot be released by itself goes to the bureau, and holds up no other."""
    data = applications.read(row)
    try:
        with session.begin_nested():
            complete(session, actor, row, data)
            applications.move(session, actor, row, Verdict.LAPSE, version=row.version)
        return True
    except (Conflict, Invalid) as error:
        session.refresh(row)
        bureau = routing.find_bureau(session, data["from"], besides=row.person_id)
        said = next(iter(getattr(error, "fields", {}).values()), error.message)
        applications.move(
            session, actor, row, Verdict.OBJECT, version=row.version, office_id=bureau,
            note=f"不能自动确认：{said}"[:200],
        )  # fmt: skip
        return False


def _to_old_employer(session: Session, row: Application, data: dict[str, Any]) -> Onward:
    days = city_values.get_value(session, CityValue.TRANSFER_RELEASE_DAYS)
    until = clock.today() + timedelta(days=days)
    _tell(session, row, f"调入单位已接收，等待调出单位确认；{until}前没有答复的自动确认。")
    office = routing.find_office(session, data["from"], besides=row.person_id)
    return Onward(office_id=office, lapses_on=until)


def _tell(session: Session, row: Application, sentence: str) -> None:
    messages.send(
        session, to=row.person_id or 0, title="单位变更", body=sentence, href=routes.MY_TRANSFER
    )


def _open_one(session: Session, person_id: int) -> Application | None:
    return session.exec(
        select(Application).where(
            Application.person_id == person_id, Application.kind == Kind.TRANSFER,
            col(Application.ended_at).is_(None),
        )
    ).first()  # fmt: skip


def _require_employer(session: Session, organisation_id: int) -> Organisation:
    found = session.get(Organisation, organisation_id)
    belongs = BUREAUS | {Capacity.EMPLOYER}
    if found is None or not belongs & found.capacities:
        raise Invalid({"to": "请查找并选择调入单位。"})
    if found.status is not OrganisationStatus.ACTIVE:
        raise Invalid({"to": f"{found.name}目前不能办理变更，请另选单位。"})
    return found


def _view(session: Session, row: Application) -> TransferView:
    made = applications.list_decisions(session, row)
    refused = [d.note for d, _, _ in made if d.verdict in (Verdict.RETURN, Verdict.REJECT)]
    open_now = row.ended_at is None
    return TransferView(
        id=row.id or 0,
        number=row.number,
        target=_name(session, applications.read(row)["to"]),
        status=row.status.label,
        turn=f"{row.step.label}：{_name(session, row.office_id)}" if open_now else "已办结",
        since=f"{clock.local(row.waiting_since):%Y-%m-%d %H:%M}",
        lapses_on=f"{row.lapses_on}" if row.lapses_on and open_now else "",
        open=open_now,
        reason=refused[-1] if refused else "",
    )


def _name(session: Session, organisation_id: int) -> str:
    found = session.get(Organisation, organisation_id)
    return found.name if found else ""
