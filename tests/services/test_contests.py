"""竞赛登记: found by everyone, proposed by some, recognised by the city bureau alone."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.claims import Contest
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.claims import Status
from rxapp.rules.permissions import Capacity
from rxapp.services import claim_pages, claims, contest_register, contests
from tests.factories import at_once
from tests.services.claiming import Claims

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year
SKILLS = {
    "name": "样例省护理技能竞赛", "level": "provincial", "organiser": "样例省卫生健康委员会",
    "year": f"{YEAR}", "note": "文件见附件",
}  # fmt: skip


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def propose(case: Claims, person: int = 0, **typed: str) -> int:
    return case.act(person or case.who, contests.propose, typed=SKILLS | typed)


def decide(
    case: Claims, id: int, verdict: str = "recognise", reason: str = "", version: int = 0
) -> str:
    return case.act(
        case.town.city, contest_register.decide, contest_id=id, verdict=verdict, reason=reason,
        version=version or get(case, id).version,
    )  # fmt: skip


def get(case: Claims, id: int) -> Contest:
    with Session(case.engine) as session:
        return session.get_one(Contest, id)


def names(case: Claims, **given: str) -> list[str]:
    return [row.name for row in case.act(case.who, contests.search, **given).rows]


def test_a_proposed_contest_is_nobodys_until_it_is_recognised(case: Claims) -> None:
    id = propose(case)
    assert names(case) == []
    assert case.act(case.who, contests.find, query="护理") == []
    assert decide(case, id).startswith("“样例省护理技能竞赛”已认可")
    found = case.act(case.who, contests.find, query="护理")
    assert [(row.id, row.level_label, row.year) for row in found] == [(id, "省级", f"{YEAR}")]
    with Session(case.engine) as session:
        assert contests.get_choice(session, id) == found[0]
        assert contests.get_choice(session, id + 1).id == 0
        told = session.exec(select(Message).where(Message.person_id == case.who)).one()
        done = session.exec(
            select(AuditEvent.action).where(AuditEvent.object_kind == "contest")
        ).all()
    assert (told.title, told.href) == ("竞赛已认可", "/claim/contest")
    assert done == ["contest:proposed", "contest:decided"]


@pytest.mark.parametrize("query", ["护理技能", "ylshljnjs", "YLS", " 样例省 护理 ", f"{YEAR}"])
def test_a_contest_is_found_by_name_initials_and_year(case: Claims, query: str) -> None:
    decide(case, propose(case))
    assert names(case, query=query) == [SKILLS["name"]]
    assert names(case, query="没有这项") == []


def test_the_register_is_paged_by_key_and_narrowed(case: Claims) -> None:
    for place in range(45):
        case.act(
            case.town.city, contest_register.add,
            typed=SKILLS | {
                "name": f"第{place}届样例竞赛", "year": f"{YEAR - place % 3}",
                "level": "county" if place % 2 else "municipal",
            },
        )  # fmt: skip
    seen: list[int] = []
    years: list[str] = []
    after = ""
    while True:
        page = case.act(case.who, contests.search, after=after)
        seen += [row.id for row in page.rows]
        years += [row.year for row in page.rows]
        after = page.next_after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 45
    assert years == sorted(years, reverse=True)
    assert len(names(case, year=f"{YEAR - 1}")) == 15
    county = case.act(case.who, contests.search, level="county", year=f"{YEAR}").rows
    assert {row.level_label for row in county} == {"县级"}
    for rubbish in ("x", "2020", "2020|x", "|1", "2020|1e9", "9" * 60):
        with pytest.raises(Invalid):
            case.act(case.who, contests.search, after=rubbish)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"name": "x" * 121}, {"name"}),
        ({"name": "护理\u202e技能竞赛"}, {"name"}),
        ({"level": "world"}, {"level"}),
        ({"organiser": "无", "year": "1e22"}, {"organiser", "year"}),
        ({"year": f"{YEAR + 1}"}, {"year"}),
        ({"year": "2015"}, {"year"}),
        ({"note": "字" * 201}, {"note"}),
    ],
)
def test_bad_input_names_every_field(case: Claims, typed: dict[str, str], fields: set[str]) -> None:
    for who, use_case in ((case.who, contests.propose), (case.town.city, contest_register.add)):
        with pytest.raises(Invalid) as caught:
            case.act(who, use_case, typed=SKILLS | typed)
        assert set(caught.value.fields) == fields
    with Session(case.engine) as session:
        assert session.exec(select(Contest)).all() == []


def test_a_second_press_proposes_once_and_a_known_one_is_not_proposed(case: Claims) -> None:
    id = propose(case)
    assert propose(case) == id
    with pytest.raises(Conflict, match="已有人申请"):
        propose(case, case.town.employer)
    assert [row.id for row in case.act(case.who, contests.find_similar, typed=SKILLS)] == [id]
    # Somebody else's proposal is not shown, a recognised contest is.
    other = case.town.employer
    similar = SKILLS | {"name": "第二届样例省护理技能竞赛"}
    assert case.act(other, contests.find_similar, typed=similar) == []
    decide(case, id)
    assert [row.id for row in case.act(other, contests.find_similar, typed=similar)] == [id]
    with pytest.raises(Conflict, match="直接选择"):
        propose(case, other)


def test_ten_proposals_wait_at_most_even_at_once(case: Claims) -> None:
    for place in range(9):
        propose(case, name=f"第{place}届样例技能竞赛")
    said = at_once(
        [lambda place=place: propose(case, name=f"同时第{place}届竞赛") for place in range(4)]
    )
    assert sorted(type(each).__name__ for each in said) == ["Conflict"] * 3 + ["int"]
    with pytest.raises(Conflict, match="10项"):
        propose(case, name="再来一届样例竞赛")


def test_a_refusal_needs_a_reason_which_the_proposer_reads(case: Claims) -> None:
    id = propose(case)
    for reason in ("", " ", "否", "长" * 201):
        with pytest.raises(Invalid) as caught:
            decide(case, id, "refuse", reason)
        assert set(caught.value.fields) == {"reason"}
    decide(case, id, "refuse", "不是行业主管部门组织的")
    own = case.act(case.who, contests.list_own)
    assert [(row.state, row.reason) for row in own] == [("不予认可", "不是行业主管部门组织的")]
    with Session(case.engine) as session:
        told = session.exec(select(Message).where(Message.person_id == case.who)).one()
    assert "不是行业主管部门组织的" in told.body
    assert case.act(case.town.employer, contests.list_own) == []


def test_of_two_who_decide_one_wins_and_a_second_press_is_the_first(case: Claims) -> None:
    id = propose(case)
    assert decide(case, id, version=1) == decide(case, id, version=1)
    with pytest.raises(Conflict):
        decide(case, id, "refuse", "晚了一步", version=1)
    with pytest.raises(NotFound):
        decide(case, id, "magic")
    for unknown in (999, 0, -1, 2**53):
        with pytest.raises(NotFound):
            decide(case, unknown, version=1)
        with Session(case.engine) as session:
            assert contests.get_choice(session, unknown).id == 0
    assert get(case, id).status == "recognised"
    with Session(case.engine) as session:
        assert len(session.exec(select(Message).where(Message.person_id == case.who)).all()) == 1


def test_one_contest_stands_in_the_register_once(case: Claims) -> None:
    id = case.act(case.town.city, contest_register.add, typed=SKILLS)
    assert case.act(case.town.city, contest_register.add, typed=SKILLS) == id
    twin = case.act(case.town.city, contest_register.add, typed=SKILLS | {"name": "样例省护理竞赛"})
    with pytest.raises(Conflict, match="已在登记中"):
        case.act(case.town.city, contest_register.correct, contest_id=twin, typed=SKILLS, version=1)
    case.act(
        case.town.city, contest_register.correct, contest_id=twin,
        typed=SKILLS | {"name": "样例省助产竞赛", "level": "national"}, version=1,
    )  # fmt: skip
    assert (get(case, twin).level, get(case, twin).initials) == ("national", "ylszcjs")
    with pytest.raises(Conflict, match="刷新"):
        case.act(
            case.town.city, contest_register.correct, contest_id=twin,
            typed=SKILLS | {"name": "样例省中药竞赛"}, version=1,
        )  # fmt: skip


def test_only_the_city_bureau_keeps_the_register(case: Claims) -> None:
    id = propose(case)
    with Session(case.engine) as session, session.begin():
        session.get_one(Organisation, case.town.double).capacities = frozenset(
            {Capacity.COUNTY_BUREAU}
        )
        session.get_one(Person, case.far).activated_at = clock.now()
    case.serve(case.far, case.town.double)
    work: list[tuple[Any, dict[str, Any]]] = [
        (contest_register.list_register, {}), (contest_register.get_line, {"contest_id": id}),
        (contest_register.add, {"typed": SKILLS | {"name": "自己登记的竞赛"}}),
        (contest_register.correct, {"contest_id": id, "typed": SKILLS, "version": 1}),
        (
            contest_register.decide,
            {"contest_id": id, "verdict": "recognise", "reason": "", "version": 1},
        ),
    ]  # fmt: skip
    for person in (case.who, case.town.employer, case.town.department, case.far):
        for use_case, given in work:
            with pytest.raises(NotPermitted):
                case.act(person, use_case, **given)
    assert get(case, id).status == "proposed"
    for use_case, given in work:
        case.act(case.town.city, use_case, **given)
    assert get(case, id).status == "recognised"


def test_the_bureau_lists_what_waits(case: Claims) -> None:
    id = propose(case)
    decide(case, propose(case, name="另一项样例竞赛"))
    page = case.act(case.town.city, contest_register.list_register, status="proposed")
    assert [(row.id, row.note, row.state) for row in page.rows] == [(id, "文件见附件", "待认可")]
    assert page.rows[0].proposer.startswith("褚")
    everything = case.act(case.town.city, contest_register.list_register)
    assert len(everything.rows) == 2


def claimed(case: Claims, contest: int, **typed: str) -> int:
    return case.draft("contest", title="", contest=f"{contest}", **typed)


def test_a_contest_gives_its_name_and_level_and_counts_once(case: Claims) -> None:
    contest = propose(case)
    early = claimed(case, contest)
    with pytest.raises(Invalid) as caught:
        case.send(early)
    assert set(caught.value.fields) == {"contest"}
    decide(case, contest)
    case.send(early)
    row = case.row(early)
    assert (row.title, row.hours.tenths, row.contest_id) == (SKILLS["name"], 200, contest)
    again = claimed(case, contest, earned_on=f"{YEAR}-01-06")
    with pytest.raises(Invalid, match="一项成果只计一次"):
        case.send(again)
    case.decide(case.town.employer, early)
    case.decide(case.town.department, early)
    with pytest.raises(Invalid, match="一项成果只计一次"):
        case.send(again)
    assert case.ledger() == [(f"claim:{early}:1", 200)]
    # A colleague who took part as well counts for himself.
    other = case.draft("contest", case.town.department, title="", contest=f"{contest}")
    case.send(other, case.town.department)


@pytest.mark.parametrize("word", ["", "x", "-1", "0", "١", "1e3", "9" * 12, "999"])
def test_a_contest_that_is_none_is_told_at_its_field(case: Claims, word: str) -> None:
    id = case.draft("contest", title="", contest=word)
    with pytest.raises(Invalid) as caught:
        case.send(id)
    assert set(caught.value.fields) == {"contest"}


def test_once_holds_when_a_rejected_one_comes_back_by_appeal(case: Claims) -> None:
    contest = propose(case)
    decide(case, contest)
    first = claimed(case, contest)
    case.send(first)
    case.decide(case.town.employer, first, "reject", note="材料不足以证明")
    second = claimed(case, contest)
    case.send(second)
    case.act(
        case.who, claims.appeal, claim_id=first, note="证书可查", version=case.row(first).version
    )
    case.decide(case.town.department, first)
    assert case.row(first).status is Status.GRANTED
    case.decide(case.town.employer, second)
    with pytest.raises(AppError, match="一项成果只计一次"):
        case.decide(case.town.department, second)
    assert [hours for _, hours in case.ledger()] == [200]


@pytest.mark.parametrize(("years", "fits"), [(0, True), (1, True), (2, False), (-1, False)])
def test_the_certificates_year_fits_the_contests(case: Claims, years: int, fits: bool) -> None:
    contest = case.act(case.town.city, contest_register.add, typed=SKILLS | {"year": f"{YEAR - 2}"})
    id = claimed(case, contest, earned_on=f"{YEAR - 2 + years}-01-05")
    if fits:
        assert "折算 20 学时" in case.act(case.who, claim_pages.get_form, id).words
        return
    with pytest.raises(Invalid, match="年度，与填写的日期不符"):
        case.send(id)
