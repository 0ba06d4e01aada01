"""处理: what follows from a decided matter for the claim and for the reviewer, act by act.

A claim counted with too many hours stays granted: its ledger line is reversed and the right one
written in the same transaction. Revoking and granting anew would leave it revoked for the person
and let a certificate be called void that is merely out of date.
"""

from sqlmodel import Session, col, select

from rxapp import routes
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.cases import CaseEntry, ResponsibilityRecord, SupervisionCase
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.rules.cases import Entry, parse_grounds
from rxapp.rules.claims import TRANSITIONS, Act, Status
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.permissions import Permission
from rxapp.services import (
    audit,
    cases,
    certificate_register,
    claim_grants,
    claim_moves,
    messages,
    scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import Word


def revoke(session: Session, actor: Actor, *, case_id: int, reason: str, basis: str) -> str:
    """Take the hours of a granted claim back by a reversal; the second press finds it done.

    Certificates that show them are 已更新 or 已撤销 from this moment on.
    """
    row = cases.find_decided(session, actor, case_id)
    claim = _claim(session, row)
    said = f"已撤销“{claim.title}”的学时。"
    if claim.status is Status.REVOKED and find_entry(session, row, Entry.REVOKED):
        return said
    why, ground = parse_grounds(reason, basis)
    if (claim.status, claim.step, Act.REVOKE) not in TRANSITIONS:
        raise Conflict("这项申报目前没有计入学时，不需要撤销，已填写的内容仍在。")
    certificate_register.hold(session, claim.person_id)
    hours, credit = claim.hours, claim.credit_id
    claim_grants.take_away(session, claim, reason="revoked")
    _move(session, actor, row, claim, Act.REVOKE, why, hours)
    cases.add_entry(
        session, actor, Entry.REVOKED, case=row, text=why, basis=ground, tenths=hours.tenths,
        credit=credit,
    )  # fmt: skip
    note_measure(session, actor, row, Entry.REVOKED)
    _tell(session, claim, row, f"“{claim.title}”的{hours}学时已撤销：{why}")
    return said


def correct(
    session: Session, actor: Actor, *, case_id: int, hours: str, reason: str, basis: str
) -> str:
    """Count fewer hours for a granted claim than it was granted; Invalid when not fewer."""
    row = cases.find_decided(session, actor, case_id)
    claim = _claim(session, row)
    wanted = _hours(hours)
    if wanted == claim.hours and find_entry(session, row, Entry.CORRECTED):
        return f"已更正为{claim.hours}学时。"
    why, ground = parse_grounds(reason, basis)
    if (claim.status, claim.step, Act.CORRECT) not in TRANSITIONS:
        raise Conflict("这项申报目前没有计入学时，不需要更正，已填写的内容仍在。")
    if not ZERO < wanted < claim.hours:
        raise Invalid({"hours": f"应大于零且少于现有的{claim.hours}学时；应为零的，请撤销学时。"})
    certificate_register.hold(session, claim.person_id)
    before = claim.hours
    counted = claim_grants.correct(session, claim, wanted, reason="corrected")
    _move(session, actor, row, claim, Act.CORRECT, why, counted)
    cases.add_entry(
        session, actor, Entry.CORRECTED, case=row, text=why, basis=ground,
        tenths_before=before.tenths, tenths=counted.tenths,
    )  # fmt: skip
    note_measure(session, actor, row, Entry.CORRECTED)
    _tell(session, claim, row, f"“{claim.title}”由{before}学时更正为{counted}学时：{why}")
    return f"已更正为{counted}学时。"


def hold_responsible(
    session: Session, actor: Actor, *, case_id: int, decision_id: int, reason: str, basis: str
) -> str:
    """Record that a reviewer answers for a word on the claim (谁审核，谁负责)."""
    row = cases.find_decided(session, actor, case_id)
    made = _word(session, row, decision_id)
    known = session.exec(
        select(ResponsibilityRecord.id).where(
            ResponsibilityRecord.case_id == row.id, ResponsibilityRecord.decision_id == made.id
        )
    ).first()
    said = "已记录审核责任，并告知审核人。"
    if known is not None:
        return said
    why, ground = parse_grounds(reason, basis)
    entry = cases.add_entry(
        session, actor, Entry.HELD, case=row, text=why, basis=ground, decision=made.id,
        person=made.by_id,
    )  # fmt: skip
    record = ResponsibilityRecord(
        person_id=made.by_id or 0, office_id=made.office_id or 0, case_id=row.id or 0,
        claim_id=made.claim_id, decision_id=made.id or 0, reason=why, basis=ground,
        decided_by=actor.person_id or 0, decided_at=entry.at,
    )  # fmt: skip
    session.add(record)
    session.flush()
    note_measure(session, actor, row, Entry.HELD)
    audit.record(
        session, actor, audit.Action.RESPONSIBILITY_RECORDED, kind="person", id=made.by_id,
        case=row.id, decision=made.id,
    )  # fmt: skip
    messages.send(
        session, to=made.by_id or 0, title="审核责任", href=routes.MY_CASES,
        body=f"您审核的一项学时申报经监督检查认定有问题，已记录审核责任：{why}"[:600],
    )  # fmt: skip
    return said


def list_concerned(session: Session, actor: Actor, row: SupervisionCase) -> list[Organisation]:
    """The organisations a measure can be taken against: the heard one, or employer and reviewers.

    Only those of the actor's subtree, never an office of his own.
    """
    ids = {row.organisation_id}
    if row.claim_id is not None:
        claim = session.get_one(Claim, row.claim_id)
        ids |= {claim.organisation_id, *(made.office_id for made in list_words(session, row))}
    mine = {office.organisation_id for office in actor.offices}
    rows = session.exec(
        select(Organisation)
        .where(
            col(Organisation.id).in_({id for id in ids if id} - mine),
            scopes.within(actor, Permission.SUPERVISE),
        )
        .order_by(col(Organisation.path).desc())
    )  # fmt: skip
    return list(rows)


def find_concerned(
    session: Session, actor: Actor, row: SupervisionCase, organisation_id: int
) -> Organisation:
    """One of these; NotFound for any other."""
    for each in list_concerned(session, actor, row):
        if each.id == organisation_id:
            return each
    raise NotFound("请选择与这件事项有关、在管理范围内的单位。")


def list_words(session: Session, row: SupervisionCase) -> list[ClaimDecision]:
    """The words by which offices passed the claim: each has somebody who answers for it."""
    return list(
        session.exec(
            select(ClaimDecision)
            .where(
                ClaimDecision.claim_id == row.claim_id, ClaimDecision.act == Act.PASS,
                col(ClaimDecision.by_id).is_not(None), col(ClaimDecision.office_id).is_not(None),
            )
            .order_by(col(ClaimDecision.id))
        )
    )  # fmt: skip


def find_entry(session: Session, row: SupervisionCase, kind: Entry) -> CaseEntry | None:
    """The newest line of a kind in the file."""
    return session.exec(
        select(CaseEntry)
        .where(CaseEntry.case_id == row.id, CaseEntry.kind == kind)
        .order_by(col(CaseEntry.id).desc())
    ).first()


def note_measure(session: Session, actor: Actor, row: SupervisionCase, kind: Entry) -> None:
    """Record the act in the audit trail."""
    audit.record(
        session, actor, audit.Action.CASE_MEASURE, kind="case", id=row.id, measure=kind.value,
        claim=row.claim_id,
    )  # fmt: skip


def _claim(session: Session, row: SupervisionCase) -> Claim:
    if row.claim_id is None:
        raise Conflict("这件事项不涉及学时申报，不能这样处理。")
    return session.get_one(Claim, row.claim_id, with_for_update=True, populate_existing=True)


def _word(session: Session, row: SupervisionCase, decision_id: int) -> ClaimDecision:
    for made in list_words(session, row):
        if made.id == decision_id:
            return made
    raise NotFound("请选择这项申报的一条审核意见。")


def _move(
    session: Session, actor: Actor, row: SupervisionCase, claim: Claim, act: Act, why: str,
    hours: Hours,
) -> None:  # fmt: skip
    bureau = cases.office_for(session, actor, row)
    claim_moves.move(
        session, actor, claim, act, version=claim.version,
        word=Word(note=why, hours=hours, office_id=bureau),
    )  # fmt: skip


def _tell(session: Session, claim: Claim, row: SupervisionCase, sentence: str) -> None:
    messages.send(
        session, to=claim.person_id, title="监督检查处理", body=sentence[:600],
        href=routes.my_case(row.id or 0), also_text=True,
    )  # fmt: skip
    cases.tell_office(
        session, claim.organisation_id or 0, "监督检查处理",
        f"本单位人员编号 {claim.number} 的学时申报，经监督检查已作处理。", routes.DESK_CLAIMS,
    )  # fmt: skip


def _hours(typed: str) -> Hours:
    try:
        return Hours.of(typed.strip())
    except Invalid:
        raise Invalid({"hours": "学时请填写数字，最多一位小数，例如 20 或 1.5。"}) from None
