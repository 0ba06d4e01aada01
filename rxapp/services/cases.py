"""监督检查处理: a matter is opened, the person or the organisation is heard, then it is decided."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.cases import CaseEntry, SupervisionCase
from rxapp.models.claims import ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import receipts
from rxapp.rules.cases import (
    LONGEST_BASIS,
    LONGEST_REASON,
    OF_CLAIMS,
    OF_ORGANISATIONS,
    TRANSITIONS,
    Act,
    Entry,
    Finding,
    Side,
    Status,
    parse_text,
    status_on,
)
from rxapp.rules.claims import Act as ClaimAct
from rxapp.rules.permissions import Permission
from rxapp.services import audit, messages, routing, scopes
from rxapp.services.actors import Actor

REVIEWED = (ClaimAct.PASS, ClaimAct.RETURN, ClaimAct.REJECT)
NOT_FOUND = "没有找到这件监督检查事项，可能不在您的管理范围内。"
_GIVEN = {Act.DECIDE: Entry.DECIDED, Act.CLOSE: Entry.CLOSED, Act.WITHDRAW: Entry.WITHDRAWN}


def decide(
    session: Session, actor: Actor, *, case_id: int, found: str, text: str, basis: str,
    version: int,
) -> str:  # fmt: skip
    """Decide after the hearing what is left of the finding; returns the sentence to show.

    Conflict before the date unless it was answered, and for whoever comes second.
    """
    row = find(session, actor, case_id, lock=True)
    if _was_mine(session, actor, row, Act.DECIDE, version):
        return _decided(row)
    require_free(session, actor, row)
    if (standing(row), Act.DECIDE) not in TRANSITIONS and standing(row) is Status.NOTIFIED:
        raise Conflict(
            f"答复期限到{day_text(row.answer_by)}为止，尚未答复，期满后才能作出决定，已填写的内容仍在。"
        )
    faults: dict[str, str] = {}
    allowed = (Finding.IN_ORDER, *(OF_CLAIMS if row.claim_id else OF_ORGANISATIONS))
    if found not in allowed:
        faults["found"] = "请选择认定的结果。"
    said = attempt(faults, text, "text", "决定的内容和理由")
    grounds = attempt(faults, basis, "basis", "依据", LONGEST_BASIS)
    if faults:
        raise Invalid(faults)
    move(
        session, row, Act.DECIDE, version, found=Finding(found), decision=said,
        decided_by=actor.person_id, decided_at=clock.now(),
    )  # fmt: skip
    add_entry(session, actor, Entry.DECIDED, case=row, text=said, basis=grounds, found=found)
    record_move(session, actor, row, Act.DECIDE)
    tell_subject(session, row, f"处理决定：认定为{Finding(found).label}。{said}"[:600])
    return _decided(row)


def close(session: Session, actor: Actor, *, case_id: int, note: str, version: int) -> str:
    """Put a decided matter away; what followed from it stays."""
    return _end(session, actor, case_id, Act.CLOSE, note, version)


def withdraw(session: Session, actor: Actor, *, case_id: int, note: str, version: int) -> str:
    """Take a matter back before it was decided, with the reason; who was notified is told."""
    return _end(session, actor, case_id, Act.WITHDRAW, note, version)


def find(session: Session, actor: Actor, case_id: int, *, lock: bool = False) -> SupervisionCase:
    """A matter of one's own bureau or of one below; NotFound for any other."""
    actor.require(Permission.SUPERVISE)
    statement = (
        select(SupervisionCase)
        .join(Organisation, col(Organisation.id) == SupervisionCase.office_id)
        .where(SupervisionCase.id == case_id, scopes.within(actor, Permission.SUPERVISE))
    )
    return _one(session, statement, lock)


def find_own(session: Session, actor: Actor, case_id: int) -> SupervisionCase:
    """A matter in which one is heard oneself."""
    person_id = actor.require(Permission.LEARN)
    statement = select(SupervisionCase).where(
        SupervisionCase.id == case_id, SupervisionCase.person_id == person_id
    )
    return _one(session, statement, False)


def find_of_office(session: Session, actor: Actor, case_id: int) -> SupervisionCase:
    """A matter in which an organisation one works for is heard."""
    actor.require(Permission.STAFF)
    mine = scopes.office_ids(actor, Permission.STAFF)
    statement = select(SupervisionCase).where(
        SupervisionCase.id == case_id, col(SupervisionCase.organisation_id).in_(mine)
    )
    return _one(session, statement, False)


def find_decided(session: Session, actor: Actor, case_id: int) -> SupervisionCase:
    """A matter from which something may follow: decided after the hearing, not yet put away."""
    row = find(session, actor, case_id, lock=True)
    require_free(session, actor, row)
    if row.status is not Status.DECIDED:
        raise Conflict(f"这件事项{standing(row).label}，作出决定后、办结前才能作出处理。")
    if row.found is Finding.IN_ORDER:
        raise Conflict("决定认定未发现问题，不能作出处理。")
    return row


def standing(row: SupervisionCase) -> Status:
    """Where a matter stands today."""
    return status_on(row.status, row.answer_by, clock.today())


def require_free(session: Session, actor: Actor, row: SupervisionCase) -> None:
    """Nobody acts in a matter about himself, his own office or a word of his own on the claim."""
    if row.person_id is not None and row.person_id == actor.person_id:
        raise NotPermitted("不能办理涉及本人的事项，请由其他管理员或上级部门办理。")
    if row.organisation_id in [office.organisation_id for office in actor.offices]:
        raise NotPermitted("不能办理涉及本单位的事项，请由上级部门办理。")
    if row.claim_id is None:
        return
    mine = session.exec(
        select(ClaimDecision.id).where(
            ClaimDecision.claim_id == row.claim_id, ClaimDecision.by_id == actor.person_id,
            col(ClaimDecision.act).in_(REVIEWED),
        )
    ).first()  # fmt: skip
    if mine is not None:
        raise NotPermitted("您审核过这项申报，不能再办理对它的监督检查，请由其他管理员办理。")


def office_for(session: Session, actor: Actor, row: SupervisionCase) -> int:
    """The actor's bureau in whose subtree the matter lies: for which he acts."""
    place = session.get_one(Organisation, row.office_id)
    return office_over(actor, place.path)


def add_entry(
    session: Session, actor: Actor, kind: Entry, *, case: SupervisionCase | None = None,
    order_id: int | None = None, text: str = "", basis: str = "", side: Side = Side.BUREAU,
    late: bool = False, request: str | None = None, office_id: int | None = None,
    **detail: Any,
) -> CaseEntry:  # fmt: skip
    """Put one line into the file."""
    if office_id is None and case is not None and side is Side.BUREAU:
        office_id = office_for(session, actor, case)
    row = CaseEntry(
        case_id=case.id if case else None, order_id=order_id, kind=kind, side=side, text=text,
        basis=basis, detail=detail, late=late, by_id=actor.person_id, office_id=office_id,
        at=clock.now(), request_hash=request,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def draw_number(session: Session, table: Any) -> str:
    """A number nobody can guess and no other row has."""
    while True:
        number = receipts.make(secrets.randbits(receipts.RANDOM_BITS))
        if session.exec(select(table.id).where(table.number == number)).first() is None:
            return number


def hold_request(session: Session, actor: Actor, typed: Mapping[str, str]) -> str | None:
    """What a form sent twice is known by; the second press waits for the first."""
    key = typed.get("request_key", "")
    if not key:
        return None
    session.get_one(
        Person, actor.person_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return data_keys().hash(f"{actor.person_id}:{key[:80]}", context="request")


def move(session: Session, row: SupervisionCase, act: Act, version: int, **values: Any) -> None:
    """Move a matter by one act of the table; Conflict names whoever was first."""
    leads_to = TRANSITIONS.get((standing(row), act))
    if leads_to is None or row.version != version:
        raise Conflict(_tell_who_was_first(session, row))
    changed = session.execute(
        update(SupervisionCase)
        .where(
            col(SupervisionCase.id) == row.id, col(SupervisionCase.version) == version,
            col(SupervisionCase.status) == row.status,
        )
        .values(status=leads_to, version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        raise Conflict(_tell_who_was_first(session, row))
    session.refresh(row)


def record_move(
    session: Session, actor: Actor, row: SupervisionCase, act: Act, **detail: Any
) -> None:
    """Record the act in the audit trail."""
    audit.record(
        session, actor, audit.Action.CASE_MOVED, kind="case", id=row.id, act=act.value, **detail
    )


def tell_subject(session: Session, row: SupervisionCase, body: str) -> None:
    """Leave a message for the person, or for every clerk of the organisation, that is heard."""
    if row.person_id is not None:
        messages.send(
            session, to=row.person_id, title="监督检查事项", body=body[:600],
            href=routes.my_case(row.id or 0), also_text=True,
        )  # fmt: skip
        return
    tell_office(
        session, row.organisation_id or 0, "监督检查事项", body, routes.desk_case(row.id or 0)
    )


def tell_office(session: Session, office_id: int, title: str, body: str, href: str) -> None:
    """Leave a message for every clerk of an office."""
    for clerk in routing.list_clerks(session, office_id):
        messages.send(session, to=clerk, title=title, body=body[:600], href=href)


def attempt(faults: dict[str, str], typed: str, field: str, what: str, most: int = 2000) -> str:
    """What `parse_text` gives, or nothing and the fault noted."""
    try:
        return parse_text(typed, field, what, most)
    except Invalid as error:
        faults |= error.fields
        return ""


def office_over(actor: Actor, path: str) -> int:
    """The nearest of the actor's bureaus above an organisation."""
    mine = scopes.office_ids(actor, Permission.SUPERVISE)
    over = [o for o in actor.offices if o.organisation_id in mine and path.startswith(o.path)]
    if not over:
        raise NotFound(NOT_FOUND)
    return max(over, key=lambda office: len(office.path)).organisation_id


def day_text(day: date) -> str:
    """A day in words."""
    return f"{day.year}年{day.month}月{day.day}日"


def number_of(typed: str) -> int:
    """A number that came as text; 0 when it is none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else 0


def _end(session: Session, actor: Actor, case_id: int, act: Act, note: str, version: int) -> str:
    row = find(session, actor, case_id, lock=True)
    said = "已办结" if act is Act.CLOSE else "已撤回"
    if not _was_mine(session, actor, row, act, version):
        require_free(session, actor, row)
        reason = parse_text(note, "note", "理由", LONGEST_REASON)
        move(session, row, act, version, ended_at=clock.now())
        add_entry(session, actor, _GIVEN[act], case=row, text=reason)
        record_move(session, actor, row, act)
        tell_subject(session, row, f"编号 {row.number} 的监督检查事项{said}：{reason}")
    return f"编号 {row.number} 的事项{said}。"


def _tell_who_was_first(session: Session, row: SupervisionCase) -> str:
    last = session.exec(
        select(CaseEntry, Person.name)
        .join(Person, col(Person.id) == CaseEntry.by_id, isouter=True)
        .where(CaseEntry.case_id == row.id)
        .order_by(col(CaseEntry.id).desc())
    ).first()
    if last is None:
        return "这件事项已在别处办理，请刷新后再试，已填写的内容仍在。"
    entry, who = last
    at = f"{clock.local(entry.at):%Y-%m-%d %H:%M}"
    return (
        f"这件事项目前为{standing(row).label}，最近由{who or '系统'}于{at}办理"
        f"（{entry.kind.label}），请刷新后查看，已填写的内容仍在。"
    )


def _was_mine(session: Session, actor: Actor, row: SupervisionCase, act: Act, version: int) -> bool:
    """Whether the actor did this very thing just before: the second press of one finger."""
    if row.version != version + 1:
        return False
    last = session.exec(
        select(CaseEntry).where(CaseEntry.case_id == row.id).order_by(col(CaseEntry.id).desc())
    ).first()
    return last is not None and last.by_id == actor.person_id and last.kind is _GIVEN[act]


def _decided(row: SupervisionCase) -> str:
    return f"已作出决定：{row.found.label if row.found else ''}。"


def _one(session: Session, statement: Any, lock: bool) -> SupervisionCase:
    locked = statement.with_for_update(of=SupervisionCase) if lock else statement
    found = session.exec(locked.execution_options(populate_existing=lock)).first()
    if found is None:
        raise NotFound(NOT_FOUND)
    return found
