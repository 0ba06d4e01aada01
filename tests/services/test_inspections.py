"""监督检查: drawn from one's own subtree, found by who answers for it, closed when all is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.supervision import Inspection, InspectionItem
from rxapp.rules.audit_words import KINDS, LABELS
from rxapp.rules.claims import Status
from rxapp.rules.inspections import Finding, InspectionStatus
from rxapp.rules.permissions import Capacity
from rxapp.rules.sampling import key_of
from rxapp.services import inspection_draws, inspection_pages, inspections, organisations
from rxapp.services import supervision_scopes as where
from rxapp.services.actors import SYSTEM
from tests.factories import at_once, make_person
from tests.services.claiming import Claims

pytestmark = pytest.mark.usefixtures("installation")


class Supervised(Claims):
    """The same town with granted claims, a county bureau beside, and a second inspector."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        with Session(engine) as session, session.begin():
            self.county = self._office(session, "样例县人社局", Capacity.COUNTY_BUREAU)
            self.mill = self._office(session, "样例县磨坊", Capacity.EMPLOYER, self.county)
            self.sheriff = make_person(session, "端木菖蒲", organisation_id=self.county).id or 0
            self.second = make_person(session, "司马商陆", organisation_id=self.town.bureau).id or 0
        self.serve(self.sheriff, self.county)
        self.serve(self.second, self.town.bureau)

    def _office(
        self, session: Session, name: str, capacity: Capacity, above: int | None = None
    ) -> int:
        return organisations.add_organisation(
            session, SYSTEM, name=name, capacities=frozenset({capacity}),
            parent_id=above or self.town.bureau,
        )  # fmt: skip

    def granted(self, key: str = "qualification", **typed: str) -> int:
        id = self.submitted(key, **typed)
        self.decide(self.town.employer, id)
        self.decide(self.town.department, id)
        return id

    def many(self, count: int) -> list[int]:
        return [self.granted(title=f"第{n}项资格") for n in range(count)]

    def typed(self, **given: str) -> dict[str, str]:
        day = f"{where.today()}"
        return {"first": day, "last": day, "by": "number", "amount": "5"} | given

    def draw(self, who: int = 0, key: str = "k", **given: str) -> int:
        bureau = who or self.town.city
        sample = self.act(bureau, inspection_draws.prepare, typed=self.typed(**given))
        return self.act(bureau, inspection_draws.keep, sample=sample, request_key=key)

    def preview(self, who: int = 0, /, **given: str) -> inspection_draws.Preview:
        bureau = who or self.town.city
        return self.act(bureau, inspection_draws.preview, typed=self.typed(**given))

    def items(self, id: int) -> list[InspectionItem]:
        with Session(self.engine, expire_on_commit=False) as session:
            rows = session.exec(
                select(InspectionItem)
                .where(InspectionItem.inspection_id == id)
                .order_by(col(InspectionItem.place))
            )
            return list(rows)

    def find(self, item: InspectionItem, finding: str = "in_order", who: int = 0, **said: Any):  # type: ignore[no-untyped-def]
        given = {"version": item.version} | said
        return self.act(
            who or self.town.city, inspections.record, item_id=item.id, finding=finding, **given
        )

    def inspection(self, id: int) -> Inspection:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Inspection, id)

    def close(self, id: int, who: int = 0) -> str:
        version = self.inspection(id).version
        return self.act(who or self.town.city, inspections.close, inspection_id=id, version=version)

    def events(self, action: str) -> list[AuditEvent]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.exec(select(AuditEvent).where(AuditEvent.action == action)))


@pytest.fixture
def case(engine: Engine) -> Supervised:
    return Supervised(engine)


def test_what_is_granted_is_drawn_and_nothing_else(case: Supervised) -> None:
    ids = case.many(4)
    case.submitted(title="还在审核的")
    case.draft(title="草稿")
    back = case.granted(title="已撤销的")
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, back).status = Status.REVOKED
    seen = case.preview()
    assert (seen.population, seen.drawn, seen.strata) == (4, 4, 1)
    assert "共有4项" in seen.sentence
    id = case.draw()
    assert {item.claim_id for item in case.items(id)} == set(ids)
    row = case.inspection(id)
    assert (row.office_id, row.drawn_by, row.population, row.drawn) == (
        case.town.bureau, case.town.city, 4, 4,
    )  # fmt: skip
    said = case.events("inspection:drawn")
    assert [(event.object_id, event.actor_id, event.detail) for event in said] == [
        (id, case.town.city, {"population": 4, "drawn": 4})
    ]


def test_the_sample_can_be_drawn_again_from_what_is_printed(case: Supervised) -> None:
    case.many(6)
    id = case.draw(amount="3")
    seed = case.inspection(id).seed
    with Session(case.engine) as session:
        numbers = [
            number or ""
            for number in session.exec(select(Claim.number).where(Claim.status == Status.GRANTED))
        ]
    by_hand = sorted(numbers, key=lambda number: key_of(seed, number))[:3]
    result = case.act(case.town.city, inspection_pages.get_result, id)
    assert result.numbers == by_hand
    view = case.act(case.town.city, inspection_pages.get_inspection, id)
    assert seed in {fact.text for fact in view.facts}


def test_a_period_and_a_share_narrow_it(case: Supervised) -> None:
    ids = case.many(4)
    old = ids[0]
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, old).ended_at = clock.now() - timedelta(days=40)
    assert case.preview(by="percent", amount="40").drawn == 2
    long_ago = f"{where.today() - timedelta(days=41)}"
    assert case.preview(first=long_ago).population == 4
    assert case.preview(first=long_ago, last=long_ago).population == 0
    assert case.preview().population == 3
    with pytest.raises(Conflict, match="没有已通过的申报"):
        case.draw(first=long_ago, last=long_ago)


def test_strata_by_category_employer_and_reviewer(case: Supervised) -> None:
    case.many(3)
    case.granted("teaching", units="5", title="授课")
    assert case.preview(stratify="category").strata == 2
    assert case.preview(stratify="employer").strata == 1
    assert case.preview(stratify="reviewer").strata == 1
    id = case.draw(stratify="category", amount="2")
    strata = {item.stratum for item in case.items(id)}
    assert strata == {"qualification", "teaching"}
    shown = case.act(case.town.city, inspection_pages.list_items, inspection_id=id)
    assert all(row.stratum for row in shown.rows)
    by_person = case.draw(key="other", stratify="reviewer", amount="1")
    rows = case.act(case.town.city, inspection_pages.list_items, inspection_id=by_person).rows
    assert [row.stratum for row in rows] == ["夏侯泽兰"]
    few = case.preview(stratify="category", amount="1")
    assert (few.strata, "不分层" in few.sentence) == (0, True)


def test_one_category_one_reviewer_one_employer(case: Supervised) -> None:
    case.many(2)
    case.granted("teaching", units="5", title="授课")
    assert case.preview(rule="teaching").population == 1
    assert case.preview(rule="qualification").population == 2
    assert case.preview(reviewer=f"{case.town.employer}").population == 3
    assert case.preview(organisation=f"{case.town.clinic}").population == 3
    assert case.preview(organisation=f"{case.town.health}").population == 3
    assert case.preview(organisation=f"{case.town.double}").population == 0
    for rubbish in ({"rule": "没有"}, {"reviewer": f"{case.who}"}, {"organisation": "99999"}):
        with pytest.raises(NotFound):
            case.preview(**rubbish)


def test_a_county_reaches_only_its_own(case: Supervised) -> None:
    case.many(2)
    mine = case.draw()
    assert case.preview(case.sheriff).population == 0
    for place in (case.town.bureau, case.town.clinic, case.town.health):
        with pytest.raises(NotFound):
            case.preview(case.sheriff, organisation=f"{place}")
    with pytest.raises(NotFound):
        case.preview(case.sheriff, reviewer=f"{case.town.employer}")
    assert case.preview(case.sheriff, organisation=f"{case.mill}").population == 0
    item = case.items(mine)[0]
    reaching: list[Callable[[], object]] = [
        lambda: case.act(case.sheriff, inspection_pages.get_inspection, mine),
        lambda: case.act(case.sheriff, inspection_pages.list_items, inspection_id=mine),
        lambda: case.act(case.sheriff, inspection_pages.find_next, inspection_id=mine),
        lambda: case.act(case.sheriff, inspection_pages.get_result, mine),
        lambda: case.act(
            case.sheriff, inspection_pages.get_item, inspection_id=mine, item_id=item.id
        ),
        lambda: case.find(item, who=case.sheriff),
        lambda: case.close(mine, case.sheriff),
        lambda: case.act(case.sheriff, inspections.follow_up, item_id=item.id, case_id=1),
    ]
    for reach in reaching:
        with pytest.raises(NotFound):
            reach()
    assert case.act(case.sheriff, inspections.list_inspections).rows == []
    names = case.act(case.sheriff, where.find_places, query="样例")
    assert {place.name for place in names} == {"样例县人社局", "样例县磨坊"}
    # The controls: the city sees its own, and the county's samples too.
    assert [row.id for row in case.act(case.town.city, inspections.list_inspections).rows] == [mine]
    assert len(case.act(case.town.city, where.find_places, query="样例")) > 2


def test_a_county_draws_its_own_and_the_city_may_look(case: Supervised) -> None:
    ids = case.many(2)
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, ids[0]).organisation_id = case.mill
    id = case.draw(case.sheriff)
    assert [item.claim_id for item in case.items(id)] == [ids[0]]
    assert case.inspection(id).office_id == case.county
    assert case.act(case.town.city, inspection_pages.get_inspection, id).drawn == 1
    view = case.act(case.sheriff, inspection_pages.get_item, inspection_id=id,
                    item_id=case.items(id)[0].id)  # fmt: skip
    assert view.claim is not None
    assert view.claim.files
    # Moved away since: the item stays, its proofs are no longer the county's to see.
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, ids[0]).organisation_id = case.town.clinic
    view = case.act(case.sheriff, inspection_pages.get_item, inspection_id=id,
                    item_id=case.items(id)[0].id)  # fmt: skip
    assert view.claim is None


@pytest.mark.parametrize("part", ["employer", "department"])
def test_nobody_but_a_bureau_supervises(case: Supervised, part: str) -> None:
    case.many(1)
    id = case.draw()
    item = case.items(id)[0]
    who = getattr(case.town, part)
    sample = case.act(case.town.city, inspection_draws.prepare, typed=case.typed())
    for use_case, given in (
        (inspection_draws.preview, {"typed": case.typed()}),
        (inspection_draws.prepare, {"typed": case.typed()}),
        (inspection_draws.keep, {"sample": sample, "request_key": "x"}),
        (inspections.list_inspections, {}),
        (inspections.record, {"item_id": item.id, "finding": "in_order", "version": 1}),
        (inspections.close, {"inspection_id": id, "version": 1}),
        (inspections.follow_up, {"item_id": item.id, "case_id": 1}),
        (inspection_pages.list_items, {"inspection_id": id}),
        (inspection_pages.get_item, {"inspection_id": id, "item_id": item.id}),
        (inspection_pages.find_next, {"inspection_id": id}),
        (where.find_places, {"query": "样例"}),
    ):
        for visitor in (who, case.who):
            with pytest.raises(NotPermitted):
                case.act(visitor, use_case, **given)
    assert case.items(id)[0].finding is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-3"}, "amount"),
        ({"amount": "1e22"}, "amount"),
        ({"amount": "９"}, "amount"),
        ({"amount": "1001"}, "amount"),
        ({"amount": "nan"}, "amount"),
        ({"by": "percent", "amount": "101"}, "amount"),
        ({"by": "percent", "amount": "0.5"}, "amount"),
        ({"first": "不知道"}, "first"),
        ({"first": "0001-01-01"}, "first"),
        ({"last": "2000-01-01"}, "last"),
        ({"last": "2999-01-01"}, "last"),
        ({"first": "2000-01-01"}, "first"),
        ({"stratify": "星座"}, "stratify"),
        ({"note": "长" * 401}, "note"),
    ],
)
def test_rubbish_has_its_sentence(case: Supervised, given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        case.preview(**given)
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize("word", ["x", "-1", "1" * 30, "1.5", "１"])
def test_rubbish_is_no_place_and_no_reviewer(case: Supervised, word: str) -> None:
    for key in ("organisation", "reviewer"):
        with pytest.raises(NotFound):
            case.preview(**{key: word})


def test_what_is_too_much_is_said_before_and_refused(
    case: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.many(3)
    monkeypatch.setattr(inspection_draws, "MOST_DRAWN", 2)
    assert "最多2项" in case.preview(by="percent", amount="100").sentence
    with pytest.raises(Invalid, match="降低比例"):
        case.draw(by="percent", amount="100")
    monkeypatch.setattr(inspection_draws, "MOST_CANDIDATES", 2)
    assert "缩小范围" in case.preview(amount="1").sentence
    with pytest.raises(Invalid, match="缩小范围"):
        case.draw(amount="1")
    assert case.act(case.town.city, inspections.list_inspections).rows == []


def test_two_presses_draw_once(case: Supervised) -> None:
    case.many(2)
    assert case.draw() == case.draw()
    assert case.draw(key="another") != case.draw()
    # The key of one clerk is not that of another.
    assert case.draw(case.second) != case.draw()
    assert len(case.events("inspection:drawn")) == 3


def test_a_fault_needs_its_reason_and_its_hours(case: Supervised) -> None:
    case.many(1)
    item = case.items(case.draw())[0]
    for finding in ("wrong_hours", "not_proven", "false"):
        with pytest.raises(Invalid) as caught:
            case.find(item, finding, right_hours="20")
        assert set(caught.value.fields) == {"note"}
    for hours in ("", "0", "40", "41", "1e22", "nan", "-1", "1.55"):
        with pytest.raises(Invalid) as caught:
            case.find(item, "wrong_hours", note="应按省级", right_hours=hours)
        assert set(caught.value.fields) == {"right_hours"}, hours
    with pytest.raises(Invalid):
        case.find(item, "guilty", note="x")
    with pytest.raises(Invalid):
        case.find(item, "false", note="长" * 401)
    assert case.items(item.inspection_id)[0].finding is None
    assert case.find(item, "wrong_hours", note=" 应按 省级 ", right_hours="20") == (
        "第1项：学时有误。"
    )
    kept = case.items(item.inspection_id)[0]
    assert (kept.finding, str(kept.right_hours), kept.note, kept.by_id) == (
        Finding.WRONG_HOURS, "20", "应按 省级", case.town.city,
    )  # fmt: skip


def test_of_two_inspectors_the_second_is_told_who_was_first(case: Supervised) -> None:
    case.many(4)
    id = case.draw()
    items = case.items(id)

    def press(who: int, finding: str) -> Callable[[], list[str]]:
        def run() -> list[str]:
            said = []
            for item in items:
                try:
                    case.find(item, finding, who, note="查过")
                    said.append("done")
                except AppError as error:
                    said.append(error.message)
            return said

        return run

    results = at_once([press(case.town.city, "in_order"), press(case.second, "false")])
    for place, item in enumerate(case.items(id)):
        outcomes = [result[place] for result in results]
        assert outcomes.count("done") == 1
        refused = next(each for each in outcomes if each != "done")
        winner = "轩辕辛夷" if item.by_id == case.town.city else "司马商陆"
        assert winner in refused
    assert len(case.events("inspection:found")) == 4


def test_a_finding_is_pressed_twice_changed_and_stands_once_a_case_follows(
    case: Supervised,
) -> None:
    case.many(1)
    id = case.draw()
    item = case.items(id)[0]
    assert {case.find(item, "false", note="假证") for _ in range(3)} == {"第1项：虚假申报。"}
    assert len(case.events("inspection:found")) == 1
    assert case.items(id)[0].version == item.version + 1
    case.find(case.items(id)[0], "in_order", case.second)
    assert case.items(id)[0].finding is Finding.IN_ORDER
    with pytest.raises(Conflict, match="没有发现问题"):
        case.act(case.town.city, inspections.follow_up, item_id=item.id, case_id=7)
    case.find(case.items(id)[0], "not_proven", note="材料不全")
    for _ in range(2):
        case.act(case.town.city, inspections.follow_up, item_id=item.id, case_id=7)
    with pytest.raises(Conflict, match="转入处理"):
        case.act(case.town.city, inspections.follow_up, item_id=item.id, case_id=8)
    with pytest.raises(Conflict, match="已转入处理"):
        case.find(case.items(id)[0], "in_order")
    kept = case.items(id)[0]
    assert (kept.finding, kept.case_id) == (Finding.NOT_PROVEN, 7)


def test_nobody_inspects_what_he_passed_or_claimed(case: Supervised) -> None:
    # The clinic's own clerk claims: the department decides both steps, then serves the bureau.
    own = case.submitted(person=case.town.employer)
    case.decide(case.town.department, own)
    item = case.items(case.draw())[0]
    case.serve(case.town.department, case.town.bureau)
    case.serve(case.town.employer, case.town.bureau)
    with pytest.raises(NotPermitted, match="审核过"):
        case.find(item, who=case.town.department)
    with pytest.raises(NotPermitted, match="本人"):
        case.find(item, who=case.town.employer)
    assert case.find(item)


def test_it_is_closed_when_everything_is_found(case: Supervised) -> None:
    case.many(3)
    id = case.draw()
    first, second, third = case.items(id)
    case.find(first)
    case.find(second, "false", note="假证")
    with pytest.raises(Conflict, match="还有1项"):
        case.close(id)
    case.find(third)
    with pytest.raises(Conflict):
        case.act(case.town.city, inspections.close, inspection_id=id, version=99)
    assert "已办结" in case.close(id)
    assert "已于" in case.close(id)
    row = case.inspection(id)
    assert (row.status, row.closed_by) == (InspectionStatus.CLOSED, case.town.city)
    with pytest.raises(Conflict, match="办结"):
        case.find(case.items(id)[0], "false", note="后来发现")
    said = case.events("inspection:closed")
    assert [event.detail for event in said] == [
        {"counts": {"in_order": 2, "wrong_hours": 0, "not_proven": 0, "false": 1}}
    ]
    # A case may still follow from what was found.
    case.act(case.town.city, inspections.follow_up, item_id=second.id, case_id=1)


def test_the_work_list_goes_by_pages_and_leads_to_the_next(
    case: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection_pages, "PAGE", 2)
    case.many(5)
    id = case.draw()
    city, items = case.town.city, case.items(id)
    seen, after = [], 0
    while True:
        page = case.act(city, inspection_pages.list_items, inspection_id=id, after=after)
        seen += [row.id for row in page.rows]
        if not (after := page.next_after):
            break
    assert seen == [item.id for item in items]

    def following(after: int) -> int:
        return case.act(city, inspection_pages.find_next, inspection_id=id, after=after)

    case.find(items[1], "false", note="假证")
    assert (following(0), following(1), following(5)) == (items[0].id, items[2].id, items[0].id)
    faults = case.act(city, inspection_pages.list_items, inspection_id=id, wanted="false").rows
    assert [(row.id, row.finding, row.case_href) for row in faults] == [
        (items[1].id, "虚假申报", f"/desk/cases?item={items[1].id}")
    ]
    left = case.act(city, inspection_pages.list_items, inspection_id=id, wanted="open", after=1)
    assert items[1].id not in {row.id for row in left.rows}
    for item in items:
        if item.id != items[1].id:
            case.find(item)
    assert following(0) == 0


def test_the_result_is_what_was_found_and_by_whom(case: Supervised) -> None:
    case.many(2)
    id = case.draw(note="年度抽查")
    good, bad = case.items(id)
    case.find(good)
    case.find(bad, "wrong_hours", case.second, note="应按中级", right_hours="15")
    result = case.act(case.town.city, inspection_pages.get_result, id)
    assert len(result.numbers) == 2
    assert [
        (line.place, line.finding, line.hours, line.note, line.who) for line in result.lines
    ] == [(2, "学时有误", "40学时，应为15学时", "应按中级", "司马商陆")]
    view = case.act(case.town.city, inspection_pages.get_inspection, id)
    facts = {fact.label: fact.text for fact in view.facts}
    assert facts["总体"] == "2项"
    assert facts["说明"] == "年度抽查"
    assert view.counts == [
        ("符合规定", "1", "项"), ("学时有误", "1", "项"), ("证明不足", "0", "项"),
        ("虚假申报", "0", "项"),
    ]  # fmt: skip
    page = case.act(case.town.city, inspections.list_inspections)
    assert [(row.found, row.faults, row.drawn) for row in page.rows] == [(2, 1, 2)]


def test_an_item_of_another_sample_is_not_found(case: Supervised) -> None:
    case.many(1)
    one, other = case.draw(), case.draw(key="other")
    item = case.items(other)[0].id
    with pytest.raises(NotFound):
        case.act(case.town.city, inspection_pages.get_item, inspection_id=one, item_id=item)
    assert case.act(
        case.town.city, inspection_pages.get_item, inspection_id=other, item_id=item
    ).claim


def test_the_index_of_what_was_granted_is_used(case: Supervised) -> None:
    asked: list[tuple[str, Any]] = []
    place = where.Place(0, "/1/", "", 1)
    wanted = inspection_draws.Wanted(
        place, where.usual_period(), "", 0, inspection_draws.Stratify.EMPLOYER, 1, None, ""
    )

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))

    with Session(case.engine) as session:
        event.listen(case.engine, "after_cursor_execute", note)
        inspection_draws._count(session, wanted)
        event.remove(case.engine, "after_cursor_execute", note)
        line = session.connection()
        if line.dialect.name != "sqlite":
            # A town this small is read through whole, employer by employer, unless told otherwise.
            line.exec_driver_sql("SET enable_seqscan = off")
            line.exec_driver_sql("SET enable_nestloop = off")
        word = "EXPLAIN QUERY PLAN" if line.dialect.name == "sqlite" else "EXPLAIN"
        statement, parameters = asked[-1]
        plan = line.exec_driver_sql(f"{word} {statement}", parameters).all()
    assert "ix_claim_granted" in str(plan)


def test_every_new_kind_of_record_has_its_words() -> None:
    assert {"inspection:drawn", "inspection:found", "inspection:closed"} <= set(LABELS)
    assert "inspection" in KINDS


def test_the_bureau_of_the_place_keeps_the_sample(case: Supervised) -> None:
    """Whoever serves two bureaus draws for the nearer one."""
    case.many(1)
    with Session(case.engine) as session, session.begin():
        claim = session.exec(select(Claim).where(Claim.status == Status.GRANTED)).one()
        claim.organisation_id = case.mill
        assert session.get_one(Organisation, case.mill).parent_id == case.county
    case.serve(case.town.city, case.county)
    id = case.draw(organisation=f"{case.mill}")
    assert case.inspection(id).office_id == case.county
