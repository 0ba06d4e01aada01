"""年度培训计划: one a year, typed or imported, approved, turned into filings (article 5)."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp.adapters import database, plan_sheets, sheets_out
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import QueueTotal
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership
from rxapp.models.projects import PlanItem, TrainingPlan
from rxapp.rules.audit_words import LABELS
from rxapp.rules.plans import COLUMNS
from rxapp.rules.projects import Status
from rxapp.services import (
    filing_rerouting,
    plan_reviews,
    plans,
    project_beginning,
    project_desk,
    projects,
    retention,
)
from rxapp.services.actors import SYSTEM
from rxapp.services.project_moves import FILINGS
from tests.factories import Clock, at_once
from tests.services.filing import Filing

pytestmark = pytest.mark.usefixtures("installation")
ITEM = {
    "title": "急诊护理培训班", "subject": "professional", "field": "卫生健康",
    "form": "face_to_face", "month": "9", "hours": "16", "people": "60", "note": "",
}  # fmt: skip


@pytest.fixture
def case(engine: Engine, clock: Clock) -> Filing:
    return Filing(engine)


def opened(case: Filing, person: int = 0, **given: object) -> int:
    return case.act(person or case.teacher, plans.open_year, year="2020", **given)


def reported(case: Filing) -> int:
    id = opened(case)
    case.act(case.teacher, plans.add_item, plan_id=id, typed=ITEM)
    case.act(case.teacher, plans.submit, plan_id=id, version=view(case, id).version)
    return id


def view(case: Filing, id: int) -> plans.PlanView:
    return case.act(case.teacher, plans.get_plan, id)


def decide(case: Filing, id: int, act: str = "approve", note: str = "", person: int = 0) -> str:
    return case.act(
        person or case.city_clerk, plan_reviews.decide, plan_id=id, act=act, note=note,
        version=view(case, id).version,
    )  # fmt: skip


def test_a_plan_is_one_a_year_however_often_it_is_opened(case: Filing) -> None:
    ids = at_once([lambda: opened(case) for _ in range(3)])
    assert len(set(ids)) == 1
    assert case.count(TrainingPlan) == 1
    for year in ("2019", "2022", "x", ""):
        with pytest.raises(Invalid):
            case.act(case.teacher, plans.open_year, year=year)
    with pytest.raises(NotFound):
        opened(case, organisation_id=case.mill)


def test_a_plan_is_reported_approved_and_filed_from(case: Filing) -> None:
    id = reported(case)
    case.act(case.teacher, plans.submit, plan_id=id, version=view(case, id).version - 1)
    assert case.act(case.city_clerk, project_desk.count_plans) == 1
    assert [row.id for row in case.act(case.city_clerk, plan_reviews.list_waiting).rows] == [id]
    with pytest.raises(Conflict, match="已上报"):
        case.act(case.teacher, plans.add_item, plan_id=id, typed=ITEM)
    version = view(case, id).version
    for _ in range(2):
        said = case.act(
            case.city_clerk, plan_reviews.decide, plan_id=id, act="approve", note="",
            version=version,
        )  # fmt: skip
        assert "已审核通过" in said
    assert case.act(case.city_clerk, project_desk.count_plans) == 0
    assert case.count(Message, Message.person_id == case.teacher) == 1
    (item,) = view(case, id).classes
    made = case.act(case.teacher, project_beginning.begin, starts_on="2020-09-10", item_id=item.id)
    (item,) = view(case, id).classes
    assert (item.project_id, item.state) == (made, "草稿")


def test_a_returned_plan_is_put_right_and_reported_again(case: Filing) -> None:
    id = reported(case)
    with pytest.raises(Invalid):
        decide(case, id, "return")
    decide(case, id, "return", "请补充学时")
    shown = view(case, id)
    assert (shown.state, shown.note, shown.editable) == ("已退回", "请补充学时", True)
    case.act(case.teacher, plans.remove_item, item_id=shown.classes[0].id)
    with pytest.raises(Invalid, match="还没有培训项目"):
        case.act(case.teacher, plans.submit, plan_id=id, version=view(case, id).version)
    case.act(case.teacher, plans.add_item, plan_id=id, typed=ITEM)
    case.act(case.teacher, plans.submit, plan_id=id, version=view(case, id).version)
    case.act(case.teacher, plans.withdraw, plan_id=id, version=view(case, id).version)
    assert case.act(case.city_clerk, project_desk.count_plans) == 0
    with pytest.raises(NotFound):
        decide(case, id)


def test_what_is_added_and_taken_out_is_recorded(case: Filing) -> None:
    id = opened(case)

    def recorded() -> list[tuple[str, int | None, int, object]]:
        with Session(case.engine) as session:
            found = session.exec(
                select(AuditEvent)
                .where(AuditEvent.object_kind == "plan", AuditEvent.object_id == id)
                .order_by(col(AuditEvent.id))
            )
            return [(e.action, e.actor_id, e.detail["item"], e.detail["hours"]) for e in found]

    for _ in range(2):  # the same class is not added twice, nor recorded twice
        case.act(case.teacher, plans.add_item, plan_id=id, typed=ITEM)
    (item,) = view(case, id).classes
    assert recorded() == [("plan:item_added", case.teacher, item.id, "16")]
    with pytest.raises(NotFound):
        case.act(case.other_teacher, plans.remove_item, item_id=item.id)
    assert len(recorded()) == 1
    case.act(case.teacher, plans.remove_item, item_id=item.id)
    assert recorded()[1:] == [("plan:item_removed", case.teacher, item.id, "16")]
    assert {"plan:item_added", "plan:item_removed"} <= set(LABELS)


@pytest.mark.parametrize("status", list(OrganisationStatus))
def test_what_waits_at_a_bureau_that_cannot_act_goes_to_the_one_above(
    case: Filing, status: OrganisationStatus
) -> None:
    id = opened(case, case.mill_clerk)
    case.act(case.mill_clerk, plans.add_item, plan_id=id, typed=ITEM)
    case.act(case.mill_clerk, plans.submit, plan_id=id, version=2)
    filing = case.filed(case.mill_clerk)
    elsewhere = case.filed()
    case.change(Organisation, case.county, status=status)

    def run() -> int:
        with transaction(write=True, on=case.engine) as session:
            return filing_rerouting.run_due(session, SYSTEM)

    def waiting(person: int) -> tuple[int, int]:
        shown = case.act(person, project_desk.get_summary)
        return shown.filings, shown.plans

    active = status is OrganisationStatus.ACTIVE
    assert waiting(case.city_clerk) == (1, 0)
    assert run() == (0 if active else 2)
    assert run() == 0
    office = case.county if active else case.city
    assert (case.edition(filing).office_id, case.row(filing).office_id) == (office, office)
    assert case.edition(elsewhere).office_id == case.city
    assert waiting(case.city_clerk) == ((1, 0) if active else (2, 1))
    who = case.county_clerk if active else case.city_clerk
    assert "已审核通过" in case.act(
        who, plan_reviews.decide, plan_id=id, act="approve", note="", version=3
    )
    case.decide(filing, person=who)
    assert waiting(case.city_clerk) == (1, 0)


def test_it_goes_up_when_the_last_clerk_has_gone_and_not_past_its_filer(case: Filing) -> None:
    filing = case.filed(case.mill_clerk)
    with Session(case.engine) as session, session.begin():
        row = session.exec(
            select(Membership).where(Membership.person_id == case.county_clerk)
        ).one()
        row.ended_at = row.begins_at
    with transaction(write=True, on=case.engine) as session:
        assert filing_rerouting.run_due(session, SYSTEM) == 1
    assert case.edition(filing).office_id == case.city
    # Its filer can still take it back; what is counted is right everywhere.
    case.act(
        case.mill_clerk, projects.withdraw, project_id=filing, version=case.row(filing).version
    )
    with Session(case.engine) as session:
        rows = session.exec(select(QueueTotal).where(QueueTotal.queue == FILINGS)).all()
    assert [each.waiting for each in rows] == [0, 0]


def test_it_is_looked_for_every_hour(case: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "engine", lambda: case.engine)
    filing = case.filed(case.mill_clerk)
    assert retention.run_once()["filings"] == 0
    case.change(Organisation, case.county, status=OrganisationStatus.CLOSED)
    assert retention.run_once()["filings"] == 1
    assert case.edition(filing).office_id == case.city


def test_of_handing_up_and_taking_back_at_once_each_counts_once(case: Filing) -> None:
    filing = case.filed(case.mill_clerk)
    case.change(Organisation, case.county, status=OrganisationStatus.CLOSED)

    def run() -> int:
        with transaction(write=True, on=case.engine) as session:
            return filing_rerouting.run_due(session, SYSTEM)

    def take_back() -> None:
        version = case.row(filing).version
        case.act(case.mill_clerk, projects.withdraw, project_id=filing, version=version)

    at_once([run, run, take_back])
    with Session(case.engine) as session:
        rows = session.exec(select(QueueTotal).where(QueueTotal.queue == FILINGS)).all()
    assert {each.waiting for each in rows} == {0}


def test_of_two_who_decide_one_wins(case: Filing) -> None:
    with Session(case.engine) as session, session.begin():
        second = case.clerk(session, "百里重楼", case.city)
    id = reported(case)
    version = view(case, id).version
    said = at_once(
        [
            lambda who=who, act=act: case.act(
                who, plan_reviews.decide, plan_id=id, act=act, note="同时办理", version=version
            )
            for who, act in ((case.city_clerk, "approve"), (second, "return"))
        ]
    )
    assert sorted(type(each).__name__ for each in said) == ["Conflict", "str"]
    assert case.act(case.city_clerk, project_desk.count_plans) == 0


def test_what_is_anothers_is_not_found(case: Filing) -> None:
    id = reported(case)
    item = view(case, id).classes[0].id
    for use_case, given in (
        (plans.submit, {"plan_id": id, "version": 3}), (plans.remove_item, {"item_id": item}),
        (plans.withdraw, {"plan_id": id, "version": 3}),
        (plans.add_item, {"plan_id": id, "typed": ITEM}),
        (plans.bring_in, {"plan_id": id, "rows": []}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            case.act(case.other_teacher, use_case, **given)
    with pytest.raises(NotFound):
        case.act(case.other_teacher, plans.get_plan, id)
    with pytest.raises(NotFound):
        decide(case, id, person=case.county_clerk)
    with pytest.raises(NotPermitted):
        decide(case, id, person=case.teacher)
    own = case.act(case.city_clerk, plans.open_year, year="2020")
    case.act(case.city_clerk, plans.add_item, plan_id=own, typed=ITEM)
    case.act(case.city_clerk, plans.submit, plan_id=own, version=2)
    with pytest.raises(NotPermitted, match="其他人员"):
        case.act(
            case.city_clerk, plan_reviews.decide, plan_id=own, act="approve", note="", version=3
        )


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"title": "短"}, {"title"}), ({"title": "长" * 81}, {"title"}),
        ({"subject": "选修"}, {"subject"}), ({"form": ""}, {"form"}),
        ({"field": ""}, {"field"}), ({"field": "x"}, {"field"}),
        ({"month": "13"}, {"month"}), ({"month": "0"}, {"month"}), ({"month": "九"}, {"month"}),
        ({"hours": "0"}, {"hours"}), ({"hours": "1.25"}, {"hours"}), ({"hours": "-8"}, {"hours"}),
        ({"people": ""}, {"people"}), ({"people": "100001"}, {"people"}),
        ({"note": "长" * 201}, {"note"}),
        (dict.fromkeys(ITEM, ""), {"title", "subject", "form", "month", "hours", "people"}),
    ],
)  # fmt: skip
def test_a_wrong_item_names_every_field(
    case: Filing, typed: dict[str, str], fields: set[str]
) -> None:
    id = opened(case)
    with pytest.raises(Invalid) as caught:
        case.act(case.teacher, plans.add_item, plan_id=id, typed=ITEM | typed)
    assert set(caught.value.fields) == fields
    assert case.count(PlanItem) == 0


def sheet(path: Path, rows: list[list[str]]) -> Path:
    with sheets_out.workbook(path, "计划") as (table,):
        table.row(["样例市培训中心2020年度计划"])
        table.heading([names[0] for names, _, _ in COLUMNS.values()])
        for row in rows:
            table.row(row)
    return path


GOOD = ["急诊护理培训班", "专业", "卫生健康", "集中面授", "9", "16", "60", ""]


def test_a_table_is_imported_and_a_wrong_row_loses_nothing_of_the_others(
    case: Filing, tmp_path: Path
) -> None:
    id = opened(case)
    rows = [GOOD, ["网络安全培训", "公需选修", "", "远程教育", "10月", "8.5", "200", "线上"],
            ["x", "专业", "", "集中面授", "13", "16", "60", ""], GOOD]  # fmt: skip
    read = plan_sheets.read(sheet(tmp_path / "a.xlsx", rows), name="计划.xlsx")
    said = case.act(case.teacher, plans.bring_in, plan_id=id, rows=read)
    assert said.sentence.startswith("导入2项；1项已在计划中，没有重复导入；1行有误")
    shown = view(case, id)
    assert [item.title for item in shown.classes] == ["急诊护理培训班", "网络安全培训"]
    assert {(fault.line, fault.column) for fault in shown.faults} == {
        ("5", "培训项目名称"), ("5", "行业领域"), ("5", "计划月份"),
    }  # fmt: skip
    # The corrected table comes in whole: nothing twice, and the faults are gone.
    rows[2] = ["财务会计培训", "专业", "会计审计", "集中面授", "12", "16", "60", ""]
    read = plan_sheets.read(sheet(tmp_path / "b.xlsx", rows), name="计划.xlsx")
    came = case.act(case.teacher, plans.bring_in, plan_id=id, rows=read)
    assert (came.added, came.same, came.wrong) == (1, 3, 0)
    assert (len(view(case, id).classes), view(case, id).faults) == (3, [])


def test_the_template_comes_back_empty_and_a_csv_is_read(tmp_path: Path) -> None:
    template = tmp_path / "t.xlsx"
    plan_sheets.write_template(template)
    assert plan_sheets.read(template, name="模板.xlsx") == []
    text = "项目名称,科目,行业,形式,月份,学时,人数\n护理培训班,专业,卫生健康,集中面授,9,16,60\n"
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("gb18030"))
    ((line, typed),) = plan_sheets.read(path, name="t.csv")
    assert (line, typed["title"], typed["people"]) == (2, "护理培训班", "60")
    path.write_text("甲,乙\n1,2\n")
    with pytest.raises(Invalid, match="没有找到列"):
        plan_sheets.read(path, name="t.csv")
    with pytest.raises(Invalid):
        plan_sheets.read(path, name="t.xlsx")


def test_a_plan_holds_no_more_than_it_may(case: Filing, tmp_path: Path) -> None:
    id = opened(case)
    many = [(n, ITEM | {"title": f"第{n}期培训班"}) for n in range(1, 301)]
    case.act(case.teacher, plans.bring_in, plan_id=id, rows=many)
    with pytest.raises(Invalid, match="最多300项"):
        case.act(case.teacher, plans.add_item, plan_id=id, typed=ITEM)
    assert case.count(PlanItem) == 300
    rows = [[f"第{n}期", *GOOD[1:]] for n in range(301)]
    with pytest.raises(Invalid, match="超过300行"):
        plan_sheets.read(sheet(tmp_path / "m.xlsx", rows), name="m.xlsx")
    assert case.act(case.teacher, plans.list_own)[0].state == Status.DRAFT.label
