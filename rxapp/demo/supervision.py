"""A sample half looked through, matters at each stage, and what they led to."""

from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session, select

from rxapp import clock
from rxapp.demo.claims import acting_for
from rxapp.models.cases import SupervisionCase
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.supervision import InspectionItem
from rxapp.rules.claims import Status
from rxapp.rules.permissions import LEARNER
from rxapp.services import (
    case_hearing,
    case_measures,
    case_opening,
    cases,
    dismissals,
    inspection_draws,
    inspections,
    integrity,
    rectifications,
)
from rxapp.services.actors import Actor

BASIS = "《通知》第四条第（四）项第3目"
FALSE_ONE, DOUBTED = "护士执业资格", "实习生带教课程"


def write_supervision(session: Session, units: Mapping[str, int]) -> None:
    """Let the city bureau supervise what was granted; nothing where nothing was granted."""
    granted = {
        row.title: row
        for row in session.exec(select(Claim).where(Claim.status == Status.GRANTED)).all()
    }
    if not {FALSE_ONE, DOUBTED} <= granted.keys():
        return
    bureau = acting_for(session, units["bureau"])
    items = _sample(session, bureau)
    _decided(session, bureau, granted[FALSE_ONE], items[granted[FALSE_ONE].id or 0])
    _open(session, bureau, granted[DOUBTED], "not_proven")
    _order(session, bureau, units["maternity"])


def _sample(session: Session, bureau: Actor) -> dict[int, int]:
    """Draw a sample of everything; the first fault is recorded, the rest waits."""
    # Granting is of the real days, whatever day the demo lives in.
    today = clock.local(clock.now()).date()
    typed = {
        "first": f"{today - timedelta(days=30)}", "last": f"{today}", "by": "percent",
        "amount": "100", "stratify": "employer", "note": "年中抽查",
    }  # fmt: skip
    drawn = inspection_draws.prepare(session, bureau, typed=typed)
    kept = inspection_draws.keep(session, bureau, sample=drawn, request_key="demo")
    rows = session.exec(select(InspectionItem).where(InspectionItem.inspection_id == kept)).all()
    return {row.claim_id: row.id or 0 for row in rows}


def _open(session: Session, bureau: Actor, claim: Claim, finding: str, item: int = 0) -> int:
    typed = {
        "claim": str(claim.id), "finding": finding, "basis": BASIS, "item": str(item or ""),
        "allegation": "证明材料上的编号在发证单位查询不到，请说明情况并提供原件。",
    }  # fmt: skip
    return case_opening.open_case(session, bureau, typed=typed)


def _decided(session: Session, bureau: Actor, claim: Claim, item: int) -> None:
    row = session.get_one(InspectionItem, item)
    inspections.record(
        session, bureau, item_id=item, finding="false", note="发证单位答复没有这份证书。",
        version=row.version,
    )  # fmt: skip
    matter = _open(session, bureau, claim, "false", item)
    person = Actor(LEARNER, person_id=claim.person_id, activated=True)
    case_hearing.answer(
        session, person, typed={"case": str(matter), "text": "证书是他人代办的，我没有核实。"}
    )
    grounds = {"reason": "证书不真实", "basis": BASIS}
    cases.decide(
        session, bureau, case_id=matter, found="false", text="认定为弄虚作假。", basis=BASIS,
        version=session.get_one(SupervisionCase, matter).version,
    )  # fmt: skip
    case_measures.revoke(session, bureau, case_id=matter, **grounds)
    integrity.record(session, bureau, case_id=matter, **grounds)


def _order(session: Session, bureau: Actor, unit: int) -> None:
    """An organisation that must put its reviewing right, and has not yet reported."""
    clerk = acting_for(session, unit)
    if clerk.person_id is None:
        return  # in a very small city nobody looks after it
    name = session.get_one(Organisation, unit).name
    typed = {
        "organisation": name, "finding": "careless", "basis": BASIS,
        "allegation": "抽查发现多项申报没有单位证明即予通过。",
    }  # fmt: skip
    matter = case_opening.open_case(session, bureau, typed=typed)
    case_hearing.reply(
        session, clerk, typed={"case": str(matter), "text": "情况属实，已安排专人整改。"},
    )  # fmt: skip
    cases.decide(
        session, bureau, case_id=matter, found="careless", text="不认真履行审核职责。", basis=BASIS,
        version=session.get_one(SupervisionCase, matter).version,
    )  # fmt: skip
    dismissals.dismiss(
        session, bureau, case_id=matter, organisation_id=unit, reason="审核不认真", basis=BASIS
    )
    rectifications.issue(
        session, bureau, case_id=matter, organisation_id=unit, reason="审核不认真", basis=BASIS,
        due_on=f"{clock.today() + timedelta(days=30)}",
    )  # fmt: skip
