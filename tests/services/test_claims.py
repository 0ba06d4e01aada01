"""学时申报: drafted, sent in, decided level by level, granted once; every act by the table."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Evidence, QueueTotal
from rxapp.models.claims import Claim, ClaimFile, ConversionRuleRow
from rxapp.models.credits import Credit
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.years import YearPolicyRow
from rxapp.rules.claims import POINTS, TRANSITIONS, Act, Status, Step
from rxapp.rules.hours import Hours
from rxapp.services import (
    claim_checks,
    claim_moves,
    claim_pages,
    claim_queue,
    claim_rerouting,
    claim_reviews,
    claims,
    credits,
    evidence,
    own_export,
    person_states,
    pseudonyms,
)
from rxapp.services.actors import SYSTEM
from rxapp.services.claim_queue import Wanted
from tests.factories import at_once
from tests.services.claiming import QUALIFIED, Claims

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def test_hours_are_granted_after_both_levels_and_not_before(case: Claims) -> None:
    id = case.submitted()
    row = case.row(id)
    assert (row.status, row.step, row.office_id) == (
        Status.SUBMITTED, Step.EMPLOYER, case.town.clinic,
    )  # fmt: skip
    case.decide(case.town.employer, id)
    row = case.row(id)
    assert (row.step, row.office_id) == (Step.AUTHORITY, case.town.health)
    assert case.ledger() == []
    case.decide(case.town.department, id)
    assert case.row(id).status is Status.GRANTED
    assert case.ledger() == [(f"claim:{id}:1", 400)]
    with Session(case.engine) as session:
        line = session.exec(select(Credit)).one()
        told = session.exec(select(Message).where(Message.person_id == case.who)).all()
        assert credits.find_wrong_totals(session) == []
        left = session.exec(select(QueueTotal.waiting).where(QueueTotal.queue == "claims")).all()
    assert (line.rule, line.year) == ("qualification@1", YEAR)
    assert "40学时" in told[-1].body
    assert set(left) == {0}
    assert case.words(id) == [("submit", "person"), ("pass", "employer"), ("pass", "authority")]


def test_a_second_press_does_what_the_first_did(case: Claims) -> None:
    id = case.draft()
    version = case.row(id).version
    numbers = {case.act(case.who, claims.submit, claim_id=id, version=version) for _ in range(3)}
    assert len(numbers) == 1
    before = case.row(id).version
    said = {case.decide(case.town.employer, id, version=before) for _ in range(3)}
    assert len(said) == 1
    assert case.words(id) == [("submit", "person"), ("pass", "employer")]


def test_what_is_missing_is_told_at_once_and_nothing_is_lost(case: Claims) -> None:
    id = case.act(case.who, claims.begin, rule_key="paper")
    case.act(case.who, claims.save, claim_id=id, typed={"title": "论", "rank": "9"}, version=1)
    with pytest.raises(Invalid) as caught:
        case.send(id)
    assert set(caught.value.fields) == {
        "title", "earned_on", "level", "file_cover", "file_contents", "file_article",
    }  # fmt: skip
    assert case.row(id).status is Status.DRAFT
    assert case.row(id).typed == {"title": "论", "rank": "9"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"earned_on": f"{clock.today() + timedelta(days=1)}"}, "earned_on"),
        ({"earned_on": "2015-12-31"}, "earned_on"),
        ({"earned_on": "不知道"}, "earned_on"),
        ({"title": "　"}, "title"),
    ],
)
def test_bad_input_has_its_sentence(case: Claims, typed: dict[str, str], field: str) -> None:
    id = case.draft(**typed)
    with pytest.raises(Invalid) as caught:
        case.send(id)
    assert field in caught.value.fields


TRAINING = {"title": "省级急救培训", "filed": "8", "days": "1"}


def test_of_other_training_it_must_be_said_who_organised_it(case: Claims) -> None:
    with Session(case.engine) as session:
        clinic = session.get_one(Organisation, case.town.clinic).name
        base = session.get_one(Organisation, case.town.health).name
    for organiser, said in (
        ("", "请填写组织单位"), ("所", "请填写组织单位"),
        (clinic, "由举办单位备案后直接记入学时"), (f" {base[:2]} {base[2:]}", "是本市的单位"),
    ):  # fmt: skip
        id = case.draft("other_training", **TRAINING, organiser=organiser)
        with pytest.raises(Invalid) as caught:
            case.send(id)
        assert list(caught.value.fields) == ["organiser"]
        assert said in caught.value.message
        row = case.row(id)
        assert (row.status, row.typed["filed"]) == (Status.DRAFT, "8")
    id = case.submitted("other_training", **TRAINING, organiser="样例省急救中心")
    seen = case.act(case.town.employer, claim_pages.get_detail, claim_id=id)
    lines = [(line.label, line.text) for line in seen.lines]
    assert lines[:2] == [("名称", "省级急救培训"), ("组织单位", "样例省急救中心")]
    sheets = {each.name: each for each in case.act(case.who, own_export.list_sheets)}
    sheet = sheets["学时申报"]
    assert sheet.rows[0][sheet.heading.index("组织单位")] == "样例省急救中心"
    assert sheet.rows[0][sheet.heading.index("状态")] == "审核中"
    # Nobody is asked of what is no training.
    other = case.submitted()
    asked = case.act(case.who, claim_pages.get_form, claim_id=other).asked
    assert "organiser" not in asked
    assert "organiser" in case.act(case.who, claim_pages.get_form, claim_id=id).asked


def test_what_was_sent_in_before_the_organiser_was_asked_is_decided_on(case: Claims) -> None:
    id = case.submitted("other_training", **TRAINING, organiser="样例省急救中心")
    with Session(case.engine) as session, session.begin():
        row = session.get_one(Claim, id)
        row.typed = {key: said for key, said in row.typed.items() if key != "organiser"}
        session.add(row)
    case.decide(case.town.employer, id)
    case.decide(case.town.department, id)
    assert case.ledger() == [(f"claim:{id}:1", 80)]


def test_a_draft_belongs_to_its_owner_alone(case: Claims) -> None:
    id = case.draft()
    other = case.town.employer
    for use_case, given in (
        (claims.save, {"typed": {"title": "别人"}, "version": 2}), (claims.submit, {"version": 2}),
        (claims.withdraw, {"version": 2}), (claims.remove, {}), (claims.copy, {}),
        (claims.require_room, {"need": "certificate"}), (claims.detach, {"evidence_id": 1}),
        (claims.appeal, {"note": "x", "version": 2}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            case.act(other, use_case, claim_id=id, **given)
    for clerk in (case.town.employer, case.town.department, case.town.city):
        with pytest.raises(NotFound):
            case.act(clerk, claim_pages.get_detail, id)
    assert case.row(id).typed["title"] == QUALIFIED["title"]


def test_its_files_are_for_the_owner_then_for_whose_queue_it_is(case: Claims) -> None:
    id = case.draft()
    with Session(case.engine) as session:
        file = session.exec(select(ClaimFile.evidence_id)).one()
    given = {"evidence_id": file, "part": "preview"}
    assert case.act(case.who, evidence.get_file, **given)
    reviewers = (case.town.employer, case.town.department, case.town.city)
    for clerk in (*reviewers, case.far):
        with pytest.raises(NotFound):
            case.act(clerk, evidence.get_file, **given)
    case.send(id)
    for clerk in reviewers:
        assert case.act(clerk, evidence.get_file, **given)
    case.serve(case.far, case.town.double)
    for stranger in (case.far, case.ids[1]):
        with pytest.raises(NotFound):
            case.act(stranger, evidence.get_file, **given)


def test_a_returned_claim_is_corrected_with_the_words_beside_the_field(case: Claims) -> None:
    id = case.submitted()
    with pytest.raises(Invalid, match="理由"):
        case.decide(case.town.employer, id, "return")
    case.decide(
        case.town.employer, id, "return", note="日期与证书不符", remarks={"earned_on": "应为2月"}
    )
    form = case.act(case.who, claim_pages.get_form, id)
    assert (form.editable, form.reason) == (True, "日期与证书不符")
    assert form.remarks == {"earned_on": "应为2月"}
    case.act(
        case.who, claims.save, claim_id=id, typed={"earned_on": f"{YEAR}-01-06"},
        version=case.row(id).version,
    )  # fmt: skip
    number = case.row(id).number
    assert case.send(id) == number
    assert case.row(id).first_submitted_at < case.row(id).submitted_at  # type: ignore[operator]
    # A new round: the same clerk decides again.
    case.decide(case.town.employer, id)
    assert case.row(id).step is Step.AUTHORITY


def test_a_returned_claim_stays_correctable_after_its_window(case: Claims) -> None:
    id = case.submitted()
    case.decide(case.town.employer, id, "return", note="请补充")
    fresh = case.draft(title="后来的一项")
    with Session(case.engine) as session, session.begin():
        policy = session.get_one(YearPolicyRow, YEAR)
        policy.claim_until = clock.today() - timedelta(days=1)
        row = session.get_one(type(case.row(id)), id)
        row.first_submitted_at = clock.now() - timedelta(days=2)
    with pytest.raises(NotPermitted, match="结束"):
        case.send(fresh)
    assert case.send(id)


def test_withdrawn_until_the_first_decision(case: Claims) -> None:
    id = case.submitted()
    case.act(case.who, claims.withdraw, claim_id=id, version=case.row(id).version)
    assert case.row(id).status is Status.WITHDRAWN
    again = case.submitted(title="另一项")
    case.decide(case.town.employer, again)
    with pytest.raises(Conflict, match="不能撤回"):
        case.act(case.who, claims.withdraw, claim_id=again, version=case.row(again).version)


def test_hours_are_only_lowered_and_with_a_reason(case: Claims) -> None:
    id = case.submitted()
    for hours, field in (("41", "hours"), ("0", "hours"), ("1e22", "hours"), ("30", "note")):
        with pytest.raises(Invalid) as caught:
            case.decide(case.town.employer, id, hours=hours)
        assert field in caught.value.fields
    case.decide(case.town.employer, id, hours="30", note="只认可三十学时")
    case.decide(case.town.department, id)
    assert case.ledger() == [(f"claim:{id}:1", 300)]


def test_every_point_is_answered_for(case: Claims) -> None:
    id = case.submitted()
    some = tuple(POINTS[Step.EMPLOYER])[:-1]
    with pytest.raises(Invalid, match="逐项核对"):
        case.decide(case.town.employer, id, points=some)
    assert case.row(id).step is Step.EMPLOYER


def test_nobody_decides_on_a_claim_of_his_own_or_twice(case: Claims) -> None:
    own = case.submitted(person=case.town.employer)
    # The only clerk of the clinic is the claimant: both in one step by the department.
    assert (case.row(own).step, case.row(own).office_id) == (Step.JOINT, case.town.health)
    with pytest.raises((NotFound, NotPermitted)):
        case.decide(case.town.employer, own)
    case.serve(case.town.employer, case.town.health)
    with pytest.raises(NotPermitted, match="本人"):
        case.decide(case.town.employer, own)
    id = case.submitted()
    case.decide(case.town.employer, id)
    with pytest.raises(NotPermitted, match="前一环节"):
        case.decide(case.town.employer, id)
    case.decide(case.town.department, id)
    assert case.row(id).status is Status.GRANTED


def test_an_office_without_anybody_is_skipped_upwards(case: Claims) -> None:
    case.leave(case.town.department)
    id = case.submitted()
    case.decide(case.town.employer, id)
    assert (case.row(id).step, case.row(id).office_id) == (Step.AUTHORITY, case.town.bureau)
    case.leave(case.town.employer)
    other = case.submitted(title="无人审核的一项")
    assert (case.row(other).step, case.row(other).office_id) == (Step.JOINT, case.town.bureau)
    case.leave(case.town.city)
    third = case.submitted(title="谁都不在的一项")
    # Nobody at all: it waits with the city bureau.
    assert case.row(third).office_id == case.town.bureau


def test_a_rejected_claim_goes_up_once(case: Claims) -> None:
    id = case.submitted()
    case.decide(case.town.employer, id, "reject", note="材料不足以证明")
    version = case.row(id).version
    with pytest.raises(Invalid, match="理由"):
        case.act(case.who, claims.appeal, claim_id=id, note=" ", version=version)
    case.act(case.who, claims.appeal, claim_id=id, note="证书可在网上查询", version=version)
    row = case.row(id)
    assert (row.step, row.office_id) == (Step.APPEAL, case.town.health)
    with pytest.raises((Conflict, NotPermitted)):
        case.decide(case.town.employer, id)
    case.decide(case.town.department, id, "reject", note="维持原意见")
    with pytest.raises(Conflict, match="一次"):
        case.act(case.who, claims.appeal, claim_id=id, note="再看", version=case.row(id).version)
    assert case.ledger() == []


def test_a_decision_is_taken_back_until_the_next_level_acts(case: Claims) -> None:
    id = case.submitted()
    case.decide(case.town.employer, id)
    back = {"claim_id": id, "note": "点错了"}
    with pytest.raises((NotFound, Conflict)):
        case.act(case.town.city, claim_reviews.take_back, **back)
    case.act(case.town.employer, claim_reviews.take_back, **back)
    assert (case.row(id).step, case.row(id).office_id) == (Step.EMPLOYER, case.town.clinic)
    with pytest.raises(Conflict):
        case.act(case.town.employer, claim_reviews.take_back, **back)
    case.decide(case.town.employer, id)
    case.decide(case.town.department, id)
    with pytest.raises(Conflict):
        case.act(case.town.employer, claim_reviews.take_back, **back)
    # The last level's own word on a granted claim: the hours go, and come again with a new line.
    case.act(case.town.department, claim_reviews.take_back, **back)
    case.decide(case.town.department, id)
    assert [hours for _, hours in case.ledger()] == [400, -400, 400]
    with Session(case.engine) as session:
        assert credits.find_wrong_totals(session) == []


@pytest.mark.parametrize("change", ["typed", "file added", "file taken off"])
def test_a_claim_that_is_being_corrected_is_not_taken_back(case: Claims, change: str) -> None:
    id = case.submitted()
    case.decide(case.town.employer, id, "return", note="看不清")
    with Session(case.engine) as session:
        file = session.exec(select(ClaimFile.evidence_id).where(ClaimFile.claim_id == id)).one()
    if change == "typed":
        typed = {"title": "另一项资格", "earned_on": f"{YEAR - 1}-12-31"}
        case.act(case.who, claims.save, claim_id=id, typed=typed, version=case.row(id).version)
    elif change == "file added":
        case.attach(id, "other")
    else:
        case.act(case.who, claims.detach, claim_id=id, evidence_id=file)
    # What lay before the clerk is no longer what lies there.
    with pytest.raises(Conflict, match="修改"):
        case.act(case.town.employer, claim_reviews.take_back, claim_id=id, note="点错了")
    assert case.row(id).status is Status.RETURNED


def test_a_cap_bites_across_claims(case: Claims) -> None:
    first = case.submitted("teaching", units="15", title="春季授课")
    second = case.draft("teaching", units="15", title="秋季授课")
    form = case.act(case.who, claim_pages.get_form, second)
    assert "折算 10 学时" in form.words
    assert "每年最多计40学时" in form.limits[0]
    case.send(second)
    third = case.draft("teaching", units="1", title="冬季授课")
    with pytest.raises(Invalid, match="没有可以申报的学时"):
        case.send(third)
    for id in (first, second):
        case.decide(case.town.employer, id)
        case.decide(case.town.department, id)
    assert sum(hours for _, hours in case.ledger()) == 400


def test_the_same_file_is_shown_but_refused_only_within_one_claim(case: Claims) -> None:
    id = case.submitted()
    other = case.act(case.who, claims.begin, rule_key="patent")
    with Session(case.engine) as session:
        used = session.exec(select(Evidence).where(Evidence.purpose == "claim")).one()
        same = used.source_sha256
    case.attach(other, "certificate")
    with pytest.raises(Conflict, match="已经上传过"):
        case.attach(other, "certificate")
    with Session(case.engine) as session, session.begin():
        link = session.exec(select(ClaimFile).where(ClaimFile.claim_id == other)).one()
        session.get_one(Evidence, link.evidence_id).source_sha256 = same
    form = case.act(case.who, claim_pages.get_form, other)
    assert any("其他申报中用过" in said for said in form.warnings)
    assert case.row(id).status is Status.SUBMITTED


def test_a_rule_changed_or_switched_off_while_a_draft_waits(case: Claims) -> None:
    id = case.draft()
    granted = case.submitted(title="先提交的一项")
    with Session(case.engine) as session, session.begin():
        old = session.get_one(ConversionRuleRow, case.row(id).rule_id)
        body = old.body | {"hours": 300}
        session.add(ConversionRuleRow(key=old.key, version=2, body=body, published_at=clock.now()))
    case.send(id)
    assert case.row(id).hours == Hours.of(30)
    # What was sent in under the first version stays under it.
    case.decide(case.town.employer, granted)
    case.decide(case.town.department, granted)
    assert case.row(granted).hours == Hours.of(40)
    third = case.draft("patent", level="design", rank="1")
    with Session(case.engine) as session, session.begin():
        row = session.get_one(ConversionRuleRow, case.row(third).rule_id)
        row.is_on = False
    with pytest.raises(NotFound, match="停用"):
        case.send(third)
    assert case.row(third).status is Status.DRAFT


def test_claims_finish_where_they_were_submitted(case: Claims) -> None:
    id = case.submitted()
    with Session(case.engine) as session, session.begin():
        from rxapp.models.people import Person

        session.get_one(Person, case.who).organisation_id = case.town.double
    case.decide(case.town.employer, id)
    assert case.row(id).office_id == case.town.health
    case.decide(case.town.department, id)
    assert case.row(id).status is Status.GRANTED


def test_two_reviewers_at_once_give_one_word(case: Claims) -> None:
    case.serve(case.ids[5], case.town.clinic)
    with Session(case.engine) as session, session.begin():
        from rxapp.models.people import Person

        session.get_one(Person, case.ids[5]).activated_at = clock.now()
    ids = [case.submitted(title=f"第{n}项", earned_on=f"{YEAR}-01-{n + 1:02d}") for n in range(6)]
    versions = {id: case.row(id).version for id in ids}

    def press(clerk: int, act: str):  # type: ignore[no-untyped-def]
        def run() -> list[str]:
            said = []
            for id in ids:
                try:
                    case.decide(clerk, id, act, note="核对后", version=versions[id])
                    said.append("done")
                except AppError as error:
                    said.append(type(error).__name__)
            return said

        return run

    results = at_once([press(case.town.employer, "pass"), press(case.ids[5], "reject")])
    for place, id in enumerate(ids):
        assert sorted(result[place] for result in results) in (
            ["Conflict", "done"], ["NotPermitted", "done"],
        )  # fmt: skip
        words = case.words(id)
        assert len(words) == 2
        assert words[1][0] in ("pass", "reject")


def test_withdrawing_against_passing_has_one_winner(case: Claims) -> None:
    for n in range(4):
        id = case.submitted(title=f"相争{n}", earned_on=f"{YEAR}-01-{n + 1:02d}")
        version = case.row(id).version
        outcome = at_once([
            lambda id=id, version=version: _said(
                lambda: case.act(case.who, claims.withdraw, claim_id=id, version=version)
            ),
            lambda id=id, version=version: _said(
                lambda: case.decide(case.town.employer, id, version=version)
            ),
        ])  # fmt: skip
        assert sorted(outcome) in (["Conflict", "done"], ["NotFound", "done"])
        assert len(case.words(id)) == 2


def _said(act) -> str:  # type: ignore[no-untyped-def]
    try:
        act()
    except AppError as error:
        return type(error).__name__
    return "done"


def test_a_pending_claim_does_not_die_with_the_clerk(case: Claims) -> None:
    id = case.submitted()
    with Session(case.engine) as session:
        from rxapp.models.people import Person

        version = session.get_one(Person, case.town.employer).version
    case.act(
        case.town.city, person_states.set_status, person_id=case.town.employer, status="left",
        begins_on=f"{clock.today()}", note="", version=version,
    )  # fmt: skip
    with Session(case.engine) as session, session.begin():
        row = session.get_one(type(case.row(id)), id)
        row.waiting_since = clock.now() - timedelta(days=30)
    assert case.act(case.town.department, claim_queue.list_queue).rows == []
    queue = case.act(case.town.department, claim_queue.list_queue, wanted=Wanted(place="below"))
    assert [(each.id, each.from_below) for each in queue.rows] == [(id, True)]
    case.decide(case.town.department, id)
    assert case.row(id).step is Step.AUTHORITY


STEPS_OF = {
    (Status.DRAFT, Step.PERSON), (Status.UNCONFIRMED, Step.PERSON), (Status.RETURNED, Step.PERSON),
    (Status.DISMISSED, Step.PERSON), (Status.SUBMITTED, Step.EMPLOYER),
    (Status.SUBMITTED, Step.AUTHORITY), (Status.SUBMITTED, Step.JOINT),
    (Status.SUBMITTED, Step.APPEAL), (Status.GRANTED, Step.DONE), (Status.REJECTED, Step.DONE),
    (Status.WITHDRAWN, Step.DONE), (Status.REVOKED, Step.DONE),
}  # fmt: skip


def test_the_table_names_only_places_that_exist() -> None:
    assert {(status, step) for status, step, _ in TRANSITIONS} <= STEPS_OF
    for (status, step, act), (to, next_step) in TRANSITIONS.items():
        if next_step is not None:
            assert (to, next_step) in STEPS_OF, (status, step, act)
    ended = {(Status.WITHDRAWN, Step.DONE), (Status.REVOKED, Step.DONE)}
    assert not [key for key in TRANSITIONS if key[:2] in ended]


@pytest.mark.parametrize("place", sorted(STEPS_OF))
def test_what_is_not_in_the_table_is_refused_at_every_place(
    case: Claims, place: tuple[Status, Step]
) -> None:
    id = case.submitted()
    status, step = place
    with Session(case.engine) as session, session.begin():
        row = session.get_one(type(case.row(id)), id)
        row.status, row.step = status, step
    before = case.row(id)
    for act in Act:
        if (*place, act) in TRANSITIONS:
            continue
        with Session(case.engine) as session, session.begin():
            row = session.get_one(type(before), id)
            with pytest.raises(Conflict):
                claim_moves.move(session, _actor(case, session), row, act, version=before.version)
    assert case.row(id) == before
    assert case.words(id) == [("submit", "person")]


def _actor(case: Claims, session: Session):  # type: ignore[no-untyped-def]
    from tests.services.test_tree import actor_of

    return actor_of(session, case.town.city)


def test_the_queue_is_of_ones_own_office(case: Claims) -> None:
    ids = [case.submitted(title=f"第{n}项", earned_on=f"{YEAR}-01-{n + 1:02d}") for n in range(3)]
    seen = case.act(case.town.employer, claim_queue.list_queue)
    assert [row.id for row in seen.rows] == ids
    assert seen.waiting == 3
    for clerk in (case.town.department, case.town.city):
        assert case.act(clerk, claim_queue.list_queue).rows == []
    none = case.act(case.town.employer, claim_queue.list_queue, wanted=Wanted(rule_key="patent"))
    assert none.rows == []
    with pytest.raises(NotPermitted):
        case.act(case.who, claim_queue.list_queue)


def test_threads_of_presses_submit_once(case: Claims) -> None:
    id = case.draft()
    version = case.row(id).version
    barrier = threading.Barrier(2)

    def press() -> str:
        barrier.wait()
        return _said(lambda: case.act(case.who, claims.submit, claim_id=id, version=version))

    assert "done" in at_once([press, press])
    assert case.words(id) == [("submit", "person")]


def test_what_does_not_agree_is_found(case: Claims) -> None:
    good, waits = case.submitted(), case.submitted(title="另一项资格")
    case.decide(case.town.employer, good)
    case.decide(case.town.department, good)
    with Session(case.engine) as session, session.begin():
        assert claim_checks.find_unfounded(session) == []
        assert claim_checks.find_miscounted(session) == []
        row = session.get_one(Claim, good)
        credit, row.credit_id = row.credit_id, None
        session.get_one(QueueTotal, (case.town.clinic, "claims")).waiting += 1
    with Session(case.engine) as session, session.begin():
        assert claim_checks.find_unfounded(session) == [good]
        assert claim_checks.find_miscounted(session) == [case.town.clinic]
        session.get_one(Claim, good).credit_id = credit
        session.get_one(Claim, waits).credit_id = credit
    with Session(case.engine) as session:
        assert waits in claim_checks.find_unfounded(session)


def test_whoever_is_forgotten_keeps_hours_and_loses_the_proofs(case: Claims) -> None:
    granted = case.submitted()
    case.decide(case.town.employer, granted)
    case.decide(case.town.department, granted)
    waiting = case.submitted(title="还在等待的一项")
    with Session(case.engine) as session, session.begin():
        files = pseudonyms.pseudonymise(session, SYSTEM, session.get_one(Person, case.who))
    assert files
    assert case.row(granted).typed == {}
    assert case.row(granted).status is Status.GRANTED
    assert case.row(waiting).typed["title"] == "还在等待的一项"
    assert case.ledger() == [(f"claim:{granted}:1", 400)]
    with Session(case.engine) as session:
        left = session.exec(select(ClaimFile.claim_id)).all()
    assert left == [waiting]


def test_what_waits_goes_up_when_its_office_can_no_longer_act(case: Claims) -> None:
    ids = [case.submitted(title=f"第{n}项", earned_on=f"{YEAR}-01-{n + 1:02d}") for n in range(3)]
    since = case.row(ids[0]).waiting_since
    with Session(case.engine) as session, session.begin():
        assert claim_rerouting.run_due(session, SYSTEM) == 0
    case.leave(case.town.employer)
    with Session(case.engine) as session, session.begin():
        assert claim_rerouting.run_due(session, SYSTEM) == 3
        assert claim_rerouting.run_due(session, SYSTEM) == 0
        assert claim_checks.find_miscounted(session) == []
    row = case.row(ids[0])
    assert (row.step, row.office_id, row.waiting_since) == (Step.JOINT, case.town.health, since)
    case.decide(case.town.department, ids[0])
    assert case.row(ids[0]).status is Status.GRANTED
