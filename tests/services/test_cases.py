"""监督检查处理: notified, heard, decided; what follows is one act each, and does what it says."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.signing_keys import generate_keys
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Evidence, QueueTotal
from rxapp.models.audit import AuditEvent
from rxapp.models.cases import CaseDismissal, CaseFile, ResponsibilityRecord, SupervisionCase
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.credits import Credit
from rxapp.models.people import Person
from rxapp.models.supervision import Inspection, InspectionItem
from rxapp.rules.cases import Finding, Status
from rxapp.rules.claims import Act
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.hours import Hours
from rxapp.rules.inspections import Finding as Found
from rxapp.rules.subjects import Subject
from rxapp.services import (
    case_claims,
    case_hearing,
    case_measures,
    case_opening,
    cases,
    certificate_checks,
    certificates,
    claims,
    credits,
    dismissals,
    evidence,
)
from rxapp.services.actors import ANONYMOUS, SYSTEM
from rxapp.settings import settings
from tests.factories import at_once
from tests.services.supervising import GROUNDS, YEAR, Supervision, at_day

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def case(engine: Engine) -> Supervision:
    return Supervision(engine)


def test_the_person_is_notified_and_answers_with_a_file(case: Supervision) -> None:
    claim = case.granted()
    id = case.opened(claim, file_1=case.ticket("red"))
    row = case.matter(id)
    assert (row.status, row.person_id, row.organisation_id) == (Status.NOTIFIED, case.who, None)
    assert (row.claim_id, row.office_id, row.finding) == (claim, case.town.bureau, Finding.FALSE)
    assert row.answer_by == clock.today() + timedelta(days=10)
    assert any("陈述和申辩" in said for said in case.told(case.who))
    case.answered(id, file_1=case.ticket("blue"), file_3=case.ticket("green"))
    row = case.matter(id)
    assert (row.status, row.answer) == (Status.ANSWERED, "证书属实")
    assert any(row.number in said for said in case.told(case.town.city))
    # More may be said until it is decided, and nothing said is lost.
    case.answered(id, text="补充一点")
    assert case.lines(id) == ["opened", "answered", "answered"]
    with Session(case.engine) as session:
        files = session.exec(select(CaseFile).order_by(col(CaseFile.id))).all()
        assert [file.side.value for file in files] == ["bureau", "person", "person"]


def test_nobody_is_decided_on_unheard(case: Supervision, monkeypatch: pytest.MonkeyPatch) -> None:
    id = case.opened(case.granted())
    with pytest.raises(Conflict, match="期满后"):
        case.judged(id)
    last = case.matter(id).answer_by
    at_day(monkeypatch, last)
    with pytest.raises(Conflict):
        case.judged(id)
    at_day(monkeypatch, last + timedelta(days=1))
    assert cases.standing(case.matter(id)) is Status.EXPIRED
    assert "弄虚作假" in case.judged(id)
    assert case.matter(id).status is Status.DECIDED
    with pytest.raises(Conflict, match="已作出决定"):
        case.answered(id)


def test_a_late_answer_is_taken_and_marked(
    case: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = case.opened(case.granted())
    at_day(monkeypatch, case.matter(id).answer_by + timedelta(days=3))
    case.answered(id)
    assert case.matter(id).status is Status.ANSWERED
    with Session(case.engine) as session:
        late = session.execute(text("SELECT late FROM case_entry ORDER BY id")).scalars().all()
    assert [bool(each) for each in late] == [False, True]


def test_what_is_missing_is_told_at_once(case: Supervision) -> None:
    with pytest.raises(Invalid) as caught:
        case.act(case.town.city, case_opening.open_case, typed={"finding": "careless"})
    assert set(caught.value.fields) == {"number", "finding", "allegation", "basis"}
    with pytest.raises(Invalid, match="受理编号"):
        case.opened(999_999)
    with pytest.raises(Invalid) as caught:
        case.opened(organisation="没有这家单位")
    assert set(caught.value.fields) == {"organisation"}
    # A claim is not careless, an organisation has no wrong hours.
    with pytest.raises(Invalid, match="学时不符"):
        case.opened(case.granted(), finding="careless")
    draft = case.draft(title="没有提交的一项")
    with pytest.raises(Invalid, match="没有找到"):
        case.opened(draft)
    id = case.opened()
    with pytest.raises(Invalid) as caught:
        case.act(case.town.employer, case_hearing.reply, typed={"case": str(id), "text": " \n "})
    assert "text" in caught.value.fields
    assert case.matter(id).status is Status.NOTIFIED


def test_a_receipt_number_names_the_claim(case: Supervision) -> None:
    claim = case.granted()
    number = (case.row(claim).number or "").lower().replace("-", " ")
    id = case.opened(finding="false", organisation=" ", number=number)
    assert case.matter(id).claim_id == claim


def sampled(case: Supervision, claim: int, office: int) -> int:
    """A line of a sample in which the claim was found false; its id."""
    with Session(case.engine) as session, session.begin():
        sample = Inspection(
            office_id=office, drawn_by=case.town.city, drawn_at=clock.now(), seed="s",
            granted_from=clock.today(), granted_until=clock.today(), population=1, drawn=1,
        )  # fmt: skip
        session.add(sample)
        session.flush()
        item = InspectionItem(
            inspection_id=sample.id or 0, place=1, claim_id=claim, finding=Found.FALSE,
            note="发证机构查无此证",
        )  # fmt: skip
        session.add(item)
        session.flush()
        return item.id or 0


def test_a_matter_begins_with_a_line_of_a_sample(case: Supervision) -> None:
    claim = case.granted()
    item, of_others = sampled(case, claim, case.town.bureau), sampled(case, claim, case.mill)
    new = case.act(case.town.city, case_claims.get_new, item_id=item)
    assert (new.claim, new.item, new.finding) == (claim, item, "false")
    assert new.allegation == "发证机构查无此证"
    for by, wanted in ((case.inspector, item), (case.town.city, 10**6)):
        with pytest.raises(NotFound):
            case.act(by, case_claims.get_new, item_id=wanted)
    other = case.granted("另一项", earned_on=f"{YEAR}-01-06")
    with pytest.raises(Invalid, match="不是这项申报"):
        case.opened(other, item=str(item))
    id = case.opened(claim, item=str(item))
    with Session(case.engine) as session:
        assert session.get_one(InspectionItem, item).case_id == id
        assert session.get_one(InspectionItem, of_others).case_id is None
    assert case.matter(id).item_id == item
    case.act(case.town.city, cases.withdraw, case_id=id, note="查实", version=1)
    with pytest.raises(Conflict, match="已经转入处理"):
        case.opened(claim, item=str(item))


def test_one_matter_about_one_claim_and_one_for_two_presses(case: Supervision) -> None:
    claim = case.granted()
    first = case.opened(claim, request_key="k" * 32)
    assert case.opened(claim, request_key="k" * 32) == first
    with pytest.raises(Conflict, match="正在办理"):
        case.opened(claim)
    case.answered(first, request_key="m" * 32)
    case.answered(first, request_key="m" * 32)
    assert case.lines(first) == ["opened", "answered"]
    case.act(
        case.town.city, cases.withdraw, case_id=first, note="查证属实",
        version=case.matter(first).version,
    )  # fmt: skip
    assert case.matter(first).status is Status.WITHDRAWN
    assert case.opened(claim) > first


def test_two_clerks_at_once_open_one_matter_and_decide_once(case: Supervision) -> None:
    claim = case.granted()
    opened = at_once([lambda by=by: case.opened(claim, by) for by in (case.town.city, case.second)])
    assert sum(isinstance(each, int) for each in opened) == 1
    assert sum(isinstance(each, Conflict) for each in opened) == 1
    id = next(each for each in opened if isinstance(each, int))
    case.answered(id)
    version = case.matter(id).version

    def judge(by: int, found: str) -> str:
        return case.act(
            by, cases.decide, case_id=id, found=found, text="理由", basis="依据", version=version
        )

    said = at_once([
        lambda: judge(case.town.city, "false"), lambda: judge(case.second, "in_order"),
    ])  # fmt: skip
    assert sum(isinstance(each, Conflict) for each in said) == 1
    assert case.lines(id).count("decided") == 1
    # The second press of the one who was first is no mistake.
    first = case.matter(id).decided_by or 0
    found = case.matter(id).found or Finding.FALSE
    assert case.act(
        first, cases.decide, case_id=id, found=found.value, text="理由", basis="依据",
        version=version,
    )  # fmt: skip
    assert case.lines(id).count("decided") == 1


def test_a_matter_is_seen_by_its_bureau_those_above_and_who_is_heard(case: Supervision) -> None:
    id, about = case.opened(case.granted()), case.opened()
    for each in (id, about):
        assert case.act(case.town.city, cases.find, each)
        for other in (case.inspector,):
            with pytest.raises(NotFound):
                case.act(other, cases.find, each)
        for other in (case.town.employer, case.town.department, case.who):
            with pytest.raises(NotPermitted):
                case.act(other, cases.find, each)
    assert case.act(case.who, cases.find_own, id)
    assert case.act(case.town.employer, cases.find_of_office, about)
    for stranger, find, each in (
        (case.ids[1], cases.find_own, id), (case.who, cases.find_own, about),
        (case.town.department, cases.find_of_office, about),
        (case.town.employer, cases.find_of_office, id),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            case.act(stranger, find, each)
    with pytest.raises(NotFound):
        case.act(case.ids[1], case_hearing.answer, typed={"case": str(id), "text": "别人"})
    # A county's bureau opens only what lies below it; the city sees it.
    with pytest.raises(Invalid, match="没有找到"):
        case.opened(by=case.inspector)
    below = case.opened(by=case.inspector, organisation="样例磨坊")
    assert case.matter(below).office_id == case.county
    assert case.act(case.town.city, cases.find, below)


def test_nobody_acts_about_himself_or_his_own_word(case: Supervision) -> None:
    claim = case.granted()
    case.serve(case.town.department, case.town.bureau)
    with pytest.raises(NotPermitted, match="审核过"):
        case.opened(claim, by=case.town.department)
    id = case.opened(claim)
    case.answered(id)
    with pytest.raises(NotPermitted, match="审核过"):
        case.judged(id, by=case.town.department)
    case.serve(case.who, case.town.bureau)
    with pytest.raises(NotPermitted, match="本人"):
        case.judged(id, by=case.who)
    with pytest.raises(NotPermitted, match="本单位"):
        case.opened(organisation="样例市人社局")
    assert case.matter(id).status is Status.ANSWERED
    assert case.judged(id)


def test_nothing_follows_before_the_decision_or_without_grounds(case: Supervision) -> None:
    claim = case.granted()
    id = case.opened(claim)
    with pytest.raises(Conflict, match="作出决定后"):
        case.act(case.town.city, case_measures.revoke, case_id=id, **GROUNDS)
    case.answered(id)
    case.judged(id)
    with pytest.raises(Invalid) as caught:
        case.act(case.town.city, case_measures.revoke, case_id=id, reason="", basis=" ")
    assert set(caught.value.fields) == {"reason", "basis"}
    assert case.row(claim).status is ClaimStatus.GRANTED
    case.act(case.town.city, cases.close, case_id=id, note="办结", version=case.matter(id).version)
    with pytest.raises(Conflict, match="已办结"):
        case.act(case.town.city, case_measures.revoke, case_id=id, **GROUNDS)
    other = case.granted("另一项", earned_on=f"{YEAR}-01-06")
    clean = case.proven(other, "in_order")
    with pytest.raises(Conflict, match="未发现问题"):
        case.act(case.town.city, case_measures.revoke, case_id=clean, **GROUNDS)


def certified(case: Supervision) -> str:
    """A certificate that shows the year, enough learned; its number."""
    if not list(settings().keys_dir.glob("*/about.json")):
        generate_keys(settings().keys_dir, common_name="样例市", sample=True, now=clock.now())
    with Session(case.engine) as session, session.begin():
        session.get_one(Person, case.who).owes_from = YEAR
        for subject, hours, key in (
            (Subject.PUBLIC_REQUIRED, "20", "a"), (Subject.PUBLIC_ELECTIVE, "10", "b"),
            (Subject.PROFESSIONAL, "40", "c"),
        ):  # fmt: skip
            credits.grant(
                session, SYSTEM, person_id=case.who, year=YEAR, subject=subject,
                hours=Hours.of(hours), source_kind="history", source_key=f"test:{key}",
                title="原有", rule="", earned_on=clock.today(),
            )  # fmt: skip
    draft = case.act(case.who, certificates.prepare, year=YEAR)
    file = certificates.render(draft)
    return case.act(case.who, certificates.issue, draft=draft, file=file).number


def checked(case: Supervision, number: str) -> str:
    """What anybody reads on the check page."""
    with Session(case.engine) as session:
        return certificate_checks.check(session, ANONYMOUS, number=number).status


def test_revoking_reverses_the_line_and_the_check_says_so(case: Supervision) -> None:
    claim = case.granted()
    number = certified(case)
    assert checked(case, number) == "有效"
    id = case.proven(claim)
    for _ in range(2):
        said = case.act(case.town.city, case_measures.revoke, case_id=id, **GROUNDS)
        assert "已撤销" in said
    row = case.row(claim)
    assert (row.status, row.credit_id) == (ClaimStatus.REVOKED, None)
    ledger = case.ledger()
    assert ledger[0] == (f"claim:{claim}:1", 400)
    assert [tenths for _, tenths in ledger].count(-400) == 1
    assert checked(case, number) == "已撤销"
    assert case.lines(id).count("revoked") == 1
    assert any("已撤销" in said for said in case.told(case.who))
    with Session(case.engine) as session:
        assert credits.find_wrong_totals(session) == []
        word = session.exec(select(ClaimDecision).where(ClaimDecision.act == Act.REVOKE)).one()
        # The bureau answers for it, not the department before which it last lay.
        assert (word.office_id, word.by_id) == (case.town.bureau, case.town.city)
        acts = session.exec(select(AuditEvent.action)).all()
        assert {"case:opened", "case:moved", "case:measure", "credit:reversed"} <= set(acts)


def test_wrong_hours_leave_a_granted_claim_with_the_right_ones(case: Supervision) -> None:
    claim = case.granted()
    number = certified(case)
    id = case.proven(claim, "wrong_hours")
    for hours, field in (("40", "hours"), ("0", "hours"), ("很多", "hours"), ("1e22", "hours")):
        with pytest.raises(Invalid) as caught:
            case.act(case.town.city, case_measures.correct, case_id=id, hours=hours, **GROUNDS)
        assert field in caught.value.fields
    for _ in range(2):
        case.act(case.town.city, case_measures.correct, case_id=id, hours="25", **GROUNDS)
    row = case.row(claim)
    assert (row.status, row.hours, row.grants) == (ClaimStatus.GRANTED, Hours.of(25), 2)
    claimed = [each for each in case.ledger() if not each[0].startswith("test:")]
    assert [tenths for _, tenths in claimed] == [400, -400, 250]
    assert claimed[2][0] == f"claim:{claim}:2"
    # Sixty-five professional hours are still enough: out of date, not void.
    assert checked(case, number) == "已更新"
    with Session(case.engine) as session:
        assert credits.find_wrong_totals(session) == []
        line = session.exec(select(Credit).where(Credit.id == row.credit_id)).one()
        assert line.hours == Hours.of(25)


def test_a_matter_about_an_organisation_touches_no_claim(case: Supervision) -> None:
    claim, id = case.granted(), case.opened()
    assert any("陈述和申辩" in said for said in case.told(case.town.employer))
    case.act(case.town.employer, case_hearing.reply, typed={"case": str(id), "text": "已核实"})
    case.judged(id, "careless")
    with pytest.raises(Conflict, match="不涉及学时申报"):
        case.act(case.town.city, case_measures.revoke, case_id=id, **GROUNDS)
    assert case.row(claim).status is ClaimStatus.GRANTED


def test_a_reviewer_answers_for_his_word(case: Supervision) -> None:
    claim = case.granted()
    id = case.proven(claim)
    with Session(case.engine) as session:
        words = session.exec(select(ClaimDecision).order_by(col(ClaimDecision.id))).all()
    submitted, passed = words[0].id or 0, words[1].id or 0
    with pytest.raises(NotFound):
        case.act(
            case.town.city, case_measures.hold_responsible, case_id=id, decision_id=submitted,
            **GROUNDS,
        )  # fmt: skip
    for _ in range(2):
        case.act(
            case.town.city, case_measures.hold_responsible, case_id=id, decision_id=passed,
            **GROUNDS,
        )  # fmt: skip
    with Session(case.engine) as session:
        record = session.exec(select(ResponsibilityRecord)).one()
    assert (record.person_id, record.office_id) == (case.town.employer, case.town.clinic)
    assert (record.claim_id, record.decision_id) == (claim, passed)
    assert any("审核责任" in said for said in case.told(case.town.employer))


def pending(case: Supervision, many: int, person: int = 0) -> list[int]:
    return [
        case.submitted(person=person, title=f"第{n}项", earned_on=f"{YEAR}-01-{n + 1:02d}")
        for n in range(many)
    ]


def test_all_that_is_pending_is_dismissed_in_steps(
    case: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dismissals, "AT_ONCE", 2)
    mine, granted = pending(case, 4), case.granted("已通过的一项", earned_on=f"{YEAR}-01-20")
    case.decide(case.town.employer, mine[3])
    elsewhere = case.submitted(person=case.ids[1], title="别处的一项")
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, elsewhere).organisation_id = case.town.double
    id = case.opened()
    case.act(case.town.employer, case_hearing.reply, typed={"case": str(id), "text": "已核实"})
    case.judged(id, "careless")
    asked = {"case_id": id, "organisation_id": case.town.clinic, **GROUNDS}
    first = case.act(case.town.city, dismissals.dismiss, **asked)
    assert (first.count, first.more) == (2, True)
    # A kill here leaves two dismissed and two pending, each whole.
    later = case.submitted(title="之后的一项", earned_on=f"{YEAR}-01-25")
    progress = first
    while progress.more:
        progress = case.act(case.town.city, dismissals.go_on, case_id=id)
    assert case.act(case.town.city, dismissals.dismiss, **asked).count == 4 + 1
    for each in mine:
        row = case.row(each)
        assert (row.status, row.step.value) == (ClaimStatus.DISMISSED, "person")
        assert row.first_submitted_at
    assert case.row(granted).status is ClaimStatus.GRANTED
    assert case.row(later).status is ClaimStatus.SUBMITTED
    assert case.row(elsewhere).office_id == case.town.clinic
    with Session(case.engine) as session:
        done = session.exec(select(CaseDismissal)).one()
        totals = session.exec(select(QueueTotal)).all()
        assert done.done_at
        kept = {row.office_id: row.waiting for row in totals if row.queue == "claims"}
    for office, count in kept.items():
        assert count == case.waiting(office)


def test_without_an_order_a_dismissed_claim_may_come_again(case: Supervision) -> None:
    id = case.submitted()
    first = case.row(id).first_submitted_at
    about = case.proven(case.granted("另一项", earned_on=f"{YEAR}-01-07"))
    case.act(
        case.town.city, dismissals.dismiss, case_id=about, organisation_id=case.town.clinic,
        **GROUNDS,
    )  # fmt: skip
    assert case.row(id).status is ClaimStatus.DISMISSED
    case.send(id)
    assert case.row(id).status is ClaimStatus.SUBMITTED
    assert case.row(id).first_submitted_at == first
    with pytest.raises(NotFound):
        case.act(
            case.town.city, dismissals.dismiss, case_id=about, organisation_id=case.mill,
            **GROUNDS,
        )  # fmt: skip


def test_files_are_for_the_bureau_and_who_is_heard(case: Supervision) -> None:
    id = case.opened(case.granted())
    case.answered(id, file_1=case.ticket("blue"))
    with Session(case.engine) as session:
        file = session.exec(select(CaseFile.evidence_id)).one()
    given = {"evidence_id": file, "part": "file"}
    for seen in (case.who, case.town.city, case.second):
        assert case.act(seen, evidence.get_file, **given)
    others = (case.ids[1], case.town.employer, case.town.department, case.inspector)
    for denied in others:
        with pytest.raises(NotFound):
            case.act(denied, evidence.get_file, **given)
    with Session(case.engine) as session, pytest.raises(NotFound):
        evidence.get_file(session, ANONYMOUS, **given)
    with Session(case.engine) as session, session.begin():
        session.get_one(Evidence, file).uploaded_at = clock.now() - timedelta(days=3)
    with Session(case.engine) as session, session.begin():
        evidence.remove_unclaimed(session, SYSTEM)
    assert case.act(case.who, evidence.get_file, **given)


def test_a_ticket_is_good_for_one_word(case: Supervision) -> None:
    id, ticket = case.opened(case.granted()), case.ticket("blue")
    with pytest.raises(Invalid) as caught:
        case.answered(id, file_1=ticket, file_2=ticket)
    assert "file_2" in caught.value.fields
    assert case.lines(id) == ["opened"]
    case.answered(id, file_1=ticket)
    with pytest.raises(Invalid, match="已经提交过"):
        case.answered(id, file_1=ticket)
    for rubbish in ("x", f"1-{'f' * 8}-00", "长" * 200):
        with pytest.raises(Invalid, match="过期"):
            case.answered(id, file_1=rubbish)


def test_what_was_said_cannot_be_changed(case: Supervision) -> None:
    case.opened(case.granted())
    for change in ("UPDATE case_entry SET text = 'x'", "DELETE FROM case_entry"):
        with Session(case.engine) as session, pytest.raises(DatabaseError, match="append-only"):
            session.execute(text(change))


def test_closing_and_withdrawing_need_their_reason_and_their_turn(case: Supervision) -> None:
    id = case.opened(case.granted())
    with pytest.raises(Invalid):
        case.act(case.town.city, cases.withdraw, case_id=id, note=" ", version=1)
    with pytest.raises(Conflict):
        case.act(case.town.city, cases.close, case_id=id, note="办结", version=1)
    with pytest.raises(Conflict):
        case.act(case.town.city, cases.withdraw, case_id=id, note="查实", version=7)
    for _ in range(2):
        case.act(case.town.city, cases.withdraw, case_id=id, note="查实", version=1)
    assert case.lines(id) == ["opened", "withdrawn"]
    assert any("已撤回" in said for said in case.told(case.who))
    with Session(case.engine) as session:
        assert session.exec(select(SupervisionCase.ended_at)).one()


def test_refusals_are_ours(case: Supervision) -> None:
    """Rubbish in every field is a sentence, never a fault."""
    for typed in (
        {}, {"case": "x"}, {"case": "1" * 30}, {"case": "-1"}, {"case": "1", "text": "\0" * 9},
    ):  # fmt: skip
        with pytest.raises(AppError):
            case.act(case.who, case_hearing.answer, typed=typed)
    assert case.act(case.who, claims.list_own).rows == []
