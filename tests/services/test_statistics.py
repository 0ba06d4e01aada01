"""完成情况: the figures of one's own subtree, down to the employer, and nothing of any other."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Person
from rxapp.models.projects import Project
from rxapp.models.rosters import Roster
from rxapp.rules.figures import BY_FIELD, BY_LEVEL
from rxapp.rules.projects import Status
from rxapp.rules.subjects import Subject
from rxapp.services import (
    organisations,
    statistics,
    statistics_below,
    statistics_classes,
    statistics_export,
    statistics_parts,
)
from rxapp.services.actors import SYSTEM
from rxapp.services.statistics import Overview
from rxapp.services.statistics_below import BelowPage
from tests.factories import make_person
from tests.services.test_figures import City
from tests.services.test_tree import actor_of

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year


@pytest.fixture
def city(engine: Engine) -> City:
    """Six people and three clerks; the first at the clinic is done, one at its ward has begun."""
    made = City(engine)

    def settle(session: Session) -> None:
        for place, id in enumerate(made.ids):
            person = session.get_one(Person, id)
            person.field = ("卫生健康", "教育教学", "")[place % 3]
            person.title_level = ("员级", "中级")[place % 2]
            person.activated_at = clock.now() if place < 3 else None

    made.do(settle)
    made.complete(made.ids[0])
    made.grant(made.ids[1], Subject.PROFESSIONAL, 12, source_kind="claim")
    made.fold()
    return made


def act(city: City, who: int, use_case: Any, **given: Any) -> Any:
    with transaction(write=True, on=city.engine) as session:
        return use_case(session, actor_of(session, who), **given)


def look(city: City, who: int, office: int, year: int = YEAR) -> Overview:
    return act(city, who, statistics.get_overview, organisation_id=office, year=year)


def below(city: City, who: int, office: int, **given: Any) -> BelowPage:
    given = {"organisation_id": office, "year": YEAR} | given
    return act(city, who, statistics_below.list_below, **given)


def test_an_office_sees_itself_with_all_below(city: City) -> None:
    town = city.town
    seen = look(city, town.city, town.bureau)
    # Six people and the three clerks.
    assert [(stage.count, stage.share) for stage in seen.stages] == [
        (9, "100.0%"), (6, "66.6%"), (2, "22.2%"), (1, "11.1%"),
    ]  # fmt: skip
    assert seen.count.hours == "102"
    assert [(row.label, row.required, row.elective, row.professional, row.total)
            for row in seen.hours] == [
        ("在线课程", "20", "10", "60", "90"), ("学时申报", "0", "0", "12", "12"),
        ("合计", "20", "10", "72", "102"),
    ]  # fmt: skip
    assert (seen.own.owing, seen.has_below) == (1, True)
    ward = look(city, town.employer, town.ward)
    assert (ward.count.owing, ward.count.studying, ward.count.hours) == (2, 1, "12")
    assert (ward.own, ward.has_below) == (ward.count, False)
    assert [each.name for each in ward.crumbs] == ["样例市（东区）医院", "样例市医院东院"]
    assert [each.id for each in look(city, town.city, town.ward).crumbs] == [
        town.bureau, town.health, town.clinic, town.ward,
    ]  # fmt: skip


def test_the_parts_are_the_whole(city: City) -> None:
    town = city.town
    seen = look(city, town.city, town.bureau)
    rows = below(city, town.city, town.bureau).rows
    assert {row.id for row in rows} == {town.health, town.school}
    assert sum(row.count.owing for row in rows) + seen.own.owing == seen.count.owing
    assert sum(row.count.complete for row in rows) + seen.own.complete == seen.count.complete
    for kind in (BY_FIELD, BY_LEVEL):
        groups = act(
            city, town.city, statistics_parts.list_groups, organisation_id=town.bureau, year=YEAR,
            kind=kind,
        )  # fmt: skip
        assert sum(row.count.owing for row in groups) == seen.count.owing
        assert sum(row.count.complete for row in groups) == seen.count.complete
        assert groups[-1].label == "未填写"
    weeks = act(
        city, town.city, statistics_parts.list_weeks, organisation_id=town.bureau, year=YEAR
    )
    assert sum(week.complete for week in weeks) == seen.count.complete
    assert sum(week.activated for week in weeks) == seen.count.activated
    assert sum(week.tenths for week in weeks) == 1020


def test_the_worst_come_first_and_nobody_is_left_out_between_pages(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics_below, "PAGE", 2)

    def settle(session: Session) -> None:
        from rxapp.rules.permissions import Capacity

        for place in range(7):
            office = organisations.add_organisation(
                session, SYSTEM, name=f"样例科室{place % 3}{place}", parent_id=city.town.clinic,
                capacities=frozenset({Capacity.EMPLOYER}),
            )  # fmt: skip
            for _ in range(place % 4):
                make_person(session, organisation_id=office)

    city.do(settle)
    city.fold()
    for which in ("below", "employers"):
        for order, key in (
            ("behind", lambda row: (-row.count.behind, row.id)),
            ("share", lambda row: (row.count.percent, row.id)), ("name", lambda row: row.name),
        ):  # fmt: skip
            seen, after = [], ""
            while True:
                page = below(
                    city, city.town.city, city.town.clinic, which=which, order=order, after=after
                )
                seen += page.rows
                after = page.next_after
                if not after:
                    break
            assert [row.id for row in seen] == [row.id for row in sorted(seen, key=key)]
            # Those without people are left out, and the ward has two.
            assert len({row.id for row in seen}) == len(seen) == 6
    departments = below(city, city.town.city, city.town.bureau, which="departments").rows
    assert {row.id for row in departments} == {city.town.health, city.town.school}
    for rubbish in ("x", "1|x", "|", "²|3", "1|" + "9" * 30):
        with pytest.raises(NotFound):
            below(city, city.town.city, city.town.clinic, after=rubbish)
    with pytest.raises(NotFound):
        below(city, city.town.city, city.town.clinic, which="people")


USES = (
    (statistics.get_overview, {}), (statistics_below.list_below, {}),
    (statistics_parts.list_groups, {"kind": BY_FIELD}), (statistics_parts.list_weeks, {}),
    (statistics_below.list_every, {}), (statistics_classes.count_classes, {}),
    (statistics_export.list_sheets, {}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("use_case", "given"), USES, ids=lambda each: getattr(each, "__name__", "")
)
def test_nobody_sees_what_is_elsewhere(city: City, use_case: Any, given: dict[str, str]) -> None:
    town = city.town

    def ask(who: int, office: int, year: int = YEAR) -> object:
        return act(city, who, use_case, organisation_id=office, year=year, **given)

    # The employer next door, the department above and the one beside, and one that is not there.
    for who, office in (
        (town.employer, town.double), (town.employer, town.health), (town.employer, town.bureau),
        (town.department, town.school), (town.department, town.double),
        (town.department, town.bureau), (town.city, 999_999),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            ask(who, office)
    for who, office in (
        (town.employer, town.clinic), (town.employer, town.ward), (town.department, town.health),
        (town.department, town.ward), (town.city, town.bureau), (town.city, town.double),
    ):  # fmt: skip
        assert ask(who, office) is not None
    with pytest.raises(NotPermitted):
        ask(city.ids[0], town.clinic)
    for year in (2015, 2018, YEAR + 1, 0, 10_000):
        with pytest.raises(NotFound):
            ask(town.city, town.bureau, year)
    assert ask(town.city, town.bureau, 2019) is not None


def test_the_workbook_says_what_the_screen_says_and_is_recorded(city: City) -> None:
    town = city.town
    sheets = act(
        city, town.city, statistics_export.list_sheets, organisation_id=town.bureau, year=YEAR
    )
    by_name = {sheet.name: sheet for sheet in sheets}
    units = {row[0]: row[1:] for row in by_name["单位"].rows}
    assert units["样例市人社局"] == (9, 6, 2, 1, 8, "11.1%", "102", "")
    # Two of one name are told apart by the one above.
    assert units["样例市医院东院"][-1] == "样例市（东区）医院"
    assert units["样例市医院东院"][:4] == (2, 1, 1, 0)
    assert [row[0] for row in by_name["总体"].rows][-5:] == [
        "已备案培训班", "其中已办结", "其中已记学时", "报名人次", "参加并记入学时人次",
    ]  # fmt: skip
    assert {sheet.name for sheet in sheets} == {
        "总体", "学时来源", "单位", "行业领域", "职称级别", "每周",
    }  # fmt: skip
    for sheet in sheets:
        assert all(len(row) == len(sheet.heading) for row in sheet.rows), sheet.name
    assert not any("褚" in str(cell) for sheet in sheets for row in sheet.rows for cell in row)
    with Session(city.engine) as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "list:exported")).one()
        assert (event.object_id, event.detail["year"], event.detail["count"]) == (
            town.bureau, YEAR, len(units),
        )  # fmt: skip


def test_classes_are_those_approved_that_end_in_the_year(city: City) -> None:
    town, today = city.town, clock.today()

    def settle(session: Session) -> None:
        for place, (office, status, ends) in enumerate((
            (town.clinic, Status.APPROVED, date(YEAR, 1, 1)),
            (town.double, Status.APPROVED, date(YEAR, 12, 31)),
            (town.clinic, Status.SUBMITTED, date(YEAR, 1, 2)),
            (town.clinic, Status.APPROVED, date(YEAR - 1, 12, 31)),
        )):  # fmt: skip
            held = Project(
                organisation_id=office, status=status, ends_on=ends, title=f"班{place}",
                enrolled=place + 1, created_at=clock.now(), saved_at=clock.now(),
            )  # fmt: skip
            session.add(held)
            session.flush()
            # The second class has a roster that is still being written.
            posted = None if place == 1 else clock.now()
            session.add(Roster(project_id=held.id or 0, posted_at=posted, people=10 + place))

    city.do(settle)
    city.fold()

    def classes(who: int, office: int) -> tuple[int, ...]:
        found = act(city, who, statistics_classes.count_classes, organisation_id=office, year=YEAR)
        return found.approved, found.held, found.enrolled, found.attended

    held = int(today > date(YEAR, 1, 1))
    assert classes(town.city, town.bureau) == (2, held, 3, 10)
    assert classes(town.employer, town.clinic) == (1, held, 1, 10)


def test_the_desk_says_how_the_year_stands(city: City) -> None:
    seen = act(city, city.town.department, statistics.get_summary)
    assert seen.text == f"{YEAR}年度完成情况：1人已完成，占16.6%"
    # Six below the department: the four people of clinic and ward, and two clerks.
    assert seen.detail == "应学6人，已激活4人，已学习2人"


def test_a_page_costs_the_same_however_many_people_there_are(city: City) -> None:
    """No table of people is read, and every sum is found by its key."""
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))

    with Session(city.engine) as session:
        actor = actor_of(session, city.town.city)
        session.flush()
        event.listen(city.engine, "before_cursor_execute", note)
        where = {"organisation_id": city.town.bureau, "year": YEAR}
        statistics.get_overview(session, actor, **where)
        statistics_below.list_below(session, actor, **where)
        statistics_parts.list_groups(session, actor, **where, kind=BY_FIELD)
        statistics_parts.list_weeks(session, actor, **where)
        event.remove(city.engine, "before_cursor_execute", note)
        assert len(asked) <= 13
        for statement, _ in asked:
            assert "person" not in statement
            assert "credit " not in statement
        if city.engine.dialect.name == "sqlite":
            for statement, parameters in asked:
                raw: Any = session.connection().connection.dbapi_connection
                plan = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
                said = " ".join(row[3] for row in plan)
                assert "SCAN figure_cell" not in said, said
                assert "SCAN organisation" not in said, said


def test_weeks_of_long_ago_are_one_row(city: City) -> None:
    for back in range(40):
        day = clock.today() - timedelta(weeks=back)
        city.grant(city.ids[2], Subject.PROFESSIONAL, 1, earned_on=day)
    city.fold()
    weeks = act(
        city,
        city.town.city,
        statistics_parts.list_weeks,
        organisation_id=city.town.bureau,
        year=YEAR,
    )
    assert len(weeks) == statistics_parts.WEEKS + 1
    assert weeks[0].label == "其余各周"
    assert sum(week.tenths for week in weeks) == 1020 + 400


@pytest.mark.parametrize("order", ["behind", "share", "name"])
def test_many_offices_below_are_walked_to_the_same_rows_as_few(
    city: City, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = city.town
    monkeypatch.setattr(statistics_below, "PAGE", 1)

    def pages(few: int) -> list[tuple[int, Any]]:
        monkeypatch.setattr(statistics_below, "FEW", few)
        seen, after = [], ""
        while True:
            page = act(
                city, town.city, statistics_below.list_below, organisation_id=town.bureau,
                year=YEAR, order=order, after=after,
            )  # fmt: skip
            seen += [(row.id, row.count) for row in page.rows]
            if not (after := page.next_after):
                return seen

    assert len(pages(300)) == 2
    assert pages(0) == pages(300)
