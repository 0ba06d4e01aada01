"""立案: a matter about a claim or an organisation is opened, and who is concerned is notified."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid
from rxapp.models.cases import SupervisionCase
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.rules import receipts
from rxapp.rules.cases import LONGEST_BASIS, OF_CLAIMS, OF_ORGANISATIONS, Entry, Finding, Side
from rxapp.rules.city_values import CityValue
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.permissions import Permission
from rxapp.services import audit, case_files, cases, city_values, inspected, scopes
from rxapp.services.actors import Actor


def open_case(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """Open a matter about a claim or an organisation of one's subtree and notify; returns its id.

    Invalid names every field; pressed twice it is one matter. NotPermitted about oneself, one's
    own office or a claim one decided on.
    """
    person_id = actor.require(Permission.SUPERVISE)
    key = cases.hold_request(session, actor, typed)
    if known := _find_sent(session, key):
        return known
    faults: dict[str, str] = {}
    claim, organisation = _find_subject(session, actor, typed, faults)
    finding, allegation, basis = _read(typed, not typed.get("organisation", "").strip(), faults)
    if claim is not None:
        _require_none_open(session, claim)
    item = inspected.hold_item(
        session, actor, cases.number_of(typed.get("item", "")), claim.id if claim else None
    )
    days = city_values.get_value(session, CityValue.CASE_ANSWER_DAYS)
    row = SupervisionCase(
        number=cases.draw_number(session, SupervisionCase), opened_by=person_id,
        office_id=_office_above(session, actor, claim, organisation), opened_at=clock.now(),
        person_id=claim.person_id if claim else None, claim_id=claim.id if claim else None,
        organisation_id=organisation.id if organisation else None,
        item_id=item.id if item else None, finding=finding,
        allegation=allegation, basis=basis, request_hash=key,
        answer_by=clock.today() + timedelta(days=days),
    )  # fmt: skip
    cases.require_free(session, actor, row)
    session.add(row)
    session.flush()
    inspected.tie(session, item, row.id)
    entry = cases.add_entry(
        session, actor, Entry.OPENED, case=row, text=allegation, basis=basis,
        finding=finding.value, answer_by=row.answer_by.isoformat(),
    )  # fmt: skip
    case_files.take_up(session, typed, entry, Side.BUREAU)
    audit.record(
        session, actor, audit.Action.CASE_OPENED, kind="case", id=row.id, finding=finding.value,
        claim=row.claim_id, organisation=row.organisation_id,
    )  # fmt: skip
    cases.tell_subject(session, row, _notice(row, claim))
    return row.id or 0


def _find_sent(session: Session, key: str | None) -> int:
    if key is None:
        return 0
    found = session.exec(
        select(SupervisionCase.id).where(SupervisionCase.request_hash == key)
    ).first()
    return found or 0


def _require_none_open(session: Session, claim: Claim) -> None:
    # Two at once about the same claim: the second waits here and then finds the first one's.
    session.refresh(claim, with_for_update=True)
    other = session.exec(
        select(SupervisionCase.number).where(
            SupervisionCase.claim_id == claim.id, col(SupervisionCase.ended_at).is_(None)
        )
    ).first()
    if other is not None:
        raise Conflict(f"这项申报已有监督检查事项正在办理，编号 {other}，已填写的内容仍在。")


def _find_subject(
    session: Session, actor: Actor, typed: Mapping[str, str], faults: dict[str, str]
) -> tuple[Claim | None, Organisation | None]:
    """The claim or the organisation that is meant, in one's subtree; what is wrong is noted."""
    inside = scopes.within(actor, Permission.SUPERVISE)
    if name := " ".join(typed.get("organisation", "").split()):
        organisation = session.exec(
            select(Organisation).where(Organisation.name == name, inside)
        ).first()
        if organisation is None:
            faults["organisation"] = "没有找到该单位，请填写登记的单位全称。"
        return None, organisation
    try:
        return _find_claim(session, inside, typed), None
    except Invalid as error:
        faults |= error.fields
        return None, None


def _find_claim(session: Session, inside: Any, typed: Mapping[str, str]) -> Claim:
    statement = (
        select(Claim)
        .join(Organisation, col(Organisation.id) == Claim.organisation_id)
        .where(col(Claim.status).not_in((ClaimStatus.DRAFT, ClaimStatus.UNCONFIRMED)), inside)
    )
    if claim_id := cases.number_of(typed.get("claim", "")):
        statement = statement.where(Claim.id == claim_id)
    elif typed.get("number", "").strip():
        statement = statement.where(Claim.number == receipts.parse(typed["number"]))
    else:
        raise Invalid({"number": "请填写学时申报的受理编号，或填写单位名称。"})
    found = session.exec(statement).first()
    if found is None:
        raise Invalid({"number": "没有找到这项申报，请核对受理编号，或改为填写单位名称。"})
    return found


def _read(
    typed: Mapping[str, str], of_claim: bool, faults: dict[str, str]
) -> tuple[Finding, str, str]:
    allowed = OF_CLAIMS if of_claim else OF_ORGANISATIONS
    finding = typed.get("finding", "")
    if finding not in allowed:
        said = "、".join(each.label for each in allowed)
        faults["finding"] = f"请选择发现的问题：{said}。"
    allegation = cases.attempt(
        faults, typed.get("allegation", ""), "allegation", "发现的问题和事实"
    )
    basis = cases.attempt(faults, typed.get("basis", ""), "basis", "依据", LONGEST_BASIS)
    if faults:
        raise Invalid(faults)
    return Finding(finding), allegation, basis


def _office_above(
    session: Session, actor: Actor, claim: Claim | None, organisation: Organisation | None
) -> int:
    if organisation is None and claim is not None:
        organisation = session.get_one(Organisation, claim.organisation_id)
    return cases.office_over(actor, organisation.path if organisation else "")


def _notice(row: SupervisionCase, claim: Claim | None) -> str:
    about = f"您的学时申报“{claim.title}”" if claim else "本单位的学时审核工作"
    return (
        f"监督检查中发现{about}存在问题：{row.finding.label}。"
        f"请于{cases.day_text(row.answer_by)}前陈述和申辩，可以附证明材料；逾期未答复的，将直接作出决定。"
    )
