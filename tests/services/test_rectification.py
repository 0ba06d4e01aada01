"""责令限期整改: reviewing stops, the queue goes up, a report comes back, the bureau lifts it."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import QueueTotal
from rxapp.models.audit import AuditEvent
from rxapp.models.cases import CaseFile
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import OrganisationChange
from rxapp.rules.cases import OrderStatus
from rxapp.rules.claims import Act, Status, Step
from rxapp.services import claims, dismissals, evidence, rectifications
from rxapp.services.claim_moves import STEP_QUEUES
from tests.factories import at_once
from tests.services.supervising import GROUNDS, YEAR, Supervision, at_day

pytestmark = pytest.mark.usefixtures("installation")
DUE = clock.today() + timedelta(days=30)


@pytest.fixture
def case(engine: Engine) -> Supervision:
    return Supervision(engine)


def ordered(case: Supervision, office: int = 0, matter: int = 0, **given: str) -> int:
    """The clinic, or another office of the claim, is under an order."""
    matter = matter or case.proven(case.granted("有问题的一项", earned_on=f"{YEAR}-01-02"))
    return case.act(
        case.town.city, rectifications.issue, case_id=matter,
        organisation_id=office or case.town.clinic, **(GROUNDS | {"due_on": f"{DUE}"} | given),
    )  # fmt: skip


def emptied(case: Supervision, order: int) -> int:
    """Hand the queue up until nothing is left; how many steps it took."""
    steps = 1
    while case.act(case.town.city, rectifications.move_queue, order_id=order):
        steps += 1
    return steps


def totals_are_right(case: Supervision) -> bool:
    """Whether what is kept of each office, and of each of its steps, is what lies there."""
    with Session(case.engine) as session:
        kept = {(row.office_id, row.queue): row.waiting for row in session.exec(select(QueueTotal))}
        rows = session.exec(select(Claim).where(Claim.status == Status.SUBMITTED)).all()
    lies = Counter((row.office_id, "claims") for row in rows)
    lies.update((row.office_id, STEP_QUEUES[row.step]) for row in rows)
    return {key: count for key, count in kept.items() if count} == dict(lies)


def pending(case: Supervision, many: int, first: int = 3) -> list[int]:
    return [
        case.submitted(title=f"第{n}项", earned_on=f"{YEAR}-01-{n:02d}")
        for n in range(first, first + many)
    ]


def test_the_queue_of_an_employer_goes_up_and_both_steps_become_one(
    case: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rectifications, "AT_ONCE", 2)
    waiting = pending(case, 5)
    since = {id: case.row(id).waiting_since for id in waiting}
    order = ordered(case)
    assert case.office(case.town.clinic).reviews_claims is False
    assert case.act(case.town.city, rectifications.move_queue, order_id=order)
    # Killed here, two went up and three are still there; totals and words are right all along.
    assert case.waiting(case.town.clinic) == 3
    assert totals_are_right(case)
    assert emptied(case, order) == 2
    for id in waiting:
        row = case.row(id)
        assert (row.step, row.office_id) == (Step.JOINT, case.town.health)
        # It has waited since it came.
        assert row.waiting_since == since[id]
        assert case.words(id) == [("submit", "person"), ("hand_up", "employer")]
    assert (case.waiting(case.town.clinic), case.waiting(case.town.health)) == (0, 5)
    assert totals_are_right(case)
    assert case.order(order).moved == 5
    case.decide(case.town.department, waiting[0])
    assert case.row(waiting[0]).status is Status.GRANTED
    with Session(case.engine) as session:
        handed = session.exec(select(ClaimDecision).where(ClaimDecision.act == Act.HAND_UP)).all()
        assert {word.office_id for word in handed} == {case.town.bureau}


def test_while_it_is_open_new_claims_pass_the_office_by(case: Supervision) -> None:
    before = case.submitted(title="原来的一项", earned_on=f"{YEAR}-01-03")
    order = ordered(case)
    id = case.submitted(title="新的一项", earned_on=f"{YEAR}-01-04")
    assert (case.row(id).step, case.row(id).office_id) == (Step.JOINT, case.town.health)
    # Not yet handed up, and already not for this clerk to decide.
    assert case.row(before).office_id == case.town.clinic
    with pytest.raises(NotPermitted, match="限期整改"):
        case.decide(case.town.employer, before)
    emptied(case, order)
    case.decide(case.town.department, before)
    assert case.row(before).status is Status.GRANTED


def test_a_department_is_passed_by_as_well(case: Supervision) -> None:
    second = case.submitted(title="在审验的一项", earned_on=f"{YEAR}-01-03")
    case.decide(case.town.employer, second)
    rejected = case.submitted(title="不予通过的一项", earned_on=f"{YEAR}-01-04")
    case.decide(case.town.employer, rejected, "reject", note="不足")
    case.act(
        case.who, claims.appeal, claim_id=rejected, note="请复核",
        version=case.row(rejected).version,
    )  # fmt: skip
    first = case.submitted(title="在审核的一项", earned_on=f"{YEAR}-01-05")
    assert case.waiting(case.town.health) == 2
    order = ordered(case, case.town.health)
    emptied(case, order)
    assert (case.row(second).step, case.row(second).office_id) == (
        Step.AUTHORITY, case.town.bureau,
    )  # fmt: skip
    assert (case.row(rejected).step, case.row(rejected).office_id) == (
        Step.APPEAL, case.town.bureau,
    )  # fmt: skip
    # The employer below still reviews; what it passes goes past the department.
    case.decide(case.town.employer, first)
    assert case.row(first).office_id == case.town.bureau
    other = case.submitted(title="再一项不予通过", earned_on=f"{YEAR}-01-06")
    case.decide(case.town.employer, other, "reject", note="不足")
    case.act(
        case.who, claims.appeal, claim_id=other, note="请复核", version=case.row(other).version
    )
    assert case.row(other).office_id == case.town.bureau
    assert totals_are_right(case)


def test_its_report_and_proof_come_back_and_the_bureau_lifts(case: Supervision) -> None:
    waiting, order = pending(case, 1), ordered(case)
    emptied(case, order)
    assert any("整改" in said for said in case.told(case.town.employer))
    form = {"order": str(order), "text": "已重新核对全部材料", "request_key": "r" * 32}
    with pytest.raises(NotFound):
        case.act(case.town.department, rectifications.report, typed=form)
    with pytest.raises(Invalid):
        case.act(case.town.employer, rectifications.report, typed=form | {"text": " "})
    for _ in range(2):
        case.act(
            case.town.employer, rectifications.report, typed=form | {"file_1": case.ticket("red")}
        )
    row = case.order(order)
    assert (row.status, row.report) == (OrderStatus.REPORTED, "已重新核对全部材料")
    assert any(row.number in said for said in case.told(case.town.city))
    with Session(case.engine) as session:
        (file,) = session.exec(select(CaseFile)).all()
    given = {"evidence_id": file.evidence_id, "part": "preview"}
    for seen in (case.town.employer, case.town.city):
        assert case.act(seen, evidence.get_file, **given)
    # The person of the matter it came from has no business with it.
    for denied in (case.who, case.town.department, case.inspector):
        with pytest.raises(NotFound):
            case.act(denied, evidence.get_file, **given)
    lifting = {"order_id": order, "reason": "整改到位", "version": row.version}
    for denied in (case.inspector,):
        with pytest.raises(NotFound):
            case.act(denied, rectifications.lift, **lifting)
    with pytest.raises(NotPermitted):
        case.act(case.town.employer, rectifications.lift, **lifting)
    with pytest.raises(Invalid):
        case.act(case.town.city, rectifications.lift, **lifting | {"reason": ""})
    for _ in range(2):
        case.act(case.town.city, rectifications.lift, **lifting)
    assert case.office(case.town.clinic).reviews_claims is True
    assert case.order(order).status is OrderStatus.LIFTED
    # What went up is finished there; what comes new is the employer's again.
    assert case.row(waiting[0]).office_id == case.town.health
    new = case.submitted(title="解除后的一项", earned_on=f"{YEAR}-01-20")
    assert case.row(new).office_id == case.town.clinic
    with pytest.raises(Conflict, match="已解除"):
        case.act(case.town.employer, rectifications.report, typed=form | {"request_key": "s" * 32})
    with Session(case.engine) as session:
        kinds = session.exec(
            select(OrganisationChange.kind)
            .where(OrganisationChange.organisation_id == case.town.clinic)
            .order_by(col(OrganisationChange.id))
        ).all()
        acts = session.exec(
            select(AuditEvent.detail)
            .where(AuditEvent.action == "order:moved")
            .order_by(col(AuditEvent.id))
        ).all()
    assert list(kinds)[-2:] == ["ordered", "lifted"]
    assert [each["act"] for each in acts] == ["issue", "report", "lift"]


def test_it_is_extended_with_a_reason_and_only_ever_longer(case: Supervision) -> None:
    order = ordered(case)
    later = DUE + timedelta(days=10)
    ask = {"order_id": order, "reason": "材料较多", "version": 1}
    with pytest.raises(Invalid) as caught:
        case.act(case.town.city, rectifications.extend, due_on=f"{DUE}", **ask)
    assert "due_on" in caught.value.fields
    for _ in range(2):
        case.act(case.town.city, rectifications.extend, due_on=f"{later}", **ask)
    row = case.order(order)
    assert (row.due_on, row.status, row.version) == (later, OrderStatus.EXTENDED, 2)
    matter = case.order(order).case_id or 0
    assert case.lines(matter).count("extended") == 1
    assert any("延长" in said for said in case.told(case.town.employer))
    with pytest.raises(Conflict):
        case.act(case.town.city, rectifications.lift, order_id=order, reason="旧页面", version=1)


def test_a_late_report_is_taken_and_marked(
    case: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(case)
    at_day(monkeypatch, DUE + timedelta(days=1))
    case.act(case.town.employer, rectifications.report, typed={"order": str(order), "text": "迟了"})
    with Session(case.engine) as session:
        detail = session.exec(
            select(AuditEvent.detail).where(AuditEvent.action == "order:moved")
        ).all()[-1]
    assert detail["late"] is True
    assert case.order(order).status is OrderStatus.REPORTED


def test_what_was_dismissed_comes_again_only_after_lifting(case: Supervision) -> None:
    id = case.submitted()
    first = case.row(id).first_submitted_at
    matter = case.proven(case.granted("有问题的一项", earned_on=f"{YEAR}-01-02"))
    case.act(
        case.town.city, dismissals.dismiss, case_id=matter, organisation_id=case.town.clinic,
        **GROUNDS,
    )  # fmt: skip
    order = ordered(case, matter=matter)
    with pytest.raises(NotPermitted, match=f"{DUE.year}年{DUE.month}月{DUE.day}日"):
        case.send(id)
    assert case.row(id).status is Status.DISMISSED
    # A draft of the same person is not held up by it.
    assert case.submitted(title="另一项", earned_on=f"{YEAR}-01-15")
    case.act(case.town.city, rectifications.lift, order_id=order, reason="到位", version=1)
    case.send(id)
    row = case.row(id)
    assert (row.status, row.office_id) == (Status.SUBMITTED, case.town.clinic)
    assert row.first_submitted_at == first


def test_one_order_at_a_time_for_an_organisation_of_the_matter(case: Supervision) -> None:
    matter = case.proven(case.granted("有问题的一项", earned_on=f"{YEAR}-01-02"))
    other = case.proven(case.granted("另一项", earned_on=f"{YEAR}-01-03"))
    made = at_once([lambda: ordered(case, matter=matter), lambda: ordered(case, matter=matter)])
    assert len(set(made)) == 1
    assert isinstance(made[0], int)
    assert case.lines(matter).count("ordered") == 1
    with pytest.raises(Conflict, match="正在限期整改"):
        ordered(case, matter=other)
    # Neither a stranger to the matter nor one's own bureau.
    for office in (case.mill, case.town.bureau, case.town.double, 10**6):
        with pytest.raises(NotFound):
            ordered(case, office, matter=other)
    for due in ("", "2020-01-01", f"{clock.today()}"):
        with pytest.raises(Invalid) as caught:
            ordered(case, case.town.health, other, due_on=due)
        assert "due_on" in caught.value.fields
    with pytest.raises(Invalid) as caught:
        ordered(case, case.town.health, other, reason="", basis="")
    assert set(caught.value.fields) == {"reason", "basis"}


def test_handing_up_against_deciding_has_one_outcome_for_each(case: Supervision) -> None:
    waiting, order = pending(case, 4), ordered(case, case.town.health)

    def decide_all() -> list[str]:
        said = []
        for id in waiting:
            try:
                case.decide(case.town.employer, id)
                said.append("done")
            except (Conflict, NotPermitted, NotFound) as error:
                said.append(type(error).__name__)
        return said

    at_once([lambda: emptied(case, order), decide_all])
    emptied(case, order)
    assert case.waiting(case.town.health) == 0
    for id in waiting:
        assert case.words(id)[0] == ("submit", "person")
        assert case.row(id).office_id in (case.town.clinic, case.town.bureau)
    assert totals_are_right(case)
