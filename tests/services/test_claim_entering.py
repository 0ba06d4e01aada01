"""代为填报: a clerk enters for people of the own office; each of them confirms or refuses."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.messages import Message
from rxapp.models.people import Person
from rxapp.rules.claims import Status, Step
from rxapp.rules.person_status import PersonStatus
from rxapp.services import (
    claim_entering,
    claim_entries,
    claim_pages,
    claims,
    evidence,
    people_lists,
)
from tests.factories import at_once, make_person
from tests.services.claiming import QUALIFIED, Claims
from tests.services.test_people import number

pytestmark = pytest.mark.usefixtures("installation")


class Entering(Claims):
    """Two clerks of the clinic, and people who can sign in to confirm."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.clerk = self.town.employer
        with Session(engine) as session, session.begin():
            self.second = make_person(session, "公孙杜若", organisation_id=self.town.clinic).id or 0
            for id in (*self.ids, self.far):
                session.get_one(Person, id).activated_at = clock.now()
        self.serve(self.second, self.town.clinic)

    def entered(self, person: int = 0, **typed: str) -> int:
        """A draft entered for somebody, filled in, with its proof."""
        id = self.act(
            self.clerk, claim_entering.begin, person_id=person or self.who,
            rule_key="qualification",
        )  # fmt: skip
        self.act(
            self.clerk, claims.save, claim_id=id, typed=QUALIFIED | typed,
            version=self.row(id).version,
        )  # fmt: skip
        self.attach(id, "certificate", person=self.clerk)
        return id

    def hand_over(self, id: int, who: int = 0) -> list[claim_entering.LineResult]:
        return self.act(
            who or self.clerk, claim_entering.hand_over, claim_id=id, version=self.row(id).version
        )

    def add(self, id: int, listed: str = "", ticked: tuple[int, ...] = ()) -> list[Any]:
        return self.act(
            self.clerk, claim_entering.add_people, claim_id=id, listed=listed, ticked=ticked
        )

    def told(self, person: int) -> list[str]:
        with Session(self.engine) as session:
            rows = session.exec(select(Message.title).where(Message.person_id == person))
            return list(rows)

    def confirm(self, id: int, who: int = 0) -> str:
        return self.act(
            who or self.who, claim_entering.confirm, claim_id=id, version=self.row(id).version
        )


@pytest.fixture
def case(engine: Engine) -> Entering:
    return Entering(engine)


def test_it_is_entered_handed_over_confirmed_and_reviewed_by_another(case: Entering) -> None:
    id = case.entered()
    assert case.row(id).status is Status.DRAFT
    assert [each.good for each in case.hand_over(id)] == [True]
    row = case.row(id)
    assert (row.status, row.step, row.office_id, row.entered_by) == (
        Status.UNCONFIRMED, Step.PERSON, None, case.clerk,
    )  # fmt: skip
    assert case.told(case.who) == ["请确认代为填报的学时申报"]
    assert case.confirm(id) == case.confirm(id)
    row = case.row(id)
    assert (row.status, row.step, row.office_id) == (
        Status.SUBMITTED, Step.EMPLOYER, case.town.clinic,
    )  # fmt: skip
    # Who entered it does not decide on it; a colleague does.
    with pytest.raises(NotPermitted, match="代为填报"):
        case.decide(case.clerk, id)
    assert case.act(case.clerk, claim_pages.get_detail, id).acts == []
    case.decide(case.second, id)
    assert case.row(id).step is Step.AUTHORITY
    assert case.words(id) == [("hand_over", "person"), ("submit", "person"), ("pass", "employer")]


def test_where_only_the_clerk_who_entered_it_could_decide_the_level_above_does(
    case: Entering,
) -> None:
    case.leave(case.second)
    id = case.entered()
    case.hand_over(id)
    case.confirm(id)
    assert (case.row(id).step, case.row(id).office_id) == (Step.JOINT, case.town.health)
    # An ordinary claim still begins with the employer.
    other = case.submitted()
    assert case.row(other).step is Step.EMPLOYER


def test_what_is_not_true_is_refused_and_the_clerk_is_told(case: Entering) -> None:
    id = case.entered()
    case.hand_over(id)
    version = case.row(id).version
    for _ in range(2):
        case.act(case.who, claim_entering.refuse, claim_id=id, version=version)
    assert case.row(id).status is Status.WITHDRAWN
    assert case.told(case.clerk) == ["代为填报的学时申报未获确认"]
    with pytest.raises(AppError):
        case.confirm(id)


def test_while_it_is_entered_it_is_nobody_elses(case: Entering) -> None:
    id = case.entered()
    town = case.town
    for who in (case.who, case.second, town.department, town.city, case.far):
        for use_case, given in (
            (claims.save, {"typed": {"title": "别人"}, "version": case.row(id).version}),
            (claims.require_room, {"need": "certificate"}), (claims.remove, {}),
            (claims.submit, {"version": case.row(id).version}),
            (claim_entering.remove, {}), (claim_entries.list_people, {}),
            (claim_entering.add_people, {"listed": "x"}),
            (claim_entering.hand_over, {"version": case.row(id).version}),
            (claim_entering.confirm, {"version": case.row(id).version}),
        ):  # fmt: skip
            with pytest.raises((NotFound, NotPermitted)):
                case.act(who, use_case, claim_id=id, **given)
        with pytest.raises(NotFound):
            case.act(who, claim_pages.get_form, id)
    assert case.act(case.who, claims.list_own).rows == []
    assert case.act(case.clerk, claim_pages.get_form, id).typed["title"] == QUALIFIED["title"]
    assert case.act(case.clerk, claims.save, claim_id=id, typed={"note": "补"}, version=2) == 3
    # It is not what the person's own new claim begins with, and is not sent in by the clerk.
    with pytest.raises(NotFound):
        case.act(case.clerk, claims.submit, claim_id=id, version=3)
    assert case.act(case.who, claims.begin, rule_key="qualification") != id


def test_a_clerk_enters_for_the_own_office_alone(case: Entering) -> None:
    town = case.town

    def begin(who: int, person: int) -> Any:
        return case.act(who, claim_entering.begin, person_id=person, rule_key="qualification")

    with pytest.raises(NotFound):
        begin(case.clerk, case.far)
    for who in (town.department, town.city):
        with pytest.raises(NotFound):
            begin(who, case.who)
    with pytest.raises(NotPermitted):
        begin(case.who, case.ids[1])
    with pytest.raises(NotPermitted, match="本人"):
        begin(case.clerk, case.clerk)
    with Session(case.engine) as session, session.begin():
        session.get_one(Person, case.ids[2]).status = PersonStatus.DECEASED
    with pytest.raises(NotPermitted, match="去世"):
        begin(case.clerk, case.ids[2])
    first = begin(case.clerk, case.ids[1])
    assert begin(case.clerk, case.ids[1]) == first
    found = case.act(case.clerk, people_lists.find_choices, query="公孙")
    assert [each.id for each in found] == [case.second]
    assert case.act(case.clerk, people_lists.find_choices, query="独孤") == []
    assert case.act(town.city, people_lists.find_choices, query="公孙") == []
    with pytest.raises(NotPermitted):
        case.act(case.who, people_lists.find_choices, query="公孙")


def test_a_clerk_whose_right_ended_reaches_nothing_any_more(case: Entering) -> None:
    id = case.entered()
    shown = file_of(case, id)
    assert case.act(case.clerk, evidence.get_file, evidence_id=shown, part="file")
    case.leave(case.clerk)
    with pytest.raises(NotFound):
        case.act(case.clerk, evidence.get_file, evidence_id=shown, part="file")
    with pytest.raises(NotFound):
        case.act(case.clerk, claims.save, claim_id=id, typed={"title": "x"}, version=2)
    with pytest.raises(NotPermitted):
        case.act(case.clerk, claim_entering.hand_over, claim_id=id, version=2)


def file_of(case: Entering, id: int) -> int:
    with Session(case.engine) as session:
        return session.exec(select(ClaimFile.evidence_id).where(ClaimFile.claim_id == id)).one()


def test_its_proofs_are_for_the_clerk_until_it_is_confirmed_then_for_whose_turn_it_is(
    case: Entering,
) -> None:
    id = case.entered()
    shown = file_of(case, id)

    def sees(who: int) -> bool:
        try:
            case.act(who, evidence.get_file, evidence_id=shown, part="preview")
        except NotFound:
            return False
        return True

    assert sees(case.clerk)
    assert not any(sees(who) for who in (case.second, case.town.department, case.far))
    case.hand_over(id)
    assert sees(case.clerk)
    assert sees(case.who)
    assert not any(sees(who) for who in (case.second, case.town.department, case.far))
    case.act(case.who, claim_entering.refuse, claim_id=id, version=case.row(id).version)
    assert not sees(case.clerk)
    assert sees(case.who)


def test_one_achievement_of_many_people(case: Entering) -> None:
    id = case.entered()
    with Session(case.engine) as session, session.begin():
        for place, name in ((1, "东方白芷"), (2, "慕容连翘")):
            session.get_one(Person, case.ids[place]).name = name
    listed = "\n".join(
        (
            "东方白芷", f"慕容连翘 {number(2)}", f"  {number(3).lower()}", number(900), "无此人",
            "褚一", f"别的名字，{number(5)}", "37089119900101001X", "东方白芷", "",
        )
    )  # fmt: skip
    results = case.add(id, listed, (case.ids[6],))
    assert [each.good for each in results] == [
        True, True, True, False, False, False, False, False, True, True,
    ]  # fmt: skip
    assert "同名" in results[5].said
    assert "不一致" in results[6].said
    assert "已在名单中" in results[8].said
    # No full number comes back.
    assert not any(number(place) in each.who for each in results for place in (2, 3, 5, 900))
    whom = [case.ids[place] for place in (0, 1, 2, 3, 6)]
    people = case.act(case.clerk, claim_entries.list_people, claim_id=id)
    assert [case.row(each.id).person_id for each in people] == whom
    assert len({file_of(case, each.id) for each in people}) == 1
    # What is changed after they were added is theirs as well.
    version = case.row(id).version
    case.act(case.clerk, claims.save, claim_id=id, typed={"title": "团体获奖"}, version=version)
    results = case.hand_over(id)
    assert [each.good for each in results] == [True] * 5
    for each in people:
        row = case.row(each.id)
        assert (row.status, row.title, row.entered_by) == (
            Status.UNCONFIRMED, "团体获奖", case.clerk,
        )  # fmt: skip
        assert case.told(row.person_id)[-1] == "请确认代为填报的学时申报"
    # Each confirms for himself, and the shared proof is no duplicate.
    for each in people[:2]:
        case.confirm(each.id, case.row(each.id).person_id)
    detail = case.act(case.second, claim_pages.get_detail, people[0].id)
    assert not [said for said in detail.warnings if "证明材料" in said]
    with pytest.raises(NotFound):
        case.confirm(people[2].id, case.who)


def test_one_whose_claim_cannot_be_made_stays_and_the_others_go(case: Entering) -> None:
    id = case.entered()
    case.add(id, ticked=(case.ids[1], case.ids[2]))
    with Session(case.engine) as session, session.begin():
        session.get_one(Person, case.ids[1]).organisation_id = case.town.double
    results = case.hand_over(id)
    assert [each.good for each in results] == [True, False, True]
    rows = {row.person_id: row for row in everything(case)}
    assert rows[case.ids[1]].status is Status.DRAFT
    assert rows[case.ids[2]].status is Status.UNCONFIRMED
    # The second press says the same and does nothing more.
    assert [each.good for each in case.hand_over(id)] == [True]
    assert case.told(case.who) == ["请确认代为填报的学时申报"]


def everything(case: Entering) -> list[Claim]:
    with Session(case.engine, expire_on_commit=False) as session:
        return list(session.exec(select(Claim)))


def test_what_is_missing_is_told_and_nothing_is_handed_over(case: Entering) -> None:
    id = case.act(case.clerk, claim_entering.begin, person_id=case.who, rule_key="qualification")
    (result,) = case.hand_over(id)
    assert not result.good
    assert "名称" in result.said
    assert "证书" in result.said
    assert case.row(id).status is Status.DRAFT
    assert case.told(case.who) == []
    with pytest.raises(Conflict):
        case.act(case.clerk, claim_entering.hand_over, claim_id=id, version=99)


def test_presses_at_once_hand_over_once(case: Entering) -> None:
    id = case.entered()
    version = case.row(id).version
    at_once(
        [
            lambda: case.act(case.clerk, claim_entering.hand_over, claim_id=id, version=version)
            for _ in range(4)
        ]
    )
    assert case.words(id) == [("hand_over", "person")]
    assert case.told(case.who) == ["请确认代为填报的学时申报"]


def test_a_list_has_an_end(case: Entering) -> None:
    id = case.entered()
    with pytest.raises(Invalid):
        case.add(id, "某人\n" * (people_lists.MOST + 1))
    with pytest.raises(Invalid):
        case.add(id, "　\n \n")
    with pytest.raises(NotFound):
        case.add(id, ticked=(case.far,))


def test_the_clerk_finds_again_what_was_entered(case: Entering) -> None:
    one, two = case.entered(), case.entered(case.ids[1], title="另一项")
    case.hand_over(one)
    page = case.act(case.clerk, claim_entries.list_entered)
    assert [(row.id, row.is_draft) for row in page.rows] == [(two, True), (one, False)]
    for who in (case.second, case.town.city):
        assert case.act(who, claim_entries.list_entered).rows == []
    with pytest.raises(NotPermitted):
        case.act(case.who, claim_entries.list_entered)
    assert case.act(case.clerk, claim_entering.remove, claim_id=two)
    assert [row.id for row in case.act(case.clerk, claim_entries.list_entered).rows] == [one]


def test_the_person_may_put_it_right_before_confirming(case: Entering) -> None:
    id = case.entered()
    case.hand_over(id)
    version = case.row(id).version
    case.act(case.who, claims.save, claim_id=id, typed={"title": "正确名称"}, version=version)
    with pytest.raises(NotFound):
        case.act(case.clerk, claims.save, claim_id=id, typed={"title": "改"}, version=version + 1)
    case.confirm(id)
    assert case.row(id).title == "正确名称"
    with pytest.raises(NotFound):
        case.act(case.who, claim_entering.confirm, claim_id=case.draft(), version=1)
